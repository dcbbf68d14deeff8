"""Facts about priors of a rate, those learnt from the past, and their mixtures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln

from abmicro.stats.bayes.beta_binomial import (
    Beta,
    expected_loss,
    lift_interval,
    posterior,
    probability_better,
)
from abmicro.stats.bayes.priors.empirical_bayes import from_past
from abmicro.stats.bayes.priors.mixture import compare_mixtures, mixture_posterior, robust
from abmicro.stats.bayes.priors.prior import JEFFREYS, UNIFORM, conflict, from_baseline, strength


@pytest.mark.parametrize(("rate", "sd"), [(0.03, 0.01), (0.5, 0.01), (0.99, 0.005), (0.2, 0.39)])
def test_a_baseline_gives_its_mean_and_standard_deviation(rate: float, sd: float) -> None:
    prior = from_baseline(rate, sd)
    law = stats.beta(float(prior.a), float(prior.b))
    assert (law.mean(), law.std()) == pytest.approx((rate, sd), rel=1e-12)


def test_a_more_certain_baseline_is_worth_more_units() -> None:
    worth = strength(from_baseline(0.03, [0.02, 0.01, 0.001]))
    assert (np.diff(worth) > 0).all()


def test_a_baseline_less_certain_than_possible_says_what_would_do() -> None:
    with pytest.raises(ValueError, match=r"0.4 is more than a rate of 0.03 .*; below 0.1706 would"):
        from_baseline(0.03, [0.01, 0.4])


@pytest.mark.parametrize(("rate", "sd"), [(0, 0.1), (1, 0.1), (np.nan, 0.1), (0.5, 0), (0.5, -1)])
def test_a_baseline_at_an_end_is_refused(rate: float, sd: float) -> None:
    with pytest.raises(ValueError, match="must lie strictly between 0 and 1"):
        from_baseline(rate, sd)


@pytest.mark.parametrize(("reached", "trials"), [(0, 20), (7, 20), (20, 20), (80, 1000), (3, 1000)])
@pytest.mark.parametrize("prior", [JEFFREYS, UNIFORM, Beta(8.7, 281.3)])
def test_the_conflict_is_a_tail_of_the_beta_binomial_law(
    prior: Beta, reached: int, trials: int
) -> None:
    law = stats.betabinom(trials, float(prior.a), float(prior.b))
    tails = law.cdf(reached), law.sf(reached - 1)
    found = conflict(prior, reached, trials)
    assert found.p == pytest.approx(min(1, 2 * min(tails)), rel=1e-6)
    assert found.z == pytest.approx((reached - law.mean()) / law.std(), rel=1e-9)


def test_no_data_contradict_nothing() -> None:
    found = conflict(from_baseline(0.03, 0.01), 0, 0)
    assert (float(found.p), float(found.z)) == (1, 0)


def test_a_conflict_among_a_thousand_million_units_is_found() -> None:
    found = conflict(from_baseline(0.03, 0.001), 5 * 10**7, 10**9)
    assert found.p < 1e-50
    assert found.z == pytest.approx(20, abs=0.1)


def test_data_from_the_prior_conflict_as_often_as_p_says() -> None:
    rng = np.random.default_rng(2)
    prior = from_baseline(0.1, 0.03)
    reached = rng.binomial(5000, rng.beta(prior.a, prior.b, 5000))
    p = conflict(prior, reached, 5000).p
    assert [(p < level).mean() for level in (0.01, 0.05, 0.5)] == pytest.approx(
        [0.01, 0.05, 0.5], abs=0.025
    )


PAST = [30, 55, 21, 40, 62], [1000, 1000, 900, 1200, 1000]


def likelihood(mean: float, units: float) -> float:
    a, b = mean * units, (1 - mean) * units
    x, n = np.array(PAST)
    return float((betaln(a + x, b + n - x) - betaln(a, b)).sum())


def test_no_prior_nearby_makes_the_past_likelier() -> None:
    found = from_past(*PAST)
    mean, units = float(found.mean), float(found.strength)
    best = likelihood(mean, units)
    for change in (0.99, 1.01):
        assert likelihood(mean * change, units) < best
        assert likelihood(mean, units * change) < best


def test_the_prior_many_experiments_were_drawn_from_is_found() -> None:
    rng = np.random.default_rng(9)
    rates = rng.beta(20, 380, 3000)
    found = from_past(rng.binomial(2000, rates), 2000)
    assert found.mean == pytest.approx(0.05, rel=0.02)
    assert found.strength == pytest.approx(400, rel=0.1)


def test_rates_that_differ_no_more_than_chance_are_one_rate() -> None:
    found = from_past([30, 31, 29], 1000)
    assert np.isinf(found.strength)
    assert float(found.prior().a + found.prior().b) == 3000
    assert float(strength(found.prior(at_most=500))) == pytest.approx(500)


def test_experiments_without_units_are_left_out() -> None:
    with_empty = from_past([*PAST[0], 0], [*PAST[1], 0])
    assert with_empty.strength == pytest.approx(float(from_past(*PAST).strength), rel=1e-9)
    assert with_empty.experiments == 5


def test_many_goals_are_learnt_at_once() -> None:
    found = from_past([PAST[0], [30, 30, 31, 30, 30]], PAST[1])
    assert found.strength[0] == pytest.approx(float(from_past(*PAST).strength), rel=1e-9)
    assert found.strength.shape == (2,)


@pytest.mark.parametrize(
    ("reached", "trials", "message"),
    [
        ([3], [10], "needs two past experiments with units, got 1"),
        ([3, 0], [10, 0], "needs two past experiments with units, got 1"),
        (3, 10, "past experiments need an axis of their own"),
        ([0, 0], [10, 10], r"a prior of a rate that was always 0\.0 is none"),
        ([10, 10], [10, 10], r"a prior of a rate that was always 1\.0 is none"),
        ([0, 10], [10, 10], "past experiments that are all or nothing tell no prior"),
        ([11, 1], [10, 10], "reached must not exceed trials"),
    ],
)
def test_a_past_that_tells_no_prior_is_refused(
    reached: object, trials: object, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        from_past(reached, trials)


INFORMATIVE = Beta(9, 291)


def test_a_mixture_of_equal_laws_is_one_law() -> None:
    prior = robust(JEFFREYS, vague=JEFFREYS)
    mixed = compare_mixtures(mixture_posterior(prior, 44, 1000), mixture_posterior(prior, 30, 1000))
    alone = posterior(44, 1000), posterior(30, 1000)
    assert mixed.chance == pytest.approx(float(probability_better(*alone)), rel=1e-10)
    assert mixed.loss == pytest.approx(float(expected_loss(*alone)), rel=1e-10)
    assert [float(end) for end in mixed.lift] == pytest.approx(
        [float(end) for end in lift_interval(*alone)], rel=1e-8
    )


def test_a_mixture_agrees_with_draws_from_it() -> None:
    rng = np.random.default_rng(4)
    arms = [mixture_posterior(robust(INFORMATIVE), reached, 300) for reached in (25, 12)]
    rates = []
    for arm in arms:
        part = (rng.random(400_000) > arm.weights[0]).astype(int)
        rates.append(rng.beta(arm.laws.a[part], arm.laws.b[part]))
    found = compare_mixtures(*arms)
    treated, control = rates
    assert found.chance == pytest.approx((treated > control).mean(), abs=0.003)
    assert found.loss == pytest.approx(np.maximum(control - treated, 0).mean(), rel=0.1)
    held = [(treated / control - 1 < end).mean() for end in found.lift]
    assert held == pytest.approx([0.5, 0.025, 0.975], abs=0.003)


def test_data_that_contradict_the_prior_hand_over_to_the_vague_part() -> None:
    reached = np.arange(0, 200, 20)
    weights = mixture_posterior(robust(INFORMATIVE), reached, 1000).weights
    assert weights.sum(axis=-1) == pytest.approx(1)
    assert weights[2, 0] > 0.9
    assert weights[-1, 0] < 1e-3


def test_mixtures_broadcast_over_a_batch() -> None:
    prior = robust(INFORMATIVE)
    treated = mixture_posterior(prior, [[30], [40]], 1000)
    control = mixture_posterior(prior, [30, 31, 32], 1000)
    found = compare_mixtures(treated, control)
    assert found.chance.shape == found.lift.high.shape == (2, 3)


def test_extreme_counts_are_read_without_a_warning() -> None:
    prior = robust(from_baseline(0.03, 0.001))
    treated = mixture_posterior(prior, [0, 10**9, 0], [0, 10**9, 10**9])
    found = compare_mixtures(treated, mixture_posterior(prior, 3 * 10**7, 10**9))
    assert np.isfinite([found.chance, found.loss, found.lift.low]).all()
