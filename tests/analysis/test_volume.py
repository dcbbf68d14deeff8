"""Volumes: a difference times units, and what it is worth."""

from __future__ import annotations

import pytest

from abmicro import Analysis, DecisionSettings, Experiment, Goal, JointCounts, analyze
from abmicro.analysis.results import Volume

ARMS = [[11_980, 3_726, 326], [12_020, 4_219, 336]]


def volume(goal: str, **decision: object) -> Volume:
    return next(one for one in _analysis(**decision).volumes if one.goal == goal)


def _analysis(**decision: object) -> Analysis:
    experiment = Experiment(
        name="Sticky button",
        variants=("control", "sticky"),
        goals=(
            Goal(name="click", kind="milestone", mde=0.05),
            Goal(name="order", kind="macro", mde=0.05),
        ),
        decision=DecisionSettings(**decision),  # type: ignore[arg-type]
    )
    counts = JointCounts.of_path(("control", "sticky"), ("click", "order"), ARMS)
    return analyze(experiment, counts)


def test_a_difference_is_told_per_thousand_and_in_the_test() -> None:
    found = volume("order")
    difference = 336 / 12_020 - 326 / 11_980
    assert found.per_1000.estimate == pytest.approx(1000 * difference)
    assert found.in_test.estimate == pytest.approx(12_020 * difference)
    assert (found.per_month, found.worth_per_1000, found.worth_per_month) == (None, None, None)


def test_traffic_makes_months_and_an_order_has_its_price() -> None:
    found = volume("order", traffic="26000/month", order_value=62.0, currency="EUR")
    assert found.per_month is not None
    assert found.worth_per_month is not None
    assert found.per_month.low == pytest.approx(26 * found.per_1000.low)
    assert found.worth_per_month.high == pytest.approx(62 * found.per_month.high)
    click = volume("click", traffic="26000/month", order_value=62.0, currency="EUR")
    assert click.per_month is not None
    assert click.worth_per_month is None


def test_what_a_choice_risks_is_told_per_month() -> None:
    open_goal = _analysis(traffic="26000/month").verdicts[0].open
    assert open_goal is not None
    assert open_goal.monthly_loss is not None
    assert open_goal.monthly_loss.treated == pytest.approx(26 * open_goal.loss_of_variant)
    assert open_goal.monthly_loss.control == pytest.approx(26 * open_goal.loss_of_control)
