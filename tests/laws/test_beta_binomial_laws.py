"""Laws of two posteriors that hold for all counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmicro.stats.beta_binomial import (
    Beta,
    difference_interval,
    expected_loss,
    lift_interval,
    posterior,
    probability_better,
)


@st.composite
def arms(draw: st.DrawFn) -> Beta:
    trials = draw(st.one_of(st.integers(0, 50), st.integers(0, 10**6)))
    return posterior(draw(st.integers(0, trials)), trials)


@given(arms(), arms())
def test_one_arm_or_the_other_is_better(one: Beta, other: Beta) -> None:
    both = probability_better(one, other) + probability_better(other, one)
    assert both == pytest.approx(1, abs=1e-9)


@given(arms(), arms())
def test_the_losses_differ_by_the_means(one: Beta, other: Beta) -> None:
    gap = expected_loss(one, other) - expected_loss(other, one)
    assert gap == pytest.approx(other.mean - one.mean, abs=1e-9)


@given(arms(), arms())
def test_complements_exchange_the_arms(one: Beta, other: Beta) -> None:
    missed = probability_better(Beta(other.b, other.a), Beta(one.b, one.a))
    assert missed == pytest.approx(probability_better(one, other), rel=1e-8, abs=1e-12)


@given(arms(), arms(), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_interval_lies_above_zero_where_the_chance_to_win_says_so(
    one: Beta, other: Beta, level: float
) -> None:
    chance = probability_better(one, other)
    distance = chance - (1 + level) / 2
    if abs(distance) > 1e-8:
        assert (difference_interval(one, other, level=level).low > 0) == (distance > 0)
        assert (lift_interval(one, other, level=level).low > 0) == (distance > 0)


@given(arms(), arms())
def test_swapping_the_arms_negates_the_difference_and_inverts_the_lift(
    one: Beta, other: Beta
) -> None:
    there, back = difference_interval(one, other), difference_interval(other, one)
    assert there.low == pytest.approx(-back.high, rel=1e-6, abs=1e-9)
    up, down = lift_interval(one, other), lift_interval(other, one)
    assert np.log1p(up.low) == pytest.approx(-np.log1p(down.high), rel=1e-6, abs=1e-9)


@given(arms(), arms(), st.floats(0.5, 0.99), st.floats(0.001, 0.009))
def test_a_higher_level_never_narrows(one: Beta, other: Beta, level: float, more: float) -> None:
    for interval in (difference_interval, lift_interval):
        narrow, wide = interval(one, other, level=level), interval(one, other, level=level + more)
        assert wide.low <= narrow.low <= narrow.high <= wide.high
