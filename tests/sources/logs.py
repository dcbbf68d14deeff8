"""Event logs as tests need them: nasty ones, and what the rules of attribution say of a unit.

The rules are said once more here in plain Python, for the statements to be held against.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from hypothesis import strategies as st

from abmicro.counts import ANALYSED
from abmicro.experiment.model import Data, DataColumns, Experiment, Exposure, Funnel, Goal, TimeUnit


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


@dataclass(frozen=True)
class Exposed:
    """What becomes of a unit at its exposure. at: its moment, where its goals are looked at."""

    status: str
    arm: str | None = None
    at: int = 0
    device: str = ""
    arms: int = 0


def is_kept(experiment: Experiment, row: Event) -> bool:
    """Whether `data.where`, if there is one, keeps a row."""
    return experiment.data.where is None or row.price is None or row.price < 4


def exposed(experiment: Experiment, own: list[Event], end: int) -> Exposed:
    """The status of one unit, given all its events that have a time."""
    arm_of = {value: arm for arm, value in experiment.exposure.match}
    arm_of |= {arm.name: arm.name for arm in experiment.variants if arm.name not in arm_of.values()}
    wanted = experiment.exposure.event
    exposing = [one for one in own if (one.event == wanted if wanted else one.variant is not None)]
    assignment = experiment.exposure.assignment
    telling = [one for one in own if one.event == assignment.event] if assignment else exposing
    known = [one for one in telling if one.variant in arm_of]
    strangers = sorted(
        one.variant for one in telling if one.variant is not None and one.variant not in arm_of
    )
    if not exposing and not telling:
        return Exposed("no_exposure")
    told_at = min((one.at for one in known), default=None)
    counted = [
        one
        for one in known
        if not (experiment.end and one.at >= _start(experiment, experiment.end))
    ]
    arms = {arm_of[one.variant] for one in counted}
    arm = next(iter(arms)) if len(arms) == 1 else None
    if strangers and (told_at is None or not experiment.exposure.match):
        return Exposed("unknown_variant")
    if told_at is None:
        return Exposed("no_variant")
    t0 = min((one.at for one in exposing if one.at >= told_at), default=None)
    if t0 is None:
        return Exposed("no_exposure", arm)
    day = datetime.fromtimestamp(t0, ZoneInfo(experiment.timezone)).date()
    if (experiment.start and day < experiment.start) or (experiment.end and day >= experiment.end):
        return Exposed("outside", arm)
    if len(arms) > 1 and experiment.exposure.crossed == "exclude":
        return Exposed("crossed")
    firsts = {arm_of[one.variant] for one in known if one.at == told_at}
    shown = exposing if assignment else known
    devices = (one.device for one in shown if one.at == t0 and one.device is not None)
    device = min(devices, default="(none)")
    if len(firsts) > 1:
        return Exposed("crossed")
    zero = timedelta()
    settled = max((goal.delay or zero) + (goal.window or zero) for goal in experiment.goals)
    if settled and t0 + settled.total_seconds() > end:
        return Exposed("immature", next(iter(firsts)), t0, device, len(arms))
    return Exposed(ANALYSED, next(iter(firsts)), t0, device, len(arms))


def _start(experiment: Experiment, day: date) -> float:
    return datetime.combine(day, time(), ZoneInfo(experiment.timezone)).astimezone(UTC).timestamp()


def hits_of(
    goal: Goal, own: list[Event], t0: int, meets: Callable[[Event], bool] | None
) -> list[Event]:
    """The events of a unit that count for a goal, in the order of time."""
    opens = t0 + (goal.delay.total_seconds() if goal.delay else 0)
    close = opens + goal.window.total_seconds() if goal.window else float("inf")
    return [one for one in _of_goal(goal, own, meets) if opens <= one.at < close]


def hits_before(
    goal: Goal, own: list[Event], t0: int, meets: Callable[[Event], bool] | None
) -> list[Event]:
    """The events of a unit that would count for a goal, in the time before its exposure."""
    since = t0 - goal.before.window.total_seconds()
    return [one for one in _of_goal(goal, own, meets) if since <= one.at < t0]


def _of_goal(goal: Goal, own: list[Event], meets: Callable[[Event], bool] | None) -> list[Event]:
    """The events of a goal, whenever they happened; one without a price may count as nothing."""
    if goal.missing == "zero":
        own = [replace(one, price=one.price or 0.0) for one in own]
    found = [one for one in own if one.event == (goal.event or goal.name)]
    found = sorted(
        (one for one in found if meets is None or meets(one)),
        key=lambda one: (one.at, one.price is None, one.price or 0),
    )
    if goal.dedupe:
        keys = [one.order_id for one in found]
        found = [one for at, one in enumerate(found)
                 if one.order_id is None or one.order_id not in keys[:at]]  # fmt: skip
    return found


def too_many(
    experiment: Experiment, own: list[Event], t0: int, meets: Callable[[Event], bool]
) -> bool:
    """Whether the rule of the experiment leaves a unit out; meets: the condition of a goal."""
    rule = experiment.exposure.exclude
    if rule is None:
        return False
    goal = experiment.goal(rule.of)
    return len(hits_of(goal, own, t0, meets if goal.where else None)) > rule.more_than


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


EDGES = tuple(hours * HOUR for hours in (0, 0, 6, 12, 12, 24, 24, -3, -12))
"""When goals come after an exposure: often at once, or on the edge of a window."""


@st.composite
def visits(draw: st.DrawFn, offsets: Sequence[int]) -> list[Event]:
    """One unit as it should be: an exposure and goals soon after, many on the edge of a window."""
    unit, variant = draw(st.sampled_from(["1", "2", "3"])), draw(st.sampled_from("AAB"))
    first = START + draw(st.integers(0, 8)) * 3 * HOUR
    after = st.sampled_from(offsets).map(lambda at: first + at)
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
SOON = Event("soon", START + 90 * HOUR, "seen", "A", None, None, None)


def last_of(experiment: Experiment, now: int | None) -> float:
    """The last moment at which a row can matter: now, or that of the last open window."""
    return min(float("inf") if now is None else now, closing(experiment))


def closing(experiment: Experiment) -> float:
    """When every window has closed, in whole days after the end."""
    if experiment.end is None or any(goal.window is None for goal in experiment.goals):
        return float("inf")
    spans = ((goal.delay or timedelta()) + goal.window for goal in experiment.goals)
    days = -(-max(spans) // timedelta(days=1))
    return _start(experiment, experiment.end + timedelta(days=days))


def end_of(experiment: Experiment, log: list[Event], now: int | None) -> float:
    """Up to when a log is complete; one that goes on after the last window is up to there."""
    last, closed = last_of(experiment, now), closing(experiment)
    times = [one.at for one in log if one.at is not None]
    soon = min(closed + 24 * HOUR, float("inf") if now is None else now)
    if any(last < at <= soon for at in times):
        return last
    return max((at for at in times if at <= last), default=0)


@st.composite
def logs(draw: st.DrawFn, offsets: Sequence[int] = EDGES) -> list[Event]:
    log = [one for visit in draw(st.lists(visits(offsets), max_size=4)) for one in visit]
    log += draw(st.lists(nasty, max_size=5)) + draw(st.sampled_from([[LATE], [LATE], [SOON], []]))
    return draw(st.permutations(log))


EXPOSING: tuple[dict[str, Any], ...] = (
    {},
    {"event": "seen"},
    {"event": "cart", "assignment": {"event": "seen"}},
)
CHEAP = "price < 4 OR price IS NULL"
SEVERAL = (("A", "A"), ("A", "other"), ("B", "B"))
windows = st.sampled_from([None, timedelta(hours=12), timedelta(hours=12), timedelta(days=1)])


rules = st.fixed_dictionaries(
    {"more_than": st.integers(1, 2), "of": st.sampled_from(["cart", "buy", "dear cart", "often"])}
)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    strict = draw(st.booleans())
    steps = draw(st.sampled_from([("cart", "buy"), ("cart", "pay", "buy")]))
    longest = draw(windows)
    keys = st.sampled_from([None, "order_id"])
    before = st.sampled_from([None, "12h"])
    empty = draw(st.sampled_from([None, None, "zero", "leave_out"]))
    inner = None if longest is None else timedelta(hours=12)
    goals: dict[str, Any] = {
        "cart": {"kind": "milestone", "window": inner or longest},
        "pay": {"kind": "milestone", "window": inner or longest},
        "buy": {"kind": "macro", "window": longest, "dedupe": draw(keys), "before": draw(before)},
        "dear cart": {"kind": "action", "event": "cart", "where": "price >= 3", "window": inner},
        "often": {"kind": "action", "event": "cart", "at_least": 2, "window": inner},
        "rich": {"kind": "action", "event": "buy", "value": "price", "aggregate": "sum",
                 "at_least": 4, "window": inner, "missing": empty},
        "revenue": {"kind": "macro", "event": "buy", "value": "price", "window": longest,
                    "dedupe": draw(keys), "missing": empty, "before": draw(before),
                    "cap": draw(st.sampled_from([None, 2.5, "50%"]))},
    }  # fmt: skip
    ratios: dict[str, Any] = {
        "sessions with a cart": {"kind": "action", "event": "cart", "per": "session",
                                 "window": longest},
        "one cart": {"kind": "action", "event": "cart", "exactly": 1, "per": "session",
                     "window": inner},
        "rich session": {"kind": "action", "event": "buy", "value": "price", "aggregate": "sum",
                         "at_least": 4, "per": "session", "window": longest},
        "spend a session": {"kind": "action", "event": "buy", "value": "price", "per": "session",
                            "window": longest},
        "pays a cart": {"kind": "action", "event": "pay", "per": "cart", "window": longest},
        "spend a cart": {"kind": "action", "event": "buy", "value": "price", "per": "cart",
                         "dedupe": draw(keys), "window": inner},
    }  # fmt: skip
    goals |= {name: ratios[name] for name in draw(st.sets(st.sampled_from([*ratios]), max_size=3))}
    late = draw(st.sampled_from([None, None, timedelta(hours=6)]))
    of_all = draw(st.booleans())
    for keys in goals.values():
        if of_all or keys["window"] == longest:
            keys["delay"] = late
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
            **draw(st.sampled_from(EXPOSING)),
            match=draw(st.sampled_from([(), (("A", "B"), ("B", "A")), SEVERAL])),
            crossed=draw(st.sampled_from(["exclude", "first"])),
            exclude=draw(st.none() | rules),
        ),
        data=Data(
            shape="events",
            time_unit=time_unit,
            where=draw(st.sampled_from([None, None, CHEAP])),
            columns=DataColumns(
                unit="unit", time="at", event="event", variant="variant", session="order_id"
            ),
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
