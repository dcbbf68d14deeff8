"""Facts and laws of rates per row where units bring several rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.covariate_adjustment import cuped
from abmicro.stats.means.delta_method import (
    clustered_difference,
    clustered_lift,
    clustered_rate,
    naive_score_test,
    rao_scott,
)
from abmicro.stats.means.welch import Moments, welch_difference

from ..examples import examples

FIELDS = ("estimate", "low", "high", "p", "error")


@st.composite
def users(draw: st.DrawFn) -> PairMoments:
    """Users with one to six sessions, some of them with a conversion."""
    sessions = draw(st.lists(st.integers(1, 6), min_size=3, max_size=30))
    return PairMoments.of([draw(st.integers(0, n)) for n in sessions], sessions)


def close(value: Any) -> Any:
    return pytest.approx(value, rel=1e-6, abs=1e-9, nan_ok=True)


@given(converted=st.lists(st.integers(0, 1), min_size=3, max_size=40))
def test_one_session_per_user_has_no_design_effect(converted: list[int]) -> None:
    units = len(converted)
    assume(0 < sum(converted) < units)
    found = clustered_rate(PairMoments.of(converted, [1] * units))
    assert found.design_effect == pytest.approx(units / (units - 1))
    assert found.error**2 == pytest.approx(np.var(converted, ddof=1) / units)


@given(arm=users(), k=st.integers(2, 5))
def test_sessions_copied_within_users_add_no_information(arm: PairMoments, k: int) -> None:
    y, x = arm.y, arm.x
    copied = PairMoments(
        Moments(y.units, k * y.total, k**2 * y.squares),
        Moments(x.units, k * x.total, k**2 * x.squares),
        k**2 * arm.products,
    )
    one, many = clustered_rate(arm), clustered_rate(copied)
    assert many.error == close(float(one.error))
    assert many.design_effect == close(float(k * one.design_effect))


@given(treated=users(), control=users())
def test_swapping_arms_negates_the_difference(treated: PairMoments, control: PairMoments) -> None:
    there, back = clustered_difference(treated, control), clustered_difference(control, treated)
    assert (there.estimate, there.low, there.p) == close((-back.estimate, -back.high, back.p))


@given(treated=users(), control=users())
def test_lift_and_difference_exclude_zero_together(
    treated: PairMoments, control: PairMoments
) -> None:
    difference, lift = clustered_difference(treated, control), clustered_lift(treated, control)
    assume(not np.isnan(lift.low) and abs(difference.p - 0.05) > 1e-6)
    if np.isfinite(lift.low):
        assert (lift.low > 0 or lift.high < 0) == (difference.p < 0.05)


@given(treated=users(), control=users())
def test_the_corrected_chi_square_is_that_of_rows_over_the_design_effect(
    treated: PairMoments, control: PairMoments
) -> None:
    found = rao_scott(treated, control)
    assert found.chi_square == close(float(naive_score_test(treated, control).z ** 2))
    assert found.f * found.design_effect == close(float(found.chi_square + 0 * found.f))


@given(treated=users(), control=users())
def test_moments_of_disjoint_groups_add_up(treated: PairMoments, control: PairMoments) -> None:
    assert (treated + control).products == treated.products + control.products


# --- cuped ----------------------------------------------------------------------------------------


@given(treated=users(), control=users())
def test_cuped_with_slope_0_is_welch(treated: PairMoments, control: PairMoments) -> None:
    adjusted = cuped(treated, control, slope=0)
    found = welch_difference(adjusted.treated, adjusted.control)
    plain = welch_difference(treated.y, control.y)
    assert [getattr(found, f) for f in FIELDS] == [close(float(getattr(plain, f))) for f in FIELDS]


@examples(50)
@given(treated=users(), control=users(), shift=st.integers(-50, 50))
def test_a_constant_added_to_the_covariate_changes_nothing(
    treated: PairMoments, control: PairMoments, shift: int
) -> None:
    def moved(arm: PairMoments) -> PairMoments:
        x, units = arm.x, arm.units
        squares = x.squares + 2 * shift * x.total + shift**2 * units
        return PairMoments(
            arm.y,
            Moments(units, x.total + shift * units, squares),
            arm.products + shift * arm.y.total,
        )

    one, other = cuped(treated, control), cuped(moved(treated), moved(control))
    assert one.treated.mean == close(float(other.treated.mean))
    assert one.control.squares == close(float(other.control.squares))


# --- where there is little or nothing ------------------------------------------------------------


def test_without_rows_there_is_no_rate() -> None:
    found = clustered_rate(PairMoments.of([0, 0], [0, 0]))
    assert np.isnan([found.rate, found.error, found.design_effect]).all()


def test_a_rate_per_row_above_one_has_no_design_effect() -> None:
    """Spend per session is a ratio, but not one of a share of the sessions."""
    found = clustered_rate(PairMoments.of([30, 0, 12], [2, 1, 2]))
    assert found.rate == 42 / 5
    assert found.error > 0
    assert np.isnan(found.design_effect)


def test_none_converted_is_no_evidence() -> None:
    arm = PairMoments.of([0, 0, 0], [1, 2, 2])
    assert tuple(naive_score_test(arm, arm)) == (0, 1)
    assert np.isnan(rao_scott(arm, arm).p)


def test_more_conversions_than_sessions_are_refused() -> None:
    arm = PairMoments.of([3, 0], [1, 1])
    with pytest.raises(ValueError, match=r"treated\.y\.total must lie between 0 and x\.total"):
        rao_scott(arm, arm)


@pytest.mark.parametrize(
    ("x", "products", "message"),
    [
        (Moments(4, 5, 9), 5, r"y\.units must equal x\.units"),
        (Moments(3, 5, 9), 50, "products is beyond"),
    ],
)
def test_moments_that_no_pairs_have_are_refused(x: Moments, products: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PairMoments(Moments(3, 2, 2), x, products)
