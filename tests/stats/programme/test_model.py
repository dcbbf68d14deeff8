"""The model of a programme: against the dense normal law of all estimates, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import programme

from ...examples import examples
from .histories import TEST, History, close, drawn

seeds = st.integers(0, 2**32 - 1)
NOISE = [0.0059, 0.0059, 0.0259]


def matrix(entries: np.ndarray) -> np.ndarray:
    """(3, ...) entries as (..., 2, 2) matrices."""
    a, b, c = entries
    return np.moveaxis(np.array([[a, b], [b, c]]), (0, 1), (-2, -1))


def middles(low: float, high: float, count: int) -> np.ndarray:
    return low + (high - low) * (np.arange(count) + 0.5) / count


def by_brute_force(past: History) -> np.ndarray:
    """Posterior means of slope, s and t from the joint normal law of all lifts, on a plain grid."""
    s, t, slope = np.meshgrid(middles(0, 0.4, 60), middles(0, 0.2, 40), middles(-2, 3.4, 54))
    s, t, slope = s.ravel(), t.ravel(), slope.ravel()
    arms = len(past.lifts)
    omega = matrix(np.stack([s**2, slope * s**2, slope**2 * s**2 + t**2]))
    means = matrix(0.02**2 * np.stack([slope**0, slope, slope**2]) + [[0], [0], [0.01**2]] * s**0)
    cov = np.zeros((len(s), arms, 2, arms, 2))
    for i in range(arms):
        for j in range(arms):
            cov[:, i, :, j] = means + (past.test[i] == past.test[j]) * matrix(
                past.control[past.test[i]]
            )
        cov[:, i, :, i] += omega + matrix(past.treated[i])
    flat, x = cov.reshape(len(s), 2 * arms, 2 * arms), past.lifts.reshape(-1)
    fit = x @ np.linalg.solve(flat, np.tile(x, (len(s), 1))[..., None])[..., 0].T
    prior = (s / 0.1) ** 2 + (t / 0.05) ** 2 + ((slope - 0.7) / 0.5) ** 2
    log = -(np.linalg.slogdet(flat)[1] + fit + prior) / 2
    weights = np.exp(log - log.max())
    return np.stack([slope, s, t]) @ weights / weights.sum()


def test_shared_controls_are_exact() -> None:
    past = drawn(8, units=20_000)
    found = programme.summary(programme.programme(*past))
    assert [found.slope, found.lift_sd, found.around_sd] == pytest.approx(
        by_brute_force(past), rel=0.01
    )


@given(seed=seeds, turn=st.permutations(range(len(TEST))))
@examples(20)
def test_the_order_of_arms_is_irrelevant(seed: int, turn: list[int]) -> None:
    past = drawn(seed)
    other = programme.programme(past.lifts[turn], past.treated[turn], past.control, past.test[turn])
    close(programme.programme(*past), other)


@given(seed=seeds)
@examples(20)
def test_swapped_arms_negate_the_averages_and_nothing_else(seed: int) -> None:
    past = drawn(seed)
    one = programme.summary(programme.programme(*past))
    other = programme.summary(programme.programme(-past.lifts, *past[1:]))
    turned = one._replace(micro=-one.micro, macro=-one.macro)
    np.testing.assert_allclose(other, turned, rtol=1e-9, atol=1e-12)


@given(seed=seeds)
@examples(20)
def test_a_test_that_is_all_noise_changes_nothing(seed: int) -> None:
    past = drawn(seed)
    more = programme.programme(
        np.vstack([past.lifts, [0.3, -0.2]]),
        np.vstack([past.treated, [1e9, 0, 1e9]]),
        np.vstack([past.control, NOISE]),
        np.append(past.test, 3),
    )
    close(programme.programme(*past), more, rel=1e-5)


@given(seed=seeds)
@examples(20)
def test_arms_whose_control_has_no_noise_are_tests_of_their_own(seed: int) -> None:
    past = drawn(seed)
    none = np.zeros((len(TEST), 3))
    shared = programme.programme(past.lifts, past.treated, none, past.test)
    own = programme.programme(past.lifts, past.treated, none, np.arange(len(TEST)))
    close(shared, own)


def test_without_tests_the_prior_stands() -> None:
    found = programme.summary(programme.programme([], [], [], []))
    half_normal = np.sqrt(2 / np.pi)
    assert (found.slope, found.slope_sd) == pytest.approx((0.7, 0.5), rel=1e-4)
    assert found.lift_sd == pytest.approx(0.10 * half_normal, rel=1e-4)
    assert found.around_sd == pytest.approx(0.05 * half_normal, rel=1e-4)
    assert (found.micro, found.macro) == (0, 0)


def test_much_data_are_believed_over_the_prior() -> None:
    test = np.arange(200)
    found = programme.summary(programme.programme(*drawn(4, test, units=10_000_000)))
    assert found.slope == pytest.approx(0.7, abs=4 * 0.03 / 0.05 / np.sqrt(200))
    assert found.lift_sd == pytest.approx(0.05, rel=4 / np.sqrt(400))
    assert found.around_sd == pytest.approx(0.03, rel=4 / np.sqrt(400))


def test_a_flat_mean_needs_tests() -> None:
    flat = programme.ProgrammePrior(mean_sd=np.inf, intercept_sd=np.inf)
    with pytest.raises(ValueError, match="prior must have finite mean_sd"):
        programme.programme([], [], [], [], prior=flat)
    assert np.isfinite(programme.summary(programme.programme(*drawn(1), prior=flat)).macro)


def test_what_does_not_go_together_is_refused_by_name() -> None:
    past = drawn(1)
    with pytest.raises(ValueError, match="arms differ: 4 lifts, 5 treated, 5 test"):
        programme.programme(past.lifts[:4], *past[1:])
    with pytest.raises(ValueError, match="test must be rows of 2 controls, got 2"):
        programme.programme(*past[:2], past.control[:2], past.test)
    with pytest.raises(ValueError, match=r"lifts must be of shape \(K, 2\), got \(10,\)"):
        programme.programme(past.lifts.ravel(), *past[1:])
    with pytest.raises(ValueError, match="slope_sd must be above 0, got 0"):
        programme.ProgrammePrior(slope_sd=0)
    with pytest.raises(ValueError, match="treated must be finite, got inf"):
        programme.programme(past.lifts, past.treated * np.inf, *past[2:])


@given(micro=st.integers(0, 100), macro=st.integers(0, 100), units=st.integers(1, 10**6))
def test_rates_of_an_arm_have_a_noise_that_is_a_covariance(
    micro: int, macro: int, units: int
) -> None:
    whole = units + 200
    found = programme.arm_rates([whole, micro, macro, min(micro, macro) // 2])
    first, shared, second = found.noise
    assert first > 0
    assert shared**2 <= first * second
    assert np.isfinite(found.rates).all()


def test_the_noise_of_log_rates_is_that_of_a_simulation() -> None:
    p = [0.02, 0.08, 0.01, 0.89]
    cells = np.random.default_rng(2).multinomial(20_000, p, size=20_000)
    both, micro, macro = cells[:, 0], cells[:, :2].sum(axis=1), cells[:, [0, 2]].sum(axis=1)
    seen = np.cov(np.log(micro), np.log(macro))
    expected = programme.arm_rates([20_000, 2_000, 600, 400]).noise
    np.testing.assert_allclose([seen[0, 0], seen[0, 1], seen[1, 1]], expected, rtol=0.05)
    assert (both <= micro).all()


def test_a_part_larger_than_its_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="counts must be of units, some of them in each goal"):
        programme.arm_rates([100, 10, 5, 6])
