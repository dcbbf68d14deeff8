"""Small experiments and joint tables for the tests of the analysis room."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from abmicro import Analysis, DecisionSettings, Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze

CART = Goal(name="cart", kind="milestone", role="primary", mde=0.05)
ORDER = Goal(name="order", kind="macro")

Analyse = Callable[..., Analysis]


@pytest.fixture(scope="session")
def analyse() -> Analyse:
    """Analyse, once, two arms given as (units, cart, order); more fields go to the experiment."""

    @cache
    def run(
        control: tuple[int, ...],
        treated: tuple[int, ...],
        goals: tuple[Goal, ...] = (CART, ORDER),
        require: str = "macro_up",
        **fields: Any,
    ) -> Analysis:
        experiment = Experiment(
            name="made",
            variants=("control", "treated"),
            goals=goals,
            decision=DecisionSettings(require=require),
            **fields,
        )
        steps = tuple(goal.name for goal in goals)[: len(control) - 1]
        counts = JointCounts.of_path(("control", "treated"), steps, [[*control], [*treated]])
        return analyze(experiment, counts)

    return run
