"""What can be wrong with data: stable code -> meaning. Codes are never reused."""

from __future__ import annotations

from types import MappingProxyType

CODES = MappingProxyType(
    {
        "E301": "there are no data where the definition points",
        "E302": "the data are empty",
        "E303": "the data are of a form that cannot be read",
        "E304": "the data cannot be read",
        "E305": "a column is not in the data",
        "E306": "a unit without a variant, or of one the experiment does not know",
        "E307": "a column holds something else than it should",
        "E308": "an arm without units, or no unit at all",
        "E309": "there is no query for this dialect or shape",
        "E310": "a look at an earlier day of data without days, or at no day",
        "E311": "more cells than a joint table has",
        "E312": "units that stand in more than one row",
        "E313": "a limit that cannot be",
        "E314": "units of several persons",
        "E315": "rows of counts that would be counted twice",
        "E316": "a variable of the environment that the caller does not allow",
        "E317": "no folder for what does not fit into memory",
        "E318": "dates or numbers that can be read in two ways, or are written in several",
    }
)
