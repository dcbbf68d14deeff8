"""Power and units: facts of textbooks and of the design note, ends of the range, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.power.designs import pooled
from abmicro.stats.power.power import findings, power_of, rounded_up, units_for


def test_the_textbook_example_of_two_rates() -> None:
    # R: power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7.
    found = units_for(pooled(0.50, 0.75), power=0.9)
    assert float(found.exact) == pytest.approx(76.7, abs=0.05)
    assert (found.control, found.treated, found.total()) == (77, 77, 154)


def test_a_two_sided_test_of_nothing_finds_half_of_alpha_in_either_direction() -> None:
    found = findings(pooled(0.1, 0.1), 1000)
    assert found.above == pytest.approx(0.025)
    assert found.below == pytest.approx(0.025)
    assert found.either == pytest.approx(0.05)


def test_a_one_sided_test_finds_nothing_on_the_other_side() -> None:
    assert findings(pooled(0.1, 0.2), 1000, alternative="greater").below == 0
    assert findings(pooled(0.1, 0.2), 1000, alternative="less").above == 0


def test_power_is_that_of_the_right_direction() -> None:
    found = findings(pooled(0.12, 0.10), 500)
    assert power_of(pooled(0.12, 0.10), 500) == found.below > found.above


def test_treated_units_are_the_ratio_of_the_rounded_control_rounded_up() -> None:
    found = units_for(pooled(0.3, 0.2, ratio=0.25))
    assert found.control == np.ceil(found.exact)
    assert found.treated == np.ceil(found.control / 4)
    assert found.total(arms=3) == found.control + 3 * found.treated


def test_rounding_up_does_not_add_a_unit_for_a_rounding_error() -> None:
    assert rounded_up(30.0, 0.1).treated == 3  # in floats 30 * 0.1 is a little more than 3
    assert rounded_up(1e-9).control == 1


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_no_number_of_units_shows_what_is_not_there(alternative: Any) -> None:
    found = units_for(pooled(0.1, 0.1), alternative=alternative)
    assert found.exact == found.control == found.treated == np.inf


def test_no_number_of_units_shows_a_gain_to_a_test_that_looks_for_losses() -> None:
    assert units_for(pooled(0.1, 0.2), alternative="less").control == np.inf


def test_an_effect_may_need_more_units_than_there_are_people() -> None:
    found = units_for(pooled(1e-4, 1.00001e-4))
    reach = (1.959964 + 0.841621) ** 2  # of 80 % power at two-sided 5 %
    assert float(found.control) == pytest.approx(reach * 2e-4 / 1e-18, rel=1e-4)


def test_every_argument_may_be_an_array() -> None:
    rates = np.array([0.01, 0.1, 0.3])
    lifts = np.array([[0.1], [0.2]])
    power = np.array([0.5, 0.8, 0.9, 0.95])[:, None, None]
    found = units_for(pooled(rates, rates * (1 + lifts)), power=power)
    assert found.control.shape == (4, 2, 3)
    assert found.control[1, 1, 1] == units_for(pooled(0.1, 0.12)).control == 3841


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.2, np.nan])
def test_rates_that_leave_0_to_1_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="control must lie strictly between 0 and 1"):
        pooled(rate, 0.5)
    with pytest.raises(ValueError, match="treated must lie strictly between 0 and 1"):
        pooled(0.5, rate)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"power": 0.04}, "power must be above alpha, got 0.04"),
        ({"power": 1.0}, "power must lie strictly between 0 and 1"),
        ({"alpha": 0.0}, "alpha must lie strictly between 0 and 1"),
        ({"alternative": "up"}, "alternative must be one of two-sided, greater, less, got 'up'"),
        ({"power": [0.8, 0.9], "alpha": [0.1, 0.2, 0.3]}, "shapes do not broadcast"),
    ],
)
def test_impossible_wishes_are_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        units_for(pooled(0.1, 0.2), **choice)


@pytest.mark.parametrize("units", [0, -5, np.nan, np.inf])
def test_a_test_without_a_number_of_units_is_refused(units: float) -> None:
    with pytest.raises(ValueError, match="control_units must lie strictly between 0 and inf"):
        power_of(pooled(0.1, 0.2), units)
