"""What looks say of a goal over the whole run, and the chance that a look to come finds it."""

from __future__ import annotations

from math import inf, isfinite, log1p, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.monitoring.stopped import overrun_of, stop_of
from abmicro.analysis.results import MonitoredGoal
from abmicro.design.families import comparisons, families
from abmicro.experiment.model import GoalKind
from abmicro.experiment.monitoring import planned_looks, window_days
from abmicro.frozen import frozen
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.sequential import (
    conditional_power,
    critical_values,
    mixture_log_e,
    mixture_scale,
    overall_p,
    predictive_power,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.monitoring.watch import Watch
    from abmicro.analysis.results import LookGoal, LookResult
    from abmicro.array_types import Floats
    from abmicro.experiment.model import Goal


@frozen(eq=False)
class GoalRun:
    """The K looks that told more of the variant than any before.

    rows: None where a look is too early. z, information, critical, clock: (K,).
    """

    goal: Goal
    variant: str
    looks: tuple[LookResult, ...]
    rows: tuple[LookGoal | None, ...]
    z: Floats
    information: Floats
    critical: Floats
    clock: Floats

    @property
    def crossed(self) -> int | None:
        """The first look that found the goal clear."""
        return next((at for at, row in enumerate(self.rows) if row and row.crossed), None)


def monitored_goals(watch: Watch) -> Iterator[MonitoredGoal]:
    """The primary goal and the macro goals, per treated variant."""
    experiment = watch.experiment
    adjusted = {
        goal.name: _adjusted(watch, goal)
        for goal in experiment.compared
        if goal.name == experiment.primary.name or goal.kind is GoalKind.MACRO
    }
    for place, variant in enumerate(experiment.treated):
        for goal in experiment.compared:
            if goal.name not in adjusted:
                continue
            run = _goal_run(watch, goal, variant.name, place)
            p = _p_value(watch, run)
            crossed = run.crossed
            conditional, predictive = _chances(watch, run)
            primary = goal.name == experiment.primary.name
            stop = stop_of(watch, run) if primary else None
            yield MonitoredGoal(
                goal=goal.name,
                variant=variant.name,
                sequential_p_value=p,
                adjusted_p_value=float(adjusted[goal.name][place]),
                crossed_at=None if crossed is None else run.looks[crossed].day,
                conditional_power=conditional,
                predictive_power=predictive,
                stop=stop,
                overrun=overrun_of(watch, run, stop),
            )


def _goal_run(watch: Watch, goal: Goal, variant: str, place: int) -> GoalRun:
    """The looks at a goal. place: of the variant among the treated ones."""
    bounds = watch.path.bounds
    told = bounds.rises[place]
    looks = tuple(watch.looks[at] for at in np.flatnonzero(told))
    rows = tuple(
        next((one for one in look.goals if (one.goal, one.variant) == (goal.name, variant)), None)
        for look in looks
    )
    return GoalRun(
        goal=goal,
        variant=variant,
        looks=looks,
        rows=rows,
        z=np.array([nan if row is None else row.z for row in rows]),
        information=bounds.information[place, told],
        critical=bounds.critical[told],
        clock=np.array([look.clock for look in looks]),
    )


def _p_value(watch: Watch, run: GoalRun) -> float:
    """The sequential p-value after the last look; NaN before any score."""
    settings = watch.experiment.monitoring
    if not np.isfinite(run.z).any():
        return nan
    if settings.mode == "anytime":
        alpha = watch.experiment.analysis.alpha
        rho = mixture_scale(watch.path.bounds.tuned_for, alpha=alpha)
        log_e = mixture_log_e(run.z, 4 * run.information, rho=rho)
        return float(min(1.0, np.exp(-np.nanmax(log_e))))
    z = np.where(np.isinf(run.z), np.sign(run.z) * 40, run.z)
    return float(overall_p(z, run.information, run.clock, spending=settings.spending))


def _adjusted(watch: Watch, goal: Goal) -> Floats:
    """The sequential p-values of a goal in all variants, as its rows are corrected at a look.

    Members of the family of the primary goal beside it count as if they said nothing.
    """
    experiment = watch.experiment
    variants = [variant.name for variant in experiment.treated]
    runs = [_goal_run(watch, goal, variant, place) for place, variant in enumerate(variants)]
    p = np.array([_p_value(watch, run) for run in runs])
    if shared := comparisons(experiment, goal):
        return np.asarray(np.minimum(p * shared, 1))
    (family,) = (one for one in families(experiment) if goal.role in one.roles)
    members = sum(one.role in family.roles for one in experiment.compared if one is not goal)
    known = np.concatenate([np.nan_to_num(p, nan=1.0), np.ones(members * len(p))])
    found = stepwise.adjusted(known, correction=family.correction)[: len(p)]
    return np.where(np.isnan(p), np.nan, found)


def _chances(watch: Watch, run: GoalRun) -> tuple[float, float]:
    """Conditional power at the planned lift, and predictive power; NaN without looks to come."""
    experiment, last = watch.experiment, run.rows[-1] if run.rows else None
    planned = planned_looks(experiment, watch.first)
    if last is None or not isfinite(last.z) or len(planned) <= len(watch.looks):
        return nan, nan
    if run.looks[-1] is not watch.looks[-1]:  # the variant gets no units any more
        return nan, nan
    sign = -1 if run.goal.direction == "down" else 1
    information, clock = _to_come(watch, run)
    alpha = experiment.analysis.alpha / len(experiment.treated)
    z = critical_values(information, clock, alpha=alpha, spending=experiment.monitoring.spending).z
    given = sign * last.z, information, z, len(run.z)
    drift = _drift(run, last, float(run.critical[-1]))
    conditional = nan if drift is None else float(conditional_power(*given, drift=drift))
    return conditional, predictive_power(*given)


def _drift(run: GoalRun, last: LookGoal, critical: float) -> float | None:
    """The planned lift per unit of information, by the noise of the last look; None without one."""
    low, high = last.lift.low, last.lift.high
    if run.goal.mde is None or not (-1 < low < high < inf) or not isfinite(critical):
        return None
    noise = (log1p(high) - log1p(low)) / (2 * critical)
    return log1p(run.goal.mde) / noise / float(np.sqrt(run.information[-1]))


def _to_come(watch: Watch, run: GoalRun) -> tuple[Floats, Floats]:
    """Information and clock of the looks so far and of those to come, at the pace so far."""
    experiment, first = watch.experiment, watch.first
    done, wait = watch.looks[-1], window_days(experiment)
    pace = run.information[-1] / ((done.entry_day - first).days + 1)
    total = (planned_looks(experiment, first)[-1] - first).days + 1 - wait
    days = [
        (day - first).days + 1 - wait for day in planned_looks(experiment, first) if day > done.day
    ]
    information = [*run.information, *(pace * day for day in days)]
    clock = [*run.clock, *(min(day / total, 1.0) for day in days)]
    return np.array(information), np.array(clock)
