"""Goal rows: test, interval and correction of one row never contradict one another."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro import AnalysisSettings, Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import GoalResult
from abmicro.design.families import corrected_segments

from ..examples import examples
from . import stages
from .conftest import CART, ORDER, Analyse

CORRECTIONS = get_args(AnalysisSettings.model_fields["correction"].annotation)


def three_arms(carts: list[int], orders: list[int], **options: str) -> tuple[GoalResult, ...]:
    experiment = Experiment(
        name="m",
        variants=("A", "B", "C"),
        goals=(CART, ORDER),
        analysis=AnalysisSettings(**options),
    )
    reached = [[2_000, cart, min(cart, order)] for cart, order in zip(carts, orders, strict=True)]
    counts = JointCounts.of_path(("A", "B", "C"), ("cart", "order"), reached)
    return stages.goals(experiment, counts)


def assert_intervals_agree(row: GoalResult) -> None:
    """They leave out zero exactly where the adjusted p is small."""
    for interval in (row.difference, row.lift):
        if not np.isnan(interval.low):
            assert (interval.low > 0 or interval.high < 0) == (row.adjusted_p_value < 0.05)


@pytest.mark.parametrize("family", ["role", "all"])
@pytest.mark.parametrize("correction", CORRECTIONS)
@given(
    st.lists(st.integers(0, 400), min_size=3, max_size=3),
    st.lists(st.integers(0, 100), min_size=3, max_size=3),
)
@examples(20)
def test_intervals_exclude_zero_exactly_when_the_adjusted_p_is_small(
    correction: str, family: str, carts: list[int], orders: list[int]
) -> None:
    for row in three_arms(carts, orders, correction=correction, family=family):
        assert_intervals_agree(row)


@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=3),
    st.lists(st.integers(0, 9), min_size=3, max_size=3),
)
@examples(20)
def test_small_counts_are_tested_exactly_and_their_intervals_agree(
    carts: list[int], orders: list[int]
) -> None:
    for row in three_arms(carts, orders, method="automatic"):
        assert row.method in ("Boschloo exact", "Miettinen-Nurminen score")
        assert_intervals_agree(row)


def test_the_exact_method_is_named_where_it_was_used() -> None:
    rows = three_arms([200, 220, 260], [2, 7, 4], method="automatic")
    assert [(row.goal, row.method) for row in rows[:2]] == [
        ("cart", "Miettinen-Nurminen score"),
        ("cart", "Miettinen-Nurminen score"),
    ]
    assert {row.method for row in rows if row.goal == "order"} == {"Boschloo exact"}


def test_one_family_corrects_more_than_two() -> None:
    apart = three_arms([200, 240, 260], [50, 70, 60], family="role")
    together = three_arms([200, 240, 260], [50, 70, 60], family="all")
    for one, other in zip(apart, together, strict=True):
        assert other.adjusted_p_value >= one.adjusted_p_value


def test_dunnett_lies_between_no_correction_and_bonferroni() -> None:
    counts = [200, 240, 250], [50, 70, 60]
    by = {name: three_arms(*counts, correction=name)[0].adjusted_p_value for name in CORRECTIONS}
    assert by["none"] < by["dunnett"] < by["bonferroni"]


@given(
    st.lists(st.integers(0, 400), min_size=2, max_size=2),
    st.lists(st.integers(0, 60), min_size=2, max_size=2),
)
@examples(60)
def test_a_sure_winner_has_a_credible_interval_above_zero(
    carts: list[int], orders: list[int]
) -> None:
    experiment = Experiment(name="m", variants=("A", "B"), goals=(CART, ORDER))
    reached = [[900, cart, min(cart, order)] for cart, order in zip(carts, orders, strict=True)]
    counts = JointCounts.of_path(("A", "B"), ("cart", "order"), reached)
    for row in stages.goals(experiment, counts):
        assert row.credible is not None
        assert (row.probability_better > 0.975) == (row.credible.difference.low > 0)
        assert (row.probability_better > 0.975) == (row.credible.lift.low > 0)


def test_a_goal_that_should_fall_is_better_when_it_falls(analyse: Analyse) -> None:
    returns = Goal(name="order", kind="macro", direction="down")
    row = analyse((9_000, 900, 90), (9_000, 900, 60), goals=(CART, returns)).goals[1]
    assert row.difference.estimate < 0
    assert row.probability_better > 0.99


def test_a_guardrail_is_held_exactly_when_its_interval_clears_the_margin(analyse: Analyse) -> None:
    guard = Goal(name="order", kind="macro", role="guardrail", margin=0.05)
    for orders in range(900, 1_100, 7):
        row = analyse((40_000, 4_800, 1_000), (40_000, 4_800, orders), goals=(CART, guard)).goals[1]
        assert row.noninferiority is not None
        held = row.noninferiority.status == "held"
        assert held == (row.noninferiority.lift.low > -0.05)
        assert held == (row.noninferiority.p_value < 0.05)


def test_a_lift_nobody_can_estimate_comes_with_its_reason(analyse: Analyse) -> None:
    nobody = analyse((900, 90, 0), (900, 95, 0)).goals[1]
    assert np.isnan(nobody.lift.estimate)
    assert "nobody reached this goal in either variant" in nobody.note
    control_silent = analyse((900, 90, 0), (900, 95, 9)).goals[1]
    assert control_silent.lift.high == np.inf
    assert "the lift has no upper end" in control_silent.note


def test_derived_goals_are_worked_out_from_the_joint_table(analyse: Analyse) -> None:
    left = Goal(name="left", kind="milestone", when="cart and not order")
    experiment = Experiment(name="m", variants=("A", "B"), goals=(CART, ORDER, left))
    counts = JointCounts.of_path(("A", "B"), ("cart", "order"), [[100, 20, 5], [100, 30, 6]])
    row = analyze(experiment, counts).goals[2]
    assert row.reached is not None
    assert (row.reached.control, row.reached.treated) == (15, 24)


def test_one_unit_and_a_billion_units_are_analysed(analyse: Analyse) -> None:
    tiny = analyse((1, 0, 0), (1, 1, 1))
    assert tiny.verdicts[0].decision in ("unsettled", "do_not_trust_yet")
    huge = analyse((10**9, 10**8, 10**7), (10**9, 100_100_000, 10_010_000))
    assert huge.goals[0].lift.estimate == pytest.approx(0.001)
    assert 0 < huge.goals[0].lift.low < huge.goals[0].lift.high < 0.002


def test_arms_without_a_conversion_are_analysed_without_a_verdict(analyse: Analyse) -> None:
    analysis = analyse((1_000, 0, 0), (1_000, 0, 0))
    assert analysis.goals[0].p_value == 1
    assert analysis.verdicts[0].decision == "do_not_trust_yet"


@pytest.mark.parametrize(
    ("mode", "adjusted"), [("fixed", [0.03, 0.03, 0.03]), ("group_sequential", [0.03, 0.04, 0.04])]
)
def test_segments_are_corrected_for_discoveries_and_for_any_error_where_looks_may_stop(
    mode: str, adjusted: list[float]
) -> None:
    """By Benjamini and Hochberg where the test is read once, by Holm where it is looked at."""
    experiment = Experiment(
        name="m",
        variants=("A", "B"),
        goals=(CART, ORDER),
        start="2026-10-05",
        end="2026-11-02",
        monitoring={"mode": mode},
    )
    found, _ = corrected_segments(experiment, np.array([[[0.01], [0.02], [0.03]]]))
    assert found.ravel() == pytest.approx(adjusted)
