"""Facts about two means of an amount: both tests must reject, and all figures agree."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.means.amounts_per_unit import (
    amount_difference,
    amount_lift,
    amount_noninferiority,
    amounts,
    amounts_within,
    effective_size,
)
from abmicro.stats.means.welch import Moments, mean_noninferiority, welch_difference

UNEVEN = Moments(100, 486.33, 37119.2875), Moments(900, 2091.18, 113590.6714)
EVEN = Moments(500, 600, 1400), Moments(500, 500, 1100)
SEASON = (
    Moments([100, 400], [150.0, 900.0], [900.0, 5200.0]),
    Moments([900, 400], [1300.0, 820.0], [8000.0, 4700.0]),
)


@pytest.mark.parametrize(("treated", "control"), [UNEVEN, UNEVEN[::-1], EVEN])
def test_it_rejects_where_welch_and_student_reject(treated: Moments, control: Moments) -> None:
    found, welch = amount_difference(amounts(treated, control)), welch_difference(treated, control)
    assert found.p >= welch.p
    assert found.low <= welch.low
    assert found.high >= welch.high


def test_student_is_the_t_test_of_textbooks() -> None:
    scipy = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(1)
    one, other = rng.normal(1.5, 3, 40), rng.normal(1, 1, 300)
    found = amounts(Moments.of(one), Moments.of(other))
    student = welch_difference(*found.student)  # the law of t with the errors of Student
    assert student.p == pytest.approx(scipy.ttest_ind(one, other).pvalue)
    assert welch_difference(*found.welch).p == pytest.approx(
        scipy.ttest_ind(one, other, equal_var=False).pvalue
    )


@pytest.mark.parametrize(
    "found",
    [amounts(*UNEVEN), amounts(*UNEVEN[::-1]), amounts_within(*SEASON, [0.55, 0.45])],
    ids=["small arm treated", "small arm control", "strata"],
)
def test_difference_lift_and_margin_agree(found: object) -> None:
    p = float(amount_difference(found).p)
    for level in (1 - p - 1e-6, 1 - p + 1e-6):
        difference, lift = amount_difference(found, level=level), amount_lift(found, level=level)
        bounded = np.isfinite(lift.low)
        excluded = difference.low > 0 or difference.high < 0
        assert excluded == (p < 1 - level)
        assert not bounded or excluded == (lift.low > 0 or lift.high < 0)
    ends = amount_lift(found, level=0.5)
    above = amount_noninferiority(found, null=ends.low, alternative="greater")
    below = amount_noninferiority(found, null=ends.high, alternative="less")
    assert (above, below) == pytest.approx((0.25, 0.25), rel=1e-9)


def test_the_margin_needs_both_tests() -> None:
    found = amounts(*UNEVEN)
    both = [mean_noninferiority(*arms, null=-0.1) for arms in (found.welch, found.student)]
    assert amount_noninferiority(found, null=-0.1) == max(both)
    assert both[0] != both[1]


def test_one_stratum_is_none_and_one_without_an_arm_changes_nothing() -> None:
    treated, control = EVEN
    alone = amount_difference(amounts(treated, control))
    more = [
        Moments([arm.units, units], [arm.total, 9.0 * units], [arm.squares, 99.0 * units])
        for arm, units in ((treated, 0), (control, 50))
    ]
    within = amount_difference(amounts_within(*more, [1, 0]))
    assert (within.low, within.p) == pytest.approx((alone.low, alone.p))


@pytest.mark.parametrize("arm", [Moments(0, 0, 0), Moments(1, 3, 9)])
def test_an_arm_of_fewer_than_two_units_has_no_interval(arm: Moments) -> None:
    found = amount_difference(amounts(arm, EVEN[1]))
    assert np.isnan([found.low, found.high, found.p]).all()


def test_one_large_amount_counts_like_one() -> None:
    assert effective_size(Moments.of([0.0, 3, 3, 3, 3])) == pytest.approx(4)
    assert effective_size(Moments.of([0.0, 1, 1, 1000])) == pytest.approx(1.004, abs=1e-3)
    assert effective_size(Moments(9, 0, 0)) == 0
