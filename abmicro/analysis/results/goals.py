"""What is said of each goal."""

from __future__ import annotations

from math import nan
from typing import Literal

from abmicro.analysis.results.estimates import Credible, Interval, Pair
from abmicro.frozen import frozen
from abmicro.marginals.segment_levels import Level

TRUSTED_FROM = 20


@frozen
class NonInferiority:
    """A guardrail judged against its margin, one-sided at alpha.

    margin: largest relative loss accepted, positive.
    lift: interval at level 1 - 2 alpha of the goal as written (direction `down`: a loss is a rise).
    p_value: of "the loss is at least the margin".
    status: `held` (shown non-inferior), `harmed` (interval wholly beyond the margin) or `unclear`.
    """

    margin: float
    lift: Interval
    p_value: float
    status: Literal["held", "harmed", "unclear"]


@frozen
class Uncapped:
    """What a goal says without its cap; the figures with it decide.

    cap: the most that counts, None where no amount was positive; share: of the positive amounts
    that it leaves as they are, as the definition gives it, e.g. "99%"; empty for a given amount.
    difference, lift: at the level of the goal; p_value: of no difference.
    """

    cap: float | None
    share: str
    difference: Interval
    lift: Interval
    p_value: float


@frozen
class Unadjusted:
    """What a goal says with all its past; the figures less what the past predicts decide.

    before: the value from before, in words. slope: of the amount on it.
    variance_saved: share of the variance of the difference that is taken off.
    difference, lift: at the level of the goal; p_value: of no difference.
    """

    before: str
    slope: float
    variance_saved: float
    difference: Interval
    lift: Interval
    p_value: float


@frozen
class GoalResult:
    """One goal of one treated variant against control, over all units or in one segment level.

    direction: which way is good, `up` or `down`. segment: None over all units.
    units: exposed units of both variants.
    per: what the goal is counted over instead of units, such as `session`; else None.
    reached: units that reached the goal, or None for a value and for a goal with `per`.
    rate: share that reached the goal, or the mean value per unit; with `per`, per session or event.
    difference: treated minus control; lift: relative difference. Both intervals are at the level
    at which the goal was tested, so they exclude zero exactly when adjusted_p_value < alpha; a lift
    whose control may be zero has no ends, whatever the difference.
    p_value: of no difference, of this goal alone; adjusted_p_value: within its family.
    method: the words the report prints; note: why a number is missing, else empty.
    probability_better: in the good direction. expected_loss, loss_of_control: what choosing the
    variant, or the control, costs per unit on average if it is the worse one. credible: by the
    posteriors. noninferiority: of a guardrail, else None.
    effective_size: of an amount, as how many equal ones those of each variant vary; with `per`, how
    many units would weigh alike; of a rate None.
    lift_of_all: the lift with the units that `[exposure] exclude` leaves out; None without a rule.
    uncapped: of a goal with a cap, the same without; unadjusted: of one that is judged less what a
    value from before predicts, the same as it is; else None.
    """

    goal: str
    kind: str
    role: str
    direction: str
    variant: str
    segment: Level | None
    is_value: bool
    units: Pair
    reached: Pair | None
    rate: Pair
    difference: Interval
    lift: Interval
    p_value: float
    adjusted_p_value: float
    method: str
    probability_better: float
    expected_loss: float
    credible: Credible | None
    noninferiority: NonInferiority | None
    note: str = ""
    loss_of_control: float = nan
    per: str | None = None
    effective_size: Pair | None = None
    lift_of_all: Interval | None = None
    uncapped: Uncapped | None = None
    unadjusted: Unadjusted | None = None

    @property
    def sign(self) -> int:
        """1 where the goal should rise, -1 where it should fall."""
        return -1 if self.direction == "down" else 1

    @property
    def is_unsteady(self) -> bool:
        """Whether so few amounts or units decide the mean that only harm is to be read from it."""
        size = self.effective_size
        return size is not None and min(size.control, size.treated) < TRUSTED_FROM

    def is_clear(self, alpha: float) -> bool:
        """Whether the goal differs between the variants, by its adjusted p."""
        return self.adjusted_p_value < alpha

    def is_better(self, alpha: float) -> bool:
        """Whether it differs in the good direction, and enough amounts say so."""
        return self.is_clear(alpha) and self._rises_well and not self.is_unsteady

    def is_worse(self, alpha: float) -> bool:
        """Whether it differs in the bad direction."""
        return self.is_clear(alpha) and not self._rises_well

    def moved(self, alpha: float) -> int:
        """1 where the goal rose, -1 where it fell, 0 where that is open."""
        return self.sign * (self.is_better(alpha) - self.is_worse(alpha))

    @property
    def _rises_well(self) -> bool:
        return (self.difference.estimate > 0) == (self.sign > 0)


@frozen
class ComparedWithin:
    """Within what a variant was compared with the control, where their shares differed.

    over: what they differed between, in words. strata: how many hold units of both. left_out: units
    of control and treated variant in strata without a unit of the other.
    """

    variant: str
    over: tuple[str, ...]
    strata: int
    left_out: Pair


@frozen
class Uncompared:
    """A goal that exists in some variants only, in one of them: shown, never tested.

    units: exposed units; reached: those that reached the goal; rate: their share, by Wilson.
    macro: the goal it is followed to, empty where none is known. reached_both: units with both.
    macro_with, macro_without: share that reached the macro among units with the goal and without,
    NaN where that is not known or nobody is there. Both are of people who chose, no effect.
    """

    goal: str
    kind: str
    role: str
    variant: str
    units: int
    reached: int
    rate: Interval
    macro: str
    reached_both: int
    macro_with: Interval
    macro_without: Interval


@frozen
class Interaction:
    """Whether the effect of a variant on a goal differs between the levels of a segment.

    p_value: of one odds ratio in all levels; NaN where fewer than two levels tell anything.
    adjusted_p_value: over all segments, goals and variants, as discoveries.
    """

    segment: str
    goal: str
    variant: str
    p_value: float
    adjusted_p_value: float
