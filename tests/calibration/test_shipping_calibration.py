"""Do tests of the planned size ship as often as the plan promises? By the stages of `analyze`."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from .shipping_plans import AMOUNTS, PLANS, POWER, Planned, PlannedAmount, achieved

pytestmark = pytest.mark.slow

NOISE = 3.5 * sqrt(POWER * (1 - POWER))
FORMULA = 0.005  # what a formula may be off


@pytest.mark.parametrize("one", PLANS, ids=lambda one: one.name)
def test_tests_of_the_planned_size_ship_as_often_as_promised(one: Planned) -> None:
    tests = 10_000
    found = achieved(one, tests, np.random.default_rng(2_026))
    assert found == pytest.approx(POWER, abs=NOISE / sqrt(tests) + FORMULA)


@pytest.mark.parametrize("one", AMOUNTS, ids=lambda one: one.name)
def test_tests_of_amounts_ship_at_least_nearly_as_often_as_promised(one: PlannedAmount) -> None:
    tests = 2_000
    found = achieved(one, tests, np.random.default_rng(2_027))
    assert found > POWER - 0.02 - NOISE / sqrt(tests)
