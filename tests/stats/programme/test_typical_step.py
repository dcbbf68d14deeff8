"""The typical step lift: against the full covariance matrix, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import programme

TEST = np.array([0, 0, 1, 2, 2, 2])


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    own, shared = rng.uniform(0.5e-3, 4e-3, (2, len(TEST)))
    return rng.normal(0.01, 0.08, len(TEST)), own, shared[TEST]


@given(seed=st.integers(0, 2**32 - 1))
def test_mean_and_variance_are_those_of_the_full_covariance(seed: int) -> None:
    lift, own, shared = drawn(seed)
    found = programme.typical_step(lift, own, shared, TEST)
    cov = np.diag(found.variance + own) + shared * (TEST[:, None] == TEST)
    weights = np.linalg.inv(cov)
    mean = (weights @ lift).sum() / weights.sum()
    assert found.mean == pytest.approx(mean, abs=1e-12)
    q = (lift - mean) @ weights @ (lift - mean)
    if found.variance > 0:
        assert q == pytest.approx(len(TEST) - 1)
    else:
        assert q <= len(TEST) - 1
        assert q == pytest.approx(found.q)
    assert found.se >= weights.sum() ** -0.5 * (1 - 1e-9)


@given(seed=st.integers(0, 2**32 - 1), turn=st.permutations(range(len(TEST))))
def test_the_order_of_arms_is_irrelevant_and_swapped_arms_negate_the_mean(
    seed: int, turn: list[int]
) -> None:
    given_ = drawn(seed)
    one = programme.typical_step(*given_, TEST)
    other = programme.typical_step(*(part[turn] for part in given_), TEST[turn])
    swapped = programme.typical_step(-given_[0], *given_[1:], TEST)
    for name, sign in (("mean", -1), ("variance", 1), ("se", 1), ("q", 1)):
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=1e-12)
        assert getattr(swapped, name) == pytest.approx(sign * getattr(one, name), abs=1e-12)


def test_a_batch_gives_what_each_row_gives() -> None:
    rows = [drawn(seed) for seed in range(3)]
    batch = programme.typical_step(*(np.stack(part) for part in zip(*rows, strict=True)), TEST)
    each = [programme.typical_step(*row, TEST) for row in rows]
    np.testing.assert_allclose(batch.mean, [one.mean for one in each])
    np.testing.assert_allclose(batch.high, [one.high for one in each])


def test_one_arm_says_nothing_and_two_predict_nothing() -> None:
    one = programme.typical_step([0.1], [1e-3], [1e-3], [0])
    assert np.isnan(one.mean)
    two = programme.typical_step([0.1, 0.0], [1e-3] * 2, [1e-3] * 2, [0, 1])
    assert np.isfinite(two.low)
    assert np.isnan(programme.carried_macro(two, 0.1, 1e-3).p_up)


def test_the_mean_is_covered_where_arms_share_a_control() -> None:
    rng = np.random.default_rng(11)
    test = np.repeat(np.arange(4), 3)
    own, shared, spread, tests = 1e-3, 2e-3, 0.02, 4_000
    control = rng.normal(0, np.sqrt(shared), (tests, 4))[:, test]
    lift = 0.01 + rng.normal(0, np.hypot(np.sqrt(own), spread), control.shape) + control
    found = programme.typical_step(lift, own, shared, test)
    covered = np.mean((found.low < 0.01) & (found.high > 0.01))
    assert 0.93 < covered < 0.99
