"""Real analyses of counts by entry day, for the sections that made ones lack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np

from abmicro import Analysis, Experiment, JointCounts, analyze

START = date(2026, 10, 5)


@cache
def analysis(
    *,
    goals: int = 3,
    arms: int = 3,
    days: int = 14,
    segments: tuple[str, ...] = ("device",),
    units: int = 20_000,
    lift: float = 0.04,
    mde: float | None = 0.05,
    names: tuple[str, ...] = (),
) -> Analysis:
    """A funnel in which every arm lifts the first step by `lift` more than the one before.

    units: of each arm. segments: of three levels each, in six cells. names: of the goals.
    """
    experiment = _experiment(goals, arms, segments, mde, names)
    rng = np.random.default_rng(1)
    cells = [tuple(f"level {(at + k) % 3}" for k, _ in enumerate(segments)) for at in range(6)]
    rows = [
        (variant.name, *cell, str(START + timedelta(days=day)), *pattern, int(count))
        for at, variant in enumerate(experiment.variants)
        for day in range(days)
        for cell in dict.fromkeys(cells)
        for pattern, count in _patterns(
            rng, rng.poisson(units / days / len(set(cells))), 0.4 * (1 + lift * at), goals
        )
    ]
    labels = (*(f"segment__{name}" for name in segments), "period")
    header = ("variant", *labels, *(f"goal__{goal.name}" for goal in experiment.goals), "units")
    arms_in_order = [variant.name for variant in experiment.variants]
    return analyze(experiment, JointCounts.from_rows(header, rows, variants=arms_in_order))


@cache
def large() -> Analysis:
    """Eight goals, three arms, four segments, four weeks."""
    return analysis(goals=8, days=28, segments=("device", "source", "country", "customer"))


@cache
def flat() -> Analysis:
    """Nothing moves, and a lift worth having would have shown."""
    return analysis(lift=0.0, units=400_000, segments=())


def _experiment(
    goals: int, arms: int, segments: Sequence[str], mde: float | None, names: Sequence[str]
) -> Experiment:
    steps = tuple(names) or (*(f"step_{at}" for at in range(goals - 1)), "order")
    plan = {} if mde is None else {"mde": mde}
    return Experiment(
        name="Built from days",
        variants=("control", *(f"variant {letter}" for letter in "BCDEFG"[: arms - 1])),
        goals={
            name: {"kind": "macro" if at == goals - 1 else "milestone", **plan}
            for at, name in enumerate(steps)
        },
        segments={name: name for name in segments},
    )


def _patterns(
    rng: np.random.Generator, units: int, first: float, goals: int
) -> list[tuple[tuple[int, ...], int]]:
    """Units by how far they came."""
    reached = [units]
    for step in range(goals):
        reached.append(rng.binomial(reached[-1], 0.6 if step else first))
    left = -np.diff([*reached, 0])
    found = [((1,) * k + (0,) * (goals - k), int(count)) for k, count in enumerate(left)]
    return [(pattern, count) for pattern, count in found if count]
