"""Today's line of a running test, in people: what stops it, else when its next result is there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from abmicro.analysis.results import Monitoring, MonitoringAlarm
    from abmicro.experiment.model import Experiment

STALE = timedelta(days=3)
"""Data that end so long before today are likely forgotten."""
WORSE = {
    "harm": "{Goal} got worse with {variant}, clearly so since {day}.",
    "guardrail": "{Goal} got worse with {variant} by more than is allowed, since {day}.",
    "harm_so_far": "{Goal} may be worse with {variant}.",
}


def today_of(experiment: Experiment, found: Monitoring, newest: date | None, today: date) -> str:
    """What to know of a running test. newest: the last day on which somebody entered."""
    stops = [alarm for alarm in found.alarms if alarm.severity == "stop"]
    if stops:
        return f"{_worse(experiment, stops[0], today)} {stops[0].fix}".strip()
    if found.state == "ready":
        return "The result is clear; the test may end."
    if found.state not in ("running", "waiting"):
        return found.advice
    told = [_worse(experiment, found.alarms[0], today) if found.alarms else "No sign of harm."]
    if found.next_look is not None:
        word = "First look" if found.look == 0 else "Next look"
        told.insert(0, f"{word} on {formatting.day(found.next_look + timedelta(days=1), today)}.")
    if newest is not None and newest < _last_entry(experiment, today) - STALE:
        told.append(f"The data end on {formatting.day(newest, today)}: put newer ones in.")
    return " ".join(told)


def _worse(experiment: Experiment, alarm: MonitoringAlarm, today: date) -> str:
    """An alarm in the words of the test; those of the recording speak for themselves."""
    if alarm.kind not in WORSE or not alarm.goal or not alarm.variant or alarm.day is None:
        return alarm.sentence
    names = experiment.names
    return WORSE[alarm.kind].format(
        Goal=names.head(alarm.goal),
        variant=names.variant(alarm.variant),
        day=formatting.day(alarm.day, today),
    )


def _last_entry(experiment: Experiment, today: date) -> date:
    """The last whole day on which somebody could enter so far."""
    return min(filter(None, (today, experiment.end))) - timedelta(days=1)
