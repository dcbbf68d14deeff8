"""The goals of treated variants as arrays: tests, corrections, intervals, states.

One call per method for all variants, all goals, and one test with its segment levels or thousands
of tests. Test, interval and correction belong together: intervals are drawn at the level at which a
goal was tested, so that one excludes zero exactly when the adjusted p is below alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.goals.metric_kinds import (
    Figures,
    Guard,
    Tested,
    goes_up,
    rates,
    ratios,
    values,
)
from abmicro.analysis.goals.past_adjustment import with_past
from abmicro.analysis.goals.stratified_metrics import (
    effective_units,
    rates_within,
    ratios_within,
    values_within,
)
from abmicro.analysis.results import TRUSTED_FROM
from abmicro.design.families import corrected, corrected_segments
from abmicro.frozen import frozen
from abmicro.stats.verdict import BETTER, best_end, goal_state, guard_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Bools, Floats
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals
    from abmicro.stats.foundations.effect import Effect

    States = NDArray[np.int8]


@frozen(eq=False)
class GoalRows:
    """One sort of goals: arrays (A treated variants, T tests or levels, G goals).

    p_value, adjusted: of no difference. level: of the intervals, by the alpha each was tested at.
    guard: against the margins; None where no goal of the sort has one. alpha: of the analysis.
    """

    figures: Figures
    method: NDArray[np.str_]
    p_value: Floats
    adjusted: Floats
    level: Floats
    difference: Effect
    lift: Effect
    guard: Guard | None
    alpha: float

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the last axis."""
        return self.figures.goals

    @property
    def sign(self) -> NDArray[np.int8]:
        """1 where a goal should rise, -1 where it should fall: (G,)."""
        return np.where(goes_up(self.goals), 1, -1).astype(np.int8)

    @property
    def steady(self) -> Bools:
        """Whether enough amounts bear a gain."""
        if self.figures.size is None:
            return np.ones(self.p_value.shape, dtype=bool)
        return np.asarray(np.minimum(*self.figures.size) >= TRUSTED_FROM)

    @property
    def state(self) -> States:
        """BETTER, WORSE or OPEN."""
        estimate = self.difference.estimate
        return goal_state(self.adjusted, estimate, self.sign, alpha=self.alpha, steady=self.steady)

    @property
    def margins(self) -> Floats:
        """The margin of each goal, (G,); 0 where it has none."""
        return _margins(self.goals)

    @property
    def guard_state(self) -> States:
        """Held, beyond the margin or open; BETTER without a margin."""
        if self.guard is None:
            return np.full(self.p_value.shape, BETTER, dtype=np.int8)
        found = guard_state(
            self.guard.p,
            best_end(self.guard.lift.low, self.guard.lift.high, self.sign),
            margin=self.margins,
            alpha=self.alpha,
            steady=self.steady,
        )
        return np.where(self.margins > 0, found, BETTER).astype(np.int8)


def goal_rows(
    experiment: Experiment, totals: GoalTotals, strata: Sequence[GoalTotals] = (), *, tests: int = 1
) -> tuple[GoalRows, ...]:
    """The rows of every sort of goals.

    strata: the tallies of the strata within which the variants are compared; none: pooled.
    tests: how many of the levels are tests of their own; the rest are segment levels of the first.
    """
    sorts = figures_of(experiment, totals, strata)
    units = effective_units(strata) if strata else totals.units
    tested = [figures.test() for figures in sorts]
    goals = [goal for figures in sorts for goal in figures.goals]
    p_values = np.concatenate([found.p for found in tested], axis=-1)
    whole = corrected(experiment, goals, p_values[:, :tests], units[:, :tests])
    segments = corrected_segments(experiment, p_values[:, tests:])
    adjusted, tested_at = (
        np.concatenate(both, axis=1) for both in zip(whole, segments, strict=True)
    )
    ends = np.cumsum([len(figures.goals) for figures in sorts])[:-1]
    by_sort = (np.split(found, ends, axis=-1) for found in (adjusted, 1 - tested_at))
    return tuple(
        _rows(experiment.analysis.alpha, *one) for one in zip(sorts, tested, *by_sort, strict=True)
    )


def figures_of(
    experiment: Experiment, totals: GoalTotals, strata: Sequence[GoalTotals] = ()
) -> tuple[Figures, ...]:
    """Rates, values and ratios of the goal totals, as far as there are any; pooled or in strata."""
    found: list[Figures] = []
    if totals.rates:
        of_rates = (
            rates_within(totals, strata) if strata else rates(totals, experiment.analysis.method)
        )
        found.append(with_past(of_rates, "rates", totals, strata))
    if totals.values:
        of_values = values_within(totals, strata) if strata else values(totals)
        found.append(with_past(of_values, "values", totals, strata))
    if totals.ratios:
        found.append(ratios_within(totals, strata) if strata else ratios(totals))
    return tuple(found)


def _rows(
    alpha: float, figures: Figures, tested: Tested, adjusted: Floats, level: Floats
) -> GoalRows:
    margins = _margins(figures.goals)
    difference, lift = figures.intervals(level)
    return GoalRows(
        figures=figures,
        method=np.broadcast_to(tested.method, adjusted.shape),
        p_value=tested.p,
        adjusted=adjusted,
        level=level,
        difference=difference,
        lift=lift,
        guard=figures.guard(margins, 1 - 2 * alpha) if margins.any() else None,
        alpha=alpha,
    )


def _margins(goals: tuple[Goal, ...]) -> Floats:
    return np.array([goal.margin or 0.0 for goal in goals])
