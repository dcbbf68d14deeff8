"""Facts about intervals and tests of proportions: ends of the range, bad input, known tables.

The agreement with published and recomputed values is in tests/golden, the laws in tests/laws.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.miettinen_nurminen import (
    difference,
    lift,
    newcombe,
    ratio_score_test,
    score_test,
)
from abmicro.stats.proportions.one_sample import wilson

TWO_ARMS = [difference, lift, newcombe, score_test, ratio_score_test]
CHI = float(ndtri(0.025) ** 2)


# --- none or all reached: the score ends can be derived by hand -----------------------------------


def test_none_reached_ends_where_one_arm_alone_has_that_score() -> None:
    # The treated rate moves alone: n p / (1 - p) = chi N / (N - 1), so p = c / (n + c).
    effect = difference(Binomial(0, 10), Binomial(0, 20))
    c = CHI * 30 / 29
    assert effect.high == pytest.approx(c / (10 + c), rel=1e-14)
    assert effect.low == pytest.approx(-c / (20 + c), rel=1e-14)


def test_none_against_all_has_an_upper_end_of_one() -> None:
    effect = difference(Binomial(10, 10), Binomial(0, 20))
    assert effect.estimate == effect.high == 1
    assert 0.7 < effect.low < 0.72


def test_one_of_one_against_none_of_one_has_a_ratio_above_a_quarter() -> None:
    # By hand: multiplier 2 chi, treated rate 1 / (2 chi), control rate 1/2. statsmodels says 2.
    effect = lift(Binomial(1, 1), Binomial(0, 1))
    assert effect.low + 1 == pytest.approx(1 / CHI, rel=1e-14)
    assert effect.high == np.inf


def test_against_a_control_where_all_reached_only_the_treated_rate_moves() -> None:
    # The lower end is then Wilson's, at the score with N / (N - 1). Other programs return 0.606.
    _, low, _ = lift(Binomial(29, 55), Binomial(11, 11))
    level = 1 - 2 * float(ndtr(-np.sqrt(CHI * 66 / 65)))
    assert low + 1 == pytest.approx(wilson(Binomial(29, 55), level=level).low, rel=1e-13)
    assert low + 1 == pytest.approx(0.397, abs=5e-4)


def test_none_in_both_arms_is_no_evidence_and_leaves_the_ratio_open() -> None:
    none = Binomial(0, 10), Binomial(0, 20)
    assert score_test(*none) == (0, 1)
    assert ratio_score_test(*none, null=0.9) == (0, 1)
    assert lift(*none)[1:] == (-1, np.inf)


def test_all_in_both_arms_is_no_evidence_of_a_difference() -> None:
    assert score_test(Binomial(10, 10), Binomial(20, 20)) == (0, 1)


def test_no_control_conversion_makes_the_lift_infinite_but_not_the_lower_end() -> None:
    effect = lift(Binomial(5, 56), Binomial(0, 29))
    assert effect.estimate == effect.high == np.inf
    assert -1 < effect.low < 0


def test_no_treated_conversion_is_a_lift_of_exactly_minus_one() -> None:
    effect = lift(Binomial(0, 82_493_333), Binomial(1, 216_711_061))
    assert effect.estimate == effect.low == -1


def test_wilson_ends_exactly_at_zero_and_one() -> None:
    assert wilson(Binomial(0, 7)).low == 0
    assert wilson(Binomial(7, 7)).high == 1


@pytest.mark.parametrize("method", TWO_ARMS)
@pytest.mark.parametrize("empty", [(0, 0, 5, 10), (5, 10, 0, 0), (0, 0, 0, 0), (1, 1, 0, 0)])
def test_an_arm_without_units_gives_nothing_but_nan(
    method: Callable[..., tuple[float, ...]], empty: tuple[int, int, int, int]
) -> None:
    assert np.isnan(method(Binomial(*empty[:2]), Binomial(*empty[2:]))).all()


def test_a_rate_without_units_is_nan() -> None:
    assert np.isnan(wilson(Binomial(0, 0))).all()


# --- size -----------------------------------------------------------------------------------------


def test_one_conversion_in_a_billion_more_is_seen_exactly() -> None:
    treated, control = Binomial(500_000_001, 1_000_000_000), Binomial(333_333_334, 666_666_667)
    difference_of_counts = 500_000_001 * 666_666_667 - 333_333_334 * 1_000_000_000
    expected = difference_of_counts / (1_000_000_000 * 666_666_667)
    assert difference(treated, control).estimate == pytest.approx(expected, rel=1e-15)


def test_a_tiny_p_value_keeps_its_digits() -> None:
    test = score_test(Binomial(7_370, 1_000_000), Binomial(4_370, 1_000_000))
    assert test.p == pytest.approx(math.erfc(test.z / math.sqrt(2)), rel=1e-12)
    assert 0 < test.p < 1e-150


def test_the_score_at_null_zero_is_the_pooled_z_with_n_minus_1() -> None:
    # 4-fold table of Campbell (2007): chi-square times (N - 1)/N.
    pooled = 126 / 150
    se = np.sqrt(pooled * (1 - pooled) * (1 / 80 + 1 / 70))
    expected = (60 / 70 - 66 / 80) / se * np.sqrt(149 / 150)
    assert score_test(Binomial(60, 70), Binomial(66, 80)).z == pytest.approx(expected, rel=1e-14)


# --- shapes ---------------------------------------------------------------------------------------


def test_scalars_in_give_floats_out() -> None:
    for effect in (difference(Binomial(3, 9), Binomial(2, 9)), wilson(Binomial(3, 9))):
        assert all(isinstance(field, float) for field in effect)
    assert isinstance(ratio_score_test(Binomial(3, 9), Binomial(2, 9)).z, float)


def test_arms_and_levels_broadcast_and_every_field_has_the_full_shape() -> None:
    treated, control = Binomial(np.ones((2, 3, 4)), 9), Binomial(np.ones((1, 3, 4)), 10)
    for method in (difference, lift, newcombe):
        effect = method(treated, control, level=[0.8, 0.9, 0.95, 0.99])
        assert {field.shape for field in effect} == {(2, 3, 4)}


def test_levels_alone_may_carry_the_shape() -> None:
    effect = difference(Binomial(3, 9), Binomial(2, 9), level=[[0.9], [0.95]])
    assert {field.shape for field in effect} == {(2, 1)}


def test_no_cells_give_no_cells() -> None:
    assert lift(Binomial([], []), Binomial([], [])).low.shape == (0,)


def test_counts_are_kept_apart_from_the_array_they_came_from() -> None:
    given = np.array([1.0, 2.0])
    arm = Binomial(given, 5)
    given[0] = 4
    assert arm.reached[0] == 1
    assert not arm.reached.flags.writeable


# --- bad input ------------------------------------------------------------------------------------

ARM = Binomial(3, 9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Binomial(-1, 5), "reached must be whole numbers from 0 to 2**53 - 1, got -1"),
        (lambda: Binomial(1.5, 5), "reached must be whole numbers from 0 to 2**53 - 1, got 1.5"),
        (lambda: Binomial(1, np.nan), "trials must be whole numbers from 0 to 2**53 - 1, got nan"),
        (lambda: Binomial(1, 2**53), f"trials must be whole .* got {2**53}"),
        (lambda: Binomial(1, 2**53 + 1), f"trials must be whole .* got {2**53 + 1}"),
        (lambda: Binomial("3", 9), "reached must be numbers, got '3'"),
        (lambda: Binomial(None, 9), "reached must be numbers, got None"),
        (lambda: Binomial([[1], [2, 3]], 9), "reached must be of one shape, got"),
        (lambda: Binomial([4, 6], [5, 5]), "reached must not exceed trials, got 6 of 5"),
        (lambda: Binomial([1, 2], [5, 5, 5]), r"do not broadcast: reached \(2,\), trials \(3,\)"),
        (lambda: wilson(ARM, level=95), "level must lie strictly between 0 and 1, got 95"),
        (lambda: lift(ARM, ARM, level=[0.9, 1]), "level must lie strictly between 0 and 1, got 1"),
        (
            lambda: difference(ARM, ARM, level=np.nan),
            "level must lie strictly between 0 and 1, got nan",
        ),
        (lambda: score_test(ARM, ARM, null=-1), "null must lie strictly between -1 and 1, got -1"),
        (
            lambda: ratio_score_test(ARM, ARM, null=0),
            "null must lie strictly .*, got 0",
        ),
        (
            lambda: score_test(ARM, ARM, alternative="larger"),
            "alternative must be one of two-sided, greater, less, got 'larger'",
        ),
        (
            lambda: lift(Binomial([1, 2], 9), Binomial([1, 2, 3], 9)),
            r"treated.reached \(2,\), .*, control.reached \(3,\)",
        ),
    ],
)
def test_bad_input_is_named_with_its_value(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("**", r"\*\*")):
        call()
