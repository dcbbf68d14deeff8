"""How often a ramp in a season makes the default analysis see an effect that is not there."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.means.welch import Moments, post_stratified, welch_difference
from abmicro.stats.proportions.miettinen_nurminen import score_test
from abmicro.stats.quality.sample_ratio_mismatch import sample_ratio_over_phases
from abmicro.stats.stratified.difference_score import by_share, stratified_score_test
from abmicro.stats.stratified.ratio_score import stratified_lift

pytestmark = pytest.mark.slow

RUNS = 20_000
CONTROL, TREATED = np.array([54_000, 30_000]), np.array([6_000, 30_000])
SEASON = np.array([0.10, 0.16])


def within_noise(share: float, expected: float) -> bool:
    """Whether a share of the runs is within four Monte-Carlo errors of what it should be."""
    return abs(share - expected) < 4 * float(np.sqrt(expected * (1 - expected) / RUNS))


def drawn(seed: int, lift: float = 0.0, scale: int = 1) -> tuple[Binomial, Binomial]:
    """Treated and control of scenario S8, its units divided by a scale."""
    rng = np.random.default_rng(seed)
    treated, control = TREATED // scale, CONTROL // scale
    return (
        Binomial(rng.binomial(treated, SEASON * (1 + lift), (RUNS, 2)), treated),
        Binomial(rng.binomial(control, SEASON, (RUNS, 2)), control),
    )


@pytest.mark.parametrize("scale", [1, 30])
def test_under_a_ramp_in_a_season_the_test_errs_as_often_as_it_says(scale: int) -> None:
    arms = drawn(61, scale=scale)
    p = stratified_score_test(*arms, weigh=by_share).p
    assert within_noise(float(np.mean(p < 0.05)), 0.05)
    pooled = score_test(*(Binomial(arm.reached.sum(-1), arm.trials.sum(-1)) for arm in arms)).p
    assert np.mean(pooled < 0.05) > 3 * 0.05


@pytest.mark.parametrize("lift", [0.0, 0.1])
def test_the_interval_of_the_lift_within_phases_covers_as_it_says(lift: float) -> None:
    found = stratified_lift(*drawn(62, lift, scale=30), weigh=by_share)
    assert within_noise(float(np.mean((found.low <= lift) & (lift <= found.high))), 0.95)


def test_means_within_phases_err_as_often_as_they_say() -> None:
    rng = np.random.default_rng(63)
    means, arms = np.array([1.0, 2.5]), []
    for units in (np.array([60, 300]), np.array([540, 300])):
        # Totals of normal values and their squares, by their exact laws.
        total = rng.normal(units * means, np.sqrt(units), (RUNS, 2))
        squares = total**2 / units + rng.chisquare(units - 1, (RUNS, 2))
        arms.append(Moments(np.broadcast_to(units, (RUNS, 2)), total, squares))
    shares = np.array([600, 600]) / 1_200
    p = welch_difference(*(post_stratified(arm, shares) for arm in arms)).p
    assert within_noise(float(np.mean(p < 0.05)), 0.05)


def test_kept_phases_alarm_as_seldom_as_they_say() -> None:
    rng = np.random.default_rng(64)
    shares = np.array([[0.9, 0.1], [0.5, 0.5]])
    units = np.stack([rng.multinomial(6_000, one, RUNS) for one in shares], axis=1)
    assert within_noise(float(np.mean(sample_ratio_over_phases(units, shares) < 0.01)), 0.01)
