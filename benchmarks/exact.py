"""Exact tests of two rates, beside scipy.

Boschloo's test is two-sided, twice the smaller side, Barnard's with pooled z; scipy keeps its
defaults. The columns "v scipy" tell how many times quicker abmicro is; at 2,000 units per arm scipy
is left out. `compare` is the automatic choice with both intervals, for tables that expect fewer
than five conversions in an arm, one of them with arms of a billion units. "in a batch" are 10,000
distinct tables of 5 to 60 units per arm in one call. The last column is the
largest relative distance of scipy's p-values from ours; scipy's Barnard drops tied tables.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import stats

from abmicro.stats.exact.automatic import compare
from abmicro.stats.exact.barnard_boschloo import barnard, boschloo
from abmicro.stats.exact.fisher_tests import fisher, fisher_midp
from abmicro.stats.foundations.binomial import Binomial
from benchmarks.measure import markdown, milliseconds

CASES = {  # units per arm: conversions of treated and control
    10: (9, 3),
    50: (20, 10),
    200: (32, 20),
    1_000: (80, 50),
    2_000: (140, 100),
}
ROUNDS = {10: 21, 50: 21, 200: 7, 1_000: 1, 2_000: 5}
SCIPY_UP_TO = 1_000
RARE = [(9, 100, 1, 100), (8, 1_000, 0, 1_000), (9, 10**6, 0, 10**6), (9, 10**9, 0, 10**9)]
BATCH = 10_000
RNG = np.random.default_rng(5)
TESTS = ("Fisher", "Barnard", "Boschloo")


def tasks(units: int) -> dict[str, Callable[[], object]]:
    """Every test of one table, ours and theirs."""
    treated, control = CASES[units]
    arms = Binomial(treated, units), Binomial(control, units)
    ours = {
        "Fisher": partial(fisher, *arms),
        "mid-P": partial(fisher_midp, *arms),
        "Barnard": partial(barnard, *arms),
        "Boschloo": partial(boschloo, *arms),
    }
    if units > SCIPY_UP_TO:
        return ours
    rows = [[treated, control], [units - treated, units - control]]
    theirs = (stats.fisher_exact, stats.barnard_exact, stats.boschloo_exact)
    return ours | {
        f"scipy {name}": partial(test, rows) for name, test in zip(TESTS, theirs, strict=True)
    }


def in_a_batch() -> list[list[str]]:
    """Microseconds of every test per table of many."""
    units = RNG.integers(5, 60, (2, BATCH))
    treated, control = (
        Binomial(RNG.binomial(n, rate), n) for n, rate in zip(units, (0.3, 0.2), strict=True)
    )
    tests = {"Fisher": fisher, "mid-P": fisher_midp, "Barnard": barnard, "Boschloo": boschloo}
    batches = {name: partial(test, treated, control) for name, test in tests.items()}
    return [[name, f"{1000 * time / BATCH:.3g}"] for name, time in milliseconds(batches, 3).items()]


def distance(done: dict[str, Callable[[], object]]) -> float:
    """The largest relative distance of scipy's p-values from ours."""
    pairs = [(done[f"scipy {name}"](), done[name]()) for name in TESTS]
    return max(abs(theirs.pvalue / float(ours) - 1) for theirs, ours in pairs)


def table() -> str:
    """The measurement as two Markdown tables."""
    rows = []
    for units in CASES:
        done = tasks(units)
        for task in list(done.values())[:4]:
            task()
        times = milliseconds(done, ROUNDS[units])
        cells = [f"{times[name]:.3g}" for name in ("Fisher", "mid-P", "Barnard", "Boschloo")]
        if units <= SCIPY_UP_TO:
            cells += [f"{times[f'scipy {name}'] / times[name]:.3g}x" for name in TESTS]
            cells += [f"{distance(done):.1g}" if units < SCIPY_UP_TO else ""]
        rows.append([f"{units:,} per arm", *cells, *[""] * (8 - len(cells))])
    head = ["ms", "Fisher", "mid-P", "Barnard", "Boschloo", *(f"{t} v scipy" for t in TESTS), "p"]
    rare = {
        f"{xt} of {nt:,} v {xc} of {nc:,}": partial(compare, Binomial(xt, nt), Binomial(xc, nc))
        for xt, nt, xc, nc in RARE
    }
    lines = [[name, f"{time:.3g}"] for name, time in milliseconds(rare, 11).items()]
    batches = markdown(["in a batch", "µs"], in_a_batch())
    return "\n\n".join([markdown(head, rows), batches, markdown(["compare", "ms"], lines)])


if __name__ == "__main__":
    print(table())
