"""Facts about resampled joint counts, against closed forms where there are any."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy.special import ndtri

from abmicro.stats.foundations import resampling
from abmicro.stats.foundations.resampling import (
    bca,
    bootstrap_counts,
    percentile,
    permutation_test,
    permuted_counts,
    reached,
)

Floats = np.ndarray

PATTERNS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=bool)
COUNTS = np.array([[4000, 600, 200, 150, 50], [4100, 700, 260, 160, 80]])


def rng() -> np.random.Generator:
    return np.random.default_rng(20_24)


def rates(counts: Floats) -> Floats:
    return reached(counts, PATTERNS) / counts.sum(axis=-1, keepdims=True)


def difference(counts: Floats) -> Floats:
    both = rates(counts)
    return both[..., 1, :] - both[..., 0, :]


def share(counts: Floats) -> Floats:
    return counts[..., 0, 1] / counts[..., 0, :].sum(axis=-1)


def test_a_goal_is_reached_by_the_units_of_its_cells() -> None:
    assert reached(COUNTS[0], PATTERNS).tolist() == [850, 250, 200]


def test_the_bootstrap_keeps_the_units_of_every_arm() -> None:
    drawn = bootstrap_counts(COUNTS, rng=rng(), draws=50)
    assert drawn.shape == (50, 2, 5)
    assert (drawn.sum(axis=-1) == COUNTS.sum(axis=-1)).all()


def test_a_bootstrapped_difference_has_the_variance_of_the_closed_form() -> None:
    drawn = difference(bootstrap_counts(COUNTS, rng=rng(), draws=20_000))
    p = rates(COUNTS.astype(float))
    variance = (p * (1 - p) / COUNTS.sum(axis=-1, keepdims=True)).sum(axis=0)
    assert drawn.var(axis=0) == pytest.approx(variance, rel=0.04)


def test_goals_hang_together_in_the_draws_as_in_the_units() -> None:
    drawn = rates(bootstrap_counts(COUNTS, rng=rng(), draws=20_000))[:, 0]
    shares = COUNTS[0] / COUNTS[0].sum()
    p = shares @ PATTERNS
    covariance = (PATTERNS.T * shares) @ PATTERNS - np.outer(p, p)
    phi = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.corrcoef(drawn.T) == pytest.approx(phi, abs=0.03)


@pytest.mark.parametrize("interval", [percentile, bca])
def test_at_large_counts_the_interval_is_the_normal_one(interval) -> None:  # type: ignore[no-untyped-def]
    effect = interval(COUNTS, difference, rng=rng(), draws=20_000)
    p = rates(COUNTS.astype(float))
    error = np.sqrt((p * (1 - p) / COUNTS.sum(axis=-1, keepdims=True)).sum(axis=0))
    reach = -ndtri(0.025) * error
    assert effect.low == pytest.approx(effect.estimate - reach, abs=0.06 * reach.min())
    assert effect.high == pytest.approx(effect.estimate + reach, abs=0.06 * reach.min())


def test_the_corrected_interval_of_a_small_rate_lies_nearer_to_the_exact_one() -> None:
    """Of 10 in 100 the mid-P interval is 0.0524 to 0.1698; the plain percentiles lie lower."""
    corrected = bca([[90, 10]], share, rng=rng(), draws=40_000)
    plain = percentile([[90, 10]], share, rng=rng(), draws=40_000)
    assert abs(corrected.high - 0.1698) < abs(plain.high - 0.1698)


def test_the_acceleration_of_a_share_is_a_sixth_of_its_skewness() -> None:
    """Skewness of the mean of n units with rate p: (1 - 2 p) / sqrt(n p (1 - p))."""
    got = resampling._acceleration(np.array([[90.0, 10.0]]), share)
    assert got == pytest.approx(0.8 / 3 / 6, rel=1e-6)


def test_a_lift_may_have_an_infinite_end_but_not_a_missing_one() -> None:
    def ratio(counts: Floats) -> Floats:
        return counts[..., 1, 1] / counts[..., 0, 1]

    effect = percentile([[99, 1], [50, 50]], ratio, rng=rng())
    assert effect.high == np.inf
    assert 8 < effect.low < 50
    effect = percentile([[99, 1], [98, 2]], ratio, rng=rng())  # 0 / 0 is among the draws
    assert np.isnan([effect.low, effect.high]).all()


def test_a_statistic_that_never_varies_has_an_interval_of_no_width() -> None:
    effect = bca([[100, 0]], share, rng=rng(), draws=100)
    assert (effect.estimate, effect.low, effect.high) == (0, 0, 0)


def test_shuffling_keeps_the_units_of_every_arm_and_cell() -> None:
    dealt = permuted_counts([[40, 6, 2], [4, 0, 1], [30, 9, 0]], rng=rng(), draws=50)
    assert (dealt.sum(axis=-1) == [48, 5, 39]).all()
    assert (dealt.sum(axis=-2) == [74, 15, 3]).all()


def test_a_shuffled_cell_has_the_hypergeometric_mean_and_variance() -> None:
    dealt = permuted_counts([[400, 60, 40], [150, 30, 20]], rng=rng(), draws=20_000)[:, 0, 1]
    assert dealt.mean() == pytest.approx(90 * 500 / 700, rel=0.005)
    variance = 90 * (500 / 700) * (200 / 700) * (610 / 699)
    assert dealt.var() == pytest.approx(variance, rel=0.05)


def test_the_permutation_p_of_one_goal_is_fishers() -> None:
    counts = np.array([[95, 5], [88, 12]])
    found = permutation_test(counts, lambda c: c[..., 1, 1:], rng=rng(), draws=40_000)
    fisher = sum(comb(17, k) * comb(183, 100 - k) for k in range(12, 18)) / comb(200, 100)
    error = np.sqrt(fisher * (1 - fisher) / 40_000)
    assert found.p[0] == pytest.approx(fisher, abs=4 * error)


def test_two_goals_that_are_one_need_no_correction() -> None:
    twice = permutation_test(
        [[95, 5], [88, 12]], lambda c: c[..., 1, [1, 1]] - c[..., 0, [1, 1]], rng=rng()
    )
    assert np.array_equal(twice.p, twice.adjusted)


def test_no_permutation_p_is_zero() -> None:
    found = permutation_test([[1000, 0], [0, 1000]], lambda c: c[..., 1, 1:], rng=rng(), draws=99)
    assert found.p == pytest.approx(0.01)


def test_a_statistic_without_value_has_no_p_and_leaves_the_family() -> None:
    def statistic(counts: Floats) -> Floats:
        nothing = np.full(counts.shape[:-2], np.nan)
        return np.stack([counts[..., 1, 1], nothing], axis=-1)

    found = permutation_test([[95, 5], [88, 12]], statistic, rng=rng())
    assert found.adjusted[0] == found.p[0] < 0.2
    assert np.isnan(found.p[1])


def test_batches_stand_before_arms_and_cells() -> None:
    batch = np.stack([COUNTS, COUNTS[::-1], 2 * COUNTS])
    effect = bca(batch, difference, rng=rng(), draws=400)
    assert effect.low.shape == (3, 3)
    assert effect.estimate[1] == pytest.approx(-effect.estimate[0])
    found = permutation_test(batch, lambda c: np.abs(difference(c)), rng=rng(), draws=400)
    assert found.adjusted.shape == (3, 3)


def test_the_same_generator_gives_the_same_interval() -> None:
    assert np.array_equal(*(bca(COUNTS, difference, rng=rng(), draws=200) for _ in range(2)))


@pytest.mark.parametrize(
    ("counts", "draws", "message"),
    [
        ([1, 2], 10, "counts needs an axis of arms and one of cells"),
        ([[1, -2]], 10, "counts must be whole numbers .*, got -2"),
        ([[1, 2.5]], 10, "counts must be whole numbers .*, got 2.5"),
        ([[1, 2]], 0, "draws must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_resampled_is_refused(
    counts: list[list[float]], draws: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        bootstrap_counts(counts, rng=rng(), draws=draws)


def test_more_units_than_can_be_shuffled_are_refused() -> None:
    with pytest.raises(ValueError, match="counts must be below 1000000000 units to be shuffled"):
        permuted_counts([[10**9, 1], [10**9, 1]], rng=rng(), draws=2)


def test_a_permutation_test_needs_a_family() -> None:
    with pytest.raises(ValueError, match="statistic must give one axis per family"):
        permutation_test([[9, 1], [8, 2]], share, rng=rng(), draws=9)
