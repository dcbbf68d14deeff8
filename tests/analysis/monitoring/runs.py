"""Tests of 28 days of entry, made by binomial draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np

from abmicro.counts import JointCounts
from abmicro.experiment.model import Experiment

START = date(2026, 10, 5)


def experiment(days: int = 28, monitoring: dict[str, Any] | None = None, **more: Any) -> Experiment:
    keys: dict[str, Any] = {
        "name": "Sticky button",
        "start": START,
        "end": START + timedelta(days=days),
        "variants": ("control", "sticky"),
        "goals": {
            "cart": {"kind": "milestone", "mde": 0.05},
            "order": {"kind": "macro"},
        },
        "monitoring": monitoring or {"mode": "group_sequential", "first_look": "14d"},
    }
    return Experiment(**(keys | more))


def counts(
    rates: Sequence[tuple[float, float]],
    *,
    days: int = 28,
    units: int | Sequence[int] = 1000,
    seed: int = 1,
    variants: Sequence[str] = ("control", "sticky"),
) -> JointCounts:
    """Units by variant and day of entry. rates: of carts, and of orders among them, by variant.

    units: a day, of every variant or by variant.
    """
    daily = np.broadcast_to(units, len(variants)).tolist()
    rng = np.random.default_rng(seed)
    header = ("variant", "period", "goal__cart", "goal__order", "units", "cut_off")
    cut_off = f"{START + timedelta(days=days)}T00:00:00"
    rows = []
    arms = zip(variants, rates, daily, strict=True)
    for day, (variant, (cart, order), size) in product(range(days), arms):
        carts = int(rng.binomial(size, cart))
        orders = int(rng.binomial(carts, order))
        period = (START + timedelta(days=day)).isoformat()
        for pattern, number in (
            ((0, 0), size - carts),
            ((1, 0), carts - orders),
            ((1, 1), orders),
        ):
            rows.append((variant, period, *pattern, number, cut_off))
    return JointCounts.from_rows(header, rows)
