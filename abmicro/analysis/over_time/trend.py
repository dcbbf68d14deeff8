"""Does the lift of a goal fade or grow with the week in which units entered?

The lift that new users get is that of the last weeks; where weeks differ, the pooled lift is a mean
over a past that does not come back.
"""

from __future__ import annotations

from math import expm1, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Check, Interval, Pair, Trend, WeekLift
from abmicro.frozen import frozen
from abmicro.stats.carry_through.count_labels import label_joint
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.log_ratio import LogLift, log_lift
from abmicro.stats.means.welch import or_nan
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.time_to_event.slope import trend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.array_types import Bools, Integers
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.pattern_counts import PatternCounts


@frozen
class Trends:
    """Lifts by week of entry, one trend per goal and treated variant, and what they warn of."""

    weeks: tuple[WeekLift, ...] = ()
    trends: tuple[Trend, ...] = ()
    checks: tuple[Check, ...] = ()


@frozen(eq=False)
class _Weekly:
    """Units of V variants by week of entry: numbers (W,) of the weeks that have units, from 0.

    of_day: the week of every entry day (D,). units: (V, 1, W); reached: (V, G, W).
    """

    numbers: Integers
    of_day: Integers
    units: Integers
    reached: Integers

    @property
    def last(self) -> Bools:
        """The later half of the weeks."""
        return np.arange(len(self.numbers)) >= len(self.numbers) // 2

    def lifts(self, level: float) -> LogLift:
        """Log lifts by variant, goal and week: (A, G, W)."""
        return _lifts(self.reached, self.units, level)

    def lately(self, level: float) -> LogLift:
        """Log lifts of the last weeks together: (A, G)."""
        reached, units = (part[..., self.last].sum(axis=-1) for part in (self.reached, self.units))
        return _lifts(reached, units, level)


def find_trends(experiment: Experiment, recorded: PatternCounts) -> Trends:
    """Trends over the weeks of entry; none without a clock or within one week."""
    weekly = _weekly(recorded)
    if weekly is None:
        return Trends()
    level, goals = experiment.analysis.confidence, tuple(recorded.goals)
    lifts, lately = weekly.lifts(level), weekly.lately(level)
    slopes = trend(lifts.estimate, lifts.se**2, weekly.numbers)
    adjusted = stepwise.holm(slopes.p.ravel()).reshape(slopes.p.shape)
    places = [(a, g) for a in range(len(experiment.treated)) for g in range(len(goals))]
    trends = tuple(
        Trend(
            goal=goals[at[1]],
            variant=experiment.treated[at[0]].name,
            weeks=len(weekly.numbers),
            weekly_change=_change(float(slopes.slope[at]), float(slopes.se[at]), level),
            p_value=float(slopes.p[at]),
            adjusted_p_value=float(adjusted[at]),
            last_weeks=int(weekly.last.sum()),
            last_lift=interval_at(lately.lift, at, level),
            last_label=_last_label(experiment, recorded, weekly, goals[at[1]], at[0])
            if adjusted[at] < experiment.analysis.alpha
            else "",
        )
        for at in places
    )
    return Trends(
        weeks=tuple(_weeks(experiment, recorded, weekly, lifts, level)),
        trends=trends,
        checks=tuple(_checks(experiment, trends)),
    )


def _weekly(recorded: PatternCounts) -> _Weekly | None:
    if not recorded.goals or not recorded.days or (recorded.days[-1] - recorded.days[0]).days < 7:
        return None
    of_day = np.array([(day - recorded.days[0]).days // 7 for day in recorded.days])
    numbers = np.unique(of_day)
    weeks = (of_day[:, None] == numbers).astype(np.int64)
    reached = recorded.by_day @ np.stack([*recorded.goals.values()], axis=-1)
    return _Weekly(
        numbers=numbers,
        of_day=of_day,
        units=(recorded.by_day.sum(axis=-1) @ weeks)[:, None],
        reached=np.moveaxis(reached, 1, 2) @ weeks,
    )


def _lifts(reached: Integers, units: Integers, level: float) -> LogLift:
    """Treated variants against the control; NaN where a variant has no unit or nobody reached."""
    x, n = or_nan(reached.astype(np.float64), 0), or_nan(units.astype(np.float64), 0)
    n = np.broadcast_to(n, x.shape)
    return log_lift((x[1:], n[1:]), (x[:1], n[:1]), level=level)


def _change(slope: float, se: float, level: float) -> Interval:
    """A slope of log lifts as the relative change of the rate ratio from week to week."""
    reach = float(critical(level)) * se
    return Interval(expm1(slope), expm1(slope - reach), expm1(slope + reach), level)


def _last_label(
    experiment: Experiment, recorded: PatternCounts, weekly: _Weekly, goal: str, variant: int
) -> str:
    """The carry-through label of the units that entered in the last weeks; empty for the macro."""
    if not recorded.is_followed(goal):
        return ""
    days = np.isin(weekly.of_day, weekly.numbers[weekly.last])
    cells = recorded.cells(goal, recorded.by_day[:, days].sum(axis=1))
    options = experiment.analysis
    return str(
        label_joint(
            JointCells(cells[variant + 1]),
            JointCells(cells[0]),
            level=options.confidence,
            threshold=options.carry_threshold,
        )
    )


def _weeks(
    experiment: Experiment, recorded: PatternCounts, weekly: _Weekly, lifts: LogLift, level: float
) -> Iterator[WeekLift]:
    first = [recorded.days[int(np.argmax(weekly.of_day == week))] for week in weekly.numbers]
    for arm, variant in enumerate(experiment.treated):
        for at, goal in enumerate(recorded.goals):
            for week, day in enumerate(first):
                yield WeekLift(
                    goal=goal,
                    variant=variant.name,
                    first_day=str(day),
                    units=Pair(*(float(weekly.units[v, 0, week]) for v in (0, arm + 1))),
                    lift=interval_at(lifts.lift, (arm, at, week), level),
                    reached=Pair(*(float(weekly.reached[v, at, week]) for v in (0, arm + 1))),
                    step_rate=_step_rate(experiment, recorded, weekly, goal, (arm + 1, week)),
                )


def _step_rate(
    experiment: Experiment, recorded: PatternCounts, weekly: _Weekly, goal: str, at: tuple[int, int]
) -> Pair | None:
    """A macro goal over the primary goal, in the units of one week; None of other goals."""
    goals, primary = tuple(recorded.goals), experiment.primary.name
    if experiment.goal(goal).is_micro or goal == primary or primary not in goals:
        return None
    variant, week = at
    own, first = (weekly.reached[:, goals.index(one), week] for one in (goal, primary))
    shares = (float(own[v] / first[v]) if first[v] else nan for v in (0, variant))
    return Pair(*shares)


def _checks(experiment: Experiment, trends: tuple[Trend, ...]) -> Iterator[Check]:
    alpha, units = experiment.analysis.alpha, experiment.names.units
    moving = [one for one in trends if one.adjusted_p_value < alpha]
    for one in moving:
        change = formatting.lift(one.weekly_change)
        sentence = (
            f"{one.variant}: the ratio of {one.goal} to control changes by {change} from week to "
            f"week of entry (adjusted p {formatting.p_equals(one.adjusted_p_value)}); {units} of "
            f"the last {one.last_weeks} weeks have {formatting.lift(one.last_lift)}."
        )
        fix = (
            f"Judge by the last weeks or run on until weeks agree: what new {units} get is not the "
            "pooled lift."
        )
        yield Check(f"trend.{one.goal}", "warn", one.adjusted_p_value, alpha, sentence, fix)
    if trends and not moving:
        smallest = min((p for one in trends if (p := one.adjusted_p_value) == p), default=1.0)
        told = (
            "No lift fades or grows from week to week (adjusted p "
            f"{formatting.p_equals(smallest)})."
        )
        yield Check("trend", "pass", smallest, alpha, told)
