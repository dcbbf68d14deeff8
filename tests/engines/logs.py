"""Event logs with everything that goes wrong in them, and the experiments that read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import Experiment

BEGIN = datetime(2026, 3, 25)  # summer time begins in Oslo on the 29th
WEEK = timedelta(days=7)
DEFINITION = """
[experiment]
name = "Nasty"
start = 2026-03-26
end = 2026-04-08
timezone = "Europe/Oslo"

[variants]
arms = ["A", "B"]

[data]
shape = "events"
table = "log"
where = "amount < 49 OR amount IS NULL"
[data.columns]
unit = "user_id"
time = "ts"
event = "event"
variant = "variant"
session = "visit"

[exposure]
{exposing}
crossed = "{crossed}"
match = {{ A = ["A", "a"], B = "it's B" }}
exclude = {{ more_than = 1, of = "b\u00fcy \U0001f6d2" }}

[goals.browse]
kind = "action"
event = "view"
at_least = 2

[goals.back]
kind = "action"
event = "view"
delay = "36h"
window = "1d"

[goals.cart]
kind = "milestone"
window = "3d"

[goals.pay]
kind = "milestone"
event = "view"
where = "page LIKE '%/pay%'"
window = "7d"

[goals."b\u00fcy \U0001f6d2"]
kind = "macro"
event = "buy"
dedupe = "tx"
window = "7d"
before = "2d"

[goals.money]
kind = "macro"
event = "buy"
value = "amount"
window = "7d"
cap = "90%"
before = "2d"

[goals."money at most"]
kind = "macro"
event = "buy"
value = "amount"
window = "7d"
cap = 60.5
missing = "zero"

[goals.bounced]
kind = "action"
event = "view"
exactly = 1
per = "session"
direction = "down"
window = "3d"

[goals."cart visits"]
kind = "action"
event = "cart"
per = "session"
window = "7d"

[goals."money a visit"]
kind = "action"
event = "buy"
value = "amount"
per = "session"
window = "7d"

[goals."carts a view"]
kind = "action"
event = "cart"
per = "seen"
window = "7d"

[goals.seen]
kind = "action"
role = "exploratory"

[funnel]
steps = ["cart", "pay", "b\u00fcy \U0001f6d2"]
order = "{order}"

[segments]
device = "device"
"""


SEEN = 'event = "seen"'
ASSIGNED = 'event = "view"\nassignment = { event = "seen" }'


def experiment(crossed: str, order: str, exposing: str = SEEN) -> Experiment:
    """The experiment that reads the logs, in one way of attribution."""
    return loads(DEFINITION.format(crossed=crossed, order=order, exposing=exposing))


def log(seed: int, rows: int = 900) -> list[tuple[Any, ...]]:
    """Rows of user, time, event, variant, page, transaction, amount, device and visit."""
    random = Random(seed)  # noqa: S311 - no secret
    return [*_edges(), *(_row(random) for _ in range(rows))]


def _row(random: Random) -> tuple[Any, ...]:
    unit = None if random.random() < 0.02 else f"u{random.randrange(120)}'\u00e9\u4e2d"
    at = None if random.random() < 0.01 else BEGIN + _somewhen(random)
    event = random.choice(["seen", "view", "cart", "buy", "buy"])
    arm: str | None = "A" if sum(map(ord, unit or "")) % 2 else "it's B"
    if arm == "A" and random.random() < 0.3:
        arm = "a"
    if random.random() < 0.08:
        arm = random.choice(["A", "it's B", "C", "", None])
    return (
        unit,
        at,
        event,
        arm if event == "seen" else None,
        random.choice(["/pay/1", "/home", None]),
        random.choice(["t1", "t2", None]),
        round(random.random() * 50, 2) if event == "buy" else None,
        random.choice(["phone", "d\u00e9sk;--", None, "<b>"]),
        random.choice(["1", "2", "it's 3", None]),
    )


def _somewhen(random: Random) -> timedelta:
    """Often the same few moments, so that times tie; sometimes a single microsecond."""
    if random.random() < 0.5:
        return timedelta(hours=random.randrange(14 * 24))
    return timedelta(microseconds=random.randrange(14 * 86_400 * 10**6))


def _edges() -> list[tuple[Any, ...]]:
    """A unit whose events stand on, and one microsecond before, the end of its window."""
    seen, tick = BEGIN + timedelta(days=1, hours=5), timedelta(microseconds=1)
    events = [(seen, "seen"), (seen, "cart"), (seen + WEEK, "buy"), (seen - tick, "buy")]
    return [
        *(("edge", at, event, "A", None, None, 9.99, "phone", "1") for at, event in events),
        ("edge2", seen, "seen", "A", None, None, None, "phone", "1"),
        ("edge2", seen + WEEK - tick, "buy", None, None, "t1", 0.01, "phone", "1"),
        ("edge2", seen + WEEK - tick, "buy", None, None, "t1", 0.01, "phone", "2"),
    ]
