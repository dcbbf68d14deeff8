"""Made tests, and a folder of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

import abmicro as ab
from abmicro.history import History, PastTest, finished_test

GOALS = {
    "cart": {"kind": "milestone", "event": "add_to_cart", "window": "7d"},
    "order": {"kind": "macro", "event": "purchase", "window": "7d"},
}


def experiment(key: str, arms: tuple[str, ...] = ("control", "new"), **keys: Any) -> ab.Experiment:
    """A test that ended long ago."""
    given = {"start": "2025-03-03", "end": "2025-03-17", "goals": GOALS} | keys
    return ab.Experiment(name=f"Test {key}", key=key, variants=arms, **given)


def counts(rng: np.random.Generator, arms: tuple[str, ...] = ("control", "new"), units: int = 5000):
    """Units of a path without any effect."""
    carts = rng.binomial(units, 0.12, len(arms))
    orders = rng.binomial(carts, 0.25)
    rows = [[units, cart, order] for cart, order in zip(carts, orders, strict=True)]
    return ab.JointCounts.of_path(arms, ("cart", "order"), rows)


def past(
    key: str, seed: int = 0, arms: tuple[str, ...] = ("control", "new"), **keys: Any
) -> PastTest:
    """A finished test as a history keeps it."""
    return _plain(key, seed, arms) if not keys else _past(key, seed, arms, **keys)


@cache
def _plain(key: str, seed: int, arms: tuple[str, ...]) -> PastTest:
    return _past(key, seed, arms)


def _past(key: str, seed: int, arms: tuple[str, ...], **keys: Any) -> PastTest:
    meant, counted = experiment(key, arms, **keys), counts(np.random.default_rng(seed), arms)
    return finished_test(ab.analyze(meant, counted), counted)


def history(tests: int, **keys: Any) -> History:
    """A history of so many tests in memory."""
    return History(tuple(past(f"t{at}", at) for at in range(tests)), **keys)
