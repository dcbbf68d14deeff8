"""Logs of events of a running test, with orders that take days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from abmicro.experiment.model import Experiment

from .runs import START, experiment

MIDNIGHT = datetime(START.year, START.month, START.day)
SECONDS = 86_400
GOALS = {
    "cart": {"kind": "milestone", "window": "1d", "mde": 0.1},
    "order": {"kind": "macro", "window": "7d"},
}
DATA = {
    "shape": "events",
    "table": "log",
    "columns": {"unit": "who", "time": "ts", "event": "event", "variant": "arm"},
}


def log_test(**keys: Any) -> Experiment:
    """The test of such a log: seven days to order, 28 days of entry."""
    given: dict[str, Any] = {"goals": GOALS, "data": DATA, "exposure": {"event": "seen"}}
    return experiment(**(given | keys))


def log(
    carts: Mapping[str, float],
    orders: Mapping[str, float],
    *,
    daily: int = 300,
    days: int = 28,
    late: Mapping[str, float] | None = None,
    arms: Sequence[str] | None = None,
    seed: int = 1,
) -> pa.Table:
    """Rows of units that come evenly over the days, alternating between the variants.

    carts: chance of a cart by variant. orders: of an order after it. late: mean days that an order
    takes, by default one. arms: the variant of every unit, where they do not alternate.
    """
    rng = np.random.default_rng(seed)
    units = np.arange(daily * days)
    arms = np.array([*carts])[units % len(carts)] if arms is None else np.array(arms)
    entered = units * (SECONDS // daily)
    of = {name: at for at, name in enumerate(carts)}
    place = np.vectorize(of.__getitem__)(arms)
    cart = rng.random(len(units)) < np.array([*carts.values()])[place]
    order = cart & (rng.random(len(units)) < np.array([*orders.values()])[place])
    means = np.array([(late or {}).get(name, 1.0) for name in carts])[place]
    ordered = entered + 600 + rng.exponential(means * SECONDS).astype(int)
    parts = [
        (units, entered, "seen", arms),
        (units[cart], entered[cart] + 60, "cart", None),
        (units[order], ordered[order], "order", None),
        ([-1], [SECONDS * (days + 9)], "other", None),
    ]
    return pa.concat_tables([_rows(*part) for part in parts])


def _rows(who: Any, seconds: Any, event: str, arms: Any) -> pa.Table:
    return pa.table(
        {
            "who": pa.array([f"u{one}" for one in who]),
            "ts": pa.array([MIDNIGHT + timedelta(seconds=int(one)) for one in seconds]),
            "event": pa.array([event] * len(who)),
            "arm": pa.array([None] * len(who) if arms is None else arms.tolist(), pa.string()),
        }
    )
