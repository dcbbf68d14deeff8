"""Assurance, losses and winners' curses: against sums over what could happen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from abmicro.stats.power.designs import log_ratio
from abmicro.stats.power.expected_power import (
    assurance,
    expected_loss,
    expected_regret,
    units_for_loss,
)
from abmicro.stats.power.type_m_s import expected_wins, false_positive_risk, winners_curse

Floats = NDArray[np.float64]

GRID = np.linspace(-8, 8, 801)
NORMAL = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()
MEAN, SD, SE = 0.03, 0.08, 0.05
PLAN = {"tested": 3000.0, "horizon": 40_000.0}


def worlds(mean: float = MEAN) -> tuple[Floats, Floats, Floats]:
    """True effects down, estimates across, and the probability of each pair."""
    truth = mean + SD * GRID[:, None]
    return truth, truth + SE * GRID, NORMAL[:, None] * NORMAL


def posterior_mean(estimate: Floats) -> Floats:
    return (MEAN / SD**2 + estimate / SE**2) / (1 / SD**2 + 1 / SE**2)


def test_assurance_is_power_averaged_over_the_belief() -> None:
    _, estimate, weight = worlds()
    found = assurance(MEAN, SD, SE)
    assert found.above == pytest.approx((weight * (estimate > 1.959964 * SE)).sum(), abs=2e-3)
    assert found.below == pytest.approx((weight * (estimate < -1.959964 * SE)).sum(), abs=2e-3)


def test_a_certain_belief_makes_assurance_power() -> None:
    found, expected = assurance(0.1, 0.0, 0.05), ndtr(0.1 / 0.05 - 1.959964)
    assert found.above == pytest.approx(expected, rel=1e-6)


def test_assurance_never_exceeds_the_belief_in_a_gain() -> None:
    found = assurance(0.02, 0.03, np.geomspace(1e-9, 1, 50))
    assert (found.above <= ndtr(0.02 / 0.03)).all()
    assert found.above[0] == pytest.approx(ndtr(0.02 / 0.03), rel=1e-6)


def test_the_expected_loss_is_that_of_the_better_posterior_mean() -> None:
    truth, estimate, weight = worlds()
    lost = np.where(posterior_mean(estimate) > 0, np.maximum(-truth, 0), np.maximum(truth, 0))
    assert expected_loss(MEAN, SD, SE) == pytest.approx((weight * lost).sum(), rel=1e-3)


def test_without_doubt_nothing_is_lost() -> None:
    assert expected_loss(0.1, 0.0, 0.05) == 0


def test_the_units_for_a_loss_give_that_loss() -> None:
    design = log_ratio(0.05, 0.05, ratio=0.5)
    found = units_for_loss(design, mean=0.01, sd=0.05, tolerance=0.001)
    assert expected_loss(0.01, 0.05, design.standard_error(found.exact)) == pytest.approx(0.001)
    assert found.treated == np.ceil(found.control / 2)


def test_a_large_tolerance_needs_no_test() -> None:
    assert units_for_loss(log_ratio(0.05, 0.05), mean=0.0, sd=0.05, tolerance=0.1).control == 1


def test_regret_is_what_the_worse_arm_costs_while_and_after_testing() -> None:
    truth, estimate, weight = worlds()
    found = expected_regret(MEAN, SD, SE, **PLAN, treated_share=0.3)
    while_testing = 0.7 * np.maximum(truth, 0) + 0.3 * np.maximum(-truth, 0)
    treated = posterior_mean(estimate) > 0
    after = np.where(treated, np.maximum(-truth, 0), np.maximum(truth, 0))
    assert found.waiting == pytest.approx(3000 * (weight * while_testing).sum(), rel=1e-3)
    assert found.error == pytest.approx(37_000 * (weight * after).sum(), rel=2e-3)
    assert found.total == found.waiting + found.error


def test_regret_of_waiting_for_significance() -> None:
    truth, estimate, weight = worlds()
    found = expected_regret(MEAN, SD, SE, **PLAN, alpha=0.05)
    treated = estimate > 1.959964 * SE
    after = np.where(treated, np.maximum(-truth, 0), np.maximum(truth, 0))
    assert found.error == pytest.approx(37_000 * (weight * after).sum(), rel=2e-3)


def test_waiting_for_significance_costs_more_than_following_the_posterior() -> None:
    strict = expected_regret(0.0, SD, SE, **PLAN, alpha=0.05)
    assert strict.error > 1.5 * expected_regret(0.0, SD, SE, **PLAN).error


def test_nobody_is_left_to_err_for_when_all_are_tested() -> None:
    assert expected_regret(0.0, SD, SE, tested=100, horizon=100).error == 0


def test_without_an_effect_half_the_findings_have_either_sign() -> None:
    found = winners_curse(0.0, 1.0)
    assert found.power == pytest.approx(0.05)
    assert found.sign_error == 0.5
    assert found.exaggeration == np.inf


def test_a_loss_is_exaggerated_like_a_gain() -> None:
    for loss, gain in zip(winners_curse(-0.3, 0.2), winners_curse(0.3, 0.2), strict=True):
        assert loss == gain


def test_a_sure_finding_does_not_exaggerate() -> None:
    assert winners_curse(10.0, 0.1).exaggeration == pytest.approx(1)


def test_no_figure_is_too_extreme() -> None:
    assert winners_curse(1e300, 1e-8).power == 1
    assert expected_loss(5.0, 1e-3, 1.0) == 0


def test_at_a_fifth_of_power_findings_are_more_than_twice_too_big() -> None:
    found = winners_curse(1.117, 1.0)
    assert found.power == pytest.approx(0.2, abs=0.001)
    assert 2.0 < found.exaggeration < 2.4


def test_the_curse_is_what_an_average_over_estimates_says() -> None:
    estimate = 0.6 + GRID
    finds = np.abs(estimate) > 1.959964
    found = winners_curse(0.6, 1.0)
    size = (NORMAL * finds * np.abs(estimate)).sum() / (NORMAL * finds).sum() / 0.6
    wrong = (NORMAL * (estimate < -1.959964)).sum() / (NORMAL * finds).sum()
    assert found.exaggeration == pytest.approx(size, rel=0.01)
    assert found.sign_error == pytest.approx(wrong, rel=0.15)


def test_where_no_idea_works_every_win_is_false() -> None:
    assert false_positive_risk(0.0) == 1
    assert false_positive_risk(1.0) == 0


def test_wins_add_up() -> None:
    wins = expected_wins(10, [0.1, 0.5], power=0.6)
    assert wins.true == pytest.approx([0.6, 3.0])
    assert wins.total == pytest.approx([0.6 + 0.225, 3.0 + 0.125])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: assurance(np.nan, 1, 1), "mean must be finite"),
        (lambda: assurance(0, -1, 1), "sd must be finite, not negative"),
        (lambda: assurance(0, 1, 0), "se must lie strictly between 0 and inf"),
        (
            lambda: units_for_loss(log_ratio(0.1, 0.1), mean=0, sd=1, tolerance=0),
            "tolerance must lie strictly between 0 and inf",
        ),
        (
            lambda: expected_regret(0, 1, 1, tested=10, horizon=9),
            "tested must not exceed horizon, got 10",
        ),
        (lambda: winners_curse(np.inf, 1), "effect must be finite"),
        (lambda: winners_curse([1, 2], [1, 2, 3]), "shapes do not broadcast"),
        (lambda: false_positive_risk(1.1), "true_share must lie between 0 and 1"),
        (lambda: expected_wins(0, 0.1), "tests must lie strictly between 0 and inf"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
