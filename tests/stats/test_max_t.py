"""Facts about goals times arms as one family."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from abmicro.stats.foundations.resampling import permutation_test, reached
from abmicro.stats.multiplicity.correlated_scores import family_correlation, goal_correlation, max_t
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical, dunnett_step_down

PATTERNS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=bool)


def rng() -> np.random.Generator:
    return np.random.default_rng(20_24)


def test_one_goal_is_dunnetts_family() -> None:
    z, units, control = [2.6, 1.9, 0.4], [1000, 3000, 500], 2000
    found = max_t(z, family_correlation(units, control, [[1]]), rng=rng())
    exact = dunnett(z, units, control)
    assert found.adjusted == pytest.approx(exact, abs=4 * found.error.max())
    assert found.adjusted == pytest.approx(exact, rel=0.005)
    assert found.step_down == pytest.approx(dunnett_step_down(z, units, control), rel=0.005)
    assert found.critical == pytest.approx(dunnett_critical(units, control), rel=0.001)


def test_unrelated_hypotheses_are_adjusted_as_by_sidak() -> None:
    found = max_t([2.5] * 6, np.eye(6), rng=rng())
    assert found.adjusted == pytest.approx([1 - (1 - 2 * ndtr(-2.5)) ** 6] * 6, rel=0.004)


def test_the_error_told_is_the_error_made() -> None:
    """Over many seeds the squared error in units of the told one averages one, with 7 df 1.4."""
    z, units, control = [2.4, 2.0], [1000, 1000], 1000
    both = family_correlation(units, control, [[1]])
    exact = dunnett(z, units, control)
    made = [max_t(z, both, rng=np.random.default_rng(seed)) for seed in range(60)]
    ratio = np.mean([((one.adjusted - exact) / one.error) ** 2 for one in made])
    assert 0.7 < ratio < 2.8


def test_goals_that_are_one_count_once() -> None:
    same = family_correlation([1000], 1000, np.ones((3, 3)))
    found = max_t([2.5, 2.5, 2.5], same, rng=rng())
    assert found.adjusted == pytest.approx([2 * ndtr(-2.5)] * 3, rel=1e-12)
    assert found.critical == pytest.approx(1.959964, rel=1e-6)


def test_a_goal_and_its_mirror_image_count_once() -> None:
    found = max_t([2.5, -2.5], [[1, -1], [-1, 1]], rng=rng())
    assert found.adjusted == pytest.approx([2 * ndtr(-2.5)] * 2, rel=1e-12)


def test_far_out_p_is_the_sum_over_the_family() -> None:
    found = max_t([12.0, 1.0, 1.0], 0.5 + 0.5 * np.eye(3), rng=rng())
    assert found.adjusted[0] == pytest.approx(6 * ndtr(-12.0), rel=1e-4)


def test_a_hypothesis_without_score_does_not_count() -> None:
    matrix = np.array([[1, 0.9, 0.3], [0.9, 1, 0.2], [0.3, 0.2, 1]])
    with_gap = max_t([2.1, np.nan, 1.5], matrix, rng=rng())
    without = max_t([2.1, 1.5], matrix[::2, ::2], rng=rng())
    assert np.isnan(with_gap.adjusted[1])
    assert np.array_equal(with_gap.adjusted[::2], without.adjusted)


def test_a_family_without_scores_has_no_answer() -> None:
    found = max_t([np.nan, np.nan], np.eye(2), rng=rng())
    assert np.isnan(found.adjusted).all()
    assert np.isnan(found.critical)


def test_phi_is_the_correlation_of_the_units() -> None:
    cells = np.array([500, 80, 30, 60])
    units = np.repeat(PATTERNS, cells, axis=0).astype(float)
    phi = goal_correlation(cells[None], PATTERNS)
    assert phi == pytest.approx(np.corrcoef(units.T))


def test_phi_is_pooled_within_arms_so_that_a_gain_does_not_pass_for_it() -> None:
    """Goals unrelated in either arm stay so, though one arm has more of both."""
    counts = [[810, 90, 90, 10], [250, 250, 250, 250]]
    assert goal_correlation(counts, PATTERNS)[0, 1] == pytest.approx(0, abs=1e-12)


def test_a_goal_that_all_reached_is_unrelated_to_the_others() -> None:
    assert np.array_equal(goal_correlation([[0, 30, 0, 20]], PATTERNS), np.eye(2))


def test_shuffled_units_give_the_same_adjusted_p() -> None:
    counts = np.array([[3000, 150, 60, 290], [2930, 175, 70, 325], [2950, 140, 70, 340]])

    def scores(table: np.ndarray) -> np.ndarray:
        goals, units = reached(table, PATTERNS), table.sum(axis=-1, keepdims=True)
        pooled = goals.sum(axis=-2, keepdims=True) / units.sum(axis=-2, keepdims=True)
        rate = goals / units
        error = np.sqrt(pooled * (1 - pooled) * (1 / units[..., 1:, :] + 1 / units[..., :1, :]))
        z = (rate[..., 1:, :] - rate[..., :1, :]) / error
        return np.abs(z).reshape(*z.shape[:-2], -1)

    z = scores(counts)
    units = counts.sum(axis=-1)
    family = family_correlation(units[1:], units[0], goal_correlation(counts, PATTERNS))
    shuffled = permutation_test(counts, scores, rng=rng(), draws=20_000)
    assert max_t(z, family, rng=rng()).adjusted == pytest.approx(shuffled.adjusted, abs=0.015)


@pytest.mark.parametrize(
    ("correlation", "message"),
    [
        (np.eye(3), r"must be of shape \(2, 2\), got \(3, 3\)"),
        ([[1, 0.5], [0.4, 1]], "must be symmetric"),
        ([[1, 1.5], [1.5, 1]], r"must lie in \[-1, 1\], got 1.5"),
        ([[2, 0.5], [0.5, 2]], r"must lie in \[-1, 1\], got 2"),
        ([[0.9, 0.5], [0.5, 1]], "must have a diagonal of ones, got 0.9"),
        ([[1, np.nan], [np.nan, 1]], r"must lie in \[-1, 1\], got nan"),
    ],
)
def test_what_is_no_correlation_is_refused(correlation: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=f"correlation {message}"):
        max_t([1.0, 2.0], correlation, rng=rng())


def test_correlations_that_contradict_each_other_are_refused() -> None:
    matrix = [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]
    with pytest.raises(ValueError, match="correlation must have no negative eigenvalue"):
        max_t([1.0, 2.0, 3.0], matrix, rng=rng())
