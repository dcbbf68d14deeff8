"""Facts about beta posteriors: exact sums, closed forms and limits."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, log, sqrt

import numpy as np
import pytest
from scipy.special import fdtri, ndtr

from abmicro.stats.bayes.beta_binomial import (
    Beta,
    difference_interval,
    expected_loss,
    lift_interval,
    posterior,
    probability_better,
)

Law = tuple[int, int]


def beta_function(a: int, b: int) -> Fraction:
    return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))


def exact_chance(treated: Law, control: Law) -> Fraction:
    """P(treated > control) for whole parameters: Miller (2015), a finite sum."""
    (a, b), (ca, cb) = treated, control
    terms = (beta_function(ca + i, cb + b) / ((b + i) * beta_function(1 + i, b)) for i in range(a))
    return sum(terms, Fraction(0)) / beta_function(ca, cb)


def exact_loss(treated: Law, control: Law) -> Fraction:
    """E max(control - treated, 0) for whole parameters: Stucchio (2015)."""
    (a, b), (ca, cb) = treated, control
    return Fraction(ca, ca + cb) * exact_chance((ca + 1, cb), treated) - Fraction(
        a, a + b
    ) * exact_chance(control, (a + 1, b))


PAIRS = [
    ((1, 1), (1, 1)),
    ((1, 40), (6, 30)),
    ((12, 90), (9, 95)),
    ((90, 12), (95, 9)),
    ((300, 5), (2, 3)),
    ((2, 300), (60, 240)),
    ((10, 400), (150, 250)),  # a chance of 1e-45
]


@pytest.mark.parametrize(("treated", "control"), PAIRS + [(c, t) for t, c in PAIRS])
def test_chance_and_loss_equal_the_exact_sums(treated: Law, control: Law) -> None:
    laws = Beta(*treated), Beta(*control)
    assert probability_better(*laws) == pytest.approx(
        float(exact_chance(treated, control)), rel=1e-10
    )
    assert expected_loss(*laws) == pytest.approx(float(exact_loss(treated, control)), rel=1e-9)


def test_the_posterior_adds_successes_and_failures_to_the_prior() -> None:
    law = posterior([0, 3], 10, a=2, b=3)
    assert list(law.a) == [2, 5]
    assert list(law.b) == [13, 10]


def test_without_trials_the_posterior_is_the_prior() -> None:
    assert (posterior(0, 0).a, posterior(0, 0).b) == (0.5, 0.5)


def test_intervals_of_two_uniform_rates() -> None:
    """Difference: a triangle, P(below d) = (1 + d)^2 / 2. Ratio: P(below r) = r / 2 up to 1."""
    same = Beta(1, 1), Beta(1, 1)
    assert difference_interval(*same).low == pytest.approx(sqrt(0.05) - 1, rel=1e-9)
    assert difference_interval(*same).high == pytest.approx(1 - sqrt(0.05), rel=1e-9)
    assert lift_interval(*same).low == pytest.approx(0.05 - 1, rel=1e-9)
    assert lift_interval(*same).high == pytest.approx(20 - 1, rel=1e-9)


@pytest.mark.parametrize("a", [0.5, 1.5, 30.0])
def test_the_logarithms_of_two_power_laws_differ_by_laplaces_law(a: float) -> None:
    """-log of a Beta(a, 1) is exponential, so P(log ratio < q) = exp(a q) / 2 for q below 0."""
    found = lift_interval(Beta(a, 1), Beta(a, 1), level=0.95)
    assert np.log1p(found.low) == pytest.approx(log(0.05) / a, rel=1e-8)
    assert np.log1p(found.high) == pytest.approx(-log(0.05) / a, rel=1e-8)


def test_no_conversions_in_many_trials_have_a_ratio_of_fishers_f() -> None:
    """Beta(1/2, n) is nearly Gamma(1/2): a ratio of two squared normals, F with 1 and 1 df."""
    found = lift_interval(posterior(0, 10**7), posterior(0, 10**7))
    assert found.high == pytest.approx(fdtri(1, 1, 0.975) - 1, rel=1e-4)


def test_a_thousand_million_trials_are_nearly_normal() -> None:
    treated, control = posterior(100_030_000, 10**9), posterior(100_000_000, 10**9)
    spread = sqrt(2 * 0.1 * 0.9 / 10**9)
    assert probability_better(treated, control) == pytest.approx(ndtr(3e-5 / spread), rel=1e-4)
    assert difference_interval(treated, control).high == pytest.approx(
        3e-5 + 1.959964 * spread, rel=1e-4
    )


@pytest.mark.parametrize("reached", [(0, 0), (10**9, 10**9), (0, 10**9)])
@pytest.mark.parametrize("trials", [(10**9, 10**9), (10**9, 1), (1, 1)])
def test_none_and_all_converting_have_proper_intervals(
    reached: tuple[int, int], trials: tuple[int, int]
) -> None:
    arms = [posterior(min(r, n), n) for r, n in zip(reached, trials, strict=True)]
    for found in (difference_interval(*arms), lift_interval(*arms)):
        assert np.isfinite(found).all()
        assert found.low < found.estimate < found.high
    assert 0 <= probability_better(*arms) <= 1
    assert 0 <= expected_loss(*arms) <= 1


def test_a_hopeless_arm_wins_with_probability_zero_and_loses_its_lag() -> None:
    hopeless, strong = posterior(10, 10**6), posterior(9 * 10**5, 10**6)
    assert probability_better(hopeless, strong) == 0
    assert expected_loss(hopeless, strong) == pytest.approx(strong.mean - hopeless.mean)
    assert expected_loss(strong, hopeless) == 0


def test_levels_and_arms_broadcast() -> None:
    treated, control = Beta([[20, 30]], [[200, 210]]), Beta([[25], [26], [27]], 200)
    found = difference_interval(treated, control, level=[0.5, 0.99])
    single = difference_interval(Beta(30, 210), Beta(26, 200), level=0.99)
    assert found.low.shape == (3, 2)
    assert found.low[1, 1] == pytest.approx(single.low, rel=1e-12)


def test_blocks_leave_no_seam() -> None:
    reached = np.arange(600)
    together = probability_better(posterior(reached, 1000), posterior(300, 1000))
    assert together[555] == probability_better(posterior(555, 1000), posterior(300, 1000))


def test_few_nodes_tell_the_same_as_many() -> None:
    """A block with a poor law beside it is worked on with the finer rule."""
    treated, control = posterior([33, 0], 1000), posterior([52, 0], 1000)
    beside = difference_interval(treated, control)
    alone = difference_interval(posterior(33, 1000), posterior(52, 1000))
    assert beside.low[0] == pytest.approx(alone.low, rel=1e-9)
    assert beside.high[0] == pytest.approx(alone.high, rel=1e-8)


@pytest.mark.parametrize(
    ("reached", "trials", "prior", "message"),
    [
        (11, 10, (0.5, 0.5), "reached must not exceed trials, got 11"),
        (-1, 10, (0.5, 0.5), "reached must be whole numbers from 0 to .*, got -1"),
        (1.5, 10, (0.5, 0.5), "reached must be whole numbers"),
        (1, 10, (0, 1), "a must be positive and finite, got 0"),
        (1, 10, (1, np.inf), "b must be positive and finite, got inf"),
    ],
)
def test_impossible_counts_and_priors_are_refused(
    reached: float, trials: float, prior: tuple[float, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        posterior(reached, trials, a=prior[0], b=prior[1])


@pytest.mark.parametrize("level", [0, 1, np.nan])
def test_a_level_outside_its_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        lift_interval(Beta(1, 1), Beta(1, 1), level=level)
