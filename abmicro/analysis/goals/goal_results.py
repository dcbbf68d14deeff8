"""Goals x variants x segment levels -> one `GoalResult` each, from rows of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from abmicro.analysis.goals.goal_rows import GoalRows, goal_rows
from abmicro.analysis.goals.past_adjustment import POSTERIOR_AS_IT_IS, AsItIs, PastAdjusted
from abmicro.analysis.goals.stratified_metrics import NO_POSTERIOR, WITHIN, kept_units
from abmicro.analysis.goals.without_cap import without_cap
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import (
    Credible,
    GoalResult,
    NonInferiority,
    Pair,
    Unadjusted,
    Uncapped,
)
from abmicro.stats.verdict import BETTER, OPEN, WORSE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.analysis.bayes.posteriors import Belief
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals
    from abmicro.marginals.marginals import Marginals

    Place = tuple[int, int, int]

GuardStatus = Literal["held", "harmed", "unclear"]
GUARDS: dict[int, GuardStatus] = {BETTER: "held", OPEN: "unclear", WORSE: "harmed"}


class _Labelled(NamedTuple):
    """The rows of one sort of goals with what only a single analysis tells of them.

    units: of control and treated variant that are compared, (A, L); reached and rate of both.
    """

    experiment: Experiment
    totals: GoalTotals
    rows: GoalRows
    belief: Belief
    units: tuple[Integers, Integers]
    reached: tuple[Floats, Floats] | None
    rate: tuple[Floats, Floats]
    guards: NDArray[np.int8]
    as_it_is: AsItIs | None


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
    results = [
        _row(known, at, uncapped.get((known.rows.goals[at[2]].name, at[:2])))
        for rows in found
        for known in [_labelled(experiment, totals, rows, units)]
        for at in np.ndindex(*rows.p_value.shape)
    ]
    return _in_order(results, experiment, totals)


def _labelled(
    experiment: Experiment, totals: GoalTotals, rows: GoalRows, units: tuple[Integers, Integers]
) -> _Labelled:
    figures, options = rows.figures, experiment.analysis
    return _Labelled(
        experiment,
        totals,
        rows,
        belief=figures.belief(options.prior, options.confidence),
        units=units,
        reached=figures.reached(),
        rate=(figures.control, figures.treated),
        guards=rows.guard_state,
        as_it_is=figures.as_it_is(rows.level) if isinstance(figures, PastAdjusted) else None,
    )


def _beside(units: Integers) -> tuple[Integers, Integers]:
    """Units of control and treated variants, (A, L) each."""
    return np.broadcast_to(units[:1], units[1:].shape), units[1:]


def _row(known: _Labelled, at: Place, uncapped: Uncapped | None) -> GoalResult:
    variant, level, column = at
    experiment, totals, rows, belief = known[:4]
    goal, reached = rows.goals[column], known.reached
    confidence = float(rows.level[at])
    return GoalResult(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        variant=experiment.treated[variant].name,
        segment=totals.levels[level],
        is_value=goal.is_value,
        units=Pair(*(int(of_arm[variant, level]) for of_arm in known.units)),
        reached=None if reached is None else Pair(int(reached[0][at]), int(reached[1][at])),
        rate=Pair(*(float(of_arm[at]) for of_arm in known.rate)),
        difference=interval_at(rows.difference, at, confidence),
        lift=interval_at(rows.lift, at, confidence),
        p_value=float(rows.p_value[at]),
        adjusted_p_value=float(rows.adjusted[at]),
        method=str(rows.method[at]),
        probability_better=float(belief.better[at]),
        expected_loss=float(belief.loss[at]),
        credible=_credible(belief, at, experiment.analysis.confidence),
        noninferiority=_noninferiority(goal, known, at),
        note=_note(goal, totals.units[[0, variant + 1], level], known, at),
        loss_of_control=float(belief.loss_of_control[at]),
        per=goal.per,
        effective_size=_size(rows, at),
        unadjusted=_unadjusted(goal, known, at),
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


def _size(rows: GoalRows, at: Place) -> Pair | None:
    if rows.figures.size is None:
        return None
    return Pair(*(float(of_arm[at]) for of_arm in rows.figures.size))


def _credible(belief: Belief, at: Place, level: float) -> Credible | None:
    if np.isnan(belief.better[at]):
        return None
    return Credible(interval_at(belief.difference, at, level), interval_at(belief.lift, at, level))


def _noninferiority(goal: Goal, known: _Labelled, at: Place) -> NonInferiority | None:
    guard = known.rows.guard
    if goal.margin is None or guard is None:
        return None
    lift = interval_at(guard.lift, at, 1 - 2 * known.rows.alpha)
    status = GUARDS[int(known.guards[at])]
    return NonInferiority(goal.margin, lift, float(guard.p[at]), status)


def _note(goal: Goal, units: Integers, known: _Labelled, at: Place) -> str:
    """Why a number of the row is missing or unbounded, in words; else empty."""
    control, treated = (of_arm[at] for of_arm in known.rate)
    within = str(known.rows.method[at]).endswith(WITHIN)
    if not units.all():
        return "one of the variants is empty, so nothing can be compared"
    if within and np.isnan(control):
        return "no stratum has enough of both variants, so nothing can be compared"
    if goal.per is not None:
        note = _note_of_ratio(goal, control, treated)
    elif _is_adjusted(known, at) and not within:
        note = POSTERIOR_AS_IT_IS
    elif goal.is_value:
        told = within or not np.isnan(known.belief.better[at])
        note = "" if told else "chance to win of a value needs two values in each variant"
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
    if np.isnan(control) or np.isnan(treated):
        return f"no {goal.per} in one of the variants, so nothing can be compared"
    if control == treated == 0:
        return "nothing was counted in either variant, so a lift cannot be estimated"
    if control == 0:
        return "nothing was counted in the control, so a lift cannot be estimated"
    return ""


def _in_order(
    rows: list[GoalResult], experiment: Experiment, totals: GoalTotals
) -> tuple[GoalResult, ...]:
    level = {level: at for at, level in enumerate(totals.levels)}
    goal = {goal.name: at for at, goal in enumerate(experiment.goals)}
    arm = {variant.name: at for at, variant in enumerate(experiment.variants)}
    return tuple(sorted(rows, key=lambda r: (level[r.segment], goal[r.goal], arm[r.variant])))
