"""Laws that intervals and tests of proportions keep for any counts from one unit to a billion."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.proportions.miettinen_nurminen import (
    difference,
    lift,
    newcombe,
    ratio_score_test,
    score_test,
)
from abmicro.stats.proportions.one_sample import wilson

from .arms import LEVELS, arms, assert_left_out_when_rejected, close, complement, scaled

INTERVALS = [difference, newcombe, lift]
NULLS = st.floats(-0.95, 0.95)
RATIOS = st.floats(0.05, 20)
ALL_AGAINST_NONE = 1e-6  # digits kept at z > 1000, where nearly all of one arm, none of the other


# --- symmetry -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [difference, newcombe])
@given(one=arms(), other=arms(), level=LEVELS)
def test_swapping_arms_negates_the_difference(
    method: Any, one: Binomial, other: Binomial, level: float
) -> None:
    there, back = method(one, other, level=level), method(other, one, level=level)
    assert there == Effect(-back.estimate, -back.high, -back.low)


@given(one=arms(), other=arms(), level=LEVELS)
def test_swapping_arms_inverts_the_ratio(one: Binomial, other: Binomial, level: float) -> None:
    there, back = lift(one, other, level=level), lift(other, one, level=level)
    if np.isinf(back.high):
        assert there.low == -1
    else:
        ratios = there.low + 1, back.high + 1
        assert ratios[0] * ratios[1] == close(1, scale=1e-15 * sum(ratios))


@pytest.mark.parametrize("method", [difference, newcombe])
@given(treated=arms(), control=arms(), level=LEVELS)
def test_the_complement_of_the_goal_flips_the_difference(
    method: Any, treated: Binomial, control: Binomial, level: float
) -> None:
    effect = method(treated, control, level=level)
    flipped = method(complement(treated), complement(control), level=level)
    assert tuple(effect) == close((-flipped.estimate, -flipped.high, -flipped.low))


@given(arm=arms(), level=LEVELS)
def test_the_complement_of_the_goal_mirrors_a_rate(arm: Binomial, level: float) -> None:
    rate, mirrored = wilson(arm, level=level), wilson(complement(arm), level=level)
    assert tuple(rate) == close((1 - mirrored.estimate, 1 - mirrored.high, 1 - mirrored.low))


@given(one=arms(), other=arms(), null=NULLS)
def test_swapping_arms_negates_the_score(one: Binomial, other: Binomial, null: float) -> None:
    assert score_test(one, other, null=null).z == -score_test(other, one, null=-null).z


@given(one=arms(), other=arms(), null=st.sampled_from([0.5, 0.25, 1.0, 2.0, 8.0]))
def test_swapping_arms_negates_the_score_of_the_inverse_ratio(
    one: Binomial, other: Binomial, null: float
) -> None:
    there, back = (
        ratio_score_test(one, other, null=null),
        ratio_score_test(other, one, null=1 / null),
    )
    assert there.z == close(-back.z, rel=1e-9, scale=1e-9)


# --- one statistic --------------------------------------------------------------------------------


@given(treated=arms(), control=arms())
def test_no_difference_and_ratio_one_are_one_hypothesis(
    treated: Binomial, control: Binomial
) -> None:
    one, other = score_test(treated, control), ratio_score_test(treated, control)
    assert one.z == close(other.z, rel=ALL_AGAINST_NONE)


@given(treated=arms(), control=arms())
def test_at_no_difference_the_score_is_n_minus_1_chi_square(
    treated: Binomial, control: Binomial
) -> None:
    xt, nt, xc, nc = (
        int(count) for arm in (treated, control) for count in (arm.reached, arm.trials)
    )
    reached, units = xt + xc, nt + nc
    assume(0 < reached < units)
    cross = (xt * nc - xc * nt) ** 2 * (units - 1)
    chi_square = cross / (reached * (units - reached) * nt * nc)
    assert score_test(treated, control).z ** 2 == close(chi_square, rel=ALL_AGAINST_NONE)


@given(treated=arms(), control=arms(), level=LEVELS)
def test_at_the_ends_of_the_difference_p_is_one_minus_level(
    treated: Binomial, control: Binomial, level: float
) -> None:
    _, *ends = difference(treated, control, level=level)
    for end in ends:
        if abs(end) < 1:
            p = score_test(treated, control, null=end).p
            assert p == close(1 - level, rel=1e-6)


@given(treated=arms(), control=arms(), level=LEVELS)
def test_at_the_ends_of_the_lift_p_is_one_minus_level(
    treated: Binomial, control: Binomial, level: float
) -> None:
    _, *ends = lift(treated, control, level=level)
    for end in ends:
        if -1 + 1e-6 < end < np.inf:  # nearer to -1 the lift itself has too few digits
            p = ratio_score_test(treated, control, null=end + 1).p
            assert p == close(1 - level, rel=1e-6)


@given(treated=arms(), control=arms(), null=NULLS, level=LEVELS)
def test_the_difference_leaves_out_a_null_exactly_when_the_test_rejects_it(
    treated: Binomial, control: Binomial, null: float, level: float
) -> None:
    p = score_test(treated, control, null=null).p
    _, low, high = difference(treated, control, level=level)
    assert_left_out_when_rejected(p, level, null, low, high)


@given(treated=arms(), control=arms(), ratio=RATIOS, level=LEVELS)
def test_the_lift_leaves_out_a_ratio_exactly_when_the_test_rejects_it(
    treated: Binomial, control: Binomial, ratio: float, level: float
) -> None:
    p = ratio_score_test(treated, control, null=ratio).p
    _, low, high = lift(treated, control, level=level)
    assert_left_out_when_rejected(p, level, ratio - 1, low, high)


@given(treated=arms(), control=arms(), level=LEVELS)
def test_difference_and_lift_agree_about_zero(
    treated: Binomial, control: Binomial, level: float
) -> None:
    assume(abs(score_test(treated, control).p / (1 - level) - 1) > 1e-9)
    one, other = difference(treated, control, level=level), lift(treated, control, level=level)
    assert (one.low > 0, one.high < 0) == (other.low > 0, other.high < 0)


@given(treated=arms(), control=arms(), null=NULLS)
def test_one_sided_p_values_add_to_one_and_the_smaller_doubles(
    treated: Binomial, control: Binomial, null: float
) -> None:
    greater, less, both = (
        score_test(treated, control, null=null, alternative=side).p
        for side in ("greater", "less", "two-sided")
    )
    assert greater + less == close(1)
    assert 2 * min(greater, less) == close(both)


# --- order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", INTERVALS)
@given(treated=arms(), control=arms(), levels=st.tuples(LEVELS, LEVELS).map(sorted))
def test_a_higher_level_contains_the_lower(
    method: Any, treated: Binomial, control: Binomial, levels: list[float]
) -> None:
    effect = method(treated, control, level=levels)
    assert effect.low[1] <= effect.low[0]
    assert effect.high[0] <= effect.high[1]


@pytest.mark.parametrize("method", [difference, newcombe])
@given(treated=arms(), control=arms(), level=LEVELS, k=st.integers(2, 1000))
def test_more_units_at_the_same_rates_never_widen(
    method: Any, treated: Binomial, control: Binomial, level: float, k: int
) -> None:
    once = method(treated, control, level=level)
    often = method(scaled(treated, k), scaled(control, k), level=level)
    assert often.high - often.low <= (once.high - once.low) * (1 + 1e-9) + 1e-15


@given(treated=arms(), control=arms(), nulls=st.tuples(NULLS, NULLS).map(sorted))
def test_the_score_falls_as_the_null_rises(
    treated: Binomial, control: Binomial, nulls: list[float]
) -> None:
    z = score_test(treated, control, null=nulls).z
    assert z[0] >= z[1] - 1e-9 * abs(z[1])


# --- extremes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", INTERVALS)
@given(treated=arms(), control=arms(), level=LEVELS)
def test_every_interval_is_proper_and_holds_its_estimate(
    method: Any, treated: Binomial, control: Binomial, level: float
) -> None:
    estimate, low, high = method(treated, control, level=level)
    assert -1 <= low < high
    assert np.isnan(estimate) or low <= estimate <= high
    assert method is lift or high <= 1


@given(arm=arms(), level=st.floats(1e-9, 1 - 1e-12))
def test_every_rate_interval_lies_within_zero_and_one(arm: Binomial, level: float) -> None:
    estimate, low, high = wilson(arm, level=level)
    assert 0 <= low <= estimate <= high <= 1


@pytest.mark.parametrize("method", INTERVALS)
@given(level=st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_no_level_is_too_low_or_too_high_for_a_small_table(method: Any, level: float) -> None:
    _, low, high = method(Binomial([0, 1, 1], 1), Binomial([[0], [1]], 1), level=level)
    assert not np.isnan(low).any()
    assert not np.isnan(high).any()


# --- many cells at once ---------------------------------------------------------------------------


@given(cells=st.lists(st.tuples(arms(), arms(), LEVELS, NULLS, RATIOS), min_size=1, max_size=6))
def test_a_batch_gives_each_cell_what_it_gets_alone(
    cells: list[tuple[Binomial, Binomial, float, float, float]],
) -> None:
    one, other, level, null, ratio = zip(*cells, strict=True)
    treated, control = (
        Binomial([arm.reached for arm in side], [arm.trials for arm in side])
        for side in (one, other)
    )
    for method, name, choice in (
        (difference, "level", level),
        (newcombe, "level", level),
        (lift, "level", level),
        (score_test, "null", null),
        (ratio_score_test, "null", ratio),
    ):
        together: tuple[Any, ...] = method(treated, control, **{name: choice})
        alone = [
            method(a, b, **{name: each}) for a, b, each in zip(one, other, choice, strict=True)
        ]
        np.testing.assert_array_equal(together, np.transpose(alone))


# --- the textbook, to sixty digits ----------------------------------------------------------------


def textbook_score(counts: list[int], null: Decimal, effect: str) -> Decimal:
    """Squared Miettinen-Nurminen score, its constrained rates by bisection on the likelihood."""
    xt, nt, xc, nc = (Decimal(count) for count in counts)
    ratio = null if effect == "ratio" else Decimal(1)
    shift = null if effect == "difference" else Decimal(0)
    low, high = max(Decimal(0), -shift), min(Decimal(1), (1 - shift) / ratio)
    for _ in range(200):
        control = (low + high) / 2
        treated = shift + ratio * control
        spread_c, spread_t = control * (1 - control), treated * (1 - treated)
        rising = (xc - nc * control) * spread_t + ratio * (xt - nt * treated) * spread_c > 0
        low, high = (control, high) if rising else (low, control)
    variance = (spread_t / nt + ratio**2 * spread_c / nc) * (nt + nc) / (nt + nc - 1)
    return (xt / nt - shift - ratio * xc / nc) ** 2 / variance


@given(treated=arms(), control=arms())
@example(Binomial(0, 10**9), Binomial(0, 10**9))
@example(Binomial(1_000, 10**9), Binomial(1_100, 10**9))
@example(Binomial(10**9 - 3, 10**9), Binomial(2, 7))
@example(Binomial(10**9, 10**9), Binomial(0, 1))
def test_the_ends_have_the_textbook_score_to_ten_digits(
    treated: Binomial, control: Binomial
) -> None:
    counts = [int(count) for arm in (treated, control) for count in (arm.reached, arm.trials)]
    _, *differences = difference(treated, control)
    _, *lifts = lift(treated, control)
    ends = [("difference", end, abs(end)) for end in differences if abs(end) < 1]
    ends += [("ratio", end + 1, end + 2) for end in lifts if -1 + 1e-9 < end < np.inf]
    critical = Decimal("1.959963984540054235524594430520551527956")
    with localcontext(prec=60):
        for effect, end, size in ends:
            slack = Decimal(float(size)) * Decimal("1e-10")
            near, far = sorted(
                textbook_score(counts, Decimal(float(end)) + step, effect)
                for step in (-slack, slack)
            )
            assert near < critical**2 < far
