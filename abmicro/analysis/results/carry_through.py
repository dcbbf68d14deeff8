"""What is said of the way from a micro goal to a macro goal."""

from __future__ import annotations

from math import nan
from typing import Literal

from abmicro.analysis.results.estimates import Drawn, Interval
from abmicro.frozen import frozen

MeasureKind = Literal["interval", "rays", "line", "bounds", "test"]


@frozen
class PassThroughSet:
    """Fieller set of the pass-through: an interval, two rays (-inf, low] and [high, inf), or all.

    For `line` low and high are minus and plus infinity.
    """

    estimate: float
    kind: Literal["interval", "rays", "line"]
    low: float
    high: float
    level: float


@frozen
class LogLifts:
    """Log lifts of micro and macro goal with their covariance, from which the plane is drawn."""

    micro: float
    macro: float
    var_micro: float
    var_macro: float
    covariance: float


@frozen
class CarryPosterior:
    """What the posteriors say beside the label of a carry-through.

    falls: whether a loss is expected; then `at_least` and `full` are of the loss.
    macro_up: that the macro rose. at_least: that a gain is expected and at least the share
    `threshold` of it arrived; full: all of it. both_up: that micro and macro rose.
    """

    falls: bool
    macro_up: Drawn
    at_least: Drawn
    full: Drawn
    both_up: Drawn


@frozen
class CarryThrough:
    """Whether the gain of one micro goal reached one macro goal.

    label: where the set of the pass-through lies; each is explained in `report.words.LABELS`.
    micro_lift, macro_lift: of the goals' own rows. expected_macro_lift: what the micro lift leads
    one to expect, the share `dilution` of it (1 on the path); pass_through: how much of that came,
    on the scale of logs, with log_lifts behind it.
    extra_micro_per_1000, extra_macro_per_1000: more of each per 1,000 exposed units.
    threshold: the share of the expected lift that the label calls "at least half".
    withheld: names of the checks that withhold the label, else empty.
    sentence: the finding in words; caveat: what it does not say, a line each.
    direction: which way is good for the macro goal, `up` or `down`.
    planned_power: chance to have seen the macro move at the planned micro lift (`mde`), had all of
    it carried; units_needed: in all, for the planned power; both NaN without a plan.
    leaks: steps after the micro goal that a clearly smaller share passed than in the control (after
    a loss: a larger share). They are places, not causes.
    strata: within how many strata the variants were compared; 1: pooled.
    usual_macro_per_1000: what the extra micro goals bring at the control's rate, per 1,000 units.
    posterior: None for a value, within strata, and without a micro signal but of the primary goal.
    """

    variant: str
    micro: str
    macro: str
    label: str
    threshold: float
    micro_lift: Interval
    macro_lift: Interval
    expected_macro_lift: Interval
    dilution: float
    pass_through: PassThroughSet
    log_lifts: LogLifts
    extra_micro_per_1000: Interval
    extra_macro_per_1000: Interval
    sentence: str
    caveat: str
    withheld: tuple[str, ...] = ()
    direction: str = "up"
    planned_power: float = nan
    units_needed: float = nan
    leaks: tuple[str, ...] = ()
    strata: int = 1
    posterior: CarryPosterior | None = None
    usual_macro_per_1000: Interval | None = None

    @property
    def sign(self) -> int:
        """1 where the macro goal should rise, -1 where it should fall."""
        return -1 if self.direction == "down" else 1

    @property
    def macro_moved(self) -> int:
        """What the label claims of the macro goal: 1 it rose, -1 it fell, 0 neither."""
        gain = self.label.removeprefix("loss_")
        way = 1 if gain in ("carried", "carried_size_open", "partly_carried") else 0
        way = -1 if gain == "contradicted" else way
        return way if gain == self.label else -way

    @property
    def macro_better(self) -> bool:
        """Whether the label claims that the macro goal moved in its good direction."""
        return self.macro_moved == self.sign

    @property
    def macro_worse(self) -> bool:
        """Whether it claims that the macro goal moved in its bad direction."""
        return self.macro_moved == -self.sign


@frozen
class ExpertMeasure:
    """One measure of a micro and a macro goal for experts, with the assumption it rests on.

    estimate, low, high: the figure with its interval, bounds or Fieller set (`kind`); NaN where it
    has none, `p_value` for a test.
    sentence: the figure in words, or why it is missing; warning: what must hold.
    rho, curve: the figure under hidden correlations of micro and macro, where it has such a curve.
    """

    variant: str
    micro: str
    macro: str
    measure: str
    title: str
    estimate: float
    low: float
    high: float
    kind: MeasureKind
    level: float
    p_value: float
    sentence: str
    warning: str
    rho: tuple[float, ...] = ()
    curve: tuple[float, ...] = ()
