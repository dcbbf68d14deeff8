"""The looks that a test has had so far, by its definition and the days of its data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from abmicro.experiment.calendar import DAY, midnight
from abmicro.experiment.monitoring import first_look_days, planned_looks, window_days
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.experiment.model import Experiment


@frozen
class Look:
    """A look: its number from 1, its last day of data, the last day of entry that is mature.

    clock: the share of the planned days of entry that are mature; 0 without an end.
    """

    number: int
    day: date
    entry_day: date
    clock: float
    final: bool


@frozen
class Schedule:
    """The looks so far, how many are planned, and the next."""

    looks: tuple[Look, ...]
    planned: int | None
    next_look: date | None
    last: date | None


def schedule(
    experiment: Experiment, first: date, complete_until: datetime, past: Sequence[date] = ()
) -> Schedule:
    """The looks whose data are complete.

    first: the first day of entry. complete_until: the moment up to which the data are complete.
    past: looks of an earlier plan, which stay; then those of the plan of today that come after.
    """
    wait = timedelta(days=window_days(experiment))
    days = _days(experiment, first, complete_until)
    if past:
        days = (*past, *(day for day in days if day > past[-1]))
    done = [day for day in days if midnight(experiment, day + DAY) <= complete_until]
    planned = planned_looks(experiment, first)
    last = planned[-1] if planned else None
    run = None if experiment.end is None else (experiment.end - first).days
    looks = tuple(
        Look(
            number=number,
            day=day,
            entry_day=day - wait,
            clock=min((day - wait - first).days + 1, run) / run if run else 0.0,
            final=day == last,
        )
        for number, day in enumerate(done, 1)
    )
    left = [day for day in days if day not in done]
    return Schedule(looks, len(days) if planned else None, left[0] if left else None, last)


def _days(experiment: Experiment, first: date, complete_until: datetime) -> tuple[date, ...]:
    """The days of looks: those planned; without an end every day, up to the first to come."""
    if experiment.monitoring.mode == "group_sequential":
        return planned_looks(experiment, first)
    if experiment.monitoring.mode == "fixed":
        return ()
    day = first + timedelta(days=first_look_days(experiment) - 1 + window_days(experiment))
    days = [day]
    while midnight(experiment, days[-1] + DAY) <= complete_until:
        days.append(days[-1] + DAY)
    return tuple(days)
