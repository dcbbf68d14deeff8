"""Units by pattern of goals as recorded, per segment level and per entry day, no step closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np

from abmicro.frozen import frozen
from abmicro.marginals.funnel_counts import joint_cells
from abmicro.marginals.goal_totals import patterns_reaching
from abmicro.marginals.segment_levels import places_by_segment, segment_levels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from abmicro.array_types import Bools, Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.segment_levels import Level


@frozen(eq=False)
class PatternCounts:
    """Units of V variants by pattern of goals (K).

    levels: None, which stands for all units, then every level of every segment.
    by_level: (V, L, K). days: entry days, none without a clock; by_day: (V, D, K).
    goals: which patterns have reached a rate goal whose joint with the others is known: name to
        bool (K,).
    steps: the funnel, its macro goal last; none where a step is not among the goals.
    macro: the goal at its end, else the first macro rate; None where there is none.
    """

    levels: tuple[Level | None, ...]
    by_level: Integers
    days: tuple[date, ...]
    by_day: Integers
    goals: Mapping[str, Bools]
    steps: tuple[str, ...]
    macro: str | None

    @property
    def milestones(self) -> tuple[str, ...]:
        """The steps of the funnel but the macro goal."""
        return self.steps[:-1]

    @property
    def segments(self) -> dict[str, list[int]]:
        """Where on the level axis the levels of each segment with several of them stand."""
        places = places_by_segment(self.levels)
        return {name: levels for name, levels in places.items() if len(levels) > 1}

    def is_followed(self, goal: str) -> bool:
        """Whether the joint of the goal with a macro goal is known, and it is not that goal."""
        return self.macro is not None and goal != self.macro

    def without(self, goal: str, patterns: Bools) -> Self:
        """The same, had the goal not been recorded in these patterns."""
        return replace(self, goals={**self.goals, goal: self.goals[goal] & ~patterns})

    def closed(self, goal: str) -> Bools:
        """Patterns that have passed the goal: of a step, also those with a later one."""
        later = self.steps[self.steps.index(goal) :] if goal in self.steps else (goal,)
        return np.asarray(np.stack([self.goals[step] for step in later]).any(axis=0))

    def cells(self, goal: str, units: Integers) -> Integers:
        """Units (V, ..., K) as (V, ..., 4): with goal and macro, goal only, macro only, neither.

        The goal is closed, so that on the path there is no macro without it.
        """
        return joint_cells(units, self.closed(goal)[None], self.goals[str(self.macro)])[:, 0]


def pattern_counts(experiment: Experiment, counts: JointCounts) -> PatternCounts:
    """Add up the joint table of an experiment by segment level and by entry day."""
    levels, cells = segment_levels(counts)
    days = tuple(day for day in counts.periods if day is not None)
    if len(days) < len(counts.periods):
        days = ()
    apart, steps = counts.apart.names, experiment.funnel.steps
    known = [goal.name for goal in experiment.compared if goal.is_rate and goal.name not in apart]
    macros = [goal.name for goal in experiment.macros if goal.name in known]
    return PatternCounts(
        levels=levels,
        by_level=cells @ counts.units.sum(axis=2),
        days=days,
        by_day=counts.units.sum(axis=1)[:, : len(days)],
        goals={name: patterns_reaching(experiment, name, counts) for name in known},
        steps=steps if set(steps) <= set(known) else (),
        macro=steps[-1] if steps and steps[-1] in known else next(iter(macros), None),
    )
