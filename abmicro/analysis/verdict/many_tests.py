"""Rows, labels and decisions of thousands of tests of one experiment, by the stages of `analyze`.

Simulations and plans judge by these functions, and `analyze` is the same for one test, with its
checks, words and posteriors beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.analysis.carry_through.ruler import pair_levels
from abmicro.analysis.goals.goal_rows import GoalRows, goal_rows
from abmicro.analysis.verdict.case import early_harm, worthwhile
from abmicro.design.families import macro_that_ships
from abmicro.experiment.model import GoalKind
from abmicro.frozen import frozen
from abmicro.marginals.many_tests import MarginalsOfTests
from abmicro.stats.carry_through.label import OwnTests
from abmicro.stats.foundations.fieller_sets import Kind
from abmicro.stats.verdict import (
    BETTER,
    NO_MACRO,
    NOT_ASKED,
    OPEN,
    Gates,
    best_end,
    decide,
    early_guard_state,
    early_state,
    gain_lost,
    lies_inside,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Floats
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_pairs import GoalPairs
    from abmicro.stats.carry_through.pass_through import PassThrough
    from abmicro.stats.foundations.effect import Effect

    Labels = NDArray[np.str_]
    States = NDArray[np.int8]


@frozen(eq=False)
class JudgedGoal:
    """One goal in all tests; arrays (A treated variants, T tests).

    p_value, adjusted: of no difference. level: of the intervals. state: BETTER, WORSE or OPEN.
    guard_p: one-sided, of a loss at the margin, NaN without one. guard_state: BETTER where held or
    without a margin.
    """

    goal: Goal
    p_value: Floats
    adjusted: Floats
    level: Floats
    difference: Effect
    lift: Effect
    state: States
    guard_p: Floats
    guard_state: States


class JudgedPair(NamedTuple):
    """One pair of micro and macro goal: label of the ruler and part that is expected, (A, T).

    low, high: of the set of the pass-through; bounded: where it is an interval.
    """

    label: Labels
    dilution: Floats
    low: Floats
    high: Floats
    bounded: NDArray[np.bool_]


@frozen(eq=False)
class JudgedTests:
    """T tests of one experiment with A treated variants.

    goals: by name. pairs: by names of micro and macro goal; a label that the power of a test turns
    to `underpowered` reads `inconclusive` here. decision, reason: of the table, (A, T).
    """

    goals: Mapping[str, JudgedGoal]
    pairs: Mapping[tuple[str, str], JudgedPair]
    decision: NDArray[np.str_]
    reason: NDArray[np.str_]


def judge_tests(experiment: Experiment, tests: JointCounts, *, ended: bool = True) -> JudgedTests:
    """What an analysis finds in each of many tests whose checks pass and whose lifts do not fade.

    tests: one table whose segment cells are the tests, see `counts.many_tests.table_of_tests`.
    ended: whether the end is reached; before it only clear harm decides.

    The ruler of a macro rate with a value from before goes by the conversions of all tests
    together: whether they are enough to take off what the past predicts. Past tests are not asked:
    where the definition rests on them (`require = "likely"`), nothing ships here.

    >>> from abmicro import Experiment
    >>> from abmicro.counts.many_tests import table_of_tests
    >>> goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    >>> experiment = Experiment(name="t", variants=["A", "B"], goals=goals)
    >>> patterns = [[0, 0], [1, 0], [1, 1]]
    >>> units = [[[88000, 9050, 2950], [86800, 10095, 3105]], [[88000, 9050, 2950]] * 2]
    >>> tests = table_of_tests(("A", "B"), ("cart", "order"), patterns, units)
    >>> found = judge_tests(experiment, tests)
    >>> found.pairs["cart", "order"].label.tolist(), found.decision.tolist()
    ([['partly_carried', 'no_micro_signal']], [['ship', 'unsettled']])
    """
    return judge(experiment, MarginalsOfTests.of(experiment, tests), ended=ended)


def judge(experiment: Experiment, marginals: MarginalsOfTests, *, ended: bool) -> JudgedTests:
    """`judge_tests` of tables that have been added up."""
    totals, strata = marginals.goal_totals, marginals.goal_totals_of_strata
    rows = goal_rows(experiment, totals, strata, tests=marginals.tests)
    goals = {one.goal.name: one for sort in rows for one in _goals(sort)}
    pairs = _pairs(experiment, marginals.goal_pairs, goals)
    found = decide(_gates(experiment, goals, pairs, ended=ended))
    return JudgedTests(goals, pairs, found.decision, found.reason)


def _goals(rows: GoalRows) -> list[JudgedGoal]:
    """The columns of one sort of goals."""
    states, guards = rows.state, rows.guard_state
    guard_p = np.full(rows.p_value.shape, nan) if rows.guard is None else rows.guard.p

    def column(effect: Effect, at: int) -> Effect:
        return type(effect)(*(part[..., at] for part in effect))

    return [
        JudgedGoal(
            goal=goal,
            p_value=rows.p_value[..., at],
            adjusted=rows.adjusted[..., at],
            level=rows.level[..., at],
            difference=column(rows.difference, at),
            lift=column(rows.lift, at),
            state=states[..., at],
            guard_p=guard_p[..., at] if goal.margin else np.full(states.shape[:-1], nan),
            guard_state=guards[..., at],
        )
        for at, goal in enumerate(rows.goals)
    ]


def _pairs(
    experiment: Experiment, sorts: tuple[GoalPairs, ...], goals: Mapping[str, JudgedGoal]
) -> dict[tuple[str, str], JudgedPair]:
    """The labels of all pairs, by the rows of micro and macro goal."""
    found: dict[tuple[str, str], JudgedPair] = {}
    if not sorts:
        return found
    for of_macro, level in zip(sorts, pair_levels(experiment, sorts), strict=True):
        judged = _judged(experiment, of_macro, level, goals)
        for at, micro in enumerate(of_macro.micros):
            found[micro.name, of_macro.macro.name] = JudgedPair(
                label=judged.label[:, at],
                dilution=judged.dilution[:, at],
                low=judged.ratio.low[:, at],
                high=judged.ratio.high[:, at],
                bounded=judged.ratio.kind[:, at] == Kind.INTERVAL,
            )
    return found


def _judged(
    experiment: Experiment, of_macro: GoalPairs, level: Floats, goals: Mapping[str, JudgedGoal]
) -> PassThrough:
    """The pass-through of the pairs of one macro goal, (A, G, T); level: (G,)."""
    alpha, macro = experiment.analysis.alpha, goals[of_macro.macro.name]
    moved = np.stack([goals[micro.name].adjusted < alpha for micro in of_macro.micros], axis=1)
    own = OwnTests(moved, (macro.state * macro.goal.sign)[:, None])
    return of_macro.judge(level[:, None], experiment.analysis.carry_threshold, own)


def _gates(
    experiment: Experiment,
    goals: Mapping[str, JudgedGoal],
    pairs: Mapping[tuple[str, str], JudgedPair],
    *,
    ended: bool,
) -> Gates:
    """The states that the table reads, (A, T)."""
    primary, ships = goals[experiment.primary.name], macro_that_ships(experiment)
    macro = None if ships is None else goals[ships.name]
    others = [
        one
        for one in goals.values()
        if one.goal.kind is GoalKind.MACRO and one not in (primary, macro) and not one.goal.margin
    ]

    def state(one: JudgedGoal) -> States:
        if ended:
            return one.state
        if one.goal.margin:
            return np.full_like(one.state, OPEN)
        level, estimate = early_harm(experiment), one.difference.estimate
        return early_state(one.p_value, estimate, one.goal.sign, alpha=level)

    return Gates(
        trusted=True,
        ended=ended,
        primary=state(primary),
        inside=lies_inside(primary.lift.low, primary.lift.high, primary.goal.mde),
        macro=NO_MACRO if macro is None else state(macro),
        others=_worst([state(one) for one in others], OPEN),
        guardrails=_worst([_guard(experiment, one, ended=ended) for one in goals.values()], BETTER),
        lost=_lost(experiment, macro, pairs),
        fading=False,
        required=experiment.decision.require == "macro_up",
        likely=OPEN if experiment.decision.require == "likely" else NOT_ASKED,
    )


def _guard(experiment: Experiment, one: JudgedGoal, *, ended: bool) -> States:
    if ended or not one.goal.margin:
        return one.guard_state
    return early_guard_state(one.guard_p, alpha=early_harm(experiment))


def _worst(states: list[States], none: int) -> States:
    return np.minimum.reduce(states) if states else np.asarray(none, dtype=np.int8)


def _lost(
    experiment: Experiment,
    macro: JudgedGoal | None,
    pairs: Mapping[tuple[str, str], JudgedPair],
) -> NDArray[np.bool_]:
    """Whether the gain did not reach the macro goal that ships."""
    if macro is None:
        return np.asarray(False)
    pair = pairs.get((experiment.primary.name, macro.goal.name))
    if pair is None:
        return np.asarray(False)
    most = best_end(macro.lift.low, macro.lift.high, macro.goal.sign)
    least = worthwhile(experiment, macro.goal, pair.dilution)
    return gain_lost(pair.label, most, macro.goal.sign, worthwhile=least)
