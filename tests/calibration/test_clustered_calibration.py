"""Rates per session in tests without an effect, where sessions of a unit resemble one another."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.means.amounts_per_unit import (
    amount_difference,
    amount_lift,
    amount_noninferiority,
)
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.delta_method import clustered_difference, naive_score_test
from abmicro.stats.means.rates_per_session import session_rates

RUNS, UNITS, SESSIONS = 4000, 500, 4
WITHIN = 4 * (0.05 * 0.95 / RUNS) ** 0.5  # four Monte-Carlo standard errors of a share near 5 %


def arm(rng: np.random.Generator, *, rate: float = 0.3, sessions: int = SESSIONS) -> PairMoments:
    """Units of which many never and many always convert; some bring no session, some dozens."""
    brought = rng.geometric(1 / (1 + sessions), (RUNS, UNITS)) - 1
    habit = rng.beta(0.5 * rate, 0.5 * (1 - rate), (RUNS, UNITS))
    return PairMoments.of(rng.binomial(brought, habit), brought)


@pytest.mark.slow
def test_sessions_as_if_independent_find_effects_in_over_a_third_of_tests_without_one() -> None:
    rng = np.random.default_rng(1)
    treated, control = arm(rng), arm(rng)
    assert (naive_score_test(treated, control).p < 0.05).mean() > 1 / 3
    found = amount_difference(session_rates(treated, control))
    assert (found.p < 0.05).mean() == pytest.approx(0.05, abs=WITHIN)


@pytest.mark.slow
def test_more_sessions_alone_are_no_effect_on_the_rate_per_session() -> None:
    rng = np.random.default_rng(2)
    found = amount_difference(session_rates(arm(rng, sessions=2 * SESSIONS), arm(rng)))
    assert (found.p < 0.05).mean() == pytest.approx(0.05, abs=WITHIN)


@pytest.mark.slow
def test_the_interval_of_the_lift_holds_the_true_one() -> None:
    rng = np.random.default_rng(3)
    found = amount_lift(session_rates(arm(rng, rate=0.36), arm(rng)))
    assert ((found.low <= 0.2) & (found.high >= 0.2)).mean() == pytest.approx(0.95, abs=WITHIN)


@pytest.mark.slow
@pytest.mark.parametrize(("lift", "alternative"), [(-0.1, "greater"), (0.1, "less")])
def test_a_guardrail_on_its_margin_passes_as_often_as_alpha_says(
    lift: float, alternative: str
) -> None:
    rng = np.random.default_rng(4)
    treated, control = arm(rng, rate=0.3 * (1 + lift)), arm(rng)
    found = session_rates(treated, control)
    p = amount_noninferiority(found, null=lift, alternative=alternative)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=WITHIN)


def pareto(rng: np.random.Generator, units: int, tail: float) -> PairMoments:
    """Units of which few bring most of the sessions."""
    brought = np.minimum(np.ceil(rng.random((RUNS, units)) ** (-1 / tail)), 1e6)
    return PairMoments.of(rng.binomial(brought.astype(int), rng.beta(1, 4, brought.shape)), brought)


@pytest.mark.slow
@pytest.mark.parametrize("tail", [2.5, 1.5])
@pytest.mark.parametrize("split", [(500, 500), (100, 900), (900, 100)])
def test_few_units_with_most_sessions_are_no_effect(tail: float, split: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    arms = [pareto(rng, units, tail) for units in split]
    found, alone = amount_difference(session_rates(*arms)), clustered_difference(*arms)
    rises, worst = found.estimate > 0, 0.032 + 3 * (0.025 * 0.975 / RUNS) ** 0.5
    for side in (rises, ~rises):
        assert ((found.p < 0.05) & side).mean() < worst
    assert (found.p >= alone.p).all()
    assert split[0] == split[1] or tail > 2 or (alone.p < 0.05).mean() > 0.075
