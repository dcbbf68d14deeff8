"""Goals x variants x segment levels -> one `GoalResult` each, from rows of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from abmicro.analysis.goals.goal_rows import GoalRows, goal_rows
from abmicro.analysis.goals.past_adjustment import POSTERIOR_AS_IT_IS, AsItIs, PastAdjusted
from abmicro.analysis.goals.stratified_metrics import NO_POSTERIOR, WITHIN, kept_units
from abmicro.analysis.goals.without_cap import without_cap
from abmicro.analysis.place import interval_at, intervals, listed
from abmicro.analysis.results import (
    Credible,
    GoalResult,
    Interval,
    NonInferiority,
    Pair,
    Unadjusted,
    Uncapped,
)
from abmicro.stats.verdict import BETTER, OPEN, WORSE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.array_types import Integers
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals
    from abmicro.marginals.marginals import Marginals

    Place = tuple[int, int, int]

GuardStatus = Literal["held", "harmed", "unclear"]
GUARDS: dict[int, GuardStatus] = {BETTER: "held", OPEN: "unclear", WORSE: "harmed"}


NO_CHANCE_TO_WIN = (
    "chance to win of a value needs two values and a total above zero in each variant"
)


class _Labelled(NamedTuple):
    """The rows of one sort of goals with what only a single analysis tells of them."""

    experiment: Experiment
    totals: GoalTotals
    rows: GoalRows
    guards: NDArray[np.int8]
    as_it_is: AsItIs | None


class _Cell(NamedTuple):
    """The figures of one goal, variant and level as numbers of Python.

    units: that are compared. is_empty: whether one of the variants has none at all.
    """

    at: Place
    units: Pair
    is_empty: bool
    reached: Pair | None
    rate: Pair
    difference: Interval
    lift: Interval
    p_value: float
    adjusted: float
    method: str
    size: Pair | None
    better: float
    loss: float
    loss_of_control: float
    credible: Credible


def all_goals(experiment: Experiment, marginals: Marginals) -> tuple[GoalResult, ...]:
    """The goals of an analysis; over all units with their lift had no rule left out any unit."""
    rows = goal_results(experiment, marginals.goal_totals, marginals.goal_totals_of_strata)
    whole = marginals.everyone
    if whole is None:
        return rows
    found = goal_results(experiment, whole.goal_totals, whole.goal_totals_of_strata)
    lifts = {(row.goal, row.variant): row.lift for row in found if row.segment is None}
    return tuple(
        row if row.segment else replace(row, lift_of_all=lifts[row.goal, row.variant])
        for row in rows
    )


def goal_results(
    experiment: Experiment, totals: GoalTotals, strata: Sequence[GoalTotals] = ()
) -> tuple[GoalResult, ...]:
    """Every goal of every treated variant, over all units first, then per segment level.

    strata: the tallies of the strata within which the variants are compared; none: pooled.
    """
    units = kept_units(strata) if strata else _beside(totals.units)
    found = goal_rows(experiment, totals, strata)
    values = next((rows.level for rows in found if rows.goals == totals.values), np.zeros(0))
    uncapped = without_cap(totals, strata, values)
    results = (
        _row(known, cell, uncapped.get((known.rows.goals[cell.at[2]].name, cell.at[:2])))
        for rows in found
        for known in [_labelled(experiment, totals, rows)]
        for cell in _cells(known, units)
    )
    return _in_order(results, experiment, totals)


def _labelled(experiment: Experiment, totals: GoalTotals, rows: GoalRows) -> _Labelled:
    figures = rows.figures
    as_it_is = figures.as_it_is(rows.level) if isinstance(figures, PastAdjusted) else None
    return _Labelled(experiment, totals, rows, rows.guard_state, as_it_is)


def _beside(units: Integers) -> tuple[Integers, Integers]:
    """Units of control and treated variants, (A, L) each."""
    return np.broadcast_to(units[:1], units[1:].shape), units[1:]


def _cells(known: _Labelled, units: tuple[Integers, Integers]) -> Iterator[_Cell]:
    """Every figure of a sort of goals, in the order of variants, levels, goals."""
    rows, options = known.rows, known.experiment.analysis
    figures, shape = rows.figures, rows.p_value.shape
    belief, reached = figures.belief(options.prior, options.confidence), figures.reached()
    missing = [None] * rows.p_value.size
    empty = (known.totals.units[:1] == 0) | (known.totals.units[1:] == 0)
    credible = (intervals(each, options.confidence) for each in (belief.difference, belief.lift))
    return map(
        _Cell,
        np.ndindex(shape),
        _pairs([each[..., None] for each in units], shape),
        listed(empty[..., None], shape),
        missing if reached is None else _pairs([of.astype(np.int64) for of in reached], shape),
        _pairs([figures.control, figures.treated], shape),
        intervals(rows.difference, rows.level),
        intervals(rows.lift, rows.level),
        *(listed(each, shape) for each in (rows.p_value, rows.adjusted, rows.method)),
        missing if figures.size is None else _pairs(figures.size, shape),
        *(listed(each, shape) for each in (belief.better, belief.loss, belief.loss_of_control)),
        map(Credible, *credible),
    )


def _pairs(both: Sequence[NDArray[Any]], shape: tuple[int, ...]) -> Iterator[Pair]:
    """The figures of control and treated variant, side by side."""
    return map(Pair, *(listed(each, shape) for each in both))


def _row(known: _Labelled, cell: _Cell, uncapped: Uncapped | None) -> GoalResult:
    variant, level, column = cell.at
    goal = known.rows.goals[column]
    return GoalResult(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        variant=known.experiment.variants[variant + 1].name,
        segment=known.totals.levels[level],
        is_value=goal.is_value,
        units=cell.units,
        reached=cell.reached,
        rate=cell.rate,
        difference=cell.difference,
        lift=cell.lift,
        p_value=cell.p_value,
        adjusted_p_value=cell.adjusted,
        method=cell.method,
        probability_better=cell.better,
        expected_loss=cell.loss,
        credible=None if isnan(cell.better) else cell.credible,
        noninferiority=_noninferiority(goal, known, cell.at),
        note=_note(goal, known, cell),
        loss_of_control=cell.loss_of_control,
        per=goal.per,
        effective_size=cell.size,
        unadjusted=_unadjusted(goal, known, cell.at),
        uncapped=uncapped,
    )


def _unadjusted(goal: Goal, known: _Labelled, at: Place) -> Unadjusted | None:
    plain, level = known.as_it_is, float(known.rows.level[at])
    if plain is None or goal.before is None or not plain.holds[at]:
        return None
    return Unadjusted(
        before=goal.before.told,
        slope=float(plain.slope[at]),
        variance_saved=float(plain.saved[at]),
        difference=interval_at(plain.difference, at, level),
        lift=interval_at(plain.lift, at, level),
        p_value=float(plain.p[at]),
    )


def _noninferiority(goal: Goal, known: _Labelled, at: Place) -> NonInferiority | None:
    guard = known.rows.guard
    if goal.margin is None or guard is None:
        return None
    lift = interval_at(guard.lift, at, 1 - 2 * known.rows.alpha)
    status = GUARDS[int(known.guards[at])]
    return NonInferiority(goal.margin, lift, float(guard.p[at]), status)


def _note(goal: Goal, known: _Labelled, cell: _Cell) -> str:
    """Why a number of the row is missing or unbounded, in words; else empty."""
    control, treated = cell.rate.control, cell.rate.treated
    within = cell.method.endswith(WITHIN)
    if cell.is_empty:
        return "one of the variants is empty, so nothing can be compared"
    if within and isnan(control):
        return "no stratum has enough of both variants, so nothing can be compared"
    if goal.per is not None:
        note = _note_of_ratio(goal, control, treated)
    elif _is_adjusted(known, cell.at) and not within:
        note = POSTERIOR_AS_IT_IS
    elif goal.is_value:
        told = within or not isnan(cell.better)
        note = "" if told else NO_CHANCE_TO_WIN
    else:
        note = _note_of_rate(control, treated)
    return note or NO_POSTERIOR * within


def _is_adjusted(known: _Labelled, at: Place) -> bool:
    return known.as_it_is is not None and bool(known.as_it_is.holds[at])


def _note_of_rate(control: float, treated: float) -> str:
    if control == treated == 0:
        return "nobody reached this goal in either variant, so a lift cannot be estimated"
    if control == 0:
        return "nobody reached this goal in the control, so the lift has no upper end"
    return ""


def _note_of_ratio(goal: Goal, control: float, treated: float) -> str:
    if isnan(control) or isnan(treated):
        return f"no {goal.per} in one of the variants, so nothing can be compared"
    if control == treated == 0:
        return "nothing was counted in either variant, so a lift cannot be estimated"
    if control == 0:
        return "nothing was counted in the control, so a lift cannot be estimated"
    return ""


def _in_order(
    rows: Iterable[GoalResult], experiment: Experiment, totals: GoalTotals
) -> tuple[GoalResult, ...]:
    level = {level: at for at, level in enumerate(totals.levels)}
    goal = {goal.name: at for at, goal in enumerate(experiment.goals)}
    arm = {variant.name: at for at, variant in enumerate(experiment.variants)}
    return tuple(sorted(rows, key=lambda r: (level[r.segment], goal[r.goal], arm[r.variant])))
