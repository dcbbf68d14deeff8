"""What `analyze` costs once the counts are there: 5 goals x 2 arms x 4 segment levels.

Computation only, in one process after imports. Most of it goes into the posteriors of the rates,
whose tails take a little longer the more units were counted. The random table has a funnel of four
steps and an action beside it.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from abmicro import Experiment, JointCounts, analyze
from benchmarks.measure import markdown, milliseconds

ROUNDS = 31
BAR = 30
GOALS = ("view", "cart", "checkout", "purchase", "signup")
DEVICES = ("desktop", "mobile", "tablet", "tv")


def case(units: int) -> tuple[Experiment, JointCounts]:
    """An experiment with so many units in each arm and device."""
    kinds = ("milestone", "milestone", "milestone", "macro", "action")
    experiment = Experiment(
        name="Benchmark",
        variants=("control", "sticky"),
        goals={goal: {"kind": kind} for goal, kind in zip(GOALS, kinds, strict=True)},
        segments={"device": "device"},
    )
    rng = np.random.default_rng(1)
    nested = [(1,) * depth + (0,) * (4 - depth) for depth in range(5)]
    patterns = [(*steps, signup) for steps in nested for signup in (0, 1)]
    shares = np.outer([0.3, 0.3, 0.2, 0.12, 0.08], [0.9, 0.1]).ravel()
    rows = [
        (variant, device, *pattern, int(count))
        for variant, device in product(("control", "sticky"), DEVICES)
        for pattern, count in zip(patterns, rng.multinomial(units, shares), strict=True)
    ]
    header = ("variant", "segment__device", *(f"goal__{goal}" for goal in GOALS), "units")
    return experiment, JointCounts.from_rows(header, rows)


def table() -> str:
    """The measurement as a Markdown table."""
    cases = {units: case(units) for units in (1_000, 1_000_000, 1_000_000_000)}
    for experiment, counts in cases.values():
        analyze(experiment, counts)  # imports what is imported when first used
    took = milliseconds(
        {f"{8 * units:,}": (lambda one=one: analyze(*one)) for units, one in cases.items()}, ROUNDS
    )
    rows = ((units, f"{time:.1f} ms", f"{BAR} ms") for units, time in took.items())
    return markdown(("units", "analyze", "bar"), rows)


if __name__ == "__main__":
    print(table())
