"""Differences as volumes: extra conversions and money per 1,000 units and per month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.place import times
from abmicro.analysis.results import Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.results import GoalResult
    from abmicro.experiment.model import Experiment

PER = 1000


def volumes(experiment: Experiment, goals: tuple[GoalResult, ...]) -> Iterator[Volume]:
    """What every goal of units changes by; none of goals that are counted over something else."""
    month = experiment.decision.per_month
    for row in goals:
        if row.segment is not None or row.per is not None:
            continue
        worth = _worth(experiment, row)
        money = None if worth is None else times(row.difference, worth)
        yield Volume(
            goal=row.goal,
            variant=row.variant,
            in_test=times(row.difference, row.units.treated),
            per_1000=times(row.difference, PER),
            per_month=None if month is None else times(row.difference, month),
            worth_per_1000=None if money is None else times(money, PER),
            worth_per_month=None if money is None or month is None else times(money, month),
        )


def _worth(experiment: Experiment, row: GoalResult) -> float | None:
    """What one more of a goal is worth: of an amount itself, of the goal that pays as is given."""
    decision = experiment.decision
    if decision.currency is None:
        return None
    if row.is_value:
        return 1.0
    paying = [goal.name for goal in experiment.macros if goal.is_rate]
    return decision.order_value if row.goal in paying[:1] else None
