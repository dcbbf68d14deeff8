"""What the default intervals and tests of two rates promise, by enumeration of every table.

Bounds: coverage of nominal 95 % intervals is between 0.945 and 0.960 on average and above 0.93
everywhere, wherever each arm expects at least three units to reach the goal and three not to.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import betaln, xlog1py, xlogy

from abmicro.stats.binomial import Binomial
from abmicro.stats.effect import Effect
from abmicro.stats.proportions import difference, lift, score_test

pytestmark = pytest.mark.slow

SIZES = [
    (20, 20), (50, 50), (100, 100), (200, 200), (500, 500), (1000, 1000),
    (20, 80), (80, 20), (100, 400), (400, 100), (10, 90), (90, 10), (100, 900), (900, 100),
]  # fmt: skip
RATES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.98]
LIFTS = [-0.5, -0.2, 0.0, 0.1, 0.5, 1.0]


def every_table(sizes: tuple[int, int]) -> tuple[Binomial, Binomial]:
    """Treated counts down, control counts across."""
    treated, control = sizes
    return (
        Binomial(np.arange(treated + 1)[:, None], treated),
        Binomial(np.arange(control + 1), control),
    )


def probability(trials: int, rate: float) -> NDArray[np.float64]:
    """Binomial probabilities of 0..trials."""
    x = np.arange(trials + 1)
    ways = -np.log(trials + 1) - betaln(x + 1, trials - x + 1)
    return np.exp(ways + xlogy(x, rate) + xlog1py(trials - x, -rate))


def truths(sizes: tuple[int, int]) -> Iterator[tuple[float, float]]:
    for control in RATES:
        for effect in LIFTS:
            treated = control * (1 + effect)
            rates = np.array([treated, control])
            if np.all(np.array(sizes) * np.minimum(rates, 1 - rates) >= 3):
                yield treated, control


def coverage(effect: Effect, truth: float, weights: list[NDArray[np.float64]]) -> float:
    holds = (effect.low <= truth + 1e-12) & (truth - 1e-12 <= effect.high)
    return float(weights[0] @ holds @ weights[1])


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_default_intervals_cover_what_they_say(sizes: tuple[int, int]) -> None:
    tables = every_table(sizes)
    differences, lifts = difference(*tables), lift(*tables)
    shares = []
    for treated, control in truths(sizes):
        weights = [probability(sizes[0], treated), probability(sizes[1], control)]
        shares.append(coverage(differences, treated - control, weights))
        shares.append(coverage(lifts, treated / control - 1, weights))
    assert 0.945 < np.mean(shares) < 0.960
    assert min(shares) > 0.93


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_default_test_finds_nothing_where_nothing_is(sizes: tuple[int, int]) -> None:
    rejects = score_test(*every_table(sizes)).p < 0.05
    shares = [
        probability(sizes[0], rate) @ rejects @ probability(sizes[1], rate)
        for rate in RATES
        if min(sizes) * min(rate, 1 - rate) >= 3
    ]
    assert np.mean(shares) < 0.055
    assert max(shares) < 0.07
