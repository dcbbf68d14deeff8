"""The planned test of every goal and treated variant, with what the control shows."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, nan
from typing import TYPE_CHECKING, NamedTuple

from abmicro.design.planned_test import PlannedTest, planned_test
from abmicro.marginals.goal_means import goal_means

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_totals import GoalTotals

FEWEST = 5  # conversions in a variant below which nothing is said of what could be seen
TOO_FEW = f"fewer than {FEWEST} of a variant reached it, or did not"


class Planned(NamedTuple):
    """The planned test of a goal and variant; where there is none, why."""

    row: GoalResult
    test: PlannedTest | None
    note: str


Plans = Mapping[tuple[str, str], Planned]
"""By goal and treated variant, over all units."""


def planned_tests(
    experiment: Experiment, totals: GoalTotals, goals: tuple[GoalResult, ...]
) -> Plans:
    """The tests by goal and treated variant, in the order of the goals over all units."""
    _, sds, saved = goal_means(totals, slice(0, 1))
    return {
        (row.goal, row.variant): _planned(
            experiment, row, sds.get(row.goal), 0.0 if row.unadjusted is None else saved[row.goal]
        )
        for row in goals
        if row.segment is None
    }


def _planned(experiment: Experiment, row: GoalResult, sd: float | None, saved: float) -> Planned:
    note = _too_little(row, sd)
    if note:
        return Planned(row, None, note)
    goal = experiment.goal(row.goal)
    test = planned_test(experiment, goal, row.rate.control, sd, row.variant, saved=saved)
    return Planned(row, test, "")


def _too_little(row: GoalResult, sd: float | None) -> str:
    """Why nothing can be said, else empty."""
    if not (row.units.control and row.units.treated):
        return "one of the variants is empty"
    if isnan(row.rate.control):
        return "the rates of the variants cannot be told"
    if row.reached is None:
        known = row.rate.control > 0 and (nan if sd is None else sd) > 0
        return "" if known else "the values of the control do not vary"
    least = min(row.reached.control, row.units.control - row.reached.control)
    return TOO_FEW if least * min(1, row.units.treated / row.units.control) < FEWEST else ""
