"""How often the checks of units and days speak: the worlds that tests and benchmarks share.

Each figure goes through the functions that `analyze` calls, thousands of tests in one call. A test
has 28 days of entry and two arms, and nothing is wrong with it unless a name says so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.binomial_distribution import log_pmf
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.quality.outages import daily_gaps
from abmicro.stats.quality.sample_ratio_mismatch import sample_ratio, sample_ratio_over_phases
from abmicro.stats.stratified.allocation import same_shares

DAYS = 28
UNITS = 20_000  # of both arms a day
TREATED = (0.5, 0.9, 0.95, 0.1)
DAILY = (1, 3, 10, 30)  # conversions a day in the smaller arm
GAPS_AT, RATIO_AT = 0.01, 0.001
SILENT = 9

Floats = NDArray[np.float64]


def gaps(share: float, daily: float, runs: int, *, kept: float = 1.0, days: int = 1) -> float:
    """Share of tests in which `gaps` alarms; kept: what the control records on some days."""
    rng = np.random.default_rng([round(1_000 * share), round(10 * daily), days])
    units = np.array([UNITS * (1 - share), UNITS * share]).round()
    rate = daily / units.min()
    control, treated = (rng.binomial(int(n), rate, (runs, DAYS)) for n in units)
    lost = slice(SILENT, SILENT + days)
    control[:, lost] = rng.binomial(control[:, lost], kept)
    found = daily_gaps(Binomial(treated, units[1]), Binomial(control, units[0]))
    alarms = stepwise.holm(found.p) < GAPS_AT
    return float((alarms[:, lost] if kept < 1 else alarms).any(axis=-1).mean())


def ratio(units: int, share: float, groups: int = 1) -> tuple[float, float]:
    """Exact share of tests of two arms in which the sample ratio alarms, and chi-square's.

    groups: days of so many units each, the smallest p adjusted by Holm.
    """
    x = np.arange(units + 1.0)
    counts = np.stack([units - x, x], axis=-1)
    weights = np.array([1 - share, share])
    exact = sample_ratio_over_phases(counts[:, None], weights)
    chance = np.exp(log_pmf(x, np.float64(units), np.float64(share)))
    alarms = (exact, sample_ratio(counts, weights).p)
    one, other = (float(chance[p < RATIO_AT / groups].sum()) for p in alarms)
    return 1 - (1 - one) ** groups, 1 - (1 - other) ** groups


def ratio_of_several(units: int, shares: tuple[float, ...], runs: int) -> tuple[float, float]:
    """The same of more arms, by simulation."""
    drawn = np.random.default_rng(units).multinomial(units, shares, runs)
    counts, times = np.unique(drawn, axis=0, return_counts=True)
    found = (sample_ratio_over_phases(counts[:, None], shares), sample_ratio(counts, shares).p)
    ours, chi_square = (float(times[p < RATIO_AT].sum() / runs) for p in found)
    return ours, chi_square


def allocation(cells: int, size: int, share: float, runs: int, *, uneven: bool = False) -> float:
    """Share of tests in which equal shares over cells are doubted; uneven: of geometric sizes."""
    rng = np.random.default_rng([cells, size, round(1_000 * share)])
    shape = (runs, cells)
    sizes = rng.geometric(1 / size, shape) if uneven else np.full(shape, size)
    treated = rng.binomial(sizes, share)
    return float(np.mean(same_shares(np.stack([sizes - treated, treated], axis=-2)) < RATIO_AT))
