"""Facts about the other intervals and tests of two rates; known tables are in tests/golden."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import odds_ratios as odds_ratio, other_intervals, other_tests, scas
from abmicro.stats.proportions.margin_tests import (
    equivalence,
    noninferiority,
    relative_noninferiority,
)
from abmicro.stats.proportions.other_tests import farrington_manning

INTERVALS = [
    odds_ratio.gart,
    odds_ratio.mover_odds_ratio,
    odds_ratio.odds_ratio,
    odds_ratio.uninflated_odds_ratio,
    odds_ratio.woolf,
    scas.skewed_difference,
    scas.skewed_lift,
    other_intervals.adjusted_log,
    other_intervals.agresti_caffo,
    other_intervals.katz,
    other_intervals.koopman,
    other_intervals.mee,
    other_intervals.mover_lift,
    other_intervals.pooled_difference,
    other_intervals.wald_difference,
]
TESTS = [
    odds_ratio.odds_score_test,
    other_tests.farrington_manning,
    other_tests.g_test,
    other_tests.pooled_test,
    other_tests.ratio_farrington_manning,
    other_tests.unpooled_test,
    other_tests.yates_test,
]
TREATED, CONTROL = Binomial(56, 70), Binomial(48, 80)


# --- none or all reached --------------------------------------------------------------------------


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("reached", [0, 1])
def test_none_or_all_in_both_arms_is_no_evidence(test: Callable[..., Any], reached: int) -> None:
    assert test(Binomial(10 * reached, 10), Binomial(20 * reached, 20)) == (0, 1)


def test_the_odds_ratio_is_open_where_an_arm_is_at_an_end() -> None:
    none, some, every = Binomial(0, 20), Binomial(5, 20), Binomial(20, 20)
    assert odds_ratio.odds_ratio(none, some).low == 0
    assert odds_ratio.odds_ratio(some, none).high == np.inf
    assert odds_ratio.odds_ratio(every, some).high == np.inf
    assert odds_ratio.odds_ratio(some, every).low == 0
    assert odds_ratio.odds_ratio(none, none)[1:] == (0, np.inf)


def test_one_of_one_against_none_of_one_has_odds_by_hand() -> None:
    # m moves in every cell: m^2 (2 / (1 - m) + 2 / m) = chi with N / (N - 1) = 2, so that
    # m = chi / (2 + chi), and the odds ratio is ((1 - m) / m)^2 = (2 / chi)^2.
    chi = 2 * 1.959963984540054**2
    effect = odds_ratio.odds_ratio(Binomial(1, 1), Binomial(0, 1))
    assert effect.low == pytest.approx((2 / chi) ** 2, rel=1e-13)
    assert effect.high == np.inf


@pytest.mark.parametrize("method", [other_intervals.katz, odds_ratio.woolf])
def test_a_log_without_variance_leaves_the_ratio_open(method: Callable[..., Any]) -> None:
    floor = -1 if method is other_intervals.katz else 0
    for one, other in ((0, 5), (5, 0), (0, 0)):
        _, low, high = method(Binomial(one, 9), Binomial(other, 9))
        assert (low, high) == (floor, np.inf)


def test_mover_has_no_odds_ratio_next_to_all_against_none() -> None:
    _, low, high = odds_ratio.mover_odds_ratio(Binomial(9, 9), Binomial(0, 9))
    assert np.isnan(low)
    assert high == np.inf


@pytest.mark.parametrize("method", [*INTERVALS, *TESTS])
@pytest.mark.parametrize("empty", [(0, 0, 5, 10), (5, 10, 0, 0), (0, 0, 0, 0), (1, 1, 0, 0)])
def test_an_arm_without_units_gives_nothing_but_nan(
    method: Callable[..., Any], empty: tuple[int, int, int, int]
) -> None:
    assert np.isnan(method(Binomial(*empty[:2]), Binomial(*empty[2:]))).all()


# --- size -----------------------------------------------------------------------------------------


def test_g_keeps_its_digits_where_it_is_tiny() -> None:
    # Two arms of 1e9 that differ by two units in 1e9: G = chi-square to first order.
    arms = Binomial(500_000_001, 10**9), Binomial(499_999_999, 10**9)
    pooled, g = other_tests.pooled_test(*arms).z, other_tests.g_test(*arms).z
    assert pooled == pytest.approx(2 / math.sqrt(10**9) / math.sqrt(0.5), rel=1e-14)
    assert g == pytest.approx(pooled, rel=1e-12)


# --- margins --------------------------------------------------------------------------------------


def test_where_lower_is_better_a_rise_is_the_loss() -> None:
    up = noninferiority(TREATED, CONTROL, margin=0.1)
    down = noninferiority(CONTROL, TREATED, margin=0.1, direction="down")
    assert up.p == pytest.approx(down.p, rel=1e-12)


def test_a_relative_margin_is_that_part_of_the_control() -> None:
    treated, control = Binomial(980, 10_000), Binomial(1_000, 10_000)
    assert relative_noninferiority(treated, control, margin=0.02).z == pytest.approx(0, abs=1e-12)


def test_equivalence_is_the_worse_of_both_sides() -> None:
    found = equivalence(TREATED, CONTROL, low=0, high=0.3, test=farrington_manning)
    assert found.p == max(found.above.p, found.below.p)
    assert found.below.p == farrington_manning(TREATED, CONTROL, null=0.3, alternative="less").p


# --- shapes and bad input -------------------------------------------------------------------------


@pytest.mark.parametrize("method", INTERVALS)
def test_arms_and_levels_broadcast_and_scalars_give_floats(method: Callable[..., Any]) -> None:
    treated, control = Binomial(np.ones((2, 3, 4)), 9), Binomial(np.ones((1, 3, 4)), 10)
    effect = method(treated, control, level=[0.8, 0.9, 0.95, 0.99])
    assert {field.shape for field in effect} == {(2, 3, 4)}
    assert all(isinstance(field, float) for field in method(TREATED, CONTROL))
    assert method(Binomial([], []), Binomial([], [])).low.shape == (0,)


@pytest.mark.parametrize("method", INTERVALS)
def test_an_interval_names_a_bad_level(method: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"level must lie strictly between .* and 1, got 1"):
        method(TREATED, CONTROL, level=1)


@pytest.mark.parametrize("test", TESTS)
def test_a_test_names_a_bad_alternative(test: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"alternative must be one of .*, got 'larger'"):
        test(TREATED, CONTROL, alternative="larger")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: noninferiority(TREATED, CONTROL, margin=0), "margin must lie strictly .* got 0"),
        (
            lambda: noninferiority(TREATED, CONTROL, margin=0.1, direction="left"),
            "direction must be one of up, down, got 'left'",
        ),
        (
            lambda: equivalence(TREATED, CONTROL, low=0.1, high=0.1),
            "low must be below high, got 0.1",
        ),
        (
            lambda: odds_ratio.odds_score_test(TREATED, CONTROL, null=0),
            "null must lie strictly between 1e-100 and .*, got 0",
        ),
        (lambda: farrington_manning(TREATED, CONTROL, null=1), "null must lie strictly .* got 1"),
    ],
)
def test_bad_input_is_named_with_its_value(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
