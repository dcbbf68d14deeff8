"""What a test has brought since the looks that were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from abmicro.analysis.monitoring.looks_record import LooksRecord
    from abmicro.analysis.results import Monitoring


def news(known: LooksRecord, found: Monitoring) -> tuple[str, ...]:
    """What is new, a phrase each; empty where nothing is.

    New are looks, goals that crossed at them, labels that stand otherwise than recorded, and alarms
    of later days than the last recorded look.
    """
    return tuple(_news(known, found))


def _news(known: LooksRecord, found: Monitoring) -> Iterator[str]:
    last = known.days[-1] if known.days else None
    new = [look for look in found.path if last is None or look.day > last]
    if new:
        looks = "1 new look" if len(new) == 1 else f"{len(new)} new looks"
        yield f"{looks}, the last of {new[-1].day.isoformat()}: {found.state.replace('_', ' ')}"
    for goal in found.goals:
        if goal.crossed_at and (last is None or goal.crossed_at > last):
            row = next(
                one
                for look in reversed(found.path)
                for one in look.goals
                if (one.goal, one.variant) == (goal.goal, goal.variant)
            )
            lift = formatting.lift(row.lift)
            yield f"{goal.goal} ({goal.variant}) crossed on {goal.crossed_at.isoformat()}, {lift}"
    before = known.looks[-1].labels if known.looks else {}
    for one in found.carry:
        name = f"{one.variant}: {one.micro} to {one.macro}"
        if one.settled != before.get(name) and (new or before):
            was = f", was {_label(before[name])}" if name in before else ""
            yield f"{one.micro} to {one.macro} ({one.variant}): {_label(one.settled)}{was}"
    for alarm in found.alarms:
        if last is None or alarm.day is None or alarm.day > last:
            yield alarm.sentence.removesuffix(".")


def _label(name: str) -> str:
    return name.replace("_", " ")
