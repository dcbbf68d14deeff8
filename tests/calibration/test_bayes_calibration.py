"""Posteriors are calibrated: simulation-based calibration, truths drawn from the prior.

The rank of the truth in its posterior is uniform, so that intervals cover at their level, chances
to win come true as often as they say, and losses are lost. Bounds: chi-square of the rank histogram
at 1 in 100,000; 4.5 Monte-Carlo standard errors for shares and means.

Source: Talts, Betancourt, Simpson, Vehtari and Gelman (2018), arXiv 1804.06788.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betainc
from scipy.stats import chi2

from abmicro.stats.bayes.best_arm import expected_losses, probability_best
from abmicro.stats.bayes.beta_binomial import (
    Beta,
    difference_above,
    difference_interval,
    lift_above,
    posterior,
    probability_better,
)
from abmicro.stats.bayes.comparison import compare
from abmicro.stats.bayes.hdi import rate_density_interval, rate_interval
from abmicro.stats.bayes.predictive import probability_of_success

pytestmark = pytest.mark.slow

PRIORS = [(0.5, 0.5), (1.0, 1.0), (6.0, 194.0)]
TRIALS = [(20, 20), (300, 1000), (20_000, 20_000)]
RUNS, BINS = 4_000, 20

Drawn = tuple[np.ndarray, Beta, np.ndarray, Beta]


def drawn(prior: tuple[float, float], trials: tuple[int, int], runs: int = RUNS) -> Drawn:
    """Truths from the prior, and the posteriors of the data they give; treated, then control."""
    rng = np.random.default_rng([trials[0], int(prior[1])])
    made: list[object] = []
    for units in trials:
        truth = rng.beta(*prior, runs)
        made += [truth, posterior(rng.binomial(units, truth), units, a=prior[0], b=prior[1])]
    return tuple(made)  # type: ignore[return-value]


def assert_uniform(ranks: np.ndarray) -> None:
    counts, _ = np.histogram(ranks, bins=BINS, range=(0, 1))
    expected = ranks.size / BINS
    assert ((counts - expected) ** 2 / expected).sum() < chi2.isf(1e-5, BINS - 1)


def assert_mean(values: np.ndarray, expected: float) -> None:
    error = values.std() / np.sqrt(values.size)
    assert abs(values.mean() - expected) < 4.5 * error


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("trials", TRIALS)
def test_ranks_of_rates_are_uniform(prior: tuple[float, float], trials: tuple[int, int]) -> None:
    truth, law, *_ = drawn(prior, trials)
    assert_uniform(betainc(law.a, law.b, truth))


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("trials", TRIALS)
def test_ranks_of_effects_are_uniform(prior: tuple[float, float], trials: tuple[int, int]) -> None:
    treated, law, control, other = drawn(prior, trials)
    assert_uniform(difference_above(law, other, treated - control))
    assert_uniform(lift_above(law, other, treated / control - 1))


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("trials", TRIALS)
def test_intervals_cover_at_their_level(
    prior: tuple[float, float], trials: tuple[int, int]
) -> None:
    treated, law, control, other = drawn(prior, trials, 1_500)
    for level in (0.5, 0.95):
        for found, truth in (
            (rate_interval(law, level=level), treated),
            (rate_density_interval(law, level=level), treated),
            (difference_interval(law, other, level=level), treated - control),
            (compare(law, other, level=level).lift, treated / control - 1),
        ):
            assert_mean((found.low <= truth) & (truth <= found.high), level)


@pytest.mark.parametrize("prior", PRIORS)
def test_chances_come_true_and_losses_are_lost(prior: tuple[float, float]) -> None:
    treated, law, control, other = drawn(prior, (300, 1000))
    found = compare(law, other)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = (found.probability_better >= low) & (found.probability_better < low + 0.2)
        assert_mean((treated > control)[here] - found.probability_better[here], 0)
    assert_mean(np.maximum(control - treated, 0) - found.loss, 0)


def test_the_best_of_five_is_the_best_as_often_as_told() -> None:
    rng = np.random.default_rng(11)
    truth = rng.beta(6, 194, (4_000, 5))
    arms = posterior(rng.binomial(500, truth), 500, a=6, b=194)
    chances, losses = probability_best(arms), expected_losses(arms)
    chosen = chances.argmax(axis=-1)[:, None]
    right = truth.argmax(axis=-1)[:, None] == chosen
    assert_mean(right - np.take_along_axis(chances, chosen, -1), 0)
    lost = truth.max(axis=-1, keepdims=True) - np.take_along_axis(truth, chosen, -1)
    assert_mean(lost - np.take_along_axis(losses, chosen, -1), 0)


def test_predictions_of_success_come_true() -> None:
    treated, law, control, other = drawn((6.0, 194.0), (300, 1000), 400)
    rng = np.random.default_rng(12)
    told = probability_of_success(law, other, 1_700, 1_000, threshold=0.9)
    more, rest = rng.binomial(1_700, treated), rng.binomial(1_000, control)
    final = Beta(law.a + more, law.b + 1_700 - more), Beta(other.a + rest, other.b + 1_000 - rest)
    assert_mean((probability_better(*final) > 0.9) - told, 0)
