"""What can be wrong with a joint table or its file: stable code -> meaning. Never reused."""

from __future__ import annotations

from types import MappingProxyType

CODES = MappingProxyType(
    {
        "E401": "a goal, figure or segment is not in the table",
        "E402": "a goal has no values in the joint table",
        "E403": "tables that cannot be added",
        "E404": "columns that are not those of such a table",
        "E405": "a value in a row that cannot be",
        "E406": "a joint table that would be too large",
        "E407": "counts that contradict one another",
        "E408": "labels or shapes that do not fit together",
        "E409": "an arm the experiment does not know, or no arm at all",
        "E501": "a file that cannot be written",
        "E502": "a form of file that cannot hold a table of counts",
    }
)
