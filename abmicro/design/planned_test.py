"""The planned test of a goal: units that an effect needs, power, and what is detectable.

This is the one answer to "how many units does it take": planning asks it with baselines, analysis
with what the control shows. Of several treated variants the one with the smallest share is planned
for, unless one is named; the others find at least as much.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro.design.allocation import ratios, shares
from abmicro.design.families import asked_alpha, planned_alpha
from abmicro.design.look_plan import AskedOf, LookPlan, as_fixed, in_looks, look_plan
from abmicro.experiment.model import Direction
from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.power import designs
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.power.exact import FEW, exact_findings, units_for_rates
from abmicro.stats.power.power import Design, power_of, units_for
from abmicro.stats.power.several_arms import power_of_arms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.stats.foundations.effect import Alternative


Question = Literal["change", "noninferiority"]
Asks = Literal["change", "no_loss"]

ROUNDING = 1e-12  # so little above or below a whole number is that number
SMALLEST = 1e-9  # lifts below it are none
CERTAIN = 1 - 1e-6  # power by formula that stays near 1 where few convert
LARGEST = 1e6  # and above it are no lifts of a mean
UNPLANNED_UNITS = 10_000  # of a pair of variants, where nothing says how many there will be


@frozen
class PlannedTest:
    """A goal with what is known of it, what is asked of it, and at which level.

    mean: the control's rate, or mean of a goal that is none. variation: of the latter over units,
        standard deviation as a multiple of the mean; None for a rate.
    question: whether the goal changed (two-sided), or whether it is not worse than its margin
        allows (one-sided).
    effect: the lift asked about, signed: the planned one, for non-inferiority the one to be ruled
        out; NaN where none is set.
    alpha: of one comparison. power: the wanted probability of a finding.
    control_share: of all units. ratios: units of each treated variant for one of the control.
    saved: share of the variance that a value from before takes off.
    looks: at which it may be found; None where the test is read once.
    """

    goal: Goal
    mean: float
    variation: float | None
    question: Question
    effect: float
    alpha: float
    power: float
    control_share: float
    ratios: tuple[float, ...]
    saved: float = 0.0
    looks: LookPlan | None = None

    @property
    def asked(self) -> AskedOf:
        """What looks are asked for."""
        return AskedOf(self.alpha, self.power, 2 if self.question == "change" else 1)

    @property
    def ratio(self) -> float:
        """Units of the smallest treated variant for one of the control."""
        return min(self.ratios)

    @property
    def asks(self) -> Asks:
        """The question as the records of plans and analyses name it."""
        return "change" if self.question == "change" else "no_loss"

    @property
    def sign(self) -> int:
        """1 where the goal should rise, -1 where it should fall."""
        return 1 if self.goal.direction is Direction.UP else -1

    @property
    def effect_sign(self) -> int:
        """The sign of the lifts it is asked about: good ones, for non-inferiority losses."""
        return -self.sign if self.question == "noninferiority" else self.sign

    @property
    def is_enumerable(self) -> bool:
        """Whether it is a change of a rate, whose test can be enumerated."""
        return self.variation is None and self.question == "change" and not self.saved

    @property
    def is_possible(self) -> bool:
        """Whether an effect is planned and leaves a rate within (0, 1)."""
        if isnan(self.effect) or self.variation is not None or self.question != "change":
            return not isnan(self.effect)
        return 0 < self.mean * (1 + self.effect) < 1

    @property
    def alternative(self) -> Alternative:
        """Which side is tested."""
        if self.question == "change":
            return "two-sided"
        return "greater" if self.sign > 0 else "less"

    @property
    def read_once(self) -> PlannedTest:
        """The same test without looks."""
        return replace(self, looks=None)

    def with_alpha(self, alpha: float) -> PlannedTest:
        """The same test at another level of one comparison."""
        return replace(self, alpha=alpha)

    def as_run(self, control: float, treated: float) -> PlannedTest:
        """The same test with the split that so many units of both have."""
        return replace(
            self, control_share=control / (control + treated), ratios=(treated / control,)
        )

    def design(self, lift: ArrayLike, ratio: ArrayLike | None = None) -> Design:
        """What the test sees of a lift (non-inferiority: of none, against that margin).

        ratio: units of the treated variant for one of the control; default those of the smallest.
        """
        return self._plain_design(lift, ratio).with_variance(1 - self.saved)

    def _plain_design(self, lift: ArrayLike, ratio: ArrayLike | None) -> Design:
        """The same with all of the variance."""
        moved = np.asarray(lift, dtype=np.float64)
        mean, ratio = np.asarray(self.mean), np.asarray(self.ratio if ratio is None else ratio)
        if self.variation is not None:
            if self.question == "change":
                return designs.amounts(moved, self.variation, ratio, by=self.goal.lift_by)
            return designs.amounts_at_margin(moved, self.variation, ratio)
        if self.question == "change":
            return designs.pooled(mean, mean * (1 + moved), ratio)
        return designs.farrington_manning_ratio(mean, mean, ratio, null=1 + moved)

    def units(self, lift: float | None = None) -> float:
        """Units in all variants that find a lift with the planned power; infinite for no lift.

        By formula, or exactly where so few units reach the goal that the formula errs; with looks
        those of a test that runs to its end.
        lift: by default the effect that is asked about.
        """
        lift = self.effect if lift is None else lift
        if abs(lift) < SMALLEST:
            return inf
        power, alpha = self.power, self.alpha
        if self.is_enumerable:
            moved = self.mean * (1 + lift)
            once = _control_units(self.mean, moved, self.ratio, power, alpha)
        else:
            sides, design = self.alternative, self.design(lift)
            found = units_for(design, power=power, alpha=alpha, alternative=sides)
            once = float(found.control)
        return self.in_all(in_looks(self, once))

    def in_all(self, control: float) -> float:
        """Units in all variants where the control has so many."""
        return float(np.ceil(control / self.control_share * (1 - ROUNDING)))

    def noise(self) -> Design:
        """The noise of one unit on the log scale, where nothing moves."""
        mean, ratio = np.asarray(self.mean), np.asarray(self.ratio)
        if self.variation is None:
            plain = designs.log_ratio(mean, mean, ratio)
        else:
            plain = designs.means(0.0, self.variation, None, ratio)
        return plain.with_variance(1 - self.saved)

    def power_at(self, units: ArrayLike, lift: ArrayLike | None = None) -> Floats:
        """Probability of finding each lift with so many units in all variants; 0 without units.

        lift: by default the effect that is asked about.
        """
        sought = self.effect if lift is None else lift
        total, moved = np.broadcast_arrays(np.asarray(units, np.float64), np.asarray(sought))
        control = as_fixed(self, np.maximum(total * self.control_share, 1))
        found = power_of(
            self.design(moved), control, alpha=self.alpha, alternative=self.alternative
        )
        few = self._few(control, moved) & (found < CERTAIN)
        found = np.where(total * self.control_share >= 1, found, 0.0)
        if few.any():
            found[few] = self._exactly(control[few], moved[few])
        return found[()]

    def any_variant(self, units: float, lift: float) -> float:
        """Probability that at least one treated variant is found, if every one has this lift."""
        control = as_fixed(self, max(units * self.control_share, 1))
        design = self.design(lift, self.ratios)
        found = power_of_arms(design, control, alpha=self.alpha, alternative=self.alternative)
        return max(float(found.any), float(self.power_at(units, lift)))

    def _few(self, control: Floats, lift: Floats) -> NDArray[np.bool_]:
        """Where too few units reach the goal, or do not, for a formula."""
        moved = self.mean * (1 + lift)
        least = min(self.mean, 1 - self.mean), np.minimum(moved, 1 - moved) * self.ratio
        return (control * np.minimum(*least) < FEW) & (control > 1) & self.is_enumerable

    def _exactly(self, control: Floats, lift: Floats) -> Floats:
        found = exact_findings(
            self.mean,
            self.mean * (1 + lift),
            np.floor(control * (1 + ROUNDING)),
            np.maximum(np.floor(control * self.ratio * (1 + ROUNDING)), 1),
            alpha=self.alpha,
        )
        return np.where(lift >= 0, found.above, found.below)

    def detectable(self, units: ArrayLike) -> Floats:
        """Smallest good lift found with the planned power, by units in all variants.

        For non-inferiority the smallest loss that can be ruled out. NaN where no lift will do.
        """
        total = np.atleast_1d(np.asarray(units, dtype=np.float64))
        sign = self.effect_sign
        ends = np.log(SMALLEST), np.log(self.farthest(sign))

        def height(size: Floats, at: Floats) -> Floats:
            lift = sign * np.exp(size)
            return self.power_at(total[at.astype(int)], lift) - self.power

        found = np.exp(root(height, *(np.full(len(total), end) for end in ends)))
        return np.where(np.isfinite(found), sign * found, nan)

    def farthest(self, sign: int) -> float:
        """The largest lift that leaves a rate within (0, 1), or a mean above zero."""
        if sign < 0:
            return 1 - 1e-6
        if self.question == "noninferiority" or self.variation is not None:
            return LARGEST
        return (1 / self.mean - 1) * (1 - 1e-6)


def detectable_lifts(tests: Sequence[PlannedTest], units: ArrayLike) -> Floats:
    """What `PlannedTest.detectable` finds of each test with so many units in all, (K,).

    Those for which the formula holds are sought together, the others one by one.
    """
    total, found = np.asarray(units, dtype=np.float64), np.full(len(tests), nan)
    for direction in Direction:
        alike = [
            at
            for at, test in enumerate(tests)
            if test.is_enumerable and test.looks is None and test.goal.direction is direction
        ]
        if alike:
            found[alike] = _by_formula([tests[at] for at in alike], total[alike], direction)
    for at in np.flatnonzero(np.isnan(found)).tolist():
        found[at] = tests[at].detectable(total[at])[0]
    return found


def _by_formula(tests: list[PlannedTest], units: Floats, direction: Direction) -> Floats:
    """Lifts of rates with tests that are read once; NaN where few make the formula err."""
    columns = [(one.mean, one.control_share, one.ratio, one.power, one.alpha) for one in tests]
    mean, share, ratio, power, alpha = np.array(columns).T
    control = units * share
    lift = detectable(
        mean, control, ratio=ratio, power=power, alpha=alpha, direction=direction.value
    ).lift
    moved = mean * (1 + lift)
    fewest = np.minimum(mean, 1 - mean), ratio * np.minimum(moved, 1 - moved)
    holds = (control * np.minimum(*fewest) >= FEW) & (np.abs(lift) >= SMALLEST)
    return np.where(holds, lift, nan)


def planned_test(
    experiment: Experiment,
    goal: Goal,
    mean: float,
    sd: float | None,
    variant: str | None = None,
    *,
    saved: float = 0.0,
) -> PlannedTest:
    """The test of a goal as the definition plans it.

    mean: the control's, a rate or the mean of a goal that is none; sd: of the latter over units.
    variant: the treated one that is compared; None for the one with the smallest share.
    saved: share of the variance that a value from before takes off.
    """
    once = _read_once(experiment, goal, mean, sd, variant, saved=saved)
    return replace(once, looks=looks_of_claims(experiment))


def looks_of_claims(experiment: Experiment) -> LookPlan | None:
    """The looks at which a test as the definition plans it makes its claims."""
    return look_plan(experiment, tuned_for(experiment))


def tuned_for(experiment: Experiment) -> float:
    """Units of a pair of variants at which looks without an end are sharpest.

    Those that the definition plans, else those that the primary goal would need if it were read
    once, else some.
    """
    arms, goal = len(experiment.variants), experiment.primary
    if experiment.monitoring.units:
        return experiment.monitoring.units * 2 / arms
    known = goal.baseline is not None and goal.mde is not None
    if goal.baseline is None or not known or (goal.is_value and goal.sd is None):
        return UNPLANNED_UNITS
    test = _read_once(experiment, goal, goal.baseline, goal.sd)
    return test.units() * 2 / arms if test.is_possible else UNPLANNED_UNITS


def _read_once(
    experiment: Experiment,
    goal: Goal,
    mean: float,
    sd: float | None,
    variant: str | None = None,
    *,
    saved: float = 0.0,
) -> PlannedTest:
    """The test of a goal that is read once, at its end."""
    divided, sign = ratios(experiment), 1 if goal.direction is Direction.UP else -1
    size = goal.mde if goal.margin is None else -goal.margin
    return PlannedTest(
        goal=goal,
        mean=mean,
        variation=None if sd is None else sd / mean,
        question="change" if goal.margin is None else "noninferiority",
        effect=nan if size is None else sign * size,
        alpha=asked_alpha(experiment, goal),
        power=experiment.plan.power,
        control_share=shares(experiment)[experiment.control.name],
        ratios=tuple(divided.values()) if variant is None else (divided[variant],),
        saved=saved,
    )


def moved(experiment: Experiment, test: PlannedTest, lift: float) -> PlannedTest:
    """The test of a goal's own row, for a lift that comes to it from another goal."""
    alpha = planned_alpha(experiment, test.goal)
    return replace(test, question="change", effect=lift, alpha=alpha)


@lru_cache(maxsize=256)  # a plan asks for the same size many times, and a search takes its time
def _control_units(mean: float, moved: float, ratio: float, power: float, alpha: float) -> float:
    return float(units_for_rates(mean, moved, ratio, power=power, alpha=alpha).control)
