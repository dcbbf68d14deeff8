"""The SELECT of the events shape against the same rules said in plain Python, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from abmicro.counts import ANALYSED, JointCounts
from abmicro.experiment.model import Experiment, Goal
from abmicro.sources.engines.engine import open_source
from abmicro.sources.sql.columns import columns_of
from abmicro.sources.sql.select import select

from ..examples import examples
from .logs import (
    HOUR,
    START,
    Event,
    end_of,
    experiments,
    exposed,
    frame,
    hits_before,
    hits_of,
    is_kept,
    last_of,
    logs,
    too_many,
)

pytestmark = pytest.mark.slow

Key = tuple[Any, ...]


def attributed(
    experiment: Experiment,
    log: list[Event],
    meets: dict[str, Callable[[Event], bool]],
    as_of: int | None = None,
    now: int | None = None,
) -> tuple[Counter[Key], Counter[Key]]:
    """Units and rows by (status, variant, device, day, goals that were reached, values).

    meets: per goal, the `where` condition as a function; goals without one are not in it.
    """
    log = [one for one in log if as_of is None or one.at is None or one.at < as_of]
    units: Counter[Key] = Counter()
    rows: Counter[Key] = Counter()
    rows["filtered", None] += sum(not is_kept(experiment, one) for one in log)
    log = [one for one in log if is_kept(experiment, one)]
    last = last_of(experiment, now)
    late = [one for one in log if one.at is not None and one.at > last]
    timed = [one for one in log if one.unit and one.at is not None and one not in late]
    end = end_of(experiment, log, now)
    if as_of is not None:
        end = as_of if now is None else min(as_of, now)
    of_unit = {unit: [one for one in timed if one.unit == unit] for unit in
               {one.unit for one in timed}}  # fmt: skip
    outcomes = {unit: _outcome(experiment, own, meets, end) for unit, own in of_unit.items()}
    cap = _cap(experiment, outcomes.values())
    for unit, outcome in outcomes.items():
        key = (
            (*outcome[:-1], _capped(experiment, outcome[-1], cap)) if len(outcome) > 5 else outcome
        )
        units[key] += 1
        rows[key] += len(of_unit[unit])
    rows["no_unit", None] += sum(one.unit is None for one in log)
    rows["no_time", None] += sum(one.unit is not None and one.at is None for one in log)
    rows["future", None] += sum(one.unit is not None for one in late)
    return +units, +rows


def _outcome(
    experiment: Experiment, own: list[Event], meets: dict[str, Callable[[Event], bool]], end: int
) -> Key:
    """What becomes of one unit."""
    unit = exposed(experiment, own, end)
    condition = meets["dear cart"]
    if unit.status != ANALYSED:
        if unit.status == "immature":
            if too_many(experiment, own, unit.at, condition):
                return "excluded", unit.arm
            return unit.status, unit.arm, unit.device, _day(experiment, unit.at)
        return unit.status, unit.arm
    hits = {
        goal.name: hits_of(goal, own, unit.at, meets.get(goal.name)) for goal in experiment.goals
    }
    for rule, status in ((None, "no_value"), ("leave_out", "empty_value")):
        asked = [goal for goal in experiment.goals if goal.value and goal.missing == rule]
        if any(one.price is None for goal in asked for one in hits[goal.name]):
            return status, unit.arm
    reached = tuple(_reached(goal, hits[goal.name]) for goal in experiment.goals if goal.is_rate)
    reached += _in_order(experiment, hits)
    if experiment.exposure.crossed == "first":
        reached += (unit.arms > 1,)
    if experiment.exposure.exclude is not None:
        reached += (too_many(experiment, own, unit.at, condition),)
    values = tuple(
        sum(one.price for one in hits[goal.name])
        for goal in experiment.goals
        if goal.is_value and not goal.is_ratio
    )
    counted, lost = _ratios(experiment, own, hits, unit.at)
    capped = experiment.goal("revenue").cap is not None
    values = (*values, *counted, *(values * capped), *_past(experiment, own, unit.at, meets), *lost)
    return ANALYSED, unit.arm, unit.device, _day(experiment, unit.at), reached, values


def _past(
    experiment: Experiment, own: list[Event], t0: int, meets: dict[str, Callable[[Event], bool]]
) -> list[float]:
    """The value from before of every goal that has one, not yet capped."""
    asked = [goal for goal in experiment.goals if goal.before is not None]
    hits = [hits_before(goal, own, t0, meets.get(goal.name)) for goal in asked]
    return [
        sum(one.price or 0 for one in found) if goal.is_value else _reached(goal, found)
        for goal, found in zip(asked, hits, strict=True)
    ]


def _cap(experiment: Experiment, outcomes: Iterable[Key]) -> float | None:
    """What a revenue above it counts as: given, or the least that half of them do not exceed."""
    cap = experiment.goal("revenue").cap
    if cap != "50%":
        return cap
    left_out = experiment.exposure.exclude is not None
    counted = [one for one in outcomes if one[0] == ANALYSED and not (left_out and one[-2][-1])]
    amounts = sorted(one[-1][0] for one in counted if one[-1][0] > 0)
    return amounts[(len(amounts) + 1) // 2 - 1] if amounts else None


def _capped(experiment: Experiment, values: tuple[float, ...], cap: float | None) -> Any:
    """The values with revenue, and the revenue before, at most the cap."""
    if cap is None:
        return values
    names = columns_of(experiment).measures
    held = {"revenue", experiment.goal("revenue").past}
    return tuple(
        min(value, cap) if name in held else value
        for name, value in zip(names, values, strict=True)
    )


def _day(experiment: Experiment, at: int) -> date:
    return datetime.fromtimestamp(at, ZoneInfo(experiment.timezone)).date()


def _reached(goal: Goal, hits: list[Event]) -> bool:
    if goal.aggregate == "sum":
        return sum(one.price for one in hits) >= goal.at_least
    return len(hits) >= (goal.at_least or 1)


def _ratios(
    experiment: Experiment, own: list[Event], hits: dict[str, list[Event]], t0: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What is counted of each ratio and per what, every base once; hits without a session, all."""
    counted, bases = [], {}
    for goal in (goal for goal in experiment.goals if goal.is_ratio):
        found = hits[goal.name]
        if goal.per != "session":
            counted.append(sum(one.price if goal.value else 1 for one in found))
            other = experiment.goal(goal.per).model_copy(
                update={"window": goal.window, "delay": goal.delay}
            )
            bases[goal.base] = len(hits_of(other, own, t0, None))
            continue
        any_event = [replace(one, event=goal.name) for one in own]
        anything = Goal(name=goal.name, kind="action", window=goal.window, delay=goal.delay)
        inside = hits_of(anything, any_event, t0, None)
        sessions = {one.order_id for one in inside} - {None}
        of_each = [[one for one in found if one.order_id == session] for session in sessions]
        counted.append(sum(_of_session(goal, rows) for rows in of_each))
        bases[goal.base] = len(sessions)
    wanted = [goal for goal in experiment.goals if goal.per == "session"]
    if not wanted:
        return (*counted, *bases.values()), ()
    rows = [one for one in own if any(one in hits[goal.name] for goal in wanted)]
    lost = sum(one.order_id is None for one in rows)
    return (*counted, *bases.values()), (lost, len(rows))


def _of_session(goal: Goal, hits: list[Event]) -> float:
    if goal.exactly is not None:
        return len(hits) == goal.exactly
    if goal.is_value:
        return sum(one.price for one in hits)
    return _reached(goal, hits)


def _in_order(experiment: Experiment, hits: dict[str, list[Event]]) -> tuple[bool, ...]:
    if experiment.funnel.order != "strict":
        return ()
    reached, before = [], float("-inf")
    for step in experiment.funnel.steps:
        after = [one.at for one in hits[step] if one.at >= before]
        before = min(after, default=float("inf"))
        reached.append(bool(after))
    return tuple(reached)


def queried(
    experiment: Experiment, log: list[Event], as_of: str | None, now: datetime | None = None
) -> JointCounts:
    """The table as the SELECT makes it, before `collect` refuses anything."""
    with open_source(experiment, frame(log, experiment.data.time_unit), None) as source:
        asked = select(experiment, relation=source.relation, as_of=as_of, now=now)
        rows = source.engine.rows(asked)
        names = columns_of(experiment).names
        return JointCounts.from_rows(names, rows, variants=("A", "B"))


def cells(counts: JointCounts) -> tuple[Counter[Any], Counter[Any]]:
    """Units and rows by what `attributed` calls an outcome, values added up per cell."""
    units: Counter[Any] = Counter()
    rows: Counter[Any] = Counter()
    for v, s, p, k in product(*map(range, counts.units.shape)):
        place = (counts.variants[v], counts.segments[s][0], counts.periods[p])
        reached, values = counts.patterns[k].tolist(), counts.sums[v, s, p, k].tolist()
        key = (ANALYSED, *place, tuple(reached), tuple(values))
        units[key] += int(counts.units[v, s, p, k])
        rows[key] += int(counts.rows[v, s, p, k])
    for out in counts.left_out:
        place = (*out.segment, out.period) if out.step == "immature" else ()
        units[out.step, out.variant, *place] += out.units
        rows[out.step, out.variant, *place] += out.rows
    return +units, +rows


def added_up(outcomes: Counter[Any], like: Counter[Any]) -> Counter[Any]:
    """Outcomes with the values of one cell added up; `like` are the units of each."""
    totals: dict[Any, Any] = {}
    for key, count in outcomes.items():
        if key[0] == ANALYSED:
            cell, values = key[:-1], [value * like[key] for value in key[-1]]
            old, before = totals.get(cell, (0, [0.0] * len(values)))
            totals[cell] = (old + count, [a + b for a, b in zip(before, values, strict=True)])
        else:
            totals[key] = (count, None)
    return Counter({
        key if values is None else (*key, tuple(values)): count
        for key, (count, values) in totals.items()
    })  # fmt: skip


@examples(80)
@given(
    experiments(),
    logs(),
    st.sampled_from([None, None, "2026-10-26"]),
    st.sampled_from([None, START + 18 * HOUR, START + 48 * HOUR]),
)
def test_the_select_agrees_with_the_rules_cell_by_cell(experiment, log, as_of, now):
    until = None
    if as_of is not None:
        day = datetime.fromisoformat(as_of).replace(tzinfo=ZoneInfo(experiment.timezone))
        until = int(day.timestamp())
    dear = {"dear cart": lambda one: one.price is not None and one.price >= 3}
    units, rows = attributed(experiment, log, dear, until, now)
    run = None if now is None else datetime.fromtimestamp(now, UTC)
    found = queried(experiment, log, as_of, run)
    assert cells(found) == (added_up(units, units), added_up(rows, units))
    assert [goal for goal, _ in found.caps] == (
        [] if experiment.goal("revenue").cap is None else ["revenue"]
    )
