"""Whether a variant does harm, asked every day against bounds of their own, apart from alpha.

Two alarms. `harm`: units whose windows have closed; it decides. `harm_so_far`: all units and
conversions so far; a variant that only slows conversion looks like one that loses it, so it warns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro import formatting
from abmicro.analysis.monitoring.boundary import information_of
from abmicro.analysis.results import HarmLine, MonitoringAlarm
from abmicro.experiment.model import GoalKind
from abmicro.experiment.monitoring import window_days
from abmicro.marginals.daily_counts import counts_so_far
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import ratio_score_test, score_test
from abmicro.stats.sequential import critical_values

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from abmicro.array_types import Floats
    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.daily_counts import DailyCounts
    from abmicro.marginals.marginals import Marginals


FEWEST = 10  # conversions in both variants together, from which harm can be told


class HarmPath(NamedTuple):
    """How far a goal of a variant is worse than the control, in standard errors, and its bound.

    days: (P,). worse, bound: (P,), NaN on days that tell nothing. lift: (P,), of all so far.
    """

    goal: Goal
    variant: str
    days: tuple[date, ...]
    worse: Floats
    bound: Floats
    lift: Floats

    @property
    def beyond(self) -> list[int]:
        """Places of the days on which the bound is crossed."""
        return np.flatnonzero(self.worse > self.bound).tolist()


def harm_alarms(
    experiment: Experiment, marginals: Marginals, histograms: Histograms | None, today: date
) -> Iterator[MonitoringAlarm]:
    """What does harm by the units whose windows have closed, then what seems to by all so far.

    today: the last day of data that is complete.
    """
    wait = timedelta(days=window_days(experiment))
    sure = tuple(harm(experiment, marginals.daily.until(today - wait), wait))
    yield from sure
    known = {(alarm.variant, alarm.goal) for alarm in sure}
    if histograms is not None:
        found = counts_so_far(experiment, marginals.exposed, histograms).until(today)
        yield from harm_so_far(experiment, found, today - wait, known)
    elif wait and marginals.holds_all:
        yield from harm_today(experiment, marginals.daily, today, known)


def harm_lines(experiment: Experiment, mature: DailyCounts, wait: timedelta) -> Iterator[HarmLine]:
    """What `harm` is raised from, in the direction of the goal's own score."""
    for path in harm_paths(experiment, mature):
        sign = 1 if path.goal.direction == "down" else -1
        days = tuple(day + wait for day in path.days)
        z, bound = ((sign * each).tolist() for each in (path.worse, path.bound))
        yield HarmLine(path.goal.name, path.variant, days, tuple(z), tuple(bound))


def harm(experiment: Experiment, mature: DailyCounts, wait: timedelta) -> Iterator[MonitoringAlarm]:
    """Rates of mature units that were worse than their bound on some day, the first such day.

    wait: how long after its day of entry a unit is mature, so that the day is one of data.
    """
    for path in harm_paths(experiment, mature):
        if path.beyond:
            yield _harm_alarm(path, path.beyond[0], wait)


def harm_so_far(
    experiment: Experiment, found: DailyCounts, since: date, known: Collection[tuple[str, str]]
) -> Iterator[MonitoringAlarm]:
    """Rates of all units that are worse than their bound so far, or were within a window of now.

    since: the last mature day of entry; what was seen until then has been judged by `harm`.
    known: variants and goals that do harm anyhow.
    """
    for path in harm_paths(experiment, found):
        recent = [at for at in path.beyond if path.days[at] > since]
        if recent and (path.variant, path.goal.name) not in known:
            yield _warning(path, recent[-1])


def harm_today(
    experiment: Experiment, found: DailyCounts, today: date, known: Collection[tuple[str, str]]
) -> Iterator[MonitoringAlarm]:
    """`harm_so_far` of tables that hold all units and do not say when they converted.

    Conversions of a past day are not known, so that only today is judged, by the bound of a test
    that has been asked every day.
    """
    if not found.days or found.days[-1] != today:
        return
    for path in harm_paths(experiment, found, every_day=True):
        last = len(path.days) - 1
        if last in path.beyond and (path.variant, path.goal.name) not in known:
            yield _warning(path, last)


def harm_paths(
    experiment: Experiment, found: DailyCounts, *, every_day: bool = False
) -> Iterator[HarmPath]:
    """Every watched goal of every treated variant, day by day.

    every_day: days count for the bound whether or not conversions were many enough to tell.
    """
    settings = experiment.monitoring
    watched = [goal for goal in experiment.goals if _is_watched(experiment, goal, found)]
    if not settings.harm_alpha or not watched or not found.days:
        return
    alpha = settings.harm_alpha / (len(watched) * len(experiment.treated))
    run = planned_days(experiment, found)
    clock = np.minimum([((day - found.days[0]).days + 1) / run for day in found.days], 1)
    for goal in watched:
        reached, units = np.cumsum(found.reached[goal.name], -1), np.cumsum(found.units, -1)
        worse, lift = _worse(goal, reached, units)
        many = reached[1:] + reached[:1] >= FEWEST
        for at, variant in enumerate(experiment.treated):
            new = _new(found.units[[0, at + 1]])
            told = new if every_day else new & many[at]
            bound = np.full(len(found.days), np.nan)
            if told.any():
                information = information_of(units[[0, at + 1]][:, None, told])[0]
                bound[told] = critical_values(
                    information, clock[told], alpha=alpha, spending="pocock", sides=1
                ).z
            bound[~many[at]] = np.nan
            yield HarmPath(goal, variant.name, found.days, worse[at], bound, lift[at])


def planned_days(experiment: Experiment, found: DailyCounts) -> int:
    """Days of entry that are planned; without an end those so far."""
    if experiment.end is None or not found.days:
        return max(len(found.days), 1)
    return max((experiment.end - found.days[0]).days, 1)


def _is_watched(experiment: Experiment, goal: Goal, found: DailyCounts) -> bool:
    """The primary goal, macro goals and guardrails, as far as they are rates."""
    decides = goal.kind is GoalKind.MACRO or goal.margin is not None
    return goal.name in found.reached and (decides or goal.name == experiment.primary.name)


def _new(units: Floats) -> NDArray[np.bool_]:
    """Days that brought units, once both variants have some; units: (2, P)."""
    both = (np.cumsum(units, axis=-1) > 0).all(axis=0)
    return np.asarray(both & (units.sum(axis=0) > 0))


def _worse(goal: Goal, reached: Floats, units: Floats) -> tuple[Floats, Floats]:
    """Scores against the good direction, and lifts, by treated variant and day: (A, P) each."""
    treated, control = Binomial(reached[1:], units[1:]), Binomial(reached[:1], units[:1])
    sign = -1 if goal.direction == "down" else 1
    with np.errstate(all="ignore"):
        lift = (reached[1:] / units[1:]) / (reached[:1] / units[:1]) - 1
        if goal.margin is None:
            return np.asarray(-sign * score_test(treated, control).z), lift
        z = ratio_score_test(treated, control, null=1 - sign * goal.margin).z
        return np.asarray(-sign * z), lift


def _harm_alarm(path: HarmPath, at: int, wait: timedelta) -> MonitoringAlarm:
    goal, day = path.goal, path.days[at] + wait
    what = f"worse by more than its margin of {goal.margin:.0%}" if goal.margin else "worse"
    return MonitoringAlarm(
        kind="harm" if goal.margin is None else "guardrail",
        severity="stop",
        sentence=f"{goal.name} is {what} with {path.variant}: z {path.worse[at]:.1f}, bound "
        f"{path.bound[at]:.1f}, since {day.isoformat()}.",
        fix=f"Stop {path.variant}, and look at what it changes.",
        variant=path.variant,
        goal=goal.name,
        day=day,
        figure=float(path.worse[at]),
        threshold=float(path.bound[at]),
    )


def _warning(path: HarmPath, at: int) -> MonitoringAlarm:
    goal, day, sign = path.goal, path.days[at], 1 if path.goal.direction == "down" else -1
    figure, threshold = float(sign * path.worse[at]), float(sign * path.bound[at])
    cause = "more or sooner" if goal.direction == "down" else "lost or late"
    until = "so far" if at == len(path.days) - 1 else f"until {day.isoformat()}"
    lift = formatting.percent(float(path.lift[at]))
    return MonitoringAlarm(
        kind="harm_so_far",
        severity="warn",
        sentence=f"{goal.name} {lift} with {path.variant} {until}, {cause} (z {figure:.1f}, bound "
        f"{threshold:.1f}).",
        fix=f"Look at {path.variant}; windows are still open, so this decides nothing.",
        variant=path.variant,
        goal=goal.name,
        day=day,
        figure=figure,
        threshold=threshold,
    )
