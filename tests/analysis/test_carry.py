"""The ruler over several arms and goals: one level, honest withholding, said in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro import Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import CarryThrough, GoalResult, Pair
from abmicro.stats.carry_through.count_labels import label_path
from abmicro.stats.foundations.cells import NestedCounts

from . import stages
from .conftest import CART, ORDER, Analyse

CHECKOUT = Goal(name="checkout", kind="milestone")


def three_steps(
    arms: list[list[int]],
) -> tuple[dict[tuple[str, str], GoalResult], tuple[CarryThrough, ...]]:
    names = tuple("ABCDEF"[: len(arms)])
    experiment = Experiment(name="m", variants=names, goals=(CART, CHECKOUT, ORDER))
    counts = JointCounts.of_path(names, ("cart", "checkout", "order"), arms)
    rows = {(row.variant, row.goal): row for row in stages.goals(experiment, counts)}
    return rows, stages.carry(experiment, counts)


counts = st.tuples(st.integers(1, 900), st.integers(1, 900), st.integers(1, 900)).map(sorted)


UP = ("carried", "carried_size_open", "partly_carried")


@given(st.lists(counts, min_size=2, max_size=4), st.integers(1, 60))
def test_rows_labels_and_sets_never_differ(arms: list[list[int]], scale: int) -> None:
    """Whether a goal moved is judged once, by its row; the set lies on the side the label says."""
    whole = [[1_000 * scale, *(scale * one for one in sorted(arm, reverse=True))] for arm in arms]
    rows, findings = three_steps(whole)
    treated = len(arms) - 1
    for one in findings:
        micro, macro = rows[one.variant, one.micro], rows[one.variant, one.macro]
        assert one.pass_through.level == pytest.approx(1 - 0.05 / treated)
        assert (one.micro_lift, one.macro_lift) == (micro.lift, macro.lift)
        assert macro.adjusted_p_value == min(1, treated * macro.p_value)
        assert (one.label == "no_micro_signal") == (not micro.is_clear(0.05))
        if one.label == "no_micro_signal":
            continue
        gain = one.label.removeprefix("loss_")
        toward = macro.moved(0.05) * (1 if gain == one.label else -1)
        assert (gain in UP) == (toward > 0)
        assert gain != "contradicted" or toward < 0
        if one.pass_through.kind == "interval":
            low, high = one.pass_through.low, one.pass_through.high
            assert (low > 0) == (gain in UP)
            assert (low >= 0.5) == (gain == "carried")
            assert (high < 0) == (gain == "contradicted")
            if gain not in UP:
                assert (high < 0.5) == (gain in ("not_carried", "contradicted"))


@given(st.lists(counts, min_size=2, max_size=3))
def test_usual_is_what_extra_steps_bring_at_the_rate_of_the_control(arms: list[list[int]]) -> None:
    """Of a path: extra micro goals times the share of the control's that reach the macro goal."""
    whole = [[9_000, *sorted(arm, reverse=True)] for arm in arms]
    _, findings = three_steps(whole)
    steps = ("cart", "checkout", "order")
    for one in findings:
        at = steps.index(one.micro) + 1
        share = whole[0][-1] / whole[0][at]
        usual = one.usual_macro_per_1000
        assert usual is not None
        assert usual.estimate == pytest.approx(share * one.extra_micro_per_1000.estimate, abs=1e-9)
        assert usual.low <= usual.estimate <= usual.high


def test_who_left_and_who_passed_a_step_are_those_who_came() -> None:
    names = ("A", "B")
    experiment = Experiment(name="m", variants=names, goals=(CART, CHECKOUT, ORDER))
    arms = [[300, 90, 40, 12], [310, 120, 41, 12]]
    counts = JointCounts.of_path(names, ("cart", "checkout", "order"), arms)
    found = [step.left for step in analyze(experiment, counts).funnel]
    assert found == [Pair(210, 190), Pair(50, 79), Pair(28, 29)]


def test_secondary_pairs_share_an_alpha_of_their_own() -> None:
    """Pass-through of the checkout and the cart: the first decides, the other stands alone."""
    names = ("A", "B", "C")
    video = Goal(name="video", kind="action")
    arms = [[90_000, 9_000, 4_000, 2_000]] * 3
    experiment = Experiment(name="m", variants=names, goals=(CART, CHECKOUT, video, ORDER))
    header = ("variant", "goal__cart", "goal__checkout", "goal__video", "goal__order", "units")
    rows = [
        (arm, *pattern, units)
        for arm, (everyone, cart, checkout, order) in zip(names, arms, strict=True)
        for pattern, units in (
            ((1, 1, 1, 1), order),
            ((1, 1, 0, 0), checkout - order),
            ((1, 0, 1, 0), cart - checkout),
            ((0, 0, 0, 0), everyone - cart),
        )
    ]
    found = stages.carry(experiment, JointCounts.from_rows(header, rows, variants=names))
    levels = {one.micro: one.pass_through.level for one in found}
    expected = {"cart": 1 - 0.05 / 2, "checkout": 1 - 0.05 / 4, "video": 1 - 0.05 / 4}
    assert levels == pytest.approx(expected)


def test_one_pair_is_judged_at_its_own_level(analyse: Analyse) -> None:
    arms = ((100_000, 12_000, 2_950), (100_000, 13_200, 3_105))
    one = analyse(*arms).carry_through[0]
    assert one.pass_through.level == 0.95
    assert one.label == str(label_path(*map(NestedCounts, arms[::-1]))) == "partly_carried"
    assert "extra carts usually bring 2.9" in one.sentence


def test_a_change_that_cannot_be_told_has_no_pass_through(analyse: Analyse) -> None:
    # Carry-through note, G3: the Fieller set is the whole line.
    one = analyse((5_000, 600, 118), (5_000, 630, 131)).carry_through[0]
    assert (one.label, one.pass_through.kind) == ("no_micro_signal", "line")
    assert "No clear change in carts, so there is nothing to follow to orders." in one.sentence


def test_a_macro_that_moves_alone_is_said_with_two_rays(analyse: Analyse) -> None:
    # Carry-through note, G3b: two rays (-inf, -10.827] and [3.380, inf).
    one = analyse((10_000, 1_000, 100), (10_000, 1_050, 160)).carry_through[0]
    assert (one.label, one.pass_through.kind) == ("no_micro_signal", "rays")
    assert (one.pass_through.low, one.pass_through.high) == pytest.approx(
        (-10.827, 3.380), abs=1e-3
    )
    assert "Orders changed all the same: 25% to 105%." in one.sentence


def test_a_fault_withholds_the_label_and_leaves_the_numbers(analyse: Analyse) -> None:
    one = analyse((200_000, 24_000, 6_000), (196_000, 26_400, 6_600)).carry_through[0]
    assert (one.label, one.withheld) == ("measurement_fault", ("sample_ratio",))
    assert "Nothing is said before this is mended: Split." in one.sentence
    assert np.isfinite(one.pass_through.estimate)


def test_few_orders_are_said_to_be_rough(analyse: Analyse) -> None:
    assert "read the ranges as rough" in analyse((900, 90, 8), (900, 99, 9)).carry_through[0].caveat


def test_a_loss_is_told_as_a_loss(analyse: Analyse) -> None:
    # The Udacity screener: enrolments fell, payments cannot be told.
    one = analyse((17_293, 3_785, 2_033), (17_260, 3_423, 1_945)).carry_through[0]
    assert one.label == "loss_not_fully_carried"
    assert one.sentence.startswith("The lost carts did not cost all the orders they usually bring.")


def test_swapping_the_arms_mirrors_the_label(analyse: Analyse) -> None:
    arms = (100_000, 12_000, 2_950), (100_000, 13_200, 3_105)
    there, back = analyse(*arms).carry_through[0], analyse(*arms[::-1]).carry_through[0]
    assert back.label == f"loss_{there.label}"
    assert back.pass_through.estimate == pytest.approx(there.pass_through.estimate)


def test_milestones_come_before_actions_in_every_arm() -> None:
    header = ("status", "variant", "goal__cart", "goal__order", "goal__video", "units")
    cells = [(1, 1, 1, 50), (1, 0, 1, 150), (1, 0, 0, 100), (0, 0, 1, 200), (0, 0, 0, 1_500)]
    rows = [("analysed", arm, *cell) for arm in "ABC" for cell in cells]
    table = JointCounts.from_rows(header, rows, variants=("A", "B", "C"))
    experiment = Experiment(
        name="m", variants=("A", "B", "C"), goals=(CART, ORDER, Goal(name="video", kind="action"))
    )
    found = analyze(experiment, table).carry_through
    assert [(one.variant, one.micro) for one in found] == [
        ("B", "cart"),
        ("B", "video"),
        ("C", "cart"),
        ("C", "video"),
    ]
    assert "an upper mark, not a forecast" in found[1].caveat


def test_an_action_alone_has_a_ruler_and_a_reason_for_the_missing_funnel() -> None:
    header = ("status", "variant", "goal__video", "goal__order", "units")
    cells = [(1, 1, 40), (1, 0, 160), (0, 1, 60), (0, 0, 740)]
    rows = [("analysed", arm, *cell) for arm in "AB" for cell in cells]
    table = JointCounts.from_rows(header, rows, variants=("A", "B"))
    goals = (Goal(name="video", kind="action"), ORDER)
    analysis = analyze(Experiment(name="m", variants=("A", "B"), goals=goals), table)
    assert [one.micro for one in analysis.carry_through] == ["video"]
    assert [(absent.panel, absent.reason) for absent in analysis.absent] == [
        (
            "funnel",
            "no goal is named as a step on the way to orders; whoever set up the test can name one "
            "in its definition",
        )
    ]
