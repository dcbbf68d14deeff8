"""Which micro goals are followed to which macro goals, and the counts of each pair.

Every micro goal is paired with every macro goal, the one at the end of the funnel first. A
milestone and the end of its funnel are a path; every other pair rests on the association of both
goals in the control, and a macro that is a value on its means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from abmicro.frozen import frozen
from abmicro.marginals.amount_parts import ENOUGH_FOR_PAST
from abmicro.marginals.funnel_counts import joint_cells
from abmicro.marginals.goal_totals import patterns_reaching
from abmicro.stats.carry_through import pass_through
from abmicro.stats.carry_through.amount_ruler import AmountPast
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.past_values import prediction
from abmicro.stats.means.welch import Moments

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats, Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.funnel_counts import FunnelCounts
    from abmicro.marginals.strata import Within
    from abmicro.stats.carry_through.label import OwnTests


ARMS = slice(1, None), slice(1)
"""Treated arms and control, along the axis of variants."""

Method = Callable[..., pass_through.PassThrough]


class Judge(Protocol):
    """The pass-through at a level that broadcasts to variants and micro goals, and a threshold.

    own: what the tests of the goals' own say.
    """

    def __call__(
        self, level: Floats, threshold: float, own: OwnTests | None = None
    ) -> pass_through.PassThrough:
        """Judge all pairs."""


class MicroGoals(NamedTuple):
    """Micro goals, and which patterns have reached each: bool (G, patterns)."""

    goals: tuple[Goal, ...]
    reached: Bools


@frozen(eq=False)
class GoalPairs:
    """Micro goals with one macro goal.

    judge: their pass-through (A treated variants, G micro goals). path: (V, G, N, 3) nested counts
    in N strata where they are a path; cells: (V, G, N, 4) joint cells where they are not; neither
    where the macro is a value.
    """

    micros: tuple[Goal, ...]
    macro: Goal
    judge: Judge
    path: Integers | None = None
    cells: Integers | None = None


def goal_pairs(
    experiment: Experiment, counts: JointCounts, funnel: FunnelCounts | None, strata: Within
) -> tuple[GoalPairs, ...]:
    """The pairs, funnel first; goals whose joint is not known are in none."""
    apart = counts.apart.names
    macros = [goal for goal in experiment.macros if goal.name not in apart and not goal.is_ratio]
    end = experiment.goal(funnel.steps[-1]) if funnel else None
    macros = sorted(macros, key=lambda goal: (goal is not end, goal.is_value))
    milestones, others = _micros(experiment, counts, funnel)
    units = strata.total(counts.units)
    pairs: list[GoalPairs] = []
    for macro in macros:
        if macro is end and funnel is not None and milestones.goals:
            path, ends = _on_path(milestones, macro, units, funnel.passed[-1]), funnel.passed[-1]
            if _with_past(counts, macro, ends):
                path = replace(path, judge=_amount(counts, strata, milestones, macro, ends))
            pairs.append(path)
        rest = others if macro is end else _both(milestones, others)
        if rest.goals:
            pairs.append(_off_funnel(experiment, counts, strata, rest, macro))
    return tuple(pairs)


def _micros(
    experiment: Experiment, counts: JointCounts, funnel: FunnelCounts | None
) -> tuple[MicroGoals, MicroGoals]:
    """The milestones of the funnel, and the micro goals that are no step of it."""
    steps = funnel.milestones if funnel else ()
    on = tuple(experiment.goal(name) for name in steps)
    off = tuple(
        goal
        for goal in experiment.compared
        if goal.is_micro
        and goal.is_rate
        and goal.name not in steps
        and goal.name not in counts.apart.names
    )
    size = len(counts.patterns)
    passed = funnel.passed[:-1] if funnel else np.zeros((0, size), dtype=bool)
    reached = [patterns_reaching(experiment, goal.name, counts) for goal in off]
    return MicroGoals(on, passed), MicroGoals(
        off, np.array(reached, dtype=bool).reshape(len(off), size)
    )


def _both(first: MicroGoals, second: MicroGoals) -> MicroGoals:
    return MicroGoals(
        (*first.goals, *second.goals), np.concatenate([first.reached, second.reached], axis=0)
    )


def _on_path(micros: MicroGoals, macro: Goal, units: Integers, ends: Bools) -> GoalPairs:
    """Milestones, without which the end of the funnel is impossible."""
    everyone = np.ones_like(ends)
    nested = ([everyone, reached, ends] for reached in micros.reached)
    steps = np.stack([units @ np.stack(masks, axis=-1) for masks in nested], axis=1)
    judge = _judge(pass_through.path, pass_through.path_strata, NestedCounts, steps)
    return GoalPairs(micros.goals, macro, judge, path=steps)


def _off_funnel(
    experiment: Experiment, counts: JointCounts, strata: Within, micros: MicroGoals, macro: Goal
) -> GoalPairs:
    if macro.is_value:
        return GoalPairs(micros.goals, macro, _amount(counts, strata, micros, macro))
    reached = patterns_reaching(experiment, macro.name, counts)
    cells = joint_cells(strata.total(counts.units), micros.reached, reached)
    judge = _judge(pass_through.joint, pass_through.joint_strata, JointCells, cells)
    if _with_past(counts, macro, reached):
        judge = _amount(counts, strata, micros, macro, reached)
    return GoalPairs(micros.goals, macro, judge, cells=cells)


def _judge(
    pooled: Method,
    within: Method,
    named: type[NestedCounts] | type[JointCells],
    counts: Integers,
) -> Judge:
    """The method for the strata that the counts (V, G, ..., N, 3 or 4) have."""
    method, variants = (pooled, counts[..., 0, :]) if counts.shape[-2] == 1 else (within, counts)
    treated, control = named(variants[1:]), named(variants[:1])

    def judge(
        level: Floats, threshold: float, own: OwnTests | None = None
    ) -> pass_through.PassThrough:
        return method(treated, control, level=level, threshold=threshold, own=own)

    return judge


def _amount(
    counts: JointCounts,
    strata: Within,
    micros: MicroGoals,
    macro: Goal,
    reached: Bools | None = None,
) -> Judge:
    """The judge of a macro that is an amount per unit: by moments with and without each micro goal.

    reached: patterns of a rate, which is then an amount of 0 and 1. A value from before is taken
    off what is observed.
    """
    units = counts.units.astype(np.float64)
    if reached is None:
        place = counts.measures.index(macro.name)
        sums = units, counts.sums[..., place], counts.products[..., place, place]
    else:
        sums = units, units * reached, units * reached
    with_micro, rest = (
        _over(strata, sums, patterns) for patterns in (micros.reached, ~micros.reached)
    )
    treated, control = (
        (Moments(*with_micro[:, variants]), Moments(*rest[:, variants])) for variants in ARMS
    )
    past = None
    if macro.before is not None:
        past = _past(counts, strata, micros, macro, reached)

    def judge(
        level: Floats, threshold: float, own: OwnTests | None = None
    ) -> pass_through.PassThrough:
        return pass_through.value_strata(
            treated, control, past=past, level=level, threshold=threshold, own=own
        )

    return judge


def _over(strata: Within, sums: Sequence[Floats], patterns: Bools) -> Floats:
    """Sums (V, S, P, K) over the patterns of each micro goal, in strata: (parts, V, G, N)."""
    return np.stack(
        [np.moveaxis(strata.total(part) @ patterns.T.astype(np.float64), -1, 1) for part in sums]
    )


def _past(
    counts: JointCounts, strata: Within, micros: MicroGoals, macro: Goal, reached: Bools | None
) -> AmountPast:
    """The value from before beside an amount: what it predicts, one slope for all micro goals."""
    place = counts.measures.index(macro.past)
    units, past = counts.units.astype(np.float64), counts.sums[..., place]
    if reached is None:
        own = counts.measures.index(macro.name)
        amount, squares = counts.sums[..., own], counts.products[..., own, own]
        products = counts.products[..., own, place]
    else:
        amount = squares = units * reached
        products = past * reached
    parts = units, amount, squares, past, counts.products[..., place, place], products

    def pair(sums: Floats) -> PairMoments:
        n, y, yy, x, xx, yx = sums
        return PairMoments(Moments(n, y, yy), Moments(n, x, xx), yx)

    everyone = np.ones((1, len(counts.patterns)), dtype=bool)
    by = prediction(pair(_over(strata, parts, everyone)))
    with_micro, rest = (
        _over(strata, parts, patterns) for patterns in (micros.reached, ~micros.reached)
    )
    treated, control = (
        (pair(with_micro[:, variants]), pair(rest[:, variants])) for variants in ARMS
    )
    return AmountPast(treated, control, by)


def _with_past(counts: JointCounts, macro: Goal, reached: Bools) -> bool:
    """Whether a rate is judged less what its past predicts: enough of every variant reach it."""
    if macro.before is None:
        return False
    return bool(counts.units[..., reached].sum(axis=(1, 2, 3)).min() >= ENOUGH_FOR_PAST)
