"""Several arms: where their power is that of one arm, of independent ones, or bounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.power.designs import means, pooled
from abmicro.stats.power.equivalence import power_of_equivalence, units_for_equivalence
from abmicro.stats.power.power import power_of, units_for
from abmicro.stats.power.several_arms import dunnett_alpha, power_of_arms

THREE = [1.0, 0.5, 2.0]


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_one_arm_needs_no_correction(alternative: Any) -> None:
    assert dunnett_alpha([1.0], alternative=alternative) == pytest.approx(0.05)


def test_dunnett_is_milder_than_bonferroni_and_stricter_than_nothing() -> None:
    assert 0.05 / 3 < dunnett_alpha(THREE) < 0.05


def test_a_batch_of_allocations_is_corrected_at_once() -> None:
    found = dunnett_alpha([[1.0, 1.0], [0.5, 0.5]], alpha=[0.05, 0.01])
    assert found == pytest.approx(
        [dunnett_alpha([1.0, 1.0]), dunnett_alpha([0.5, 0.5], alpha=0.01)]
    )


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_the_power_of_one_arm_is_its_own(alternative: Any) -> None:
    design = pooled(0.1, np.array([0.12]))
    found = power_of_arms(design, 2000, alternative=alternative)
    expected = power_of(design, 2000, alternative=alternative)[0]
    assert found.any == pytest.approx(expected)
    assert found.every == pytest.approx(expected)


def test_with_a_huge_control_the_arms_are_independent() -> None:
    design = pooled(0.1, [0.12, 0.13], ratio=1e-6)
    each = power_of(design, 2e9)
    found = power_of_arms(design, 2e9)
    assert found.any == pytest.approx(1 - np.prod(1 - each), rel=1e-5)
    assert found.every == pytest.approx(np.prod(each), rel=1e-5)


def test_with_a_tiny_control_equal_arms_are_found_together() -> None:
    design = pooled(0.3, [0.4, 0.4], ratio=1e6)
    found = power_of_arms(design, 200)
    assert found.any == pytest.approx(found.every, abs=2e-3)


def test_arms_that_move_in_opposite_directions_are_rarely_found_together() -> None:
    same = power_of_arms(means([0.2, 0.2], 1.0), 300)
    opposite = power_of_arms(means([0.2, -0.2], 1.0), 300)
    assert opposite.every < same.every
    assert opposite.any > same.any


def test_midway_between_margins_equivalence_needs_both_tests_to_miss_half_as_often() -> None:
    low, high = means(0.1, 1.0), means(-0.1, 1.0)  # a true difference of 0 within 0.1
    found = units_for_equivalence(low, high, power=0.8)
    each = units_for(low, power=0.9, alternative="greater")
    assert found.exact == pytest.approx(each.exact)


def test_an_effect_on_the_margin_is_never_shown_to_lie_within() -> None:
    assert units_for_equivalence(means(0.0, 1.0), means(-0.2, 1.0)).control == np.inf
    assert units_for_equivalence(means(0.3, 1.0), means(0.1, 1.0)).control == np.inf


def test_too_few_units_cannot_show_equivalence_at_all() -> None:
    assert power_of_equivalence(means(0.1, 1.0), means(-0.1, 1.0), 50) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dunnett_alpha([1.0, 0.0]), "ratio must lie strictly between 0 and inf, got 0.0"),
        (lambda: power_of_arms(pooled(0.1, [0.2]), 0), "control_units must lie strictly"),
        (
            lambda: power_of_arms(pooled(0.1, [0.2]), 10, alternative="up"),
            "alternative must be one of two-sided, greater, less, got 'up'",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
