"""Facts about effects over strata and tests that strata agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.two_by_two import tables
from abmicro.stats.stratified.difference_score import (
    by_share,
    by_variance,
    stratified_difference,
    stratified_score_test,
)
from abmicro.stats.stratified.homogeneity import (
    breslow_day,
    cochran_q,
    common_odds_ratio,
    interaction_test,
    simpson,
    tarone,
)
from abmicro.stats.stratified.mantel_haenszel import (
    cochran_mantel_haenszel,
    inverse_variance_difference,
    mantel_haenszel_difference,
    mantel_haenszel_lift,
    mantel_haenszel_odds_ratio,
    post_stratified_difference,
    post_stratified_rate,
)

# Charig et al. (1986): success of open surgery and of keyhole surgery, by size of the kidney stone.
OPEN, KEYHOLE = Binomial([81, 192], [87, 263]), Binomial([234, 55], [270, 80])
# Bickel, Hammel and O'Connell (1975): women and men admitted to Berkeley, by department.
WOMEN = Binomial([89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341])
MEN = Binomial([512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373])
NOBODY = Binomial([0, 0], [50, 70]), Binomial([0, 0], [60, 80])
NO_CONTROL = Binomial([2, 3], [10, 20]), Binomial([0, 0], [0, 0])


def test_open_surgery_is_better_for_either_stone_and_worse_in_all() -> None:
    found = simpson(OPEN, KEYHOLE)
    assert found.reversed
    assert found.pooled == pytest.approx(273 / 350 - 289 / 350)
    assert found.stratified > 0
    assert found.mix.p < 1e-30  # 87 of 357 small stones, 263 of 343 large ones


def test_berkeley_admits_fewer_women_but_not_within_departments() -> None:
    found = simpson(WOMEN, MEN)
    assert found.pooled == pytest.approx(-0.1416, abs=5e-5)
    assert cochran_mantel_haenszel(WOMEN, MEN).p > 0.2


def test_one_department_of_berkeley_differs_from_the_others() -> None:
    """R: DescTools::BreslowDayTest(UCBAdmissions), 18.83 on 5 degrees of freedom."""
    found = breslow_day(WOMEN, MEN)
    assert (round(float(found.statistic), 1), found.df) == (18.8, 5)
    assert interaction_test(WOMEN, MEN).p < 0.01


def test_equal_mixes_are_told_as_such() -> None:
    found = simpson(Binomial([5, 9], [100, 300]), Binomial([7, 2], [200, 600]))
    assert not found.reversed
    assert found.mix.p == 1


def test_a_pooled_effect_of_zero_hides_one_within_strata() -> None:
    found = simpson(Binomial([3, 3], [10, 10]), Binomial([2, 4], [10, 10]))
    assert (found.pooled, found.stratified, found.reversed) == (0, 0, False)
    hidden = simpson(Binomial([5, 15], [10, 90]), Binomial([18, 2], [80, 20]))
    assert (hidden.pooled, hidden.reversed) == (0, True)


def test_post_stratified_rates_differ_by_the_post_stratified_difference() -> None:
    shares = OPEN.trials + KEYHOLE.trials
    rates = [post_stratified_rate(arm, shares).estimate for arm in (OPEN, KEYHOLE)]
    found = post_stratified_difference(OPEN, KEYHOLE)
    assert found.estimate == pytest.approx(rates[0] - rates[1])
    assert found.estimate == stratified_difference(OPEN, KEYHOLE, weigh=by_share).estimate


# --- where there is little or nothing ------------------------------------------------------------


@pytest.mark.parametrize("weigh", [by_share, by_variance])
def test_the_score_interval_has_width_where_nobody_reached(weigh: Any) -> None:
    found = stratified_difference(*NOBODY, weigh=weigh)
    assert found.low < found.estimate == 0 < found.high


def test_nobody_reached_is_no_evidence_of_an_effect() -> None:
    assert tuple(cochran_mantel_haenszel(*NOBODY)) == (0, 1)
    assert tuple(stratified_score_test(*NOBODY)) == (0, 1)


def test_the_log_of_a_ratio_of_zero_bounds_nothing() -> None:
    some = Binomial([1, 2], [60, 80])
    found = mantel_haenszel_lift(NOBODY[0], some)
    assert tuple(found) == (-1, -1, np.inf)
    assert tuple(mantel_haenszel_odds_ratio(NOBODY[0], some)) == (0, 0, np.inf)
    assert tuple(common_odds_ratio(some, NOBODY[0])) == (np.inf, 0, np.inf)


@pytest.mark.parametrize(
    "effect",
    [
        mantel_haenszel_difference,
        mantel_haenszel_odds_ratio,
        inverse_variance_difference,
        post_stratified_difference,
        stratified_difference,
        common_odds_ratio,
    ],
)
def test_without_control_units_no_effect_is_known(effect: Any) -> None:
    assert np.isnan(effect(*NO_CONTROL).estimate)


@pytest.mark.parametrize("test", [breslow_day, tarone, cochran_q, interaction_test])
def test_a_single_informative_stratum_agrees_with_nothing(test: Any) -> None:
    found = test(Binomial([3, 0], [10, 10]), Binomial([5, 0], [10, 10]))
    assert found.df == 0
    assert np.isnan([found.statistic, found.p]).all()


def test_the_score_interval_by_share_needs_both_arms_in_every_stratum() -> None:
    arms = Binomial([3, 2], [10, 10]), Binomial([5, 0], [10, 0])
    assert np.isnan(stratified_difference(*arms, weigh=by_share)).all()
    assert np.isnan(post_stratified_difference(*arms)).all()


def test_a_billion_units_keep_their_digits() -> None:
    """20 in a million against 10 in a million, in two equal strata."""
    rare = Binomial([20_000] * 2, [10**9] * 2), Binomial([10_000] * 2, [10**9] * 2)
    found = stratified_difference(*rare)
    half = 1.959963984540054 * np.sqrt(30_000 * 2) / (2 * 10**9)
    assert found.estimate == pytest.approx(1e-5, rel=1e-14)
    assert found.high - found.low == pytest.approx(2 * half, rel=1e-4)


def test_cells_of_a_batch_have_levels_of_their_own() -> None:
    found = stratified_difference(OPEN, KEYHOLE, level=[0.8, 0.95])
    assert found.low.shape == (2,)
    assert found.low[1] == stratified_difference(OPEN, KEYHOLE).low


@pytest.mark.parametrize(
    ("treated", "control", "message"),
    [
        (Binomial(3, 5), Binomial(3, 5), "needs strata along its last axis"),
        (Binomial([3, 4], 5), Binomial([3, 4, 5], 9), "do not broadcast"),
    ],
)
def test_arms_without_common_strata_are_refused(
    treated: Binomial, control: Binomial, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        tables(treated, control)


def test_a_share_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shares must be at least 0 and finite, got -1"):
        post_stratified_rate(OPEN, [2, -1])


def test_a_correction_moves_the_observed_sum_at_most_onto_the_expected_one() -> None:
    assert cochran_mantel_haenszel(WOMEN, MEN, correction=1_000).z == 0
