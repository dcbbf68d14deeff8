"""Facts about the posterior of a value per unit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from abmicro.stats.bayes.value_per_unit import (
    NormalInverseGamma,
    ValueComparison,
    compare_values,
    mean_interval,
    normal_values,
)
from abmicro.stats.means.welch import Moments

Counts = tuple[int, int, float, float]
"""Units, converters, mean and standard deviation of the converters' values."""


def moments(counts: Counts) -> tuple[int, Moments]:
    units, n, mean, sd = counts
    return units, Moments(n, n * mean, n * mean**2 + (n - 1) * sd**2)


def rate_law(counts: Counts) -> stats.rv_continuous:
    return stats.beta(counts[1] + 0.5, counts[0] - counts[1] + 0.5)


def below_by_quadrature(counts: Counts, x: float) -> float:
    """P(rate times mean < x) given that the mean is positive, as one integral over the rate."""
    _, n, mean, sd = counts
    law = stats.t(n - 1, mean, sd / n**0.5)
    rate = rate_law(counts)
    inside = integrate.quad(
        lambda p: rate.pdf(p) * (law.cdf(x / p) - law.cdf(0)),
        rate.ppf(1e-13),
        rate.isf(1e-13),
        epsabs=1e-12,
        limit=200,
    )[0]
    return inside / law.sf(0)


NORMAL = [
    (1000, 65, 40.0, 30.0),
    (50, 20, 3.0, 3.0),
    (1000, 6, 50.0, 45.0),
    (10**6, 10**5, 80.0, 200.0),
    (300, 299, 5.0, 1.0),
]


@pytest.mark.parametrize("counts", NORMAL)
def test_the_interval_of_a_mean_holds_its_mass(counts: Counts) -> None:
    ends = mean_interval(normal_values(*moments(counts)), level=0.9)
    held = [below_by_quadrature(counts, float(end)) for end in ends]
    assert held == pytest.approx([0.5, 0.05, 0.95], abs=1e-8)


def test_values_that_are_all_equal_leave_the_law_of_the_rate() -> None:
    counts = (1000, 65, 40.0, 0.0)
    law = rate_law(counts)
    found = mean_interval(normal_values(*moments(counts)))
    expected = 40 * law.ppf([0.5, 0.025, 0.975])
    assert [float(end) for end in found] == pytest.approx(list(expected), rel=1e-7)


def drawn(counts: Counts, seed: int) -> np.ndarray:
    _, n, mean, sd = counts
    rng = np.random.default_rng(seed)
    means = mean + sd / n**0.5 * rng.standard_t(n - 1, 440_000)
    rates = rate_law(counts).rvs(440_000, random_state=rng)
    return (rates * means)[means > 0][:400_000]


def compared(treated: Counts, control: Counts, **choice: float) -> ValueComparison:
    arms = (normal_values(*moments(counts)) for counts in (treated, control))
    return compare_values(*arms, **choice)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        ((1000, 65, 40.0, 27.0), (1000, 50, 40.0, 20.0)),
        ((1000, 12, 50.0, 33.0), (900, 8, 30.0, 33.0)),
        ((500, 500, 26.0, 7.0), (500, 498, 25.6, 7.0)),
    ],
)
def test_a_comparison_agrees_with_draws(treated: Counts, control: Counts) -> None:
    found = compared(treated, control)
    one, other = drawn(treated, 1), drawn(control, 2)
    size = min(len(one), len(other))
    one, other = one[:size], other[:size]
    assert found.chance == pytest.approx((one > other).mean(), abs=0.004)
    held = [(one / other - 1 < end).mean() for end in found.lift]
    assert held == pytest.approx([0.5, 0.025, 0.975], abs=0.004)
    for figure, lost in (
        (found.loss, other - one),
        (found.loss_control, one - other),
        (found.relative_loss, 1 - one / other),
        (found.relative_loss_control, 1 - other / one),
    ):
        draws = np.maximum(lost, 0)
        assert figure == pytest.approx(draws.mean(), abs=5 * draws.std() / size**0.5)


def test_the_losses_differ_by_the_means() -> None:
    treated, control = (1000, 65, 40.0, 27.0), (1000, 50, 42.0, 20.0)
    found = compared(treated, control)
    gap = rate_law(treated).mean() * 40 - rate_law(control).mean() * 42
    assert found.loss_control - found.loss == pytest.approx(gap, abs=1e-8)


def test_another_currency_changes_the_losses_only() -> None:
    treated, control = (1000, 65, 40.0, 27.0), (1000, 50, 42.0, 20.0)
    cents = [(units, n, 100 * mean, 100 * sd) for units, n, mean, sd in (treated, control)]
    found, fine = compared(treated, control), compared(*cents)
    assert fine.chance == pytest.approx(float(found.chance), abs=1e-9)
    assert fine.lift.low == pytest.approx(float(found.lift.low), abs=1e-9)
    assert fine.loss == pytest.approx(100 * float(found.loss), rel=1e-6)


def test_a_mean_without_expectation_has_no_finite_loss_but_a_relative_one() -> None:
    found = compared((1000, 2, 40.0, 20.0), (1000, 3, 40.0, 20.0))
    assert (found.loss, found.loss_control) == (np.inf, np.inf)
    assert 0 < found.relative_loss < 1


def test_prior_knowledge_of_values_counts_as_strength_units() -> None:
    value_prior = NormalInverseGamma(location=50, strength=1e6, shape=1e6, scale=1e8)
    arm = normal_values(*moments((1000, 65, 40.0, 27.0)), value_prior=value_prior)
    rate = rate_law((1000, 65, 0, 0))
    assert mean_interval(arm).estimate == pytest.approx(50 * rate.median(), rel=1e-4)


def test_prior_knowledge_does_without_converters() -> None:
    value_prior = NormalInverseGamma(location=50, strength=5, shape=5, scale=100)
    arm = normal_values(100, Moments(0, 0, 0), value_prior=value_prior)
    assert 0 < mean_interval(arm).low < mean_interval(arm).high < 50


@pytest.mark.parametrize("values", [Moments(0, 0, 0), Moments(1, 30, 900), Moments(5, -10, 90)])
def test_an_arm_of_which_nothing_is_known_has_no_figures(values: Moments) -> None:
    found = compare_values(normal_values(100, values), normal_values(*moments((100, 10, 4.0, 1.0))))
    assert np.isnan([found.chance, found.loss, found.relative_loss, *found.lift]).all()
    assert np.isnan(mean_interval(normal_values(100, values))).all()


def test_batches_broadcast_and_agree_with_one_by_one() -> None:
    treated = normal_values(1000, Moments([[65], [0]], [[2600], [0]], [[150_000], [0]]))
    control = normal_values(1000, Moments([50, 60, 70], [2000, 2400, 2800], 120_000))
    found = compare_values(treated, control)
    assert found.chance.shape == found.lift.low.shape == (2, 3)
    assert np.isnan(found.chance[1]).all()
    alone = compare_values(
        normal_values(1000, Moments(65, 2600, 150_000)),
        normal_values(1000, Moments(60, 2400, 120_000)),
    )
    assert found.chance[0, 1] == pytest.approx(float(alone.chance), abs=1e-9)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        ((10**9, 10**8, 40.0, 30.0), (10**9, 10**8, 40.001, 30.0)),
        ((10**9, 3, 40.0, 30.0), (20, 20, 40.0, 1e-6)),
        ((2, 2, 1e-9, 1e-9), (10**9, 10**9, 1e12, 1e12)),
    ],
)
def test_extreme_arms_are_read_without_a_warning(treated: Counts, control: Counts) -> None:
    found = compared(treated, control)
    assert 0 <= found.chance <= 1
    assert np.isfinite(found.lift).all()
    assert found.lift.low <= found.lift.estimate <= found.lift.high


def test_arms_may_differ_in_their_units_alone() -> None:
    found = mean_interval(normal_values([100, 1000], Moments(65, 2600, 150_000)))
    assert found.low[0] > 5 * found.low[1]


def test_more_converters_than_units_are_refused() -> None:
    with pytest.raises(ValueError, match="reached must not exceed trials"):
        normal_values(10, Moments(11, 40, 300))


@pytest.mark.parametrize("level", [0, 1, np.nan])
def test_a_level_outside_its_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        compared((100, 10, 4.0, 1.0), (100, 10, 4.0, 1.0), level=level)
