"""What a programme gains, and what chance alone would give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import programme


@given(mean=st.floats(-0.1, 0.1), sd=st.floats(0.001, 0.2), quality=st.floats(0, 1))
def test_the_value_lies_between_not_looking_and_knowing_the_truth(
    mean: float, sd: float, quality: float
) -> None:
    none, some, all_ = programme.programme_value([0.0, quality, 1.0], mean, sd)
    assert none == max(mean, 0)
    assert none - 1e-15 <= some <= all_ + 1e-15


def test_without_a_mean_the_value_is_in_proportion_to_the_quality() -> None:
    value = programme.programme_value([0.2, 0.4], 0, 0.05)
    assert value[1] == pytest.approx(2 * value[0])


def test_the_value_is_what_shipping_by_the_posterior_mean_gains_in_simulation() -> None:
    draws = np.random.default_rng(5).normal(0.01, 0.4 * 0.05, size=400_000)
    gained = np.maximum(draws, 0)
    error = gained.std() / np.sqrt(gained.size)
    assert programme.programme_value(0.4, 0.01, 0.05) == pytest.approx(gained.mean(), abs=4 * error)


def test_chance_explains_all_wins_where_there_are_few_and_none_are_no_share() -> None:
    found = programme.chance_wins([40, 40, 40], [0, 1, 40])
    np.testing.assert_array_equal(found.expected, [1, 1, 1])
    np.testing.assert_array_equal(found.share_at_most, [np.nan, 1, 1 / 40])
    with pytest.raises(ValueError, match="wins must not be more than the tests, got 41"):
        programme.chance_wins(40, 41)


def test_signs_agree_by_chance_as_they_do_in_simulation() -> None:
    x, e = np.random.default_rng(3).normal(size=(2, 200_000))
    agree = np.mean(np.sign(x) == np.sign(0.6 * x + 0.8 * e))
    assert programme.chance_agreement(0.6) == pytest.approx(agree, abs=4 * 0.5 / np.sqrt(200_000))
    np.testing.assert_allclose(programme.chance_agreement([-1, 0, 1]), [0, 0.5, 1])
