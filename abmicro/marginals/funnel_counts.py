"""The funnel read off the joint table: nested counts, and conversions that break the nesting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.experiment.model import ordered_step
from abmicro.frozen import frozen
from abmicro.marginals.goal_totals import patterns_reaching

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal


@frozen(eq=False)
class FunnelCounts:
    """A funnel of K steps, the macro goal last, in V variants.

    reached: (V, K + 1), units and then the units that reached each step *or a later one*: a unit
    with the macro goal has passed the steps before it, recorded or not; the capture check judges
    those without a record before anyone relies on it.
    passed: which patterns of the joint table count as having reached each step: bool (K, patterns).
    """

    steps: tuple[str, ...]
    reached: Integers
    passed: Bools

    @property
    def milestones(self) -> tuple[str, ...]:
        """All steps but the last."""
        return self.steps[:-1]


@frozen(eq=False)
class OffFunnelCells:
    """Micro goals that are no step of the funnel, each with one macro goal, in V variants.

    cells: (V, G, 4), units with both goals, micro only, macro only, neither.
    """

    goals: tuple[str, ...]
    macro: str
    cells: Integers


def off_funnel_cells(experiment: Experiment, counts: JointCounts) -> OffFunnelCells | None:
    """The micro goals off the funnel with the macro it leads to, or with the first macro rate.

    None where there is no such goal, no such macro, or their joint is not known.
    """
    steps = experiment.funnel.steps
    macros = [goal.name for goal in experiment.macros if goal.is_rate]
    macro = steps[-1] if steps else next(iter(macros), None)
    apart = counts.apart.names
    known = [goal for goal in experiment.compared if goal.is_rate and goal.name not in apart]
    micros = [goal.name for goal in known if goal.is_micro and goal.name not in steps]
    if macro is None or not micros or macro not in {goal.name for goal in known}:
        return None
    units = counts.units.sum(axis=(1, 2))
    ends = patterns_reaching(experiment, macro, counts)
    reached = np.stack([patterns_reaching(experiment, goal, counts) for goal in micros])
    return OffFunnelCells(tuple(micros), macro, joint_cells(units, reached, ends))


def joint_cells(units: Integers, micros: Bools, macro: Bools) -> Integers:
    """Units with both goals, micro only, macro only, neither: (V, G, ..., 4).

    units: (V, ..., patterns). micros: bool (G, patterns). macro: bool (patterns,).
    """
    of_cell = (micros & macro, micros & ~macro, ~micros & macro, ~(micros | macro))
    cells = np.stack([units @ patterns.T for patterns in of_cell], axis=-1)
    return np.moveaxis(cells, -2, 1)


def goals_not_followed(experiment: Experiment, counts: JointCounts) -> dict[str, str]:
    """The goals that are followed nowhere, each with the reason."""
    if not experiment.macros or not any(goal.is_micro for goal in experiment.compared):
        return {}
    reasons = ((goal.name, _why_not_followed(goal, counts)) for goal in experiment.compared)
    return {name: why for name, why in reasons if why}


def _why_not_followed(goal: Goal, counts: JointCounts) -> str:
    """Empty for a goal that is followed, or that nobody would look for."""
    if goal.is_ratio:
        return (
            f"{goal.name} is counted per {goal.per}, and carry-through follows people; a goal "
            "without per, from the same events, would be followed"
        )
    if goal.name in counts.apart.names and not (goal.is_micro and goal.is_value):
        return (
            f"the counts do not say who reached {goal.name} and "
            f"{'the macro goal' if goal.is_micro else 'a micro goal'}; collect from "
            "events or units to learn it"
        )
    return ""


def why_no_funnel(experiment: Experiment, counts: JointCounts) -> str:
    """Why the experiment has no funnel, or its counts do not show it; empty where there is one."""
    steps = experiment.funnel.steps
    if not experiment.macros:
        return "no macro goal is defined, so there is nothing to reach"
    names = experiment.names
    if len(steps) < 2:
        return (
            f"no goal is named as a step on the way to {names.goal(experiment.macros[0].name)}; "
            "whoever set up the test can name one in its definition"
        )
    apart = [names.goal(step) for step in steps if step in counts.apart.names]
    if apart:
        return f"the counts do not say who reached {', '.join(apart)} and a later step"
    return ""


def funnel_counts(experiment: Experiment, counts: JointCounts) -> FunnelCounts:
    """The funnel of an experiment that has one, see `why_no_funnel`."""
    steps = experiment.funnel.steps
    raw = np.stack([patterns_reaching(experiment, step, counts) for step in steps])
    ordered = _in_order(experiment, counts, raw)
    later = np.logical_or.accumulate(ordered[::-1], axis=0)[::-1]
    units = counts.units.sum(axis=(1, 2))
    reached = np.concatenate([units.sum(axis=-1, keepdims=True), units @ later.T], axis=-1)
    return FunnelCounts(steps, reached, later)


def _in_order(experiment: Experiment, counts: JointCounts, raw: Bools) -> Bools:
    """Under `order = "strict"`, steps that were reached at or after the step before."""
    if experiment.funnel.order != "strict":
        return raw
    labels = [ordered_step(step) for step in experiment.funnel.steps[1:]]
    if not set(labels) <= set(counts.goals):
        return raw
    return np.stack([raw[0], *(counts.truth(label) for label in labels)])
