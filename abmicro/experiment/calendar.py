"""Days and moments in the time zone of an experiment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment

DAY = timedelta(days=1)


def zone(timezone: str) -> tzinfo:
    """A zone of the database, which is loaded only where it is asked for.

    >>> zone("UTC")
    datetime.timezone.utc
    """
    if timezone == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(timezone)


def midnight(experiment: Experiment, day: date) -> datetime:
    """The moment at which a day begins in the experiment's zone."""
    return datetime.combine(day, time(), zone(experiment.timezone))


def longest_window(experiment: Experiment) -> timedelta:
    """How long the goals take to settle, in whole days; none where all do at once."""
    longest = max((goal.settles or timedelta() for goal in experiment.goals), default=timedelta())
    return ceil(longest / DAY) * DAY


def last_moment(experiment: Experiment) -> datetime | None:
    """When every window of the experiment has closed; None where it has no end or a goal none."""
    open_ended = any(goal.closes is None for goal in experiment.goals if not goal.is_derived)
    if experiment.end is None or open_ended:
        return None
    return midnight(experiment, experiment.end + longest_window(experiment))
