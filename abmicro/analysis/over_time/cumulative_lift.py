"""Exposures by entry day, and how the lift of a goal came about as units entered.

Only the last point of such a path is a finding; a band along the path would invite to stop where
it looks best, so none is computed.
"""

from __future__ import annotations

from datetime import timedelta
from math import isclose
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.results import Day, Pair
from abmicro.experiment.model import GoalRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from abmicro.analysis.results import GoalResult
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.marginals import Marginals


SAME = 1e-9  # two lifts so close are the same


def find_days(
    experiment: Experiment, marginals: Marginals, goals: tuple[GoalResult, ...]
) -> tuple[Day, ...]:
    """Every day of the primary and then the macro goals in every variant; none without a clock.

    A goal whose lift is not that of the pooled units (compared within phases, say) has no path: it
    would lead elsewhere.
    """
    recorded = marginals.patterns
    if not recorded.days:
        return ()
    last = (recorded.days[-1] - recorded.days[0]).days
    days = [recorded.days[0] + timedelta(days=at) for at in range(last + 1)]
    places = [(day - recorded.days[0]).days for day in recorded.days]

    def by_day(known: NDArray[np.generic]) -> Floats:
        every = np.zeros((len(known), len(days)))
        every[:, places] = known
        return every

    units = by_day(recorded.by_day.sum(axis=-1))
    variants = [one.name for one in experiment.variants]
    found: list[Day] = []
    for goal in sorted(experiment.compared, key=lambda goal: goal.role is not GoalRole.PRIMARY):
        total = _total(marginals, goal)
        if total is None or (goal.is_micro and goal.role is not GoalRole.PRIMARY):
            continue
        lifts = _lifts(by_day(total), units)
        for row in (row for row in goals if (row.goal, row.segment) == (goal.name, None)):
            variant = variants.index(row.variant)
            if isclose(lifts[variant, -1], row.lift.estimate, rel_tol=SAME, abs_tol=SAME):
                found += _of_arm(row, days, units[[0, variant]], lifts[variant])
    return tuple(found)


def _total(marginals: Marginals, goal: Goal) -> NDArray[np.generic] | None:
    """What units reached or spent, by variant and day (V, D); None where days do not tell."""
    recorded = marginals.patterns
    if goal.name in recorded.goals:
        return np.asarray(recorded.by_day @ recorded.goals[goal.name])
    return marginals.values_by_day.get(goal.name)


def _lifts(total: Floats, units: Floats) -> Floats:
    """Lift of every variant against the first, day by day, of all that entered until then."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.cumsum(total, axis=1) / np.cumsum(units, axis=1)
        return np.asarray(np.where(rate[:1] > 0, rate / rate[:1] - 1, np.nan))


def _of_arm(row: GoalResult, days: list[date], units: Floats, lifts: Floats) -> Iterator[Day]:
    for at, day in enumerate(days):
        pair = Pair(float(units[0, at]), float(units[1, at]))
        yield Day(row.goal, row.variant, str(day), pair, float(lifts[at]))
