"""How much a change amounts to: in the test, per 1,000 units, per month, in money."""

from __future__ import annotations

from abmicro.analysis.results.estimates import Interval
from abmicro.frozen import frozen


@frozen
class Volume:
    """The difference of a goal's own row, multiplied by units; at the level of the row.

    in_test: by the units of the treated variant. per_month: by those that would see the winner in a
    month, None where the definition does not say. worth_per_1000, worth_per_month: in the currency
    of the definition, None without one; of an amount the difference itself.
    """

    goal: str
    variant: str
    in_test: Interval
    per_1000: Interval
    per_month: Interval | None = None
    worth_per_1000: Interval | None = None
    worth_per_month: Interval | None = None
