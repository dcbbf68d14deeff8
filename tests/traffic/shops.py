"""Shops of known truth: sources, devices, days of entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from abmicro import Experiment, JointCounts

START = date(2026, 9, 21)
"""A Monday."""
WEEKDAYS = (1.1, 1.15, 1.05, 1.0, 0.9, 0.75, 0.95)
SOURCES = {
    "Search": (350, 0.15, 0.11),
    "Ads": (250, 0.12, 0.11),
    "Partner X": (60, 0.31, 0.004),
}
"""Visitors of a usual day, baskets of them, orders of those."""
GOALS = {"cart": {"kind": "milestone", "label": "baskets"}, "order": {"kind": "macro"}}


def shop(name: str = "Shop", **more: object) -> Experiment:
    return Experiment(
        name=name,
        variants=["everybody"],
        goals=GOALS,
        segments=["source", "device"],
        **more,
    )


def days(
    rng: np.random.Generator,
    number: int = 28,
    sources: Mapping[str, tuple[float, float, float]] = SOURCES,
    dip: tuple[int, str, float] | None = None,
    start: date = START,
) -> JointCounts:
    """So many days of a shop. dip: day, device and by how much its baskets fall."""
    rows = []
    for at in range(number):
        day = start + timedelta(days=at)
        for source, (units, basket, order) in sources.items():
            for device, share in (("phone", 0.6), ("desktop", 0.4)):
                fall = dip[2] if dip is not None and dip[:2] == (at, device) else 0.0
                n = rng.poisson(units * share * WEEKDAYS[day.weekday()])
                carts = rng.binomial(n, basket * (1 - fall))
                orders = rng.binomial(carts, order)
                cells = ((0, 0, n - carts), (1, 0, carts - orders), (1, 1, orders))
                rows += [("everybody", source, device, day, *bits) for bits in cells]
    header = ("variant", "segment__source", "segment__device", "period")
    header += ("goal__cart", "goal__order", "units")
    return JointCounts.from_rows(header, rows)
