"""Histories with made tests of a path and of an action beside it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

import abmicro as ab
from abmicro.history import HistorySettings, PastTest
from abmicro.history.past_test import counts_hash

PATH = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
FIRST = date(2024, 1, 8)


def past_test(
    at: int, rows: list[list[int]], *, shipped: str | None = None, **keys: Any
) -> PastTest:
    """A finished test without its verdict: rows of units, carts and orders, the control first."""
    arms = ("control", "B", "C", "D")[: len(rows)]
    start = FIRST + timedelta(days=3 * at)
    given = {"start": start, "end": start + timedelta(weeks=2), "goals": PATH} | keys
    meant = ab.Experiment(name=f"Test {at}", key=f"t{at:03}", variants=arms, **given)
    counts = ab.JointCounts.of_path(arms, ("cart", "order"), rows)
    sha = counts_hash(counts)
    return PastTest(meant, counts, start, ab.__version__, "-", sha, shipped=shipped)


def drawn(
    tests: int,
    *,
    seed: int = 1,
    units: int = 20_000,
    lift_sd: float = 0.05,
    slope: float = 0.7,
    around_sd: float = 0.03,
    arms: int = 2,
    **keys: Any,
) -> tuple[PastTest, ...]:
    """Tests of changes with lifts of these laws; carts are 12 %, orders 3 %."""
    rng, found = np.random.default_rng(seed), []
    for at in range(tests):
        rows = []
        for arm in range(arms):
            micro = rng.normal(0, lift_sd) if arm else 0.0
            macro = slope * micro + rng.normal(0, around_sd) if arm else 0.0
            cart = rng.binomial(units, 0.12 * np.exp(micro))
            order = rng.binomial(cart, 0.25 * np.exp(macro - micro))
            rows.append([units, int(cart), int(order)])
        found.append(past_test(at, rows, **keys))
    return tuple(found)


def history(tests: tuple[PastTest, ...], **settings: Any) -> ab.History:
    """A history in memory."""
    return ab.History(tests, HistorySettings(**settings))
