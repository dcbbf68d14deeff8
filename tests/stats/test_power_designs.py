"""Designs: each formula at a place where something simpler is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.foundations import score_statistic
from abmicro.stats.power.designs import (
    arcsine,
    control_variance,
    corrected,
    design_effect,
    farrington_manning,
    farrington_manning_ratio,
    log_ratio,
    means,
    pooled,
    unpooled,
)
from abmicro.stats.power.power import Design, units_for

MANY = 1e8


def score_of(design: Design) -> float:
    """What the statistic is where the counts are as expected."""
    return float(design.distance / design.null_sd * np.sqrt(MANY))


def counts(control: float, treated: float, ratio: float) -> list[np.ndarray]:
    expected = (MANY * ratio * treated, MANY * ratio, MANY * control, MANY)
    return [np.asarray(count) for count in expected]


@pytest.mark.parametrize("null", [-0.02, -0.005, 0.0, 0.01])
@pytest.mark.parametrize("ratio", [0.1, 1.0, 3.0])
def test_the_noise_of_a_margin_is_that_of_the_score_test(null: float, ratio: float) -> None:
    design = farrington_manning(0.05, 0.06, ratio, null=null)
    expected = score_statistic.difference_statistic(*counts(0.05, 0.06, ratio), np.asarray(null))
    assert score_of(design) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("null", [0.8, 0.98, 1.0, 1.02, 1.5])
@pytest.mark.parametrize("ratio", [0.1, 1.0, 3.0])
def test_the_noise_of_a_relative_margin_is_that_of_the_score_test(
    null: float, ratio: float
) -> None:
    design = farrington_manning_ratio(0.05, 0.06, ratio, null=null)
    expected = score_statistic.ratio_statistic(*counts(0.05, 0.06, ratio), np.asarray(null))
    assert score_of(design) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("formula", [farrington_manning, farrington_manning_ratio])
def test_without_a_margin_the_score_design_is_the_pooled_one(formula: Any) -> None:
    found, expected = formula(0.05, 0.06, 2.0), pooled(0.05, 0.06, 2.0)
    assert found.null_sd == pytest.approx(expected.null_sd)
    assert found.true_sd == pytest.approx(expected.true_sd)
    assert found.distance == pytest.approx(expected.distance)


def test_the_formulas_agree_for_small_effects_and_common_rates() -> None:
    sizes = [units_for(formula(0.4, 0.405)).exact for formula in (pooled, unpooled, arcsine)]
    assert sizes == pytest.approx([sizes[0]] * 3, rel=1e-3)
    assert units_for(log_ratio(0.4, 0.405)).exact == pytest.approx(sizes[0], rel=0.01)


def test_means_follow_the_rule_of_sixteen() -> None:
    # Lehr (1992), Statistics in Medicine 11:1099-1102: 16 sd^2 / difference^2 per arm, nearly.
    found = units_for(means(2.0, 20.0))
    assert found.exact == pytest.approx(16 * 100, rel=0.02)


def test_a_rate_is_a_mean_with_a_known_spread() -> None:
    sds = np.sqrt([0.1 * 0.9, 0.12 * 0.88])
    assert units_for(means(0.02, *sds)).exact == pytest.approx(units_for(unpooled(0.1, 0.12)).exact)


def test_covariates_spare_the_part_of_the_units_that_they_explain() -> None:
    design = pooled(0.1, 0.12)
    spared = units_for(design.with_variance(1 - 0.3)).exact
    assert spared == pytest.approx(0.7 * units_for(design).exact)


def test_one_observation_per_user_has_no_design_effect() -> None:
    assert design_effect(1, 0.5) == 1
    assert design_effect(4, 0) == 1


def test_users_that_always_do_the_same_count_once() -> None:
    assert design_effect(4, 1) == 4


def test_users_that_bring_unequal_numbers_cost_more() -> None:
    # Eldridge, Ashby and Kerry (2006): 1 + ((cv^2 + 1) m - 1) rho.
    assert design_effect(20, 0.05, variation=0.65) == pytest.approx(
        1 + ((0.65**2 + 1) * 20 - 1) * 0.05
    )


def test_a_correction_for_continuity_asks_for_one_over_the_difference_more() -> None:
    # Casagrande, Pike and Smith (1978): about 2 / |difference| more in both arms together.
    design = pooled(0.1, 0.12)
    more = corrected(units_for(design), design).exact - units_for(design).exact
    assert more == pytest.approx(2 / 0.02, rel=0.01)


def test_a_correction_keeps_infinity() -> None:
    design = pooled(0.1, 0.1)
    assert corrected(units_for(design), design).control == np.inf


def test_the_calculator_mirrors_the_control_but_not_the_difference() -> None:
    mirrored, plain = control_variance(0.8, 0.85), control_variance(0.2, 0.25)
    assert mirrored.true_sd == pytest.approx(plain.true_sd)
    with pytest.raises(ValueError, match="mirrored treated rate must lie strictly between 0 and 1"):
        control_variance(0.6, 0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pooled(0.1, 0.2, 0), "ratio must lie strictly between 0 and inf, got 0.0"),
        (lambda: pooled([0.1, 0.2], [0.1, 0.2, 0.3]), "shapes do not broadcast"),
        (lambda: unpooled(0.1, 0.1, null=1), "null must lie strictly between -1 and 1"),
        (lambda: farrington_manning_ratio(0.1, 0.1, null=0), "null must lie"),
        (lambda: means(np.inf, 1.0), "difference must be finite"),
        (lambda: means(1.0, 0.0), "control_sd must lie strictly between 0 and inf"),
        (lambda: design_effect(0.5, 0.1), "size must be finite and at least 1"),
        (lambda: design_effect(2, 1.1), "correlation must lie between 0 and 1"),
        (lambda: design_effect(2, 0.1, variation=-1), "variation must be finite"),
        (lambda: pooled(0.1, 0.2).with_variance(0), "factor must lie strictly between 0 and inf"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
