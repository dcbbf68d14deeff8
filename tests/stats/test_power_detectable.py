"""Detectable effects and the best division of units: known answers, ends, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.power.designs import pooled, unpooled
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.proportions.miettinen_nurminen import difference


def test_the_detectable_effect_is_told_in_three_ways() -> None:
    found = detectable(0.2, 2000)
    assert found.treated == pytest.approx(0.2 + found.difference)
    assert found.lift == pytest.approx(found.difference / 0.2)


def test_a_loss_is_told_with_a_minus() -> None:
    found = detectable(0.2, 2000, direction="down")
    assert found.treated < 0.2
    assert found.difference < 0 > found.lift


def test_losses_from_a_small_rate_are_easier_to_find_than_gains() -> None:
    up, down = (detectable(0.05, 3000, direction=side) for side in ("up", "down"))
    assert -down.difference < up.difference


def test_what_not_even_a_certain_goal_would_show_is_nan() -> None:
    found = detectable(0.9, 5)
    assert np.isnan(found.treated)
    assert np.isnan(found.difference)
    assert np.isnan(found.lift)
    assert np.isnan(detectable(0.001, 100, direction="down").lift)


def test_a_billion_units_find_a_hair() -> None:
    found = detectable(1e-6, 1e9)
    assert found.lift == pytest.approx(2.8016 * np.sqrt(2 / 1e3), rel=0.05)


def test_at_half_power_the_detectable_effect_just_leaves_the_interval() -> None:
    # An estimate that equals the effect is significant in half the cases: its lower bound is 0.
    units = 10**8
    found = detectable(0.1, units, power=0.5)
    arms = Binomial(np.round(units * found.treated), units), Binomial(units // 10, units)
    assert abs(difference(*arms).low) < 1e-3 * found.difference


def test_every_argument_may_be_an_array() -> None:
    weeks = 1000 * np.arange(1, 13)
    found = detectable(np.array([[0.03], [0.2]]), weeks, direction="down", formula=unpooled)
    assert found.lift.shape == (2, 12)
    assert found.lift[1, 4] == pytest.approx(
        detectable(0.2, 5000, direction="down", formula=unpooled).lift
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: detectable(0, 100), "control must lie strictly between 0 and 1"),
        (lambda: detectable(0.1, 0), "control_units must lie strictly between 0 and inf"),
        (lambda: detectable(0.1, 100, power=0.01), "power must be above alpha"),
        (lambda: detectable(0.1, 100, direction="left"), "direction must be one of up, down"),
        (lambda: detectable([0.1, 0.2], [1, 2, 3]), "shapes do not broadcast"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_default_formula_is_the_pooled_one() -> None:
    assert detectable(0.1, 1000) == detectable(0.1, 1000, formula=pooled)
