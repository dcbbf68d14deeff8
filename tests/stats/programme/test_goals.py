"""Which goals tell how the macro moves: laws of the covariance, of quality and of greedy sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import programme
from abmicro.stats.foundations.cells import JointCells

seeds = st.integers(0, 2**32 - 1)


def covariances(seed: int, goals: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Of true lifts and of noise."""
    first, second = np.random.default_rng(seed).normal(size=(2, goals, goals + 1)) * 0.05
    return first @ first.T, second @ second.T


@given(
    steps=st.integers(1, 6),
    dilution=st.lists(st.floats(-1, 1), max_size=4),
    acts=st.none() | st.integers(0, 5),
)
def test_the_structural_law_is_a_covariance(
    steps: int, dilution: list[float], acts: int | None
) -> None:
    omega = programme.structural_omega(steps, dilution, acts=acts if (acts or 0) < steps else None)
    assert omega.shape == (steps + len(dilution),) * 2
    assert np.linalg.eigvalsh(omega).min() > -1e-12
    np.testing.assert_array_equal(omega, omega.T)


def test_a_step_beyond_the_path_is_refused() -> None:
    with pytest.raises(ValueError, match="acts must be a step from 0 to 2, got 3"):
        programme.structural_omega(3, acts=3)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        programme.structural_omega(0)


@given(seed=seeds)
def test_more_goals_never_know_less_and_the_first_is_the_best_single_one(seed: int) -> None:
    omega, noise = covariances(seed)
    found = programme.greedy_goals(omega, noise, 3, least_gain=0.0)
    assert (np.diff(found.score) >= 0).all()
    assert found.score[-1] <= 1 + 1e-12
    best = (programme.goal_quality(omega, noise, 3) ** 2).max()
    assert found.score[0] == pytest.approx(best)


@given(seed=seeds)
def test_the_weights_are_those_of_the_regression_of_the_macro_on_the_estimates(seed: int) -> None:
    omega, noise = covariances(seed)
    found = programme.greedy_goals(omega, noise, 0, most=2, least_gain=0.0)
    goals = list(found.chosen)
    toward = (omega + noise)[np.ix_(goals, goals)] @ found.weights
    np.testing.assert_allclose(toward, omega[goals, 0])


def test_of_twins_the_earlier_is_taken_and_the_later_brings_nothing() -> None:
    omega = np.full((3, 3), 0.0025)
    noise = np.array([[1e-3, 1e-3, 0], [1e-3, 1e-3, 0], [0, 0, 0.05]])
    assert programme.greedy_goals(omega, noise, 2).chosen == (0,)
    assert programme.greedy_goals(omega, noise, 2, candidates=[2]).chosen == (2,)
    assert programme.greedy_goals(omega, noise, 2, most=0).chosen == ()


def test_an_omega_that_is_all_noise_shrinks_the_prior_and_nothing_is_added() -> None:
    lifts = np.array([[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01]])
    learnt = programme.learn_omega(lifts, np.tile(np.eye(2), (4, 1, 1)), np.eye(2), strength=9)
    np.testing.assert_allclose(learnt, np.eye(2) * 9 / 12)
    np.testing.assert_array_equal(
        programme.learn_omega(lifts[:1], np.eye(2)[None], np.eye(2)), np.eye(2)
    )


def test_association_where_the_goals_are_independent() -> None:
    found = programme.association(JointCells([[20, 80, 40, 160], [0, 100, 5, 95]]))
    np.testing.assert_allclose(found.ratio, [1, 0])
    np.testing.assert_allclose(found.phi[0], 0, atol=1e-12)
    np.testing.assert_allclose(found.dilution[0], 0, atol=1e-12)
    assert (found.low[1], found.high[1]) == (0, np.inf)
