"""Goals that exist in some variants only: who reached them, and what of the macro followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.counts import CROSSED
from abmicro.frozen import frozen
from abmicro.marginals.funnel_counts import joint_cells
from abmicro.marginals.goal_totals import patterns_reaching

if TYPE_CHECKING:
    from abmicro.array_types import Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal


@frozen(eq=False)
class UncomparedGoals:
    """U goals in V variants, whether or not a variant has them.

    units: (V,). reached: (V, U); crossed: those of them that saw another variant, too, and are kept
    under their first: (V, U). followed: of the goals whose joint with the macro is known, units
    with both, goal only, macro only, neither: name to (V, 4). macro: the rate at the end of the
    funnel, else the first; None where there is none.
    """

    goals: tuple[Goal, ...]
    units: Integers
    reached: Integers
    crossed: Integers
    macro: str | None
    followed: dict[str, Integers]


def uncompared_goals(experiment: Experiment, counts: JointCounts) -> UncomparedGoals:
    """Add up the joint table over segments and days; CountsError where it lacks a goal."""
    goals = tuple(goal for goal in experiment.goals if not goal.is_compared)
    units = counts.units.sum(axis=(1, 2))
    macro = _macro(experiment, counts)
    masks = {
        goal.name: patterns_reaching(experiment, goal.name, counts)
        for goal in goals
        if goal.name not in counts.apart.names
    }
    reached = [
        units @ masks[goal.name] if goal.name in masks else counts.reached(goal.name).sum((1, 2))
        for goal in goals
    ]
    seen_others = counts.truth(CROSSED) if CROSSED in counts.goals else False
    crossed = [
        units @ (masks.get(goal.name, np.zeros(len(counts.patterns), bool)) & seen_others)
        for goal in goals
    ]
    followed = {}
    if macro is not None:
        ends = patterns_reaching(experiment, macro, counts)
        followed = {
            name: joint_cells(units, mask[None], ends)[:, 0] for name, mask in masks.items()
        }
    size = len(units), len(goals)
    return UncomparedGoals(
        goals=goals,
        units=units.sum(axis=-1),
        reached=np.array(reached, dtype=np.int64).T.reshape(size),
        crossed=np.array(crossed, dtype=np.int64).T.reshape(size),
        macro=macro,
        followed=followed,
    )


def _macro(experiment: Experiment, counts: JointCounts) -> str | None:
    macros = (goal.name for goal in experiment.macros if goal.is_rate)
    ranked = (*experiment.funnel.steps[-1:], *macros)
    return next((name for name in ranked if name not in counts.apart.names), None)
