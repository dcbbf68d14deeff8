"""Ratios over strata, and means and rates per row as if arms had the same strata."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.means.amounts_per_unit import amount_difference
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.rates_per_session import session_rates, session_rates_within
from abmicro.stats.means.welch import Moments, lift_of_means, post_stratified, welch_difference
from abmicro.stats.quality.sample_ratio_mismatch import (
    sample_ratio_of_groups,
    sample_ratio_over_phases,
)
from abmicro.stats.stratified.difference_score import by_share
from abmicro.stats.stratified.mantel_haenszel import mantel_haenszel_lift
from abmicro.stats.stratified.ratio_score import stratified_lift, stratified_ratio_score_test

# Scenario S8: a ramp from 10 to 50 percent in a season, no effect within either phase.
CONTROL = Binomial([5_400, 4_800], [54_000, 30_000])
TREATED = Binomial([600, 4_800], [6_000, 30_000])


def test_a_season_during_a_ramp_is_no_lift() -> None:
    found = stratified_lift(TREATED, CONTROL, weigh=by_share)
    assert found.estimate == pytest.approx(0, abs=1e-12)
    assert found.low < 0 < found.high


def test_weighed_by_size_the_estimate_is_that_of_mantel_and_haenszel() -> None:
    arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    assert stratified_lift(*arms).estimate == pytest.approx(mantel_haenszel_lift(*arms).estimate)


def test_weighed_by_share_the_lift_is_that_of_the_mean_rates() -> None:
    found = stratified_lift(Binomial([6, 9], [20, 30]), Binomial([6, 24], [60, 60]), weigh=by_share)
    treated, control = (80 * 0.3 + 90 * 0.3) / 170, (80 * 0.1 + 90 * 0.4) / 170
    assert found.estimate == pytest.approx(treated / control - 1)


@pytest.mark.parametrize(
    ("treated", "control", "estimate", "low", "high"),
    [
        ([0, 0], [0, 0], np.nan, -1, np.inf),
        ([0, 0], [3, 4], -1, -1, None),
        ([3, 4], [0, 0], np.inf, None, np.inf),
    ],
)
def test_where_nobody_reached_an_end_is_open(
    treated: list[int], control: list[int], estimate: float, low: float, high: float
) -> None:
    found = stratified_lift(Binomial(treated, [10, 12]), Binomial(control, [10, 12]))
    assert found.estimate == pytest.approx(estimate, nan_ok=True)
    assert low is None or found.low == low
    assert high is None or found.high == high


def test_everybody_reached_is_no_lift_with_an_interval() -> None:
    found = stratified_lift(Binomial([10, 12], [10, 12]), Binomial([9, 8], [9, 8]))
    assert found.estimate == 0
    assert -1 < found.low < 0 < found.high < 1


def test_without_a_stratum_of_both_arms_nothing_is_known() -> None:
    arms = Binomial([0, 3], [0, 10]), Binomial([3, 0], [10, 0])
    assert np.isnan([*stratified_lift(*arms), *stratified_ratio_score_test(*arms)]).all()


def test_a_billion_units_keep_their_digits() -> None:
    arm = Binomial([10**8, 10**6], [10**9, 10**7])
    more = Binomial([10**8 + 10**5, 10**6 + 10**3], [10**9, 10**7])
    found = stratified_lift(more, arm)
    assert found.estimate == pytest.approx(1e-3, rel=1e-9)
    assert found.low == pytest.approx(1e-3 - 2.6e-4, abs=1e-5)


def test_levels_of_cells_are_their_own() -> None:
    arms = Binomial([[12, 10]] * 2, [40, 600]), Binomial([[9, 2]] * 2, [100, 200])
    both = stratified_lift(*arms, level=[0.9, 0.99])
    for at, level in enumerate((0.9, 0.99)):
        one = stratified_lift(*(Binomial(arm.reached[at], arm.trials) for arm in arms), level=level)
        assert (both.low[at], both.high[at]) == pytest.approx((one.low, one.high))


def test_one_stratum_is_no_stratum_for_means() -> None:
    arms = [Moments([50], [60.0], [190.0]), Moments([40], [30.0], [70.0])]
    plain = [Moments(50, 60.0, 190.0), Moments(40, 30.0, 70.0)]
    found = welch_difference(*(post_stratified(arm, [1.0]) for arm in arms))
    expected = welch_difference(*plain)
    assert (found.low, found.p) == pytest.approx((expected.low, expected.p))


def test_satterthwaite_counts_the_degrees_of_freedom_of_every_stratum() -> None:
    # Two strata of equal variance and size are one sample with a mean less to estimate.
    arm = Moments([10, 10], [10.0, 30.0], [19.0, 99.0])
    mean = post_stratified(arm, [0.5, 0.5])
    assert mean.squared_error**2 / mean.doubt == pytest.approx(18)


def test_a_season_during_a_ramp_is_no_lift_of_means() -> None:
    control = Moments([9_000, 5_000], [9_000.0, 10_000.0], [18_000.0, 40_000.0])
    treated = Moments([1_000, 5_000], [1_000.0, 10_000.0], [2_000.0, 40_000.0])
    shares = np.array([10_000, 10_000]) / 20_000
    arms = post_stratified(treated, shares), post_stratified(control, shares)
    assert lift_of_means(*arms).estimate == pytest.approx(0, abs=1e-12)
    assert welch_difference(*arms).p == pytest.approx(1)


def test_a_stratum_of_one_unit_leaves_the_noise_unknown() -> None:
    arm = post_stratified(Moments([1, 9], [2.0, 9.0], [4.0, 18.0]), [0.5, 0.5])
    assert arm.mean == 1.5
    assert np.isnan(arm.squared_error)
    assert np.isnan(post_stratified(Moments([1], [2.0], [4.0]), [0.0]).mean)


def test_one_stratum_is_no_stratum_for_rates_per_row() -> None:
    arm = PairMoments.of([1, 0, 2, 0], [2, 1, 2, 3])
    one = PairMoments.of([[1, 0, 2, 0]], [[2, 1, 2, 3]])
    within, pooled = session_rates_within(one, one, [1.0]), session_rates(arm, arm)
    for found, expected in zip(
        (*within.welch, *within.student), (*pooled.welch, *pooled.student), strict=True
    ):
        for part in ("mean", "squared_error", "doubt"):
            assert getattr(found, part) == pytest.approx(getattr(expected, part))


def test_a_season_during_a_ramp_is_no_rate_per_session() -> None:
    """Half the sessions convert in the high season, one in ten before; the arms do not differ."""

    def arm(low: int, high: int) -> PairMoments:
        y = Moments([low, high], [low / 10, high / 2], [low / 10, high / 2])
        x = Moments([low, high], [low, 2 * high], [low, 4 * high])
        return PairMoments(y, x, [low / 10, high])

    found = session_rates_within(arm(1_000, 5_000), arm(9_000, 5_000), [0.5, 0.5])
    assert amount_difference(found).estimate == pytest.approx(0, abs=1e-12)
    assert amount_difference(found).p == pytest.approx(1)
    assert found.welch[0].mean == pytest.approx((0.1 + 0.5) / (1 + 2))


def test_one_phase_is_the_sample_ratio_of_one_group() -> None:
    units = np.array([[[520, 480]], [[3, 14]], [[821_588, 815_482]], [[0, 0]]])
    found = sample_ratio_over_phases(units, [1, 1])
    expected = [sample_ratio_of_groups(one, [1, 1])[0] for one in units]
    assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_a_small_loss_in_every_phase_adds_up() -> None:
    units, shares = [[9_100, 900], [5_100, 4_900], [5_110, 4_890]], [[9, 1], [1, 1], [1, 1]]
    each = sample_ratio_of_groups(units, shares)
    assert sample_ratio_over_phases(units, shares) < 0.001 < each.min()


def test_three_arms_of_equal_shares_in_all_phases_are_one_group() -> None:
    units = [[300, 340, 320], [500, 480, 470]]
    together = sample_ratio_of_groups([np.sum(units, axis=0)], [1, 1, 1])[0]
    assert sample_ratio_over_phases(units, [1, 1, 1]) == pytest.approx(together)
