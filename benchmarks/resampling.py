"""Ten thousand draws of 5 goals in 2 arms, from the joint table and from rows.

abmicro redraws cells, so that its time depends on their number and not on the traffic; all 5 goals
come from the same draws. scipy.stats.bootstrap redraws the rows of one goal, in two samples of
booleans; it is left out where that takes minutes. Draws alone is what the bar is
about: 50 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats

from abmicro.stats.foundations.resampling import (
    bca,
    bootstrap_counts,
    percentile,
    permutation_test,
    reached,
)
from benchmarks.measure import markdown, milliseconds

ROUNDS = 15
DRAWS = 10_000
GOALS = 5
CASES = [(1_000, 6), (10_000, 12), (1_000_000, 12), (1_000_000, 32)]  # units per arm, cells
ROWS_UP_TO = 10_000


def tasks(units: int, cells: int) -> dict[str, Callable[[], object]]:
    """What is measured, on one random table."""
    rng = np.random.default_rng(1)
    bits = rng.permutation(2**GOALS)[:cells]
    patterns = (bits[:, None] >> np.arange(GOALS)) & 1
    counts = rng.multinomial(units, rng.dirichlet(np.full(cells, 0.5)), size=2)

    def difference(table: np.ndarray) -> np.ndarray:
        rates = reached(table, patterns) / table.sum(axis=-1, keepdims=True)
        return rates[..., 1, :] - rates[..., 0, :]

    alternatives: dict[str, Callable[[], object]] = {
        "draws alone": partial(bootstrap_counts, counts, rng=rng, draws=DRAWS),
        "percentile": partial(percentile, counts, difference, rng=rng, draws=DRAWS),
        "BCa": partial(bca, counts, difference, rng=rng, draws=DRAWS),
        "permutation": partial(permutation_test, counts, difference, rng=rng, draws=DRAWS),
    }
    if units <= ROWS_UP_TO:
        rows = [np.repeat(patterns[:, 0], arm) for arm in counts]
        alternatives["scipy percentile, one goal"] = partial(
            stats.bootstrap,
            rows,
            lambda control, treated, axis: treated.mean(axis=axis) - control.mean(axis=axis),
            n_resamples=DRAWS,
            method="percentile",
            batch=100,
            rng=rng,
        )
    return alternatives


def table() -> str:
    """The measurement as a Markdown table."""
    head = ("draws alone", "percentile", "BCa", "permutation", "scipy percentile, one goal")
    rows = []
    for units, cells in CASES:
        took = milliseconds(tasks(units, cells), ROUNDS)
        texts = [f"{took[name]:.0f} ms" if name in took else "" for name in head]
        rows.append((f"{units:,} units per arm, {cells} cells", *texts))
    return markdown(("", *head), rows)


if __name__ == "__main__":
    print(table())
