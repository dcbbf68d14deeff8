"""The morning view of a running test: its state in a line, the path of its looks, alarms."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.monitoring.advice import advice, cautions, why_not
from abmicro.analysis.monitoring.alarms import daily_rates
from abmicro.analysis.monitoring.harm import harm_lines
from abmicro.analysis.monitoring.outlook import monitored_goals
from abmicro.analysis.monitoring.watch import DISTRUST
from abmicro.analysis.results import (
    MonitoredGoal,
    MonitoredVariant,
    Monitoring,
    Replan,
    StateName,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.monitoring.watch import Watch
    from abmicro.analysis.results import Verdict

ORDER: tuple[StateName, ...] = (
    "fix_data",
    "stop_harm",
    "finished",
    "ready",
    "little_hope",
    "running",
    "waiting",
)
"""States, the one that asks for most first."""
WORDS = {
    "fix_data": "fix the data",
    "stop_harm": "stop: harm",
    "finished": "finished",
    "ready": "ready to stop",
    "little_hope": "little hope",
    "running": "running",
    "waiting": "waiting",
}


def monitoring_of(watch: Watch, verdicts: tuple[Verdict, ...]) -> Monitoring:
    """What the looks and alarms of a test say, with the decisions that follow from them."""
    settings, looks = watch.experiment.monitoring, watch.looks
    goals = tuple(monitored_goals(watch))
    variants = tuple(
        MonitoredVariant(one.variant, _state(watch, one, goals), one.decision) for one in verdicts
    )
    state = min((one.state for one in variants), key=ORDER.index)
    last = watch.schedule.last
    return Monitoring(
        text=_text(watch, state, verdicts),
        mode=settings.mode,
        spending=settings.spending,
        alpha=watch.experiment.analysis.alpha,
        look_alpha=watch.judged.analysis.alpha,
        look=looks[-1].look if looks else 0,
        looks_planned=watch.schedule.planned,
        next_look=watch.schedule.next_look,
        days_left=None if last is None else max((last - watch.today).days, 0),
        state=state,
        advice=" ".join((advice(watch, state, goals, verdicts), *cautions(watch))),
        variants=variants,
        path=looks,
        goals=goals,
        carry=watch.carry,
        alarms=watch.alarms,
        sample_ratio=watch.sample_ratio,
        recorded=bool(watch.record.looks),
        replans=tuple(_replans(watch)),
        harm=tuple(harm_lines(watch.experiment, watch.mature, watch.wait)),
        daily=tuple(daily_rates(watch.experiment, watch.mature)),
    )


def _replans(watch: Watch) -> Iterator[Replan]:
    """Changes of the plan that were written down, and that of today."""
    for day, reason in watch.record.replans:
        yield Replan(date.fromisoformat(day), reason)
    if watch.record.reason:
        yield Replan(watch.today, watch.record.reason)


def _state(watch: Watch, verdict: Verdict, goals: tuple[MonitoredGoal, ...]) -> StateName:
    """The first state that applies to a treated variant."""
    fixed = watch.experiment.monitoring.mode == "fixed"
    if verdict.decision == "do_not_trust_yet":
        return "fix_data"
    if any(alarm.severity == "stop" and alarm.variant == verdict.variant for alarm in watch.alarms):
        return "stop_harm"
    if watch.is_final or (fixed and verdict.stage == "end"):
        return "finished"
    if fixed:
        return "waiting"
    if verdict.decision != "keep_running":
        return "ready"
    if _hopeless(watch, verdict.variant, goals):
        return "little_hope"
    return "running" if watch.looks else "waiting"


def _hopeless(watch: Watch, variant: str, goals: tuple[MonitoredGoal, ...]) -> bool:
    """Whether even the planned lift has little chance to be found by the end."""
    primary, bar = watch.experiment.primary.name, watch.experiment.monitoring.futility
    return any(
        one.conditional_power < bar and one.crossed_at is None
        for one in goals
        if (one.goal, one.variant) == (primary, variant)
    )


def _text(watch: Watch, state: StateName, verdicts: tuple[Verdict, ...]) -> str:
    """Everything in one line, for a terminal, a mail or a chat."""
    experiment, last = watch.experiment, watch.last
    day = watch.looks[-1].day.isoformat() if watch.looks else watch.today.isoformat()
    parts = [f"{experiment.key} {day}"]
    if last is not None:
        planned = f" of {watch.schedule.planned}" if watch.schedule.planned else ""
        parts[0] += f" look {last.look}{planned}"
        parts += _primary(watch)
        parts += _carried(watch)
    parts += [alarm.sentence for alarm in watch.alarms if alarm.severity == "stop"]
    parts += [
        f"HARM SO FAR: {alarm.sentence.removesuffix('.')} | look at {alarm.variant}"
        for alarm in watch.alarms
        if alarm.kind == "harm_so_far"
    ]
    kinds = {alarm.kind for alarm in watch.alarms}
    if kinds.isdisjoint(("harm", "guardrail", "harm_so_far")):
        parts.append("harm no")
    if "sample_ratio" not in kinds:
        parts.append("sample ratio ok")
    if state == "fix_data" and kinds.isdisjoint(DISTRUST):
        parts.append(why_not(verdicts))
    return " | ".join((*parts, WORDS[state]))


def _primary(watch: Watch) -> list[str]:
    """How far the primary goal is, variant by variant."""
    last, name = watch.last, watch.experiment.primary.name
    several = len(watch.experiment.treated) > 1
    told = []
    for one in last.goals if last else ():
        if one.goal != name or last is None:
            continue
        lift = formatting.lift(one.lift)
        of = f" ({one.variant})" if several else ""
        standing = watch.claim(one.variant, name)
        sign = -1 if watch.experiment.primary.direction == "down" else 1
        word = {1: "better", -1: "worse", 0: "open"}[standing * sign]
        z = "too few" if isnan(one.z) else f"z {one.z:.2f}, bound {last.critical:.2f}"
        told.append(f"{name}{of} {lift} ({z}) {word}")
    return told


def _carried(watch: Watch) -> list[str]:
    """The labels that stand of the primary goal."""
    primary = watch.experiment.primary.name
    return [
        f"{one.macro}: {one.settled.replace('_', ' ')}"
        + (f", since {one.since.isoformat()}" if one.since else "")
        for one in watch.carry
        if one.micro == primary
    ]
