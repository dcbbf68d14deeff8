"""Looks without an end: sequences, e-values and the sample ratio of every day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import sequential


@given(st.floats(1, 1e8), st.floats(10, 1e7), st.sampled_from([0.01, 0.05, 0.1]))
def test_a_score_crosses_exactly_where_its_e_value_reaches_one_over_alpha(n, tuned_for, alpha):
    z = sequential.anytime_values(n, tuned_for=tuned_for, alpha=alpha).z
    rho = sequential.mixture_scale(tuned_for, alpha=alpha)
    assert sequential.mixture_log_e(z, n, rho=rho) == pytest.approx(-np.log(alpha), rel=1e-9)


def test_the_values_are_lowest_near_what_they_are_tuned_for():
    n = np.geomspace(100, 1e7, 2000)
    z = sequential.anytime_values(n, tuned_for=20_000).z
    assert n[z.argmin()] == pytest.approx(20_000, rel=0.3)


@given(st.integers(0, 200), st.integers(0, 10**6), st.sampled_from([0.01, 0.05]))
def test_a_rate_sequence_holds_the_rate_seen(reached, missed, alpha):
    trials = reached + missed
    low, high = sequential.rate_sequence(reached, trials, alpha=alpha)
    assert 0 <= low <= reached / max(trials, 1) <= high <= 1


def test_without_units_every_rate_is_possible():
    assert sequential.rate_sequence(0, 0) == (0, 1)


def test_shares_that_change_start_a_new_mixture():
    even, uneven = [[500, 500]] * 3, [[900, 100]] * 3
    shares = [[0.5, 0.5]] * 3 + [[0.9, 0.1]] * 3
    whole = sequential.sample_ratio_e(even + uneven, shares)
    first = sequential.sample_ratio_e(even, [0.5, 0.5])
    second = sequential.sample_ratio_e(uneven, [0.9, 0.1])
    assert whole == pytest.approx([*first, *(first[-1] + second)])
    assert (whole < 0).all()


def test_a_billion_units_are_judged_as_exactly_as_few():
    units = np.array([[[500_000_000, 500_000_000]], [[500_000_000, 499_000_000]]])
    even, uneven = sequential.sample_ratio_e(units, [0.5, 0.5])[:, 0]
    assert even == pytest.approx(np.log(np.sqrt(1001 / 1e9)), abs=0.01)
    assert uneven > 200


@pytest.mark.parametrize(
    ("units", "shares", "said"),
    [
        ([[1, -1]], [0.5, 0.5], "units"),
        ([[1, 1]], [0.5, 0.6], "add up"),
        ([[1, 1]], [1, 0], "above"),
    ],
)
def test_what_is_no_ratio_is_refused(units, shares, said):
    with pytest.raises(ValueError, match=said):
        sequential.sample_ratio_e(units, shares)


@pytest.mark.slow
def test_equal_arms_seldom_raise_the_alarm():
    rng = np.random.default_rng(28)
    treated = rng.binomial(1000, 0.5, (4000, 28))
    log_e = sequential.sample_ratio_e(np.stack([1000 - treated, treated], -1), [0.5, 0.5])
    assert (log_e.max(axis=-1) >= np.log(1000)).mean() <= 0.001 + 3 * np.sqrt(0.001 / 4000)
