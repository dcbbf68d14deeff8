"""Facts about conversions that come sooner, and lifts that change over weeks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.time_to_event.lag_shift import acceleration, lag_quantile
from abmicro.stats.time_to_event.slope import trend


def test_early_is_up_to_the_median_of_the_control() -> None:
    found = acceleration([0, 6, 24, 48], [70, 20, 5, 5], [30, 40, 20, 10])
    assert float(found.lag) == 6
    assert (float(found.control), float(found.treated)) == (0.7, 0.9)
    assert float(found.p) == float(fisher(Binomial(90, 100), Binomial(70, 100)))


def test_more_conversions_of_the_same_lags_are_no_acceleration() -> None:
    assert float(acceleration([0, 6, 24], [60, 80, 60], [30, 40, 30]).p) == 1


def test_without_conversions_there_is_no_lag() -> None:
    found = acceleration([0, 6], [3, 1], [0, 0])
    assert np.isnan(found.lag)
    assert np.isnan(found.p)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(any), st.floats(0.01, 1))
def test_a_lag_quantile_is_that_of_the_sorted_lags(counts: list[int], share: float) -> None:
    lags = np.repeat(range(len(counts)), counts)
    place = int(np.ceil(round(share * len(lags), 6))) - 1
    assert float(lag_quantile(range(len(counts)), counts, share)) == lags[max(place, 0)]


def test_lags_ascend() -> None:
    with pytest.raises(ValueError, match="lags must ascend"):
        acceleration([0, 6, 6], [1, 1, 1], [1, 1, 1])


def test_a_trend_is_weighted_least_squares() -> None:
    rng = np.random.default_rng(1)
    y, v, at = rng.normal(size=6), rng.uniform(0.1, 2, 6), np.arange(6)
    slope, covariance = np.polyfit(at, y, 1, w=v**-0.5, cov="unscaled")
    found = trend(y, v, at)
    assert float(found.slope) == pytest.approx(slope[0])
    assert float(found.se) == pytest.approx(covariance[0, 0] ** 0.5)


def test_the_same_estimate_every_week_has_no_slope() -> None:
    assert float(trend([0.1] * 4, [0.01, 0.02, 0.01, 0.5], range(4)).z) == pytest.approx(0)


def test_weeks_without_an_estimate_do_not_count() -> None:
    with_gap = trend([0.1, np.nan, 0.3], [0.01, np.nan, 0.01], [0, 1, 2])
    assert with_gap.slope == trend([0.1, 0.3], [0.01, 0.01], [0, 2]).slope


@pytest.mark.parametrize("y", [[0.1], [0.1, np.nan], [np.nan, np.nan]])
def test_one_week_has_no_trend(y: list[float]) -> None:
    assert np.isnan(trend(y, [0.01] * len(y), range(len(y))).p)


def test_batches_are_done_at_once() -> None:
    assert trend(np.zeros((3, 2, 4)), np.ones((2, 4)), range(4)).p.shape == (3, 2)
    assert acceleration([0, 1], np.ones((5, 2)), [1, 1]).p.shape == (5,)
