"""Do the seventeen scenarios of the carry-through note get their answers as often as published?"""

from __future__ import annotations

import numpy as np
import pytest

from .carry_readings import BASE
from .carry_scenarios import FEW, REPLICATES, SCENARIOS, Scenario, observed, share
from .carry_worlds import late

pytestmark = pytest.mark.slow

TOLERANCE = 0.02  # the published shares stem from 4,000 replicates and are rounded


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[f"{s.name}-{s.units}" for s in SCENARIOS])
def test_a_scenario_gets_its_answers_as_often_as_published(scenario: Scenario) -> None:
    found = observed(scenario)
    published = {
        (read, asked): value
        for read, shares in scenario.published.items()
        for asked, value in shares.items()
    }
    got = {(read, asked): share(found[read], asked) for read, asked in published}
    assert got == pytest.approx(published, abs=TOLERANCE)


@pytest.mark.parametrize("scenario", FEW, ids=["10", "20"])
def test_ten_orders_per_arm_are_enough_for_the_promise(scenario: Scenario) -> None:
    labels = observed(scenario)["label"]
    error = 4 * np.sqrt(0.025 * 0.975 / REPLICATES)
    assert share(labels, "macro up") <= 0.025 + error
    assert share(labels, "contradicted") <= 0.025 + error


def test_of_late_orders_84_percent_have_come_at_the_cut() -> None:
    """S11, as published."""
    arm = late(np.random.default_rng(11), 10, 200_000, BASE, 6)
    assert arm.cut[:, 2].sum() / arm.complete[:, 2].sum() == pytest.approx(0.84, abs=0.005)
