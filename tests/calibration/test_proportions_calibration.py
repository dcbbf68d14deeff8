"""What the default intervals and tests of two rates promise, by enumeration of every table.

Bounds: coverage of nominal 95 % intervals is between 0.945 and 0.960 on average and above 0.93
everywhere, wherever each arm expects at least three units to reach the goal and three not to.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.binomial_distribution import half_width, windows
from abmicro.stats.proportions.miettinen_nurminen import difference, lift, score_test
from abmicro.stats.proportions.one_sample import wilson

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]

SIZES = [
    (20, 20), (50, 50), (100, 100), (200, 200), (500, 500), (1000, 1000), (5000, 5000),
    (20, 80), (80, 20), (100, 400), (400, 100), (2000, 8000), (8000, 2000),
    (10, 90), (90, 10), (100, 900), (900, 100), (1000, 9000), (100, 9900), (9900, 100),
]  # fmt: skip
RATES = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.98]
LIFTS = [-0.5, -0.2, 0.0, 0.1, 0.5, 1.0]


def likely(trials: int, rate: float) -> tuple[Floats, Floats]:
    """The counts that have any chance, and their probabilities."""
    half = min(half_width(float(np.sqrt(trials * rate * (1 - rate)))), trials)
    first, law = windows(trials, np.array([rate]), half)
    counts = first[0] + np.arange(law.shape[1])
    inside = (counts >= 0) & (counts <= trials)
    return counts[inside], law[0][inside]


def tables(sizes: tuple[int, int], rates: tuple[float, float]) -> tuple[Binomial, Binomial, Floats]:
    """Treated counts down, control counts across, and the probability of each pair."""
    (xt, pt), (xc, pc) = (likely(n, rate) for n, rate in zip(sizes, rates, strict=True))
    return Binomial(xt[:, None], sizes[0]), Binomial(xc, sizes[1]), pt[:, None] * pc


def truths(sizes: tuple[int, int]) -> Iterator[tuple[float, float]]:
    for control in RATES:
        for effect in LIFTS:
            treated = control * (1 + effect)
            rates = np.array([treated, control])
            if np.all(np.array(sizes) * np.minimum(rates, 1 - rates) >= 3):
                yield treated, control


def coverage(effect: Effect, truth: float, weight: Floats) -> float:
    holds = (effect.low <= truth + 1e-12) & (truth - 1e-12 <= effect.high)
    return float((weight * holds).sum())


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_default_intervals_cover_what_they_say(sizes: tuple[int, int]) -> None:
    shares = []
    for treated, control in truths(sizes):
        *arms, weight = tables(sizes, (treated, control))
        shares.append(coverage(difference(*arms), treated - control, weight))
        shares.append(coverage(lift(*arms), treated / control - 1, weight))
    assert 0.945 < np.mean(shares) < 0.960
    assert min(shares) > 0.93


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_default_test_finds_nothing_where_nothing_is(sizes: tuple[int, int]) -> None:
    shares = []
    for rate in RATES:
        if min(sizes) * min(rate, 1 - rate) >= 3:
            *arms, weight = tables(sizes, (rate, rate))
            shares.append((weight * (score_test(*arms).p < 0.05)).sum())
    assert np.mean(shares) < 0.055
    assert max(shares) < 0.07


@pytest.mark.parametrize("units", [50, 100, 1000, 10_000, 1_000_000])
def test_the_default_interval_of_one_rate_covers_what_it_says(units: int) -> None:
    shares = []
    for rate in RATES:
        if units * min(rate, 1 - rate) >= 3:
            counts, weight = likely(units, rate)
            shares.append(coverage(wilson(Binomial(counts, units)), rate, weight))
    assert 0.94 < np.mean(shares) < 0.96
    assert min(shares) > 0.93
