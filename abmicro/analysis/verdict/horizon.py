"""Where a test stands against its declared end, and the day on which its results can be read.

Stage is `before` or `end`. The end is reached when the data are complete up to the midnight by
which the window of the last unit has closed. Without a declared end it is reached with the minimum
runtime.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Course
from abmicro.errors import CountsError, Problem
from abmicro.experiment.calendar import DAY, longest_window, midnight, zone
from abmicro.experiment.model import Shape
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.analysis.results import Check, StageName
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.marginals import Marginals


@frozen
class Horizon:
    """The stage of a test.

    results_on: the first day on which the results can be read; None where it is not known.
    sentence: how far the test is, empty at the end. closed: whether the last unit has entered.
    """

    stage: StageName
    results_on: date | None
    sentence: str = ""
    closed: bool = True


def horizon(
    experiment: Experiment, marginals: Marginals, checks: tuple[Check, ...], as_of: date | None
) -> Horizon:
    """The stage of a test by the moment up to which its data are complete.

    checks: those that wait (too short a runtime, open windows) put the end off.
    as_of: the data are complete until this day began; None: as the counts tell, and where they do
        not, until today began.
    Raises CountsError where the counts know of later days than `as_of`.
    """
    now = complete_until(experiment, marginals, as_of)
    waiting = [check.name for check in checks if check.waits]
    due = _due(experiment, marginals, waiting, now)
    reached = experiment.end is None or now >= midnight(
        experiment, experiment.end + longest_window(experiment)
    )
    if reached and not waiting:
        return Horizon("end", due)
    if due is not None and midnight(experiment, due) <= now:
        due = None
    closed = experiment.end is not None and now >= midnight(experiment, experiment.end)
    head = "Entry closed" if closed else _running(experiment, marginals, now)
    results = "" if due is None else f"; results on {formatting.day(due, now)}"
    return Horizon("before", due, f"{head}{results}.", closed)


def complete_until(experiment: Experiment, marginals: Marginals, as_of: date | None) -> datetime:
    """The moment up to which nothing is missing.

    Tables of units and counts know their days of entry only, so that once all have entered the
    windows are closed by the calendar.
    """
    told = _told(experiment, marginals)
    if as_of is not None:
        asked = midnight(experiment, as_of)
        if told is not None and asked < told:
            what = f"the counts know of later days than {as_of.isoformat()}"
            hint = "take a later day, or collect the counts as of that day"
            raise CountsError(Problem("as_of", what, "E310", hint))
        return asked
    today = midnight(experiment, datetime.now(zone(experiment.timezone)).date())
    if told is None:
        return today
    entered = experiment.end is not None and told >= midnight(experiment, experiment.end)
    return (
        max(told, today) if entered and _knows_entries_only(experiment, marginals, told) else told
    )


def course(experiment: Experiment, marginals: Marginals, as_of: date | None) -> Course:
    """The days of a test: of entry, of its data, and how many of how many have passed."""
    first, told = marginals.first_day, _told(experiment, marginals)
    if first is None:
        return Course()
    day = (_day_before(experiment, complete_until(experiment, marginals, as_of)) - first).days + 1
    last = None if experiment.end is None else experiment.end - DAY
    planned = None if last is None else (last - first).days + 1
    return Course(
        first_day=first,
        last_day=None if told is None else _day_before(experiment, told),
        last_entry=last,
        day=max(day if planned is None else min(day, planned), 0),
        days=planned,
    )


def _day_before(experiment: Experiment, moment: datetime) -> date:
    """The last day that was complete at a moment."""
    return (moment.astimezone(zone(experiment.timezone)) - timedelta(microseconds=1)).date()


def _told(experiment: Experiment, marginals: Marginals) -> datetime | None:
    """What the counts tell: the end of their data, else midnight after the last day of entry."""
    if marginals.cut_off is not None:
        return marginals.cut_off
    last = marginals.last_day
    return None if last is None else midnight(experiment, last + DAY)


def _knows_entries_only(experiment: Experiment, marginals: Marginals, told: datetime) -> bool:
    last = marginals.last_day
    if last is None or (experiment.data is not None and experiment.data.shape is Shape.EVENTS):
        return False
    return told == midnight(experiment, last + DAY)


def _due(
    experiment: Experiment, marginals: Marginals, waiting: list[str], now: datetime
) -> date | None:
    """The day after the last day of data that the results need."""
    days = [] if experiment.end is None else [experiment.end]
    first, least = marginals.first_day, experiment.decision.minimum_runtime
    if "runtime" in waiting and first is not None and least is not None:
        days.append(first + least)
    if "maturity" in waiting and longest_window(experiment):
        days.append(_day_before(experiment, now) + DAY)
    return max(days) + longest_window(experiment) if days else None


def _running(experiment: Experiment, marginals: Marginals, now: datetime) -> str:
    """Still running, and on which day of how many."""
    first, least = marginals.first_day, experiment.decision.minimum_runtime
    if first is None:
        return "Still running"
    if now < midnight(experiment, first):
        return f"Not begun: the first day is {formatting.day(first, now)}"
    day = max((_day_before(experiment, now) - first).days + 1, 1)
    if experiment.end is not None:
        return f"Still running: day {day} of {(experiment.end - first).days}"
    return f"Still running: day {day}" + ("" if least is None else f" of at least {least.days}")
