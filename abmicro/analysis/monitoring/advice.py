"""What to do with a running test today, in a sentence or two."""

from __future__ import annotations

from datetime import date, timedelta
from math import isfinite
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.monitoring.watch import DISTRUST
from abmicro.design.families import macro_that_ships

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.monitoring.watch import Watch
    from abmicro.analysis.results import GoalResult, MonitoredGoal, Pair, StateName, Verdict

UNEVEN = 0.2  # share of a pair's units in the smaller variant, from which looks err on one side
ENOUGH = 100  # conversions of the macro goal in the smaller variant, from which they do not
ONE_SIDE = 0.6  # the part of alpha that one direction may then take, instead of a half


def advice(
    watch: Watch,
    state: StateName,
    goals: tuple[MonitoredGoal, ...],
    verdicts: tuple[Verdict, ...],
) -> str:
    """What to do now."""
    primary = [one for one in goals if one.goal == watch.experiment.primary.name]
    match state:
        case "fix_data":
            fixes = (alarm.fix for alarm in watch.alarms if alarm.kind in DISTRUST)
            return " ".join(fixes) or why_not(verdicts)
        case "stop_harm":
            return " ".join(alarm.fix for alarm in watch.alarms if alarm.severity == "stop")
        case "little_hope":
            return _little_hope(watch, primary)
        case "waiting":
            return _first(watch, verdicts[0].results_on)
        case "running":
            return _not_yet(watch, primary)
        case "ready":
            stopped = " ".join(_stopped(primary))
            return stopped or "The claims stand; the test may end."
    return "The final look is done."


def cautions(watch: Watch) -> Iterator[str]:
    """What uneven shares do to the looks so far while the smaller variant has few conversions."""
    if watch.last is None:
        return
    macro = macro_that_ships(watch.experiment) or watch.experiment.primary
    for row in watch.path.readings[watch.looks.index(watch.last)].rows:
        if row.goal == macro.name:
            yield from _uneven(watch, row)


def _uneven(watch: Watch, row: GoalResult) -> Iterator[str]:
    """The caution of one variant; the sizes are those of simulated looks at 80/20 and 90/10."""
    units, reached = row.units, row.reached
    if reached is None or _share(units) > UNEVEN:
        return
    treated_is_smaller = units.treated < units.control
    few = int(reached.treated if treated_is_smaller else reached.control)
    if few < ENOUGH:
        name = row.variant if treated_is_smaller else watch.experiment.control.name
        alpha = watch.experiment.analysis.alpha
        yield (
            f"Uneven shares: only {few} of {name} reached {row.goal}. Up to {ENOUGH}, false claims "
            f"in one direction may come in {alpha * ONE_SIDE:.1%} of tests instead of "
            f"{alpha / 2:.1%}; in both together they stay within {alpha:.0%}."
        )


def _share(units: Pair) -> float:
    """The share of the smaller variant."""
    return min(units.control, units.treated) / max(units.control + units.treated, 1)


def why_not(verdicts: tuple[Verdict, ...]) -> str:
    """Why the data are not to be trusted, by the check that failed."""
    return next(one.because[0] for one in verdicts if one.decision == "do_not_trust_yet")


def _little_hope(watch: Watch, primary: list[MonitoredGoal]) -> str:
    bar = watch.experiment.monitoring.futility
    chance = max(one.conditional_power for one in primary if one.conditional_power < bar)
    return (
        f"Even at the planned +{watch.experiment.primary.mde or 0:.0%} the chance of a clear "
        f"result by the end is {chance:.0%}."
    )


def _first(watch: Watch, results_on: str) -> str:
    """When there is something to read. results_on: ISO day, empty where it is not known."""
    if watch.schedule.next_look:
        return f"First look on {_day(watch.schedule.next_look + timedelta(days=1))}."
    return f"Results on {results_on}." if results_on else "Let it run."


def _not_yet(watch: Watch, primary: list[MonitoredGoal]) -> str:
    """How far the primary goal is from its bound, and its chance to get there."""
    last = watch.last
    best = max(primary, key=lambda one: one.conditional_power, default=None)
    if last is None or best is None:
        return "Not enough yet; let it run."
    rows = [one for one in last.goals if (one.variant, one.goal) == (best.variant, best.goal)]
    if not rows or not isfinite(rows[0].z):
        return "Not enough yet; let it run."
    if best.crossed_at is not None:
        goal = watch.experiment.names.goal(best.goal)
        return f"The change in {goal} is clear; let it run for what is still open."
    said = f"the bound is {last.critical:.2f}, {best.goal} stands at {rows[0].z:.2f}"
    if not isfinite(best.conditional_power) or watch.schedule.last is None:
        return f"Not enough yet: {said}."
    end = _day(watch.schedule.last)
    chance = formatting.probability(best.conditional_power)
    return f"Not enough yet: {said}; at the planned lift the chance to cross by {end} is {chance}."


def _stopped(primary: list[MonitoredGoal]) -> Iterator[str]:
    """What the primary goal says at the look that crossed, and with what matured since."""
    for one in primary:
        name = f"{one.goal} ({one.variant})" if len(primary) > 1 else one.goal
        stage = ""
        if one.stop:
            p = formatting.p_equals(one.stop.p_value)
            stage = f"without the luck of that day {formatting.lift(one.stop.lift)}, p {p}"
        if one.overrun:
            more = f"; at the stop, {stage}" if stage else ""
            yield (
                f"Stopped on {_day(one.overrun.day)}; with the "
                f"{formatting.count(one.overrun.units)} units that matured since, {name} "
                f"{formatting.lift(one.overrun.lift)}{more}."
            )
            if one.overrun.lift.low <= 0 <= one.overrun.lift.high:
                yield "The later interval holds zero again; the claim stands."
        elif stage:
            yield f"{name} crossed at this look; {stage}. The test may end."


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
