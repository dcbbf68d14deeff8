"""What `analyze` costs once the counts are there, from a usual test to a very large one.

Computation only, in one process after imports. A third of it goes into posteriors; traffic costs
nothing. Equal pairs of counts, of which segments of equal sizes have many, are reckoned once. The
random tables have a funnel of four steps and actions beside it.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from abmicro import Experiment, JointCounts, analyze
from benchmarks.measure import markdown, milliseconds

ROUNDS = 31
STEPS = ("view", "cart", "checkout", "purchase")
USUAL, LARGE = (2, 4, 1), (5, 40, 16)
"""How many variants, segment levels, and actions beside the funnel."""

CASES = (
    (*USUAL, 1_000, 20),
    (*USUAL, 1_000_000, 20),
    (*USUAL, 1_000_000_000, 20),
    (*LARGE, 1_000, 500),
    (*LARGE, 1_000_000, 500),
)
"""The same, units of each variant and level, and the bar in milliseconds."""


def case(variants: int, levels: int, actions: int, units: int) -> tuple[Experiment, JointCounts]:
    """An experiment with so many units in each variant and level; none does two of the actions."""
    arms = tuple(f"variant {at}" for at in range(variants))
    done = tuple(f"action_{at}" for at in range(actions))
    kinds = dict.fromkeys(STEPS[:-1], "milestone") | {STEPS[-1]: "macro"}
    goals = kinds | dict.fromkeys(done, "action")
    experiment = Experiment(
        name="Benchmark",
        variants=arms,
        goals={goal: {"kind": kind} for goal, kind in goals.items()},
        segments={"device": "device"},
    )
    rng = np.random.default_rng(1)
    nested = [(1,) * depth + (0,) * (4 - depth) for depth in range(5)]
    beside = [(0,) * actions, *np.eye(actions, dtype=int).tolist()]
    patterns = [(*steps, *acts) for steps, acts in product(nested, beside)]
    shares = np.outer([0.3, 0.3, 0.2, 0.12, 0.08], [0.9, *[0.1 / actions] * actions]).ravel()
    rows = [
        (arm, f"device {level}", *pattern, int(count))
        for arm, level in product(arms, range(levels))
        for pattern, count in zip(patterns, rng.multinomial(units, shares), strict=True)
    ]
    header = ("variant", "segment__device", *(f"goal__{goal}" for goal in goals), "units")
    return experiment, JointCounts.from_rows(header, rows)


def table() -> str:
    """The measurement as a Markdown table."""
    cases = {(*shape, units): case(*shape, units) for *shape, units, _ in CASES}
    for experiment, counts in cases.values():
        analyze(experiment, counts)  # imports what is imported when first used
    tasks = {str(key): (lambda one=one: analyze(*one)) for key, one in cases.items()}
    took = milliseconds(tasks, ROUNDS)
    rows = (
        (f"{len(STEPS) + actions} goals, {variants} variants, {levels} segment levels",
         f"{variants * levels * units:,}",
         f"{took[str((variants, levels, actions, units))]:.1f} ms", f"{bar} ms")
        for variants, levels, actions, units, bar in CASES
    )  # fmt: skip
    return markdown(("test", "units", "analyze", "bar"), rows, names=2)


if __name__ == "__main__":
    print(table())
