"""Facts about intervals of one rate; published and recomputed values are in tests/golden."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.one_sample import (
    agresti_coull,
    clopper_pearson,
    jeffreys,
    midp,
    rate_score_test,
    wald,
    wilson,
    wilson_corrected,
)

INTERVALS = [agresti_coull, clopper_pearson, jeffreys, midp, wald, wilson, wilson_corrected]
ENDED = [clopper_pearson, jeffreys, midp, wilson, wilson_corrected]
ARM = Binomial(3, 9)


def test_none_of_n_ends_where_that_has_half_of_alpha() -> None:
    # (1 - p)^n = 0.025; the mid-P interval counts half of it.
    assert clopper_pearson(Binomial(0, 20)).high == pytest.approx(1 - 0.025 ** (1 / 20), rel=1e-14)
    assert midp(Binomial(0, 20)).high == pytest.approx(1 - 0.05 ** (1 / 20), rel=1e-14)


def test_none_of_a_billion_ends_at_the_rule_of_three() -> None:
    # -log(0.05) / n; an end of 3e-9 has all its digits.
    expected = -np.expm1(np.log(0.05) / 1e9)
    assert midp(Binomial(0, 10**9)).high == pytest.approx(expected, rel=1e-12)


def test_one_of_a_billion_starts_at_the_tail_over_n() -> None:
    # 1 - (1 - p)^n = 0.025
    expected = -np.expm1(np.log1p(-0.025) / 1e9)
    assert clopper_pearson(Binomial(1, 10**9)).low == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("method", ENDED)
def test_the_ends_are_exactly_zero_and_one_where_none_or_all_reached(
    method: Callable[..., Any],
) -> None:
    assert method(Binomial(0, 7)).low == 0
    assert method(Binomial(7, 7)).high == 1


@pytest.mark.parametrize("method", INTERVALS)
def test_a_rate_without_units_is_nan(method: Callable[..., Any]) -> None:
    assert np.isnan(method(Binomial(0, 0))).all()


def test_the_test_of_a_rate_without_units_is_nan() -> None:
    assert np.isnan(rate_score_test(Binomial(0, 0), null=0.5)).all()


@pytest.mark.parametrize("method", INTERVALS)
@pytest.mark.parametrize("level", [1e-300, 1e-9, 1 - 1e-15])
def test_no_level_is_too_low_or_too_high(method: Callable[..., Any], level: float) -> None:
    effect = method(Binomial([0, 1, 5, 999, 10**9], [1, 1, 10, 1000, 10**9]), level=level)
    assert (effect.low <= effect.high * (1 + 1e-12)).all()


@pytest.mark.parametrize("method", INTERVALS)
def test_rates_and_levels_broadcast_and_scalars_give_floats(method: Callable[..., Any]) -> None:
    effect = method(Binomial(np.ones((2, 1)), 9), level=[0.9, 0.95, 0.99])
    assert {field.shape for field in effect} == {(2, 3)}
    assert all(isinstance(field, float) for field in method(ARM))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson(ARM, level=95), "level must lie strictly between 0 and 1, got 95"),
        (lambda: midp(ARM, level=np.nan), "level must lie strictly between 0 and 1, got nan"),
        (lambda: rate_score_test(ARM, null=0), "null must lie strictly between 0 and 1, got 0"),
        (
            lambda: rate_score_test(ARM, null=0.5, alternative="more"),
            "alternative must be one of two-sided, greater, less, got 'more'",
        ),
        (
            lambda: jeffreys(Binomial([1, 2], 9), level=[0.8, 0.9, 0.95]),
            r"do not broadcast: arm \(2,\), choice \(3,\)",
        ),
    ],
)
def test_bad_input_is_named_with_its_value(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
