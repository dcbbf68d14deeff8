"""What a goal says where looks have stopped its test: without the luck of the stopping day."""

from __future__ import annotations

from datetime import date, timedelta
from math import expm1, inf, isfinite, log1p
from typing import TYPE_CHECKING

from abmicro.analysis.results import Interval, Overrun, StoppedAt
from abmicro.stats.sequential import at_stop

if TYPE_CHECKING:
    from abmicro.analysis.monitoring.outlook import GoalRun
    from abmicro.analysis.monitoring.watch import Watch

READ_AND_ENDED = timedelta(days=2)
"""A look is read the day after its last day of data; who ends entry then, has units of that day."""


def _last_entry(watch: Watch) -> date | None:
    """The last day that brought units, where entry ended before its time; None while it goes on."""
    last = max(day for day in watch.marginals.exposed.days if day)
    end = watch.experiment.end
    planned = end is not None and last >= end - timedelta(days=1)
    return None if planned or last >= watch.today else last


def stop_of(watch: Watch, run: GoalRun) -> StoppedAt | None:
    """The effect at the look that crossed by the stage-wise order.

    None where no look crossed, where entry went on after it, and without an end, where intervals
    hold at any look as they are.
    """
    crossed = run.crossed
    if crossed is None or watch.experiment.monitoring.mode != "group_sequential":
        return None
    look, row, last = run.looks[crossed], run.rows[crossed], _last_entry(watch)
    if row is None or not isfinite(row.z) or not -1 < row.lift.estimate < inf:
        return None
    at_once = last is not None and last <= look.day + READ_AND_ENDED
    if crossed < len(run.looks) - 1 and not at_once:
        return None
    level = 1 - watch.experiment.analysis.alpha / len(watch.experiment.treated)
    found = at_stop(
        row.z,
        run.information,
        run.critical,
        crossed + 1,
        estimate=log1p(row.lift.estimate),
        level=level,
    )
    lift = Interval(expm1(found.estimate), expm1(found.low), expm1(found.high), level)
    return StoppedAt(look.day, found.p, lift)


def overrun_of(watch: Watch, run: GoalRun, stop: StoppedAt | None) -> Overrun | None:
    """The units of all variants that matured after entry ended, and the lift with them.

    They count from the look that stopped the test, else from the last that was read before entry
    ended. None where entry goes on, or ended as planned.
    """
    ended = _last_entry(watch)
    if ended is None or not run.looks:
        return None
    since = stop.day if stop else ended - timedelta(days=1)
    then = [look for look in run.looks if look.day <= since and look.goals]
    last, row = run.looks[-1], run.rows[-1]
    if row is None or not then or then[-1] is last:
        return None
    units = [look.units.control + look.units.treated for look in (then[-1], last)]
    return Overrun(then[-1].day, int(units[1] - units[0]), row.lift)
