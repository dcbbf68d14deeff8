"""Laws that the other intervals and tests of two rates keep for counts from one to a billion."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import other_intervals
from abmicro.stats.proportions.margin_tests import (
    equivalence,
    noninferiority,
    relative_noninferiority,
)
from abmicro.stats.proportions.miettinen_nurminen import difference, lift
from abmicro.stats.proportions.odds_ratios import (
    gart,
    mover_odds_ratio,
    odds_ratio,
    odds_score_test,
    uninflated_odds_ratio,
    woolf,
)
from abmicro.stats.proportions.other_tests import (
    farrington_manning,
    g_test,
    pooled_test,
    ratio_farrington_manning,
    unpooled_test,
    yates_test,
)
from abmicro.stats.proportions.scas import skewed_difference, skewed_lift

from ..examples import examples
from .arms import LEVELS, arms, assert_left_out_when_rejected, close, complement, scaled

DIFFERENCES = [
    other_intervals.agresti_caffo,
    other_intervals.mee,
    other_intervals.pooled_difference,
    other_intervals.wald_difference,
    skewed_difference,
]
LIFTS = [
    other_intervals.adjusted_log,
    other_intervals.katz,
    other_intervals.koopman,
    other_intervals.mover_lift,
    skewed_lift,
]
ODDS = [gart, mover_odds_ratio, odds_ratio, uninflated_odds_ratio, woolf]
TESTS = [farrington_manning, g_test, pooled_test, unpooled_test, yates_test]
INVERTED = [  # interval, test, what the null has more than the effect, largest effect looked at
    (other_intervals.mee, farrington_manning, 0, 1 - 1e-6),
    (other_intervals.koopman, ratio_farrington_manning, 1, 1e6),
    (odds_ratio, odds_score_test, 0, 1e6),
]
ODDS_NULLS = st.floats(-12, 12).map(lambda power: 2.0**power)


def by_name(methods: list[Any]) -> Callable[[Any], Any]:
    """A law of several methods: a few examples for each of them."""
    each = pytest.mark.parametrize("method", methods, ids=lambda method: method.__name__)
    return lambda law: each(examples(20)(law))


# --- symmetry -------------------------------------------------------------------------------------


@by_name(DIFFERENCES)
@given(one=arms(), other=arms(), level=LEVELS)
def test_swapping_arms_negates_the_difference(
    method: Any, one: Binomial, other: Binomial, level: float
) -> None:
    there, back = method(one, other, level=level), method(other, one, level=level)
    assert tuple(there) == close((-back.estimate, -back.high, -back.low))


@by_name(DIFFERENCES)
@given(treated=arms(), control=arms(), level=LEVELS)
def test_the_complement_of_the_goal_flips_the_difference(
    method: Any, treated: Binomial, control: Binomial, level: float
) -> None:
    effect = method(treated, control, level=level)
    flipped = method(complement(treated), complement(control), level=level)
    assert tuple(effect) == close((-flipped.estimate, -flipped.high, -flipped.low))


@by_name(LIFTS)
@given(one=arms(), other=arms(), level=LEVELS)
def test_swapping_arms_inverts_the_ratio(
    method: Any, one: Binomial, other: Binomial, level: float
) -> None:
    low, high = method(one, other, level=level).low + 1, method(other, one, level=level).high + 1
    assert low == 0 if np.isinf(high) else low * high == close(1, scale=1e-15 * (low + high))


@by_name(ODDS)
@given(one=arms(), other=arms(), level=LEVELS)
def test_swapping_arms_inverts_the_odds_ratio(
    method: Any, one: Binomial, other: Binomial, level: float
) -> None:
    low, high = method(one, other, level=level).low, method(other, one, level=level).high
    assert low == 0 if np.isinf(high) else low * high == close(1) or np.isnan([low, high]).all()


@by_name([gart, odds_ratio, uninflated_odds_ratio, woolf])
@given(treated=arms(), control=arms(), level=LEVELS)
def test_the_complement_of_the_goal_inverts_the_odds_ratio(
    method: Any, treated: Binomial, control: Binomial, level: float
) -> None:
    effect = method(treated, control, level=level)
    flipped = method(complement(treated), complement(control), level=level)
    assert effect.low == 0 if np.isinf(flipped.high) else effect.low * flipped.high == close(1)


@by_name(TESTS)
@given(one=arms(), other=arms())
def test_swapping_arms_negates_the_score(method: Any, one: Binomial, other: Binomial) -> None:
    assert method(one, other).z == close(-method(other, one).z, rel=1e-11)


@given(one=arms(), other=arms(), null=ODDS_NULLS)
def test_swapping_arms_negates_the_score_of_the_inverse_odds_ratio(
    one: Binomial, other: Binomial, null: float
) -> None:
    there = odds_score_test(one, other, null=null).z
    assert there == close(-odds_score_test(other, one, null=1 / null).z, rel=1e-9, scale=1e-9)


# --- one hypothesis -------------------------------------------------------------------------------


@given(treated=arms(), control=arms())
def test_without_an_effect_all_scores_are_the_pooled_one(
    treated: Binomial, control: Binomial
) -> None:
    pooled = pooled_test(treated, control).z
    shrunk = pooled * np.sqrt(1 - 1 / (treated.trials + control.trials))
    assert farrington_manning(treated, control).z == close(pooled, rel=1e-6)
    assert ratio_farrington_manning(treated, control).z == close(pooled, rel=1e-6)
    assert odds_score_test(treated, control).z == close(shrunk, rel=1e-9)


@given(treated=arms(), control=arms())
def test_yates_is_never_further_out_than_pooled(treated: Binomial, control: Binomial) -> None:
    corrected, pooled = yates_test(treated, control), pooled_test(treated, control)
    assert abs(corrected.z) <= abs(pooled.z)
    assert corrected.z * pooled.z >= 0


@pytest.mark.parametrize(("interval", "test", "more", "most"), INVERTED)
@given(treated=arms(), control=arms(), level=LEVELS)
def test_at_the_ends_of_an_interval_its_test_has_p_one_minus_level(
    interval: Any, test: Any, more: int, most: float, treated: Binomial, control: Binomial,
    level: float,
) -> None:  # fmt: skip
    for end in interval(treated, control, level=level)[1:]:
        null = end + more
        if abs(null) < most and (interval is other_intervals.mee or null > 1e-6):
            assert test(treated, control, null=null).p == close(1 - level, rel=1e-6)


@given(treated=arms(), control=arms(), null=ODDS_NULLS, level=LEVELS)
def test_the_odds_ratio_leaves_out_a_null_exactly_when_the_test_rejects_it(
    treated: Binomial, control: Binomial, null: float, level: float
) -> None:
    p = odds_score_test(treated, control, null=null).p
    _, low, high = odds_ratio(treated, control, level=level)
    assert_left_out_when_rejected(p, level, null, low, high)


@given(treated=arms(), control=arms(), margin=st.floats(0.001, 0.5), level=LEVELS)
def test_no_worse_means_that_the_interval_stays_on_the_good_side_of_the_margin(
    treated: Binomial, control: Binomial, margin: float, level: float
) -> None:
    alpha = (1 - level) / 2
    for interval, test in ((difference, noninferiority), (lift, relative_noninferiority)):
        _, low, high = interval(treated, control, level=level)
        up, down = (
            test(treated, control, margin=margin, direction=way).p for way in ("up", "down")
        )
        assume(min(abs(up / alpha - 1), abs(down / alpha - 1)) > 1e-9)
        assert (up < alpha) == (low > -margin)
        assert (down < alpha) == (high < margin)


@given(treated=arms(), control=arms(), ends=st.tuples(st.floats(-0.5, 0), st.floats(0.001, 0.5)))
def test_arms_are_equivalent_exactly_where_the_interval_lies_within_the_margins(
    treated: Binomial, control: Binomial, ends: tuple[float, float]
) -> None:
    p = equivalence(treated, control, low=ends[0], high=ends[1]).p
    assume(abs(p / 0.05 - 1) > 1e-9)
    _, low, high = difference(treated, control, level=0.9)
    assert (p < 0.05) == (ends[0] < low and high < ends[1])


# --- order ----------------------------------------------------------------------------------------


@by_name(DIFFERENCES + LIFTS + ODDS)
@given(treated=arms(), control=arms(), levels=st.tuples(LEVELS, LEVELS).map(sorted))
def test_a_higher_level_contains_the_lower(
    method: Any, treated: Binomial, control: Binomial, levels: list[float]
) -> None:
    effect = method(treated, control, level=levels)
    assume(not np.isnan(effect.low + effect.high).any())
    slack = 1e-12 * (1 + np.abs(np.nan_to_num([effect.low[1], effect.high[0]], posinf=0)))
    assert effect.low[1] <= effect.low[0] + slack[0]
    assert effect.high[0] <= effect.high[1] + slack[1]


@by_name(DIFFERENCES)
@given(treated=arms(), control=arms(), level=LEVELS, k=st.integers(2, 1000))
def test_more_units_at_the_same_rates_never_widen(
    method: Any, treated: Binomial, control: Binomial, level: float, k: int
) -> None:
    once = method(treated, control, level=level)
    often = method(scaled(treated, k), scaled(control, k), level=level)
    assert often.high - often.low <= (once.high - once.low) * (1 + 1e-9) + 1e-15


@by_name(DIFFERENCES + LIFTS + ODDS)
@given(treated=arms(), control=arms(), level=LEVELS)
def test_every_interval_is_proper(
    method: Any, treated: Binomial, control: Binomial, level: float
) -> None:
    estimate, low, high = method(treated, control, level=level)
    assume(not np.isnan(low + high))  # which `mover_odds_ratio` says it may be
    assert low <= high
    assert (0 if method in ODDS else -1) <= low
    assert high <= (1 if method in DIFFERENCES else np.inf)
    if method not in (
        other_intervals.agresti_caffo,
        other_intervals.adjusted_log,
        gart,
    ):  # shrunk estimates
        slack = 1e-15 + 1e-12 * np.nan_to_num(abs(estimate), posinf=0)
        assert np.isnan(estimate) or low <= estimate + slack
        assert np.isnan(estimate) or estimate <= high + slack


@by_name(DIFFERENCES + LIFTS + ODDS)
@given(cells=st.lists(st.tuples(arms(), arms(), LEVELS), min_size=1, max_size=5))
def test_a_batch_gives_each_cell_what_it_gets_alone(
    method: Any, cells: list[tuple[Binomial, Binomial, float]]
) -> None:
    *sides, levels = zip(*cells, strict=True)
    batch = (Binomial([a.reached for a in side], [a.trials for a in side]) for side in sides)
    together = method(*batch, level=levels)
    alone = [method(one, other, level=level) for one, other, level in cells]
    np.testing.assert_allclose(together, np.transpose(alone), rtol=1e-10, atol=1e-300)


# --- the textbook, to sixty digits ----------------------------------------------------------------


def textbook_odds_score(counts: list[int], null: Decimal) -> Decimal:
    """Squared score of an odds ratio; the constrained rates by bisection on their odds."""
    xt, nt, xc, nc = (Decimal(count) for count in counts)
    low, high = Decimal(-200), Decimal(200)
    for _ in range(240):
        log_odds = (low + high) / 2
        odds = log_odds.exp()
        control, treated = odds / (1 + odds), null * odds / (1 + null * odds)
        few = nt * treated + nc * control < xt + xc
        low, high = (log_odds, high) if few else (low, log_odds)
    units = nt + nc
    spread = 1 / (nt * treated * (1 - treated)) + 1 / (nc * control * (1 - control))
    return (xt - nt * treated) ** 2 * spread * (units - 1) / units


@given(treated=arms(), control=arms())
@example(Binomial(1_000, 10**9), Binomial(1_100, 10**9))
@example(Binomial(10**9 - 3, 10**9), Binomial(2, 7))
@example(Binomial(10**9, 10**9), Binomial(1, 10**9))
@example(Binomial(0, 10**9), Binomial(10**9 - 1, 10**9))
def test_the_ends_of_the_odds_ratio_have_the_textbook_score_to_ten_digits(
    treated: Binomial, control: Binomial
) -> None:
    counts = [int(count) for arm in (treated, control) for count in (arm.reached, arm.trials)]
    critical = Decimal("1.959963984540054235524594430520551527956")
    with localcontext(prec=60):
        for end in odds_ratio(treated, control)[1:]:
            if 0 < end < np.inf:
                near, far = sorted(
                    textbook_odds_score(counts, Decimal(float(end)) * (1 + Decimal(slack)))
                    for slack in ("1e-10", "-1e-10")
                )
                assert near < critical**2 < far
