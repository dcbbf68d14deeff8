"""What is said of each step of the funnel."""

from __future__ import annotations

from abmicro.analysis.results.estimates import Interval, Pair
from abmicro.frozen import frozen


@frozen
class StepResult:
    """One step of the funnel: who passed it of those who reached the step before.

    step_rate: reached / reached one step before. log_lift: log of their ratio; se, low, high: its
    standard error and the ends of its interval; lift: the same as a relative difference. It
    compares people the variant itself selected and is therefore a location, not a cause.
    cumulative: lift of reached / units, which is causal. rate: reached / units where the variants
    are compared within strata, as if both had the same strata; else None. came: units that reached
    the step before, at the first step all. per_1000: extra macro
    conversions per 1,000 units that arise at this step; the steps add up.
    """

    variant: str
    step: str
    units: Pair
    reached: Pair
    step_rate: Pair
    log_lift: float
    se: float
    low: float
    high: float
    lift: Interval
    cumulative: Interval
    p_value: float
    per_1000: Interval
    note: str = ""
    rate: Pair | None = None
    came: Pair | None = None

    @property
    def left(self) -> Pair | None:
        """Units that reached the step before and not this one; None in a record of old."""
        if self.came is None:
            return None
        return Pair(
            self.came.control - self.reached.control, self.came.treated - self.reached.treated
        )
