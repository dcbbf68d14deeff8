"""A shop that plans a test, and its past."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from abmicro import Experiment, JointCounts

ARMS = ("control", "sticky")
START = date(2026, 10, 5)  # a Monday
GOALS: dict[str, dict[str, Any]] = {
    "cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.1},
    "order": {"kind": "macro", "baseline": 0.03, "mde": 0.05},
}


def shop(**keys: Any) -> Experiment:
    """An experiment with two arms, a milestone, a macro goal and 900 units a day."""
    usual = {
        "name": "Sticky button",
        "variants": list(ARMS),
        "goals": GOALS,
        "plan": {"traffic": "900/day"},
    }
    return Experiment(**usual | keys)


def past(by_day: list[tuple[int, int, int]]) -> JointCounts:
    """Units, carts and orders of new units on every day, the same in both arms."""
    rows = []
    for at, (units, carts, orders) in enumerate(by_day):
        day = (START + timedelta(days=at)).isoformat()
        for arm in ARMS:
            rows += [
                (arm, day, 0, 0, units - carts),
                (arm, day, 1, 0, carts - orders),
                (arm, day, 1, 1, orders),
            ]
    header = ("variant", "period", "goal__cart", "goal__order", "units")
    return JointCounts.from_rows(header, rows, variants=ARMS)


@pytest.fixture
def returning() -> JointCounts:
    """Two weeks of a shop whose customers come back: ever fewer units are new."""
    return past([(1000 - 50 * day, 120, 30) for day in range(14)])
