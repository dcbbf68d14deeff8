"""What Bayesian stopping does to tests without an effect: the figures the report warns with."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from abmicro.stats.bayes.beta_binomial import expected_loss, posterior, probability_better
from abmicro.stats.bayes.stopping import stopping_rates
from abmicro.stats.foundations.numerics.beta_distribution import Beta

RUNS, LOOKS, PER_LOOK, RATE = 2000, 50, 200, 0.05
TOLERANCE = 0.0005
TRUTHS = 500
WITHIN = 4 * 0.5 / RUNS**0.5  # four Monte-Carlo standard errors of a share, at most


@cache
def losses_of_equal_arms() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    treated, control = looks_of_equal_arms()
    return expected_loss(treated, control), expected_loss(control, treated)


def looks_of_equal_arms() -> tuple[Beta, Beta]:
    rng = np.random.default_rng(41)
    reached = np.cumsum(rng.binomial(PER_LOOK, RATE, (2, RUNS, LOOKS)), axis=-1)
    trials = PER_LOOK * np.arange(1, LOOKS + 1)
    treated, control = (posterior(arm, trials) for arm in reached)
    return treated, control


def ever(events: NDArray[np.bool_]) -> float:
    return float(events.any(axis=-1).mean())


@pytest.mark.slow
def test_a_chance_to_win_beyond_95_percent_is_met_in_half_of_all_tests_without_effect() -> None:
    chance = probability_better(*looks_of_equal_arms())
    assert ever((chance < 0.05) | (chance > 0.95)) == pytest.approx(0.51, abs=WITHIN)
    assert ever((chance < 0.01) | (chance > 0.99)) == pytest.approx(0.15, abs=WITHIN)


@pytest.mark.slow
def test_the_loss_rule_stops_nearly_every_test_without_effect_and_takes_either_arm() -> None:
    losses = losses_of_equal_arms()
    safe = np.minimum(*losses) < TOLERANCE
    stopped, first = safe.any(axis=-1), safe.argmax(axis=-1)
    leads = np.take_along_axis(losses[0] < losses[1], first[:, None], axis=-1)[:, 0]
    assert stopped.mean() == pytest.approx(0.95, abs=WITHIN)
    assert (stopped & leads).mean() == pytest.approx(stopped.mean() / 2, abs=WITHIN)


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [0.0001, 0.0002, 0.0005])
def test_normal_laws_foretell_what_the_exact_rule_does(tolerance: float) -> None:
    stopped = ever(np.minimum(*losses_of_equal_arms()) < tolerance)
    foretold = stopping_rates(
        (RATE, RATE),
        (PER_LOOK, PER_LOOK),
        looks=LOOKS,
        tolerance=tolerance,
        rng=np.random.default_rng(42),
        simulations=10_000,
    )
    assert foretold.stopped.value == pytest.approx(stopped, abs=WITHIN + 0.01)


@pytest.mark.slow
@pytest.mark.parametrize("tolerance", [0.0005, 0.001, 0.002])
def test_what_a_stopped_choice_costs_is_below_the_tolerance_on_average(tolerance: float) -> None:
    """The promise of the rule, where true rates come from the prior it is told."""
    rng = np.random.default_rng(43)
    prior = Beta(50, 950)
    rates = rng.beta(50, 950, (2, TRUTHS))
    found = stopping_rates(
        (rates[0], rates[1]),
        (PER_LOOK, PER_LOOK),
        looks=LOOKS,
        tolerance=tolerance,
        rng=rng,
        simulations=100,
        prior=prior,
    )
    lost = np.maximum(rates[1] - rates[0], 0) * found.chose_treated.value
    lost = lost + np.maximum(rates[0] - rates[1], 0) * found.chose_control.value
    cost = lost.sum() / found.stopped.value.sum()
    error = lost.std() / TRUTHS**0.5
    assert cost < tolerance + 4 * error
