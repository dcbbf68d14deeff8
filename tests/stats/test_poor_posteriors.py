"""Beta laws of parameters far below one, as improper-looking priors leave them without conversions.

Rates below the smallest double then hold much of the mass. Closed forms: -log of a Beta(a, 1) is
exponential of rate a; Beta(a, n) for large n is a gamma law over n, and the ratio of two such is F.
"""

from __future__ import annotations

from itertools import product
from math import expm1, inf, log

import numpy as np
import pytest
from scipy.special import fdtr, fdtrc, fdtri

from abmicro.stats.bayes.best_arm import expected_losses, probability_best
from abmicro.stats.bayes.beta_binomial import (
    Beta,
    difference_interval,
    expected_loss,
    lift_above,
    lift_interval,
    posterior,
    probability_better,
)
from abmicro.stats.bayes.comparison import compare
from abmicro.stats.bayes.hdi import (
    lift_density_interval,
)

TINY = [0.001, 0.01, 0.2, 3.0]
POWERS = list(product(TINY, TINY))
LAWS = [Beta(a, b) for a, b in product([0.001, 0.3, 20, 1e9], [0.001, 0.3, 20, 1e9])]


@pytest.mark.parametrize(("a", "c"), POWERS)
@pytest.mark.parametrize("near_one", [False, True])
def test_chance_and_loss_of_power_laws_are_closed_forms(a: float, c: float, near_one: bool) -> None:
    """Chance a / (a + c); loss of treated: the integral of x^a (1 - x^c)."""
    chance, loss = a / (a + c), 1 / (a + 1) - 1 / (a + c + 1)
    treated, control = Beta(a, 1), Beta(c, 1)
    if near_one:  # the rates of not converting, so that arms change places
        treated, control = Beta(1, c), Beta(1, a)
    assert probability_better(treated, control) == pytest.approx(chance, rel=1e-9)
    assert expected_loss(treated, control) == pytest.approx(loss, rel=1e-8)


@pytest.mark.parametrize(("a", "c"), POWERS)
def test_several_arms_of_power_laws_are_closed_forms(a: float, c: float) -> None:
    arms = Beta([a, c], 1)
    assert probability_best(arms)[0] == pytest.approx(a / (a + c), rel=1e-7)
    assert expected_losses(arms)[0] == pytest.approx(1 / (a + 1) - 1 / (a + c + 1), rel=1e-7)


@pytest.mark.parametrize(("a", "c"), POWERS)
def test_log_ratios_of_power_laws_follow_a_skewed_laplace_law(a: float, c: float) -> None:
    """Below zero P(log ratio < q) = c / (a + c) exp(a q), above zero P(> q) the mirror of it."""

    def lift(tail: float) -> float:
        upper = log(tail * (a + c) / a) / -c
        return expm1(upper) if upper < 709 else inf

    found = lift_interval(Beta(a, 1), Beta(c, 1))
    if a / (a + c) > 0.025:
        assert np.log1p(found.high) == pytest.approx(np.log1p(lift(0.025)), rel=1e-7)
    if c / (a + c) > 0.025:
        assert found.low == pytest.approx(expm1(log(0.025 * (a + c) / c) / a), rel=1e-7)


@pytest.mark.parametrize("a", [0.01, 0.1])
def test_no_conversions_among_unlike_numbers_have_a_ratio_of_fishers_f(a: float) -> None:
    """The median ratio is that of the numbers of trials, the other way round."""
    found = compare(Beta(a, 1e9), Beta(a, 1e7))
    assert found.probability_better == pytest.approx(fdtrc(2 * a, 2 * a, 100), rel=1e-6)
    assert found.lift.estimate == pytest.approx(-0.99, rel=1e-6)
    assert np.log1p(found.lift.high) == pytest.approx(log(fdtri(2 * a, 2 * a, 0.975) / 100), 1e-4)
    assert lift_above(Beta(a, 1e9), Beta(a, 1e7), 9) == pytest.approx(fdtrc(2 * a, 2 * a, 1000))
    assert fdtr(2 * a, 2 * a, 1) == pytest.approx(0.5)


def test_median_and_chance_agree_where_control_alone_has_few_trials() -> None:
    """A chance to win of 0.42 and a median lift above zero would contradict each other."""
    found = compare(Beta(0.01, 1e9), Beta(0.01, 50))
    assert found.probability_better == pytest.approx(0.42265593, abs=1e-7)
    assert -1 <= found.lift.estimate < 0 < found.lift.high


@pytest.mark.slow
@pytest.mark.parametrize("treated", LAWS)
@pytest.mark.parametrize("control", LAWS[::3])
def test_every_pair_of_laws_has_ordered_figures(treated: Beta, control: Beta) -> None:
    found = compare(treated, control)
    assert 0 <= found.probability_better <= 1
    lag = control.mean - treated.mean
    assert found.loss - found.control_loss == pytest.approx(lag, abs=1e-8)
    for ends in (
        found.lift,
        difference_interval(treated, control),
    ):
        assert ends.low <= ends.estimate <= ends.high
    assert found.lift.low >= -1


@pytest.mark.parametrize("treated", LAWS[::5])
def test_shortest_intervals_are_ordered(treated: Beta) -> None:
    control = Beta(0.3, 20)
    found = lift_density_interval(treated, control)
    assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize(("a", "b"), [(0.0009, 1), (1, 1e-9)])
def test_priors_surer_than_doubles_can_tell_are_refused(a: float, b: float) -> None:
    with pytest.raises(ValueError, match=r"must be at least 0\.001"):
        posterior(0, 10, a=a, b=b)
