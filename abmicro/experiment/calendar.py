"""Days and moments in the time zone of an experiment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment


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
