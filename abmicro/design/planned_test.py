"""A goal as a test sees it: units that a lift needs, power, and what is detectable.

Of several treated arms the one with the smallest share is planned for; the others find at least as
much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from abmicro import formatting
from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.model import Direction, Role
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.power import designs
from abmicro.stats.power.exact import FEW, exact_findings, units_for_rates
from abmicro.stats.power.power import Design, power_of, units_for
from abmicro.stats.power.several_arms import dunnett_alpha, power_of_arms

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from abmicro.experiment.model import Experiment, Goal
    from abmicro.planning.baselines import Known
    from abmicro.stats.foundations.effect import Alternative

    Floats = NDArray[np.float64]

SMALLEST = 1e-9  # lifts below it are none
CERTAIN = 1 - 1e-6  # power by formula that stays near 1 where few convert
LARGEST = 1e6  # and above it are no lifts of a mean


@dataclass(frozen=True, slots=True)
class Subject:
    """A goal with what is known of it, and how it will be tested.

    mean: the control's rate, or mean of a goal that is none. variation: of the latter over units,
        standard deviation as a multiple of the mean; None for a rate.
    alpha: of one comparison, two-sided for a `change`, one-sided for `no_loss`.
    lift: planned, signed (`no_loss`: the lift to be ruled out); NaN where none is set.
    control_share: of all units. ratios: units of each treated arm for one of the control.
    """

    goal: Goal
    mean: float
    variation: float | None
    alpha: float
    power: float
    asks: Literal["change", "no_loss"]
    lift: float
    control_share: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Units of the smallest treated arm for one of the control."""
        return min(self.ratios)

    @property
    def good(self) -> int:
        """1 where the goal should rise, -1 where it should fall."""
        return 1 if self.goal.direction is Direction.UP else -1

    @property
    def direction(self) -> int:
        """The sign of the lifts it is asked about: good ones, or for `no_loss` losses."""
        return -self.good if self.asks == "no_loss" else self.good

    @property
    def is_plain(self) -> bool:
        """Whether it is a change of a rate, whose test can be enumerated."""
        return self.variation is None and self.asks == "change"

    @property
    def alternative(self) -> Alternative:
        """Which side is tested."""
        if self.asks == "change":
            return "two-sided"
        return "greater" if self.good > 0 else "less"

    def at(self, one_sided: float) -> Subject:
        """The same tested at another one-sided level, without correction."""
        return replace(self, alpha=one_sided * (2 if self.asks == "change" else 1))

    def design(self, lift: ArrayLike, ratio: ArrayLike | None = None) -> Design:
        """What the test sees of a lift (`no_loss`: of none, against that margin).

        ratio: units of the treated arm for one of the control; default those of the smallest.
        """
        moved = np.asarray(lift, dtype=np.float64)
        mean, ratio = np.asarray(self.mean), np.asarray(self.ratio if ratio is None else ratio)
        if self.variation is not None:
            if self.asks == "change":
                return designs.means(moved, self.variation, None, ratio)
            noise = self.variation * np.sqrt((1 + moved) ** 2 + 1 / ratio)
            return Design(-moved, noise, noise, ratio)
        if self.asks == "change":
            return designs.pooled(mean, mean * (1 + moved), ratio)
        return designs.farrington_manning_ratio(mean, mean, ratio, null=1 + moved)

    def units(self, lift: float) -> float:
        """Units in all arms that find a lift with the planned power; infinite for no lift.

        By formula, or exactly where so few units reach the goal that the formula errs.
        """
        if abs(lift) < SMALLEST:
            return inf
        power, alpha = self.power, self.alpha
        if self.is_plain:
            moved = self.mean * (1 + lift)
            return self.in_all(_control_units(self.mean, moved, self.ratio, power, alpha))
        found = units_for(self.design(lift), power=power, alpha=alpha, alternative=self.alternative)
        return self.in_all(float(found.control))

    def in_all(self, control: float) -> float:
        """Units in all arms where the control has so many."""
        return float(np.ceil(control / self.control_share * (1 - 1e-12)))

    def noise(self) -> Design:
        """The noise of one unit on the log scale, where nothing moves."""
        mean, ratio = np.asarray(self.mean), np.asarray(self.ratio)
        if self.variation is None:
            return designs.log_ratio(mean, mean, ratio)
        return designs.means(0.0, self.variation, None, ratio)

    def powers(self, units: ArrayLike, lift: ArrayLike) -> Floats:
        """Probability of finding each lift with so many units in all arms; 0 without units."""
        total, moved = np.broadcast_arrays(np.asarray(units, np.float64), np.asarray(lift))
        control = np.maximum(total * self.control_share, 1)
        found = power_of(
            self.design(moved), control, alpha=self.alpha, alternative=self.alternative
        )
        few = self._few(control, moved) & (found < CERTAIN)
        found = np.where(total * self.control_share >= 1, found, 0.0)
        if few.any():
            found[few] = self._exactly(control[few], moved[few])
        return found[()]

    def any_arm(self, units: float, lift: float) -> float:
        """Probability that at least one treated arm is found, if every one has this lift."""
        control = max(units * self.control_share, 1)
        design = self.design(lift, self.ratios)
        found = power_of_arms(design, control, alpha=self.alpha, alternative=self.alternative)
        return max(float(found.any), float(self.powers(units, lift)))

    def _few(self, control: Floats, lift: Floats) -> NDArray[np.bool_]:
        """Where too few units reach the goal, or do not, for a formula."""
        moved = self.mean * (1 + lift)
        least = min(self.mean, 1 - self.mean), np.minimum(moved, 1 - moved) * self.ratio
        return (control * np.minimum(*least) < FEW) & (control > 1) & self.is_plain

    def _exactly(self, control: Floats, lift: Floats) -> Floats:
        found = exact_findings(
            self.mean,
            self.mean * (1 + lift),
            np.floor(control),
            np.maximum(np.floor(control * self.ratio), 1),
            alpha=self.alpha,
        )
        return np.where(lift >= 0, found.above, found.below)

    def detectable(self, units: ArrayLike) -> Floats:
        """Smallest lift in the good direction found with the planned power, by units in all arms.

        For `no_loss` the smallest loss that can be ruled out. NaN where no lift will do.
        """
        total = np.atleast_1d(np.asarray(units, dtype=np.float64))
        sign = self.direction
        ends = np.log(SMALLEST), np.log(self.farthest(sign))

        def height(size: Floats, at: Floats) -> Floats:
            lift = sign * np.exp(size)
            return self.powers(total[at.astype(int)], lift) - self.power

        found = np.exp(root(height, *(np.full(len(total), end) for end in ends)))
        return np.where(np.isfinite(found), sign * found, nan)

    def farthest(self, sign: int) -> float:
        """The largest lift that leaves a rate within (0, 1), or a mean above zero."""
        if sign < 0:
            return 1 - 1e-6
        if self.asks == "no_loss" or self.variation is not None:
            return LARGEST
        return (1 / self.mean - 1) * (1 - 1e-6)


def subjects(experiment: Experiment, known: Known) -> tuple[Subject, ...]:
    """Every goal of which a baseline is known, the primary first, then in the order of the file.

    Raises DefinitionError where a planned lift leaves the range of a rate.
    """
    goals = sorted(experiment.goals, key=lambda goal: goal.role is not Role.PRIMARY)
    return tuple(_subject(experiment, goal, known) for goal in goals if goal.name in known.means)


def _subject(experiment: Experiment, goal: Goal, known: Known) -> Subject:
    asks: Literal["change", "no_loss"] = "change" if goal.margin is None else "no_loss"
    sign = 1 if goal.direction is Direction.UP else -1
    size = goal.mde if goal.margin is None else -goal.margin
    lift, mean = nan if size is None else sign * size, known.means[goal.name]
    if goal.margin is None and goal.is_rate and mean * (1 + lift) >= 1:
        what = f"a lift of {size:g} takes the rate of {formatting.rate(mean)} to 100% or beyond"
        hint = f"an mde below {1 / mean - 1:.4g} leaves room; or plan for the few who miss"
        raise DefinitionError(Problem(dotted("goals", goal.name, "mde"), what, "E090", hint))
    return Subject(
        goal=goal,
        mean=mean,
        variation=known.sds[goal.name] / mean if goal.name in known.sds else None,
        alpha=level(experiment, goal),
        power=experiment.plan.power,
        asks=asks,
        lift=lift,
        control_share=experiment.control.share,
        ratios=_ratios(experiment),
    )


def level(experiment: Experiment, goal: Goal) -> float:
    """The alpha of one comparison of a goal after the correction of the analysis, at its strictest.

    Corrections that go step by step (Holm, Hochberg, Benjamini-Hochberg ...) may turn out milder;
    a plan reckons with their first step. Guardrails are not corrected.
    """
    options, arms = experiment.analysis, len(experiment.treated)
    if options.correction == "none" or goal.role is Role.GUARDRAIL:
        return options.alpha
    goals = sum(_same_family(experiment, one, goal) for one in experiment.goals)
    if options.correction == "dunnett":
        return float(dunnett_alpha(_ratios(experiment), alpha=options.alpha / goals))
    return options.alpha / (goals * arms)


def _ratios(experiment: Experiment) -> tuple[float, ...]:
    return tuple(arm.share / experiment.control.share for arm in experiment.treated)


@lru_cache(maxsize=256)  # a plan asks for the same size many times, and a search takes its time
def _control_units(mean: float, moved: float, ratio: float, power: float, alpha: float) -> float:
    return float(units_for_rates(mean, moved, ratio, power=power, alpha=alpha).control)


def _same_family(experiment: Experiment, one: Goal, other: Goal) -> bool:
    if experiment.analysis.family == "all":
        confirmed = {Role.PRIMARY, Role.SECONDARY}
        return one.role is other.role or {one.role, other.role} <= confirmed
    return one.role is other.role
