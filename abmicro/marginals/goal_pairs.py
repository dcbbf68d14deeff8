"""Which micro goals are followed to which macro goals, and the counts that tell of each pair.

Every micro goal is paired with every macro goal, the one at the end of the funnel first. A
milestone and the end of its funnel are a path; every other pair rests on the association of both
goals in the control, and a macro that is a value on its means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.marginals.funnel_counts import joint_cells
from abmicro.marginals.goal_totals import truth
from abmicro.stats.carry_through import pass_through
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.means.welch import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.funnel_counts import Path
    from abmicro.marginals.strata import Strata

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Truths = NDArray[np.bool_]

Judge = Callable[["Floats", float], pass_through.PassThrough]
Method = Callable[..., pass_through.PassThrough]


class Micros(NamedTuple):
    """Micro goals, and which patterns have reached each: bool (G, patterns)."""

    goals: tuple[Goal, ...]
    reached: Truths


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Micro goals with one macro goal.

    judge: their pass-through (A treated arms, G micro goals) at a level that broadcasts to it and a
    threshold. path: (V, G, N, 3) nested counts in N strata where they are a path; cells:
    (V, G, N, 4) joint cells where they are not; neither where the macro is a value.
    """

    micros: tuple[Goal, ...]
    macro: Goal
    judge: Judge
    path: Integers | None = None
    cells: Integers | None = None


def pairs(
    experiment: Experiment, counts: JointCounts, path: Path | None, strata: Strata
) -> tuple[Pairs, ...]:
    """The pairs, funnel first; goals whose joint is not known are in none."""
    apart = counts.apart.names
    macros = [goal for goal in experiment.macros if goal.name not in apart and not goal.is_ratio]
    end = experiment.goal(path.steps[-1]) if path else None
    macros = sorted(macros, key=lambda goal: (goal is not end, goal.is_value))
    milestones, others = _micros(experiment, counts, path)
    units = strata.total(counts.units)
    found: list[Pairs] = []
    for macro in macros:
        if macro is end and path is not None and milestones.goals:
            found.append(_on_path(milestones, macro, units, path.passed[-1]))
        rest = others if macro is end else _both(milestones, others)
        if rest.goals:
            found.append(_beside(experiment, counts, strata, rest, macro))
    return tuple(found)


def _micros(
    experiment: Experiment, counts: JointCounts, path: Path | None
) -> tuple[Micros, Micros]:
    """The milestones of the funnel, and the micro goals that are no step of it."""
    steps = path.milestones if path else ()
    on = tuple(experiment.goal(name) for name in steps)
    off = tuple(
        goal
        for goal in experiment.goals
        if goal.is_micro
        and goal.is_rate
        and goal.name not in steps
        and goal.name not in counts.apart.names
    )
    size = len(counts.patterns)
    passed = path.passed[:-1] if path else np.zeros((0, size), dtype=bool)
    reached = [truth(experiment, goal.name, counts) for goal in off]
    return Micros(on, passed), Micros(off, np.array(reached, dtype=bool).reshape(len(off), size))


def _both(one: Micros, other: Micros) -> Micros:
    return Micros((*one.goals, *other.goals), np.concatenate([one.reached, other.reached], axis=0))


def _on_path(micros: Micros, macro: Goal, units: Integers, ends: Truths) -> Pairs:
    """Milestones, without which the end of the funnel is impossible."""
    everyone = np.ones_like(ends)
    nested = ([everyone, reached, ends] for reached in micros.reached)
    steps = np.stack([units @ np.stack(masks, axis=-1) for masks in nested], axis=1)
    judge = _judge(pass_through.path, pass_through.path_strata, NestedCounts, steps)
    return Pairs(micros.goals, macro, judge, path=steps)


def _beside(
    experiment: Experiment, counts: JointCounts, strata: Strata, micros: Micros, macro: Goal
) -> Pairs:
    if macro.is_value:
        return _value(counts, strata, micros, macro)
    cells = joint_cells(
        strata.total(counts.units), micros.reached, truth(experiment, macro.name, counts)
    )
    judge = _judge(pass_through.joint, pass_through.joint_strata, JointCells, cells)
    return Pairs(micros.goals, macro, judge, cells=cells)


def _judge(
    pooled: Method,
    within: Method,
    named: type[NestedCounts] | type[JointCells],
    counts: Integers,
) -> Judge:
    """The method for the strata that the counts (V, G, N, ...) have."""
    method, arms = (pooled, counts[:, :, 0]) if counts.shape[2] == 1 else (within, counts)
    treated, control = named(arms[1:]), named(arms[:1])

    def judge(level: Floats, threshold: float) -> pass_through.PassThrough:
        return method(treated, control, level=level, threshold=threshold)

    return judge


def _value(counts: JointCounts, strata: Strata, micros: Micros, macro: Goal) -> Pairs:
    """A macro that is an amount per unit: its moments with and without each micro goal."""
    at = counts.measures.index(macro.name)
    sums = (counts.units.astype(np.float64), counts.sums[..., at], counts.products[..., at, at])
    of_pattern = [strata.total(part) for part in sums]
    with_micro, rest = (
        [np.moveaxis(part @ reached.T.astype(part.dtype), -1, 1) for part in of_pattern]
        for reached in (micros.reached, ~micros.reached)
    )

    def split(arms: slice) -> tuple[Moments, Moments]:
        return Moments(*(part[arms] for part in with_micro)), Moments(
            *(part[arms] for part in rest)
        )

    control, treated = split(slice(None, 1)), split(slice(1, None))

    def judge(level: Floats, threshold: float) -> pass_through.PassThrough:
        return pass_through.value_strata(treated, control, level=level, threshold=threshold)

    return Pairs(micros.goals, macro, judge)
