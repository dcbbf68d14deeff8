"""Sources and days without an experiment: laws, and how often a quiet site is flagged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import quality
from abmicro.stats.foundations.binomial import Binomial

from ...examples import examples

seeds = st.integers(0, 2**32 - 1)
WEEKDAY = np.arange(28) % 7


@given(seed=seeds)
@examples(30)
def test_a_rate_lies_between_its_own_and_the_common_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = rng.integers(20, 2_000, size=5)
    reached = rng.binomial(units, rng.uniform(0.02, 0.3, size=5))
    found = quality.source_rates(Binomial(reached, units))
    raw = reached / units
    low, high = np.minimum(raw, found.common), np.maximum(raw, found.common)
    slack = 0.05 * found.common  # the common rate is one of the things that is not known
    assert ((found.rate >= low - slack) & (found.rate <= high + slack)).all()
    assert ((found.low < found.rate) & (found.rate < found.high)).all()


def test_large_sources_keep_their_rates_and_equal_ones_share_one() -> None:
    large = quality.source_rates(Binomial([10_000, 30_000, 20_000], 100_000))
    np.testing.assert_allclose(large.rate, [0.1, 0.3, 0.2], rtol=0.002)
    equal = quality.source_rates(Binomial([30, 30, 30, 30], 1_000))
    np.testing.assert_allclose(equal.rate, 0.03, rtol=0.02)
    assert equal.high[0] - equal.low[0] < 2 * 1.96 * np.sqrt(0.03 * 0.97 / 1_000)


def test_intervals_cover_the_rates_that_made_the_counts() -> None:
    rng = np.random.default_rng(3)
    truth = rng.beta(5, 95, size=60)
    found = quality.source_rates(Binomial(rng.binomial(200, truth), 200))
    assert np.mean((found.low < truth) & (truth < found.high)) >= 0.95 - 4 * 0.028
    error = np.abs(found.rate - truth).mean()
    assert error < 0.02


def test_a_goal_of_none_or_all_has_no_law() -> None:
    for reached in (0, 50):
        found = quality.source_rates(Binomial([reached, reached], 50))
        assert np.isnan([*found.rate, *found.low, *found.high, found.common]).all()
    with pytest.raises(ValueError, match=r"units must be above 0, got 0\.0"):
        quality.source_rates(Binomial([0, 1], [0, 5]))


def test_a_quiet_period_is_seldom_flagged_and_a_weekday_pattern_is_none() -> None:
    rng = np.random.default_rng(9)
    rate = 0.1 * np.array([1, 1, 1, 1, 1, 0.5, 0.4])[WEEKDAY]
    flagged = [
        quality.day_scores(Binomial(rng.binomial(1_000, rate), 1_000), WEEKDAY).flagged.any()
        for _ in range(300)
    ]
    assert np.mean(flagged) < 0.02 + 4 * np.sqrt(0.02 * 0.98 / 300)


def test_a_dip_is_found_on_its_day() -> None:
    reached = np.random.default_rng(1).binomial(6_000, 0.1, size=28)
    reached[12] //= 2
    found = quality.day_scores(Binomial(reached, 6_000), WEEKDAY)
    assert found.flagged[12]
    assert found.score.argmin() == np.abs(found.score).argmax() == 12


@given(seed=seeds)
@examples(30)
def test_more_goals_reached_turn_the_scores_when_counted_as_missed(seed: int) -> None:
    reached = np.random.default_rng(seed).binomial(300, 0.3, size=28)
    one = quality.day_scores(Binomial(reached, 300), WEEKDAY)
    other = quality.day_scores(Binomial(300 - reached, 300), WEEKDAY)
    np.testing.assert_allclose(other.score, -one.score, atol=1e-8)
    assert other.spread == pytest.approx(one.spread)


def test_a_day_too_far_for_a_double_has_a_score_all_the_same() -> None:
    reached = np.full(28, 3_000)
    reached[9] = 0
    low = quality.odd_days(Binomial(reached, 6_000), WEEKDAY)
    high = quality.odd_days(Binomial(6_000 - reached, 6_000), WEEKDAY)
    for found, far in ((low, -37.0), (high, 37.0)):
        assert np.flatnonzero(found.odd).tolist() == [9]
        assert found.score[9] == far
        assert found.spread == 1


@pytest.mark.parametrize(("missed", "units"), [([118, 0], [256, 3_140]), ([3, 0], [920, 11])])
def test_nearly_everybody_has_the_rates_of_nearly_nobody_turned(
    missed: list[int], units: list[int]
) -> None:
    rare = quality.source_rates(Binomial(missed, units))
    common = quality.source_rates(Binomial(np.subtract(units, missed), units))
    np.testing.assert_allclose(common.rate, 1 - rare.rate, atol=1e-6)
    np.testing.assert_allclose(common.low, 1 - rare.high, atol=1e-6)


def test_too_short_a_period_is_refused() -> None:
    with pytest.raises(ValueError, match="T at least 14, got"):
        quality.day_scores(Binomial([1] * 13, 10), [0] * 13)
