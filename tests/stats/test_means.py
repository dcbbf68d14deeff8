"""Facts about two means from sums and sums of squares."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from abmicro.stats.means.welch import Moments, lift_of_means, mean_noninferiority, welch_difference


def moments(values: object) -> Moments:
    values = np.asarray(values, dtype=float)
    return Moments(values.size, values.sum(), (values**2).sum())


# Student's sleep data (1908): hours gained with two drugs.
FIRST = moments([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND = moments([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
CONTROL, TREATED = Moments(400, 520, 1900), Moments(450, 660, 2700)
NO_NOISE = Moments(7, 14, 28)


def test_welch_on_students_sleep_data() -> None:
    """As printed by R: t.test(extra ~ group, data = sleep), p 0.07939, -3.3655 to 0.2055."""
    found = welch_difference(FIRST, SECOND)
    assert found.p == pytest.approx(0.07939414, abs=5e-9)
    assert found.low == pytest.approx(-3.3654832, abs=5e-8)
    assert found.high == pytest.approx(0.2054832, abs=5e-8)


def test_spend_of_hillstrom_rises_by_77_cents(shared_data: Path) -> None:
    with gzip.open(shared_data / "hillstrom" / "hillstrom.csv.gz", "rt") as file:
        rows = [(row["segment"], float(row["spend"])) for row in csv.DictReader(file)]
    treated, control = (
        moments([spend for segment, spend in rows if segment == arm])
        for arm in ("Mens E-Mail", "No E-Mail")
    )
    found = welch_difference(treated, control)
    assert float(found.estimate) == pytest.approx(0.770, abs=5e-4)
    assert found.low > 0


def test_moments_of_disjoint_groups_add_up() -> None:
    both = Moments(400 + 450, 520 + 660, 1900 + 2700)
    assert both.units * both.mean == pytest.approx(
        CONTROL.units * CONTROL.mean + TREATED.units * TREATED.mean
    )


def test_swapping_arms_negates_the_difference() -> None:
    one, other = welch_difference(TREATED, CONTROL), welch_difference(CONTROL, TREATED)
    assert (one.estimate, one.low, one.p) == (-other.estimate, -other.high, other.p)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_lift_and_difference_exclude_zero_together(level: float) -> None:
    p = welch_difference(TREATED, CONTROL).p
    for edge in (1 - p - 1e-9, 1 - p + 1e-9, level):
        difference = welch_difference(TREATED, CONTROL, level=edge)
        lift = lift_of_means(TREATED, CONTROL, level=edge)
        assert (difference.low > 0) == (lift.low > 0) == (p < 1 - edge)


@pytest.mark.parametrize(("alternative", "end"), [("greater", "low"), ("less", "high")])
def test_the_margin_is_excluded_where_its_test_rejects(alternative: str, end: str) -> None:
    lift = lift_of_means(TREATED, CONTROL, level=0.9)
    p = mean_noninferiority(TREATED, CONTROL, null=getattr(lift, end), alternative=alternative)
    assert p == pytest.approx(0.05, rel=1e-9)


def test_both_sides_of_a_margin_share_the_probability() -> None:
    above = mean_noninferiority(TREATED, CONTROL, null=-0.02, alternative="greater")
    below = mean_noninferiority(TREATED, CONTROL, null=-0.02, alternative="less")
    assert above + below == pytest.approx(1)


def test_a_control_mean_that_may_be_zero_bounds_no_lift() -> None:
    found = lift_of_means(Moments(50, 20, 900), Moments(50, 10, 900))
    assert found.estimate == pytest.approx(1)
    assert (found.low, found.high) == (-np.inf, np.inf)


@pytest.mark.parametrize("total", [0, -20])
def test_a_control_mean_that_is_not_positive_has_no_lift(total: float) -> None:
    control = Moments(50, total, 900)
    assert np.isnan(lift_of_means(TREATED, control)).all()
    assert np.isnan(mean_noninferiority(TREATED, control, null=-0.02))


def test_without_noise_there_is_an_estimate_but_no_interval() -> None:
    found = welch_difference(NO_NOISE, NO_NOISE)
    assert found.estimate == 0
    assert np.isnan([found.low, found.high, found.p]).all()


@pytest.mark.parametrize("arm", [Moments(0, 0, 0), Moments(1, 3, 9)])
def test_an_arm_of_fewer_than_two_units_has_no_interval(arm: Moments) -> None:
    found = welch_difference(arm, CONTROL)
    assert np.isnan([found.low, found.high, found.p]).all()


def test_noise_in_one_arm_is_enough() -> None:
    """Then the degrees of freedom are that arm's own: a one-sample t interval."""
    found = welch_difference(FIRST, Moments(9, 0, 0))
    assert found.p == pytest.approx(0.2175978, abs=5e-8)  # R: t.test(sleep$extra[1:10])


def test_batches_are_worked_on_at_once() -> None:
    treated = Moments([450, 10], [660, 12], [2700, 40])
    assert welch_difference(treated, CONTROL).p[0] == welch_difference(TREATED, CONTROL).p


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((-1, 0, 0), "units must be whole numbers from 0"),
        ((3, np.nan, 1), "total must be finite"),
        ((3, 30, 100), r"squares is below total\*\*2 / units"),
    ],
)
def test_moments_that_no_values_have_are_refused(
    given: tuple[float, float, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Moments(*given)


def test_another_alternative_is_refused() -> None:
    with pytest.raises(ValueError, match="'two-sided' is not one of greater, less"):
        mean_noninferiority(TREATED, CONTROL, null=0, alternative="two-sided")
