"""Goals x variants x segment levels -> one `GoalResult` each, with one vectorised call per method.

Test, interval and correction belong together: each goal's intervals are drawn at the level at which
the goal was tested, so that an interval excludes zero exactly when its adjusted p is below alpha.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.goals.metric_kinds import Figures, Guard, Tested, rates, ratios, values
from abmicro.analysis.goals.past_adjustment import (
    POSTERIOR_AS_IT_IS,
    AsItIs,
    PastAdjusted,
    with_past,
)
from abmicro.analysis.goals.stratified_metrics import (
    NO_POSTERIOR,
    WITHIN,
    effective_units,
    kept_units,
    within_strata,
)
from abmicro.analysis.goals.without_cap import without_cap
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import (
    TRUSTED_FROM,
    Credible,
    GoalResult,
    NonInferiority,
    Pair,
    Unadjusted,
)
from abmicro.design.families import corrected

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.analysis.bayes.posteriors import Belief
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals
    from abmicro.marginals.marginals import Marginals
    from abmicro.stats.foundations.effect import Effect

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Findings:
    """Everything known of one sort of goals: arrays (A arms, L levels, G goals).

    units: of control and treated arm that are compared, (A, L).
    """

    goals: tuple[Goal, ...]
    method: NDArray[np.str_]
    control: Floats
    treated: Floats
    reached: tuple[Floats, Floats] | None
    p_value: Floats
    adjusted: Floats
    level: Floats
    difference: Effect
    lift: Effect
    guard: Guard | None
    belief: Belief
    size: tuple[Floats, Floats] | None
    units: tuple[Integers, Integers]
    as_it_is: AsItIs | None = None


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
    """Every goal of every treated arm, over all units first, then per segment level.

    strata: the tallies of the strata within which the arms are compared; none: pooled.
    """
    sorts, units = figures_of(experiment, totals, strata), totals.units
    compared = np.broadcast_to(units[:1], units[1:].shape), units[1:]
    shared: Floats | Integers = units
    if strata:
        compared, shared = kept_units(strata), effective_units(strata)
    goals = [goal for figures in sorts for goal in figures.goals]
    tested = [figures.test() for figures in sorts]
    p_values = np.concatenate([found.p for found in tested], axis=-1)
    adjusted, tested_at = corrected(experiment, goals, p_values, shared)
    ends = np.cumsum([len(figures.goals) for figures in sorts])[:-1]
    by_sort = [np.split(found, ends, axis=-1) for found in (adjusted, 1 - tested_at)]
    uncapped = without_cap(totals, strata, by_sort[1][1])
    rows = [
        replace(row, uncapped=uncapped.get((row.goal, place)))
        for figures, found, *corrections in zip(sorts, tested, *by_sort, strict=True)
        if figures.goals
        for place, row in _rows(
            experiment, totals, _findings(experiment, figures, found, *corrections, units=compared)
        )
    ]
    return _in_order(rows, experiment, totals)


def figures_of(
    experiment: Experiment, totals: GoalTotals, strata: Sequence[GoalTotals] = ()
) -> tuple[Figures, ...]:
    """Rates, values and ratios of the goal totals, pooled or within strata."""
    of_rates: Figures
    if strata:
        of_rates, of_values, of_ratios = within_strata(totals, strata)
    else:
        of_rates = rates(totals, experiment.analysis.method)
        of_values, of_ratios = values(totals), ratios(totals)
    return (
        with_past(of_rates, "rates", totals, strata),
        with_past(of_values, "values", totals, strata),
        of_ratios,
    )


def _findings(
    experiment: Experiment,
    figures: Figures,
    tested: Tested,
    adjusted: Floats,
    level: Floats,
    *,
    units: tuple[Integers, Integers],
) -> _Findings:
    alpha = experiment.analysis.alpha
    margins = np.array([goal.margin or 0.0 for goal in figures.goals])
    difference, lift = figures.intervals(level)
    return _Findings(
        goals=figures.goals,
        method=np.broadcast_to(tested.method, adjusted.shape),
        control=figures.control,
        treated=figures.treated,
        reached=figures.reached(),
        p_value=tested.p,
        adjusted=adjusted,
        level=level,
        difference=difference,
        lift=lift,
        guard=figures.guard(margins, 1 - 2 * alpha) if margins.any() else None,
        belief=figures.belief(experiment.analysis.prior, experiment.analysis.confidence),
        size=figures.size,
        units=units,
        as_it_is=figures.as_it_is(level) if isinstance(figures, PastAdjusted) else None,
    )


def _rows(
    experiment: Experiment, totals: GoalTotals, findings: _Findings
) -> Iterator[tuple[tuple[int, int], GoalResult]]:
    """Every row with its place: arm and level."""
    for place in np.ndindex(findings.p_value.shape):
        arm, level, goal = place
        yield (arm, level), _row(experiment, totals, findings, (arm, level, goal))


def _row(experiment: Experiment, totals: GoalTotals, findings: _Findings, at: Place) -> GoalResult:
    arm, level, column = at
    goal = findings.goals[column]
    reached = findings.reached
    belief = findings.belief
    confidence = float(findings.level[at])
    return GoalResult(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        variant=experiment.treated[arm].name,
        segment=totals.levels[level],
        is_value=goal.is_value,
        units=Pair(*(int(of_arm[arm, level]) for of_arm in findings.units)),
        reached=None if reached is None else Pair(int(reached[0][at]), int(reached[1][at])),
        rate=Pair(float(findings.control[at]), float(findings.treated[at])),
        difference=interval_at(findings.difference, at, confidence),
        lift=interval_at(findings.lift, at, confidence),
        p_value=float(findings.p_value[at]),
        adjusted_p_value=float(findings.adjusted[at]),
        method=str(findings.method[at]),
        probability_better=float(belief.better[at]),
        expected_loss=float(belief.loss[at]),
        credible=_credible(belief, at, experiment.analysis.confidence),
        noninferiority=_noninferiority(goal, findings, at, experiment.analysis.alpha),
        note=_note(goal, totals.units[[0, arm + 1], level], findings, at),
        loss_of_control=float(belief.loss_of_control[at]),
        per=goal.per,
        effective_size=_size(findings, at),
        unadjusted=_unadjusted(goal, findings, at),
    )


def _unadjusted(goal: Goal, findings: _Findings, at: Place) -> Unadjusted | None:
    known, level = findings.as_it_is, float(findings.level[at])
    if known is None or goal.before is None or not known.holds[at]:
        return None
    return Unadjusted(
        before=goal.before.told,
        slope=float(known.slope[at]),
        variance_saved=float(known.saved[at]),
        difference=interval_at(known.difference, at, level),
        lift=interval_at(known.lift, at, level),
        p_value=float(known.p[at]),
    )


def _size(findings: _Findings, at: Place) -> Pair | None:
    if findings.size is None:
        return None
    return Pair(*(float(of_arm[at]) for of_arm in findings.size))


def _credible(belief: Belief, at: Place, level: float) -> Credible | None:
    if np.isnan(belief.better[at]):
        return None
    return Credible(interval_at(belief.difference, at, level), interval_at(belief.lift, at, level))


def _noninferiority(
    goal: Goal, findings: _Findings, at: Place, alpha: float
) -> NonInferiority | None:
    guard = findings.guard
    if goal.margin is None or guard is None:
        return None
    lift = interval_at(guard.lift, at, 1 - 2 * alpha)
    p_value = float(guard.p[at])
    beyond = lift.high < -goal.margin if goal.sign > 0 else lift.low > goal.margin
    size = _size(findings, at)
    steady = size is None or min(size.control, size.treated) >= TRUSTED_FROM
    held = p_value < alpha and steady
    return NonInferiority(
        goal.margin, lift, p_value, "held" if held else "harmed" if beyond else "unclear"
    )


def _note(goal: Goal, units: Integers, findings: _Findings, at: Place) -> str:
    """Why a number of the row is missing or unbounded, in words; else empty."""
    control, treated = findings.control[at], findings.treated[at]
    within = str(findings.method[at]).endswith(WITHIN)
    if not units.all():
        return "no units in one of the arms, so nothing can be compared"
    if within and np.isnan(control):
        return "no stratum has enough units of both arms, so nothing can be compared"
    if goal.per is not None:
        note = _note_of_ratio(goal, control, treated)
    elif _is_adjusted(findings, at) and not within:
        note = POSTERIOR_AS_IT_IS
    elif goal.is_value:
        known = within or not np.isnan(findings.belief.better[at])
        note = "" if known else "chance to win of a value needs two units with a value in each arm"
    else:
        note = _note_of_rate(control, treated)
    return note or (NO_POSTERIOR if within else "")


def _is_adjusted(findings: _Findings, at: Place) -> bool:
    return findings.as_it_is is not None and bool(findings.as_it_is.holds[at])


def _note_of_rate(control: float, treated: float) -> str:
    if control == treated == 0:
        return "nobody reached this goal in either arm, so a lift cannot be estimated"
    if control == 0:
        return "nobody reached this goal in the control, so the lift has no upper end"
    return ""


def _note_of_ratio(goal: Goal, control: float, treated: float) -> str:
    if np.isnan(control) or np.isnan(treated):
        return f"no {goal.per} in one of the arms, so nothing can be compared"
    if control == treated == 0:
        return "nothing was counted in either arm, so a lift cannot be estimated"
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
