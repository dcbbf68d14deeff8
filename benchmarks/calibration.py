"""Do the defaults keep their promise? Coverage and type I error over a grid, peers beside.

`python -m benchmarks.calibration` rewrites calibration.md. A cell is a total of units, a split, a
control rate and a lift of 0 or 20 %; those in which an arm expects fewer than three units that
reach the goal or fewer than three that do not are left out. abmicro and statsmodels are computed
on every table that has any chance, weighted by its probability, so that their figures are exact;
tea-tasting, which takes one table at a time, on a fixed draw of 1,000 tables per cell: its single
figures are uncertain by 0.007, so that its extremes look a little worse than they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats import proportion as statsmodels
from tea_tasting import Mean
from tea_tasting.aggr import Aggregates

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics import binomial_distribution
from abmicro.stats.proportions.miettinen_nurminen import difference, lift, score_test
from abmicro.stats.proportions.one_sample import wilson
from benchmarks import (
    amount_calibration,
    carry_calibration,
    checks_calibration,
    looks_calibration,
    verdict_calibration,
)
from benchmarks.measure import markdown

Floats = NDArray[np.float64]

TOTALS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
SHARES = (0.5, 0.8, 0.9, 0.99)  # of control
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
LIFTS = (0.0, 0.2)
FEWEST = 3.0
DRAWS = 1_000
NEAR = 1e-12  # an end this close to the truth holds it


class Cell(NamedTuple):
    """Units and rate of treated and control."""

    nt: int
    nc: int
    treated: float
    control: float


class Tables(NamedTuple):
    """Conversions of treated (down) and control (across), and the probability of each pair."""

    treated: Binomial
    control: Binomial
    weight: Floats


def cells(total: int, share: float) -> Iterator[Cell]:
    nc = round(total * share)
    for control, effect in product(RATES, LIFTS):
        treated = control * (1 + effect)
        cell = Cell(total - nc, nc, treated, control)
        expected = [n * min(p, 1 - p) for n, p in ((cell.nt, treated), (cell.nc, control))]
        if min(expected) >= FEWEST:
            yield cell


def likely(n: int, rate: float) -> tuple[Floats, Floats]:
    """The counts that have any chance, and their probabilities."""
    half = min(binomial_distribution.half_width(float(np.sqrt(n * rate * (1 - rate)))), n)
    first, law = binomial_distribution.windows(n, np.array([rate]), half)
    counts = first[0] + np.arange(law.shape[1])
    inside = (counts >= 0) & (counts <= n)
    return counts[inside], law[0][inside]


def tables(cell: Cell) -> Tables:
    (xt, pt), (xc, pc) = likely(cell.nt, cell.treated), likely(cell.nc, cell.control)
    return Tables(Binomial(xt[:, None], cell.nt), Binomial(xc, cell.nc), pt[:, None] * pc)


def covered(low: Floats, high: Floats, truth: float, weight: Floats) -> float:
    """Probability that the interval holds the truth; an interval that is NaN does not."""
    return float((weight * ((low <= truth + NEAR) & (truth - NEAR <= high))).sum())


def shares(cell: Cell) -> dict[str, float]:
    """By method the coverage of a cell, and where the rates are equal how often a test rejects."""
    found = tables(cell)
    apart, ratio = cell.treated - cell.control, cell.treated / cell.control
    counts = (*np.broadcast_arrays(found.treated.reached, cell.nt),
              *np.broadcast_arrays(found.control.reached, cell.nc))  # fmt: skip
    own = difference(found.treated, found.control), lift(found.treated, found.control)
    theirs = [statsmodels.confint_proportions_2indep(*counts, compare=c) for c in ("diff", "ratio")]
    result = {
        "difference": covered(*own[0][1:], apart, found.weight),
        "lift": covered(*own[1][1:], ratio - 1, found.weight),
        "difference statsmodels": covered(*theirs[0], apart, found.weight),
        "lift statsmodels": covered(*theirs[1], ratio, found.weight),
        **drawn(cell),
    }
    if apart == 0:
        p = statsmodels.test_proportions_2indep(*counts).pvalue
        result["test"] = float((found.weight * (score_test(*found[:2]).p < 0.05)).sum())
        result["test statsmodels"] = float((found.weight * (p < 0.05)).sum())
    return result


def drawn(cell: Cell) -> dict[str, float]:
    """The same of tea-tasting's Mean of a column of zeros and ones."""
    rng = np.random.default_rng(3)
    pairs = zip(
        rng.binomial(cell.nt, cell.treated, DRAWS).tolist(),
        rng.binomial(cell.nc, cell.control, DRAWS).tolist(),
        strict=True,
    )
    known: dict[tuple[int, int], tuple[bool, bool, bool]] = {}
    for pair in (every := list(pairs)):
        if pair not in known:
            known[pair] = told(cell, *pair)
    means = np.mean([known[pair] for pair in every], axis=0)
    names = "difference tea-tasting", "lift tea-tasting", "test tea-tasting"
    return dict(zip(names, means.tolist(), strict=True))


def told(cell: Cell, xt: int, xc: int) -> tuple[bool, bool, bool]:
    """Whether its intervals hold the truth, and whether its test rejects."""
    found = Mean("y").analyze_aggregates(aggregates(xc, cell.nc), aggregates(xt, cell.nt))
    apart = cell.treated - cell.control
    ratio = cell.treated / cell.control - 1
    return (
        found.effect_size_ci_lower <= apart <= found.effect_size_ci_upper,
        found.rel_effect_size_ci_lower <= ratio <= found.rel_effect_size_ci_upper,
        found.pvalue < 0.05,
    )


def aggregates(x: int, n: int) -> Aggregates:
    return Aggregates(count_=n, mean_={"y": x / n}, var_={"y": x / n * (n - x) / (n - 1)}, cov_={})


Summary = Callable[[list[float]], str]


def coverage(values: list[float]) -> str:
    return f"{np.mean(values):.3f} / {np.min(values):.3f}"


def errors(values: list[float]) -> str:
    return f"{np.mean(values):.3f} / {np.max(values):.3f}"


def grid() -> dict[tuple[int, float], list[dict[str, float]]]:
    found = {
        (total, share): [shares(cell) for cell in cells(total, share)]
        for total, share in product(TOTALS, SHARES)
    }
    return {place: each for place, each in found.items() if each}


def two_rates(found: dict[tuple[int, float], list[dict[str, float]]], name: str) -> str:
    peers = (name, f"{name} statsmodels", f"{name} tea-tasting")
    summary = errors if name == "test" else coverage
    rows = []
    every = [one for each in found.values() for one in each]
    for place, each in [*found.items(), (None, every)]:
        kept = [one for one in each if name in one]
        text = "all" if place is None else f"{place[0]:,} at {100 * (1 - place[1]):.0f} %"
        rows.append((text, str(len(kept)), *(summary([one[p] for one in kept]) for p in peers)))
    return markdown(("units, treated", "cells", "abmicro", "statsmodels", "tea-tasting"), rows)


def one_rate() -> str:
    rows = []
    every: tuple[list[float], list[float]] = ([], [])
    for n in TOTALS:
        here: tuple[list[float], list[float]] = ([], [])
        for rate in RATES:
            if n * rate < FEWEST:
                continue
            x, weight = likely(n, rate)
            here[0].append(covered(*wilson(Binomial(x, n))[1:], rate, weight))
            here[1].append(covered(*statsmodels.proportion_confint(x, n), rate, weight))
        rows.append((f"{n:,}", str(len(here[0])), coverage(here[0]), coverage(here[1])))
        every[0].extend(here[0])
        every[1].extend(here[1])
    rows.append(("all", str(len(every[0])), coverage(every[0]), coverage(every[1])))
    return markdown(("units", "cells", "abmicro", "statsmodels"), rows)


def page() -> str:
    found = grid()
    made = ", ".join(
        f"{name} {version(name)}"
        for name in ("abmicro", "statsmodels", "tea-tasting", "numpy", "scipy")
    )
    parts = (
        "# Calibration",
        " ".join(str(__doc__).split("\n\n")[1].split()),
        "Every program is asked for its default at 95 %: abmicro `difference`, `lift` and "
        "`score_test`; statsmodels `confint_proportions_2indep` and `test_proportions_2indep`; "
        "tea-tasting `Mean`.",
        "## Difference: coverage, mean / least",
        two_rates(found, "difference"),
        "## Lift: coverage, mean / least",
        two_rates(found, "lift"),
        "## Test at 5 % where the rates are equal: type I error, mean / greatest",
        two_rates(found, "test"),
        "## One rate: coverage, mean / least",
        "abmicro `wilson`, statsmodels `proportion_confint`.",
        one_rate(),
        made,
    )
    others = (
        *(checks_calibration, amount_calibration, carry_calibration),
        *(looks_calibration, verdict_calibration),
    )
    return "\n\n".join((*parts, *(other.page() for other in others)))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # statsmodels' and tea-tasting's, at counts of zero
    text = page()
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
