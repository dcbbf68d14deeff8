"""What a test has brought since the looks that were recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from datetime import date

    from abmicro.analysis.monitoring.looks_record import LooksRecord
    from abmicro.analysis.results import LookResult, Monitoring


def news(known: LooksRecord, found: Monitoring) -> tuple[str, ...]:
    """What is new, a phrase each; empty where nothing is.

    New are looks, goals that crossed at them, labels that stand otherwise than recorded, and alarms
    of later days than the last recorded look.
    """
    last = known.days[-1] if known.days else None
    looks = [look for look in found.path if last is None or look.day > last]
    labels = _labels(known, found, any_look=bool(looks))
    return (*_looks(found, looks), *_crossed(found, last), *labels, *_alarms(found, last))


def _looks(found: Monitoring, new: Sequence[LookResult]) -> Iterator[str]:
    if new:
        looks = "1 new look" if len(new) == 1 else f"{len(new)} new looks"
        yield f"{looks}, the last of {new[-1].day.isoformat()}: {_label(found.state)}"


def _crossed(found: Monitoring, last: date | None) -> Iterator[str]:
    """Goals that crossed their bound later than a day, with the lift of their last look."""
    rows = {(one.goal, one.variant): one for look in found.path for one in look.goals}
    for goal in found.goals:
        if goal.crossed_at and (last is None or goal.crossed_at > last):
            lift = formatting.lift(rows[goal.goal, goal.variant].lift)
            yield f"{goal.goal} ({goal.variant}) crossed on {goal.crossed_at.isoformat()}, {lift}"


def _labels(known: LooksRecord, found: Monitoring, *, any_look: bool) -> Iterator[str]:
    """Labels that stand otherwise than recorded."""
    before = known.looks[-1].labels if known.looks else {}
    for one in found.carry if any_look or before else ():
        name = f"{one.variant}: {one.micro} to {one.macro}"
        if one.settled != before.get(name):
            was = f", was {_label(before[name])}" if name in before else ""
            yield f"{one.micro} to {one.macro} ({one.variant}): {_label(one.settled)}{was}"


def _alarms(found: Monitoring, last: date | None) -> Iterator[str]:
    for alarm in found.alarms:
        if last is None or alarm.day is None or alarm.day > last:
            yield alarm.sentence.removesuffix(".")


def _label(name: str) -> str:
    return name.replace("_", " ")
