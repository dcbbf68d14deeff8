"""The law of true lifts: its limits and what it recovers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import programme


@given(seed=st.integers(0, 2**32 - 1))
def test_turned_lifts_turn_the_law(seed: int) -> None:
    x = np.random.default_rng(seed).normal(0.02, 0.08, 12)
    one, other = programme.lift_law(x, 0.003), programme.lift_law(-x, 0.003)
    assert other.mean == pytest.approx(-one.mean, abs=1e-12)
    assert other.sd == pytest.approx(one.sd)
    assert other.positive == pytest.approx(1 - one.positive)
    np.testing.assert_allclose(other.lifts.high, -one.lifts.low, atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1))
def test_lifts_shrink_toward_the_average_change(seed: int) -> None:
    x = np.random.default_rng(seed).normal(0.02, 0.08, 12)
    found = programme.lift_law(x, 0.003)
    assert np.ptp(found.lifts.mean) < np.ptp(x)
    np.testing.assert_array_equal(np.argsort(found.lifts.mean), np.argsort(x))


def test_precise_lifts_stand_and_their_spread_is_the_law() -> None:
    x = np.random.default_rng(2).normal(0.01, 0.006, 300)
    found = programme.lift_law(x, 1e-9)
    np.testing.assert_allclose(found.lifts.mean, x, atol=1e-4)
    assert found.sd == pytest.approx(x.std(), rel=0.01)
    assert found.mean == pytest.approx(x.mean(), abs=1e-6)


def test_the_noise_is_taken_off() -> None:
    rng = np.random.default_rng(7)
    truth = rng.normal(0.01, 0.05, 400)
    found = programme.lift_law(truth + rng.normal(0, 0.05, 400), 0.0025)
    assert found.sd == pytest.approx(0.05, abs=4 * 0.0025 * np.sqrt(2 / 400) / 0.05)
    covered = np.mean((found.lifts.low < truth) & (truth < found.lifts.high))
    assert covered == pytest.approx(0.95, abs=0.05)


def test_one_test_is_its_own_average_with_the_spread_of_the_prior() -> None:
    found = programme.lift_law([0.1], [0.001])
    assert found.mean == pytest.approx(0.1)
    assert found.sd == pytest.approx(0.1 * np.sqrt(2 / np.pi), rel=1e-3)


def test_no_lift_and_no_variance_are_refused() -> None:
    with pytest.raises(ValueError, match="lift needs at least one test"):
        programme.lift_law([], [])
    with pytest.raises(ValueError, match=r"variance must be above 0, got 0\.0"):
        programme.lift_law([0.1], [0.0])
