"""How often intervals over strata, users and adjusted means hold the truth, by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.covariate_adjustment import cuped
from abmicro.stats.means.delta_method import clustered_difference, naive_score_test
from abmicro.stats.means.welch import welch_difference
from abmicro.stats.stratified.allocation import same_shares
from abmicro.stats.stratified.difference_score import (
    by_share,
    by_size,
    by_variance,
    stratified_difference,
)
from abmicro.stats.stratified.mantel_haenszel import mantel_haenszel_difference

RUNS = 20_000

MANY_SMALL = np.full(20, 50), np.full(20, 45)
UNEVEN = np.array([9000, 500, 90]), np.array([1000, 60, 10])
FEW_LARGE = np.array([5000, 2000]), np.array([5000, 2100])


def drawn(seed: int, sizes: tuple[Any, Any], base: Any, effect: float) -> tuple[Binomial, Binomial]:
    rng = np.random.default_rng(seed)
    rates = base + effect, base
    arms = (
        Binomial(rng.binomial(n, rate, (RUNS, n.size)), n)
        for n, rate in zip(sizes, rates, strict=True)
    )
    treated, control = arms
    return treated, control


@pytest.mark.slow
@pytest.mark.parametrize("weigh", [by_size, by_share, by_variance])
@pytest.mark.parametrize("sizes", [MANY_SMALL, UNEVEN, FEW_LARGE], ids=["small", "uneven", "large"])
@pytest.mark.parametrize("effect", [0.0, 0.02])
def test_the_stratified_score_interval_covers_as_it_says(
    weigh: Any, sizes: tuple[Any, Any], effect: float
) -> None:
    base = np.linspace(0.01, 0.08, sizes[0].size)
    found = stratified_difference(*drawn(7, sizes, base, effect), weigh=weigh)
    assert 0.935 < ((found.low <= effect) & (effect <= found.high)).mean() < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [MANY_SMALL, FEW_LARGE], ids=["small", "large"])
def test_the_mantel_haenszel_interval_covers_as_it_says(sizes: tuple[Any, Any]) -> None:
    base = np.linspace(0.01, 0.08, sizes[0].size)
    found = mantel_haenszel_difference(*drawn(8, sizes, base, 0.02))
    assert 0.94 < ((found.low <= 0.02) & (found.high >= 0.02)).mean() < 0.96


def users(rng: np.random.Generator, units: int) -> PairMoments:
    """Users with one to nine sessions, each user with a rate of its own."""
    sessions = rng.integers(1, 10, (RUNS // 4, units))
    own = rng.beta(0.5, 9.5, sessions.shape)
    return PairMoments.of(rng.binomial(sessions, own), sessions)


@pytest.mark.slow
def test_users_not_sessions_keep_the_error_rate() -> None:
    rng = np.random.default_rng(9)
    treated, control = users(rng, 300), users(rng, 200)
    assert 0.04 < (clustered_difference(treated, control).p < 0.05).mean() < 0.06
    assert (naive_score_test(treated, control).p < 0.05).mean() > 0.09


@pytest.mark.slow
def test_cuped_keeps_the_error_rate_with_values_that_are_mostly_zero() -> None:
    rng = np.random.default_rng(10)

    def arm(units: int) -> PairMoments:
        before = rng.exponential(1, (RUNS // 4, units)) * (rng.random((RUNS // 4, units)) < 0.2)
        after = before * rng.exponential(1, before.shape)
        return PairMoments.of(after, before)

    adjusted = cuped(arm(400), arm(500))
    assert 0.04 < (welch_difference(adjusted.treated, adjusted.control).p < 0.05).mean() < 0.06


@pytest.mark.slow
@pytest.mark.parametrize("uneven", [False, True])
def test_many_small_strata_are_doubted_as_rarely_as_stated(uneven: bool) -> None:
    """300 of 20 units at 99 to 1; unmerged, 0.3 % of such tables, of uneven strata 10 %."""
    rng = np.random.default_rng(31)
    sizes = rng.geometric(1 / 20, (RUNS, 300)) if uneven else np.full((RUNS, 300), 20)
    treated = rng.binomial(sizes, 0.01)
    assert np.mean(same_shares(np.stack([sizes - treated, treated], axis=-2)) < 0.001) < 0.0025
