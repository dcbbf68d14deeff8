"""The SELECT of the events shape against the same rules said in plain Python, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from abmicro.counts import ANALYSED, JointCounts
from abmicro.experiment.model import Columns, Data, Experiment, Exposure, Funnel, Goal, TimeUnit
from abmicro.sources.engines import opened
from abmicro.sources.labels import columns_of
from abmicro.sources.query import select

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Event:
    """One row of a log; at is in seconds since 1970."""

    unit: str | None
    at: int | None
    event: str | None
    variant: str | None
    device: str | None
    price: float | None
    order_id: str | None


def attributed(
    experiment: Experiment,
    log: list[Event],
    meets: dict[str, Callable[[Event], bool]],
    as_of: int | None = None,
) -> tuple[Counter[Key], Counter[Key]]:
    """Units and rows by (status, variant, device, day, goals that were reached, values).

    meets: per goal, the `where` condition as a function; goals without one are not in it.
    """
    log = [one for one in log if as_of is None or one.at is None or one.at < as_of]
    units: Counter[Key] = Counter()
    rows: Counter[Key] = Counter()
    timed = [one for one in log if one.unit is not None and one.at is not None]
    end = (
        as_of
        if as_of is not None
        else max((one.at for one in log if one.at is not None), default=0)
    )
    for unit in {one.unit for one in timed}:
        own = [one for one in timed if one.unit == unit]
        key = _outcome(experiment, own, meets, end)
        units[key] += 1
        rows[key] += len(own)
    rows["no_unit", None] += sum(one.unit is None for one in log)
    rows["no_time", None] += sum(one.unit is not None and one.at is None for one in log)
    return +units, +rows


def _outcome(
    experiment: Experiment, own: list[Event], meets: dict[str, Callable[[Event], bool]], end: int
) -> Key:
    """What becomes of one unit."""
    arm_of = {arm.name: arm.name for arm in experiment.variants}
    arm_of = {dict(experiment.exposure.match).get(arm, arm): arm for arm in arm_of}
    wanted = experiment.exposure.event
    exposing = [one for one in own if (one.event == wanted if wanted else one.variant is not None)]
    known = [one for one in exposing if one.variant in arm_of]
    strangers = sorted(
        one.variant for one in exposing if one.variant is not None and one.variant not in arm_of
    )
    if not exposing:
        return "no_exposure", None
    t0 = min((one.at for one in known), default=None)
    counted = [
        one
        for one in known
        if not (experiment.end and one.at >= _start(experiment, experiment.end))
    ]
    arms = {arm_of[one.variant] for one in counted}
    arm = next(iter(arms)) if len(arms) == 1 else None
    if strangers and (t0 is None or not experiment.exposure.match):
        return "unknown_variant", None
    if t0 is None:
        return "no_variant", None
    day = datetime.fromtimestamp(t0, ZoneInfo(experiment.timezone)).date()
    if (experiment.start and day < experiment.start) or (experiment.end and day >= experiment.end):
        return "outside", arm
    if len(arms) > 1 and experiment.exposure.crossed == "exclude":
        return "crossed", None
    windows = [goal.window.total_seconds() for goal in experiment.goals if goal.window]
    if windows and t0 + max(windows) > end:
        return "immature", arm
    first = [one for one in known if one.at == t0]
    if len({one.variant for one in first}) > 1:
        return "crossed", None
    arm = arm_of[first[0].variant]
    device = min((one.device for one in first if one.device is not None), default="(none)")
    hits = {goal.name: _hits(goal, own, t0, meets.get(goal.name)) for goal in experiment.goals}
    if any(
        goal.value and one.price is None for goal in experiment.goals for one in hits[goal.name]
    ):
        return "no_value", arm
    reached = tuple(
        _reached(goal, hits[goal.name]) for goal in experiment.goals if not goal.is_value
    )
    reached += _in_order(experiment, hits)
    if experiment.exposure.crossed == "first":
        reached += (len(arms) > 1,)
    values = tuple(
        sum(one.price for one in hits[goal.name]) for goal in experiment.goals if goal.is_value
    )
    return ANALYSED, arm, device, day, reached, values


def _start(experiment: Experiment, day: date) -> float:
    return datetime.combine(day, time(), ZoneInfo(experiment.timezone)).astimezone(UTC).timestamp()


def _hits(
    goal: Goal, own: list[Event], t0: int, meets: Callable[[Event], bool] | None
) -> list[Event]:
    """The events of a unit that count for a goal, in the order of time."""
    found = [one for one in own if one.event == (goal.event or goal.name)]
    found = sorted(
        (one for one in found if meets is None or meets(one)),
        key=lambda one: (one.at, one.price is None, one.price or 0),
    )
    if goal.dedupe:
        keys = [one.order_id for one in found]
        found = [one for at, one in enumerate(found)
                 if one.order_id is None or one.order_id not in keys[:at]]  # fmt: skip
    close = t0 + goal.window.total_seconds() if goal.window else float("inf")
    return [one for one in found if t0 <= one.at < close]


def _reached(goal: Goal, hits: list[Event]) -> bool:
    if goal.aggregate == "sum":
        return sum(one.price for one in hits) >= goal.at_least
    return len(hits) >= (goal.at_least or 1)


def _in_order(experiment: Experiment, hits: dict[str, list[Event]]) -> tuple[bool, ...]:
    if experiment.funnel.order != "strict":
        return ()
    reached, before = [], float("-inf")
    for step in experiment.funnel.steps:
        after = [one.at for one in hits[step] if one.at >= before]
        before = min(after, default=float("inf"))
        reached.append(bool(after))
    return tuple(reached)


# nasty logs

HOUR = 3600
FIRST_DAY = datetime(2026, 10, 24, tzinfo=UTC)  # the clocks of Oslo change on the 25th

# few moments, so that ties and window edges are common
START = int(FIRST_DAY.timestamp())
nasty = st.builds(
    Event,
    unit=st.sampled_from(["1", "2", "02", None]),
    at=st.integers(0, 24).map(lambda at: START + at * 3 * HOUR) | st.none(),
    event=st.sampled_from(["seen", "cart", "buy", None]),
    variant=st.sampled_from(["A", "B", None, "other"]),
    device=st.sampled_from(["phone", "desk", None]),
    price=st.sampled_from([1.0, None]),
    order_id=st.sampled_from(["x", None]),
)


@st.composite
def visits(draw: st.DrawFn) -> list[Event]:
    """One unit as it should be: an exposure and goals soon after, many on the edge of a window."""
    unit, variant = draw(st.sampled_from(["1", "2", "3"])), draw(st.sampled_from("AAB"))
    first = START + draw(st.integers(0, 8)) * 3 * HOUR
    after = st.sampled_from([0, 0, 6, 12, 12, 24, 24, -3]).map(lambda at: first + at * HOUR)
    goals = st.builds(
        Event,
        unit=st.just(unit),
        at=after,
        event=st.sampled_from(["cart", "pay", "buy"]),
        variant=st.none(),
        device=st.none(),
        price=st.sampled_from([1.0, 2.0, 3.0, 4.0]),
        order_id=st.sampled_from(["x", "y", None]),
    )
    exposure = Event(
        unit, first, "seen", variant, draw(st.sampled_from(["phone", None])), None, None
    )
    return [exposure, *draw(st.lists(goals, min_size=1, max_size=5))]


LATE = Event("late", START + 240 * HOUR, "seen", "A", None, None, None)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    log = [one for visit in draw(st.lists(visits(), max_size=4)) for one in visit]
    log += draw(st.lists(nasty, max_size=5)) + draw(st.sampled_from([[LATE], [LATE], []]))
    return draw(st.permutations(log))


windows = st.sampled_from([None, timedelta(hours=12), timedelta(hours=12), timedelta(days=1)])


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    strict = draw(st.booleans())
    steps = draw(st.sampled_from([("cart", "buy"), ("cart", "pay", "buy")]))
    longest = draw(windows)
    keys = st.sampled_from([None, "order_id"])
    inner = None if longest is None else timedelta(hours=12)
    goals: dict[str, Any] = {
        "cart": {"kind": "milestone", "window": inner or longest},
        "pay": {"kind": "milestone", "window": inner or longest},
        "buy": {"kind": "macro", "window": longest, "dedupe": draw(keys)},
        "dear cart": {"kind": "action", "event": "cart", "where": "price >= 3", "window": inner},
        "often": {"kind": "action", "event": "cart", "at_least": 2, "window": inner},
        "rich": {"kind": "action", "event": "buy", "value": "price", "aggregate": "sum",
                 "at_least": 4, "window": inner},
        "revenue": {"kind": "macro", "event": "buy", "value": "price", "window": longest,
                    "dedupe": draw(keys)},
    }  # fmt: skip
    dated = draw(st.booleans())
    time_unit = draw(st.sampled_from(["timestamp", "s", "ms"]))
    return Experiment(
        name="law",
        variants=["A", "B"],
        goals={
            name: {k: v for k, v in keys.items() if v is not None} for name, keys in goals.items()
        },
        funnel=Funnel(steps=steps, order="strict" if strict else "any"),
        segments=["device"],
        start=date(2026, 10, 24) if dated else None,
        end=date(2026, 10, 26) if dated else None,
        timezone=draw(st.sampled_from(["UTC", "Europe/Oslo", "America/New_York"])),
        exposure=Exposure(
            event=draw(st.sampled_from([None, "seen"])),
            match=draw(st.sampled_from([(), (("A", "B"), ("B", "A"))])),
            crossed=draw(st.sampled_from(["exclude", "first"])),
        ),
        data=Data(
            shape="events",
            time_unit=time_unit,
            columns=Columns(unit="unit", time="at", event="event", variant="variant"),
        ),
    )


def frame(log: list[Event], time_unit: TimeUnit) -> pa.Table:
    def at(seconds: int | None) -> Any:
        if seconds is None or time_unit is TimeUnit.SECONDS:
            return seconds
        if time_unit is TimeUnit.MILLISECONDS:
            return seconds * 1000
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

    clock = pa.timestamp("us") if time_unit is TimeUnit.TIMESTAMP else pa.int64()
    texts = ("unit", "event", "variant", "device", "order_id")
    held = {name: pa.array([getattr(one, name) for one in log], pa.string()) for name in texts}
    held["at"] = pa.array([at(one.at) for one in log], clock)
    held["price"] = pa.array([one.price for one in log], pa.float64())
    return pa.table(held)


def queried(experiment: Experiment, log: list[Event], as_of: str | None) -> JointCounts:
    """The table as the SELECT makes it, before `collect` refuses anything."""
    with opened(experiment, frame(log, experiment.data.time_unit), None) as source:
        rows = source.engine.rows(select(experiment, relation=source.relation, as_of=as_of))
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
        units[out.step, out.variant] += out.units
        rows[out.step, out.variant] += out.rows
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


@settings(max_examples=80, deadline=None)
@given(experiments(), logs(), st.sampled_from([None, None, "2026-10-26"]))
def test_the_select_agrees_with_the_rules_cell_by_cell(experiment, log, as_of):
    until = None
    if as_of is not None:
        day = datetime.fromisoformat(as_of).replace(tzinfo=ZoneInfo(experiment.timezone))
        until = int(day.timestamp())
    dear = {"dear cart": lambda one: one.price is not None and one.price >= 3}
    units, rows = attributed(experiment, log, dear, until)
    assert cells(queried(experiment, log, as_of)) == (added_up(units, units), added_up(rows, units))
