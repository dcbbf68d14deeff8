"""The gates in their order: each test makes exactly one of them speak."""

from __future__ import annotations

from abmicro import Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze

from .conftest import CART, ORDER, Analyse

FULL = ((200_000, 24_000, 6_000), (200_000, 26_400, 6_600))
HALF = ((400_000, 48_000, 12_000), (400_000, 52_800, 12_600))
NONE = ((200_000, 24_000, 6_000), (200_000, 26_400, 6_000))
AGAINST = ((200_000, 24_000, 6_000), (200_000, 26_400, 5_640))


def test_a_gain_that_carried_ships(analyse: Analyse) -> None:
    verdict = analyse(*FULL).verdicts[0]
    assert verdict.decision == "ship"
    assert "cart is better: +10.0%" in verdict.because[0]


def test_a_gain_that_partly_carried_ships(analyse: Analyse) -> None:
    analysis = analyse(*HALF)
    assert analysis.carry_through[0].label == "partly_carried"
    assert analysis.verdicts[0].decision == "ship"


def test_a_gain_that_did_not_arrive_keeps_control(analyse: Analyse) -> None:
    analysis = analyse(*NONE)
    assert analysis.carry_through[0].label == "not_carried"
    assert analysis.verdicts[0].decision == "keep_control"
    assert "Gate 3" in analysis.verdicts[0].would_change


def test_a_macro_that_moved_the_other_way_keeps_control(analyse: Analyse) -> None:
    analysis = analyse(*AGAINST)
    assert analysis.carry_through[0].label == "contradicted"
    assert analysis.verdicts[0].decision == "keep_control"
    assert "Gate 2" in analysis.verdicts[0].would_change


def test_a_worse_primary_keeps_control(analyse: Analyse) -> None:
    verdict = analyse((100_000, 12_000, 3_000), (100_000, 11_000, 2_990)).verdicts[0]
    assert verdict.decision == "keep_control"
    assert verdict.because[0].startswith("cart is worse")


def test_a_sample_ratio_mismatch_is_not_trusted(analyse: Analyse) -> None:
    analysis = analyse((200_000, 24_000, 6_000), (196_000, 26_400, 6_600))
    verdict = analysis.verdicts[0]
    assert verdict.decision == "do_not_trust_yet"
    assert "200,000 control, 196,000 treated" in verdict.because[0]
    assert analysis.carry_through[0].label == "measurement_fault"


def test_a_small_test_keeps_running_and_says_how_long(analyse: Analyse) -> None:
    verdict = analyse((2_500, 300, 75), (2_500, 320, 78)).verdicts[0]
    assert verdict.decision == "keep_running"
    assert "at a planned lift of +5.0% and 80% power, needs" in verdict.would_change


def test_without_a_planned_lift_the_need_is_not_guessed(analyse: Analyse) -> None:
    cart = CART.model_copy(update={"mde": None})
    verdict = analyse((2_500, 300, 75), (2_500, 320, 78), goals=(cart, ORDER)).verdicts[0]
    assert "Set goals.cart.mde" in verdict.would_change


def test_an_interval_inside_the_mde_is_no_detectable_difference(analyse: Analyse) -> None:
    verdict = analyse((900_000, 108_000, 27_000), (900_000, 108_050, 27_000)).verdicts[0]
    assert verdict.decision == "no_detectable_difference"


def test_an_open_macro_keeps_running_unless_only_contradiction_counts(analyse: Analyse) -> None:
    arms = ((40_000, 4_800, 1_200), (40_000, 5_280, 1_260))
    assert analyse(*arms).carry_through[0].label == "underpowered"
    assert analyse(*arms).verdicts[0].decision == "keep_running"
    lenient = analyse(*arms, require="not_contradicted").verdicts[0]
    assert lenient.decision == "ship"
    assert "order may have changed by -" in " ".join(lenient.because)


def test_without_a_macro_the_primary_ships_and_says_what_is_unknown(analyse: Analyse) -> None:
    analysis = analyse((20_000, 2_400), (20_000, 2_700), goals=(CART,))
    assert analysis.verdicts[0].decision == "ship"
    assert "Nothing is known about a macro goal" in analysis.verdicts[0].because[1]
    assert analysis.absent[0].panel == "carry_through"


def test_a_primary_macro_needs_no_carry_through(analyse: Analyse) -> None:
    order = Goal(name="order", kind="macro", role="primary")
    assert analyse((20_000, 600), (20_000, 720), goals=(order,)).verdicts[0].decision == "ship"


def test_a_guardrail_that_is_not_shown_to_hold_delays_the_ship(analyse: Analyse) -> None:
    guard = Goal(name="order", kind="macro", role="guardrail", margin=0.01)
    arms = ((40_000, 4_800, 1_200), (40_000, 5_280, 1_230))
    analysis = analyse(*arms, goals=(CART, guard), require="not_contradicted")
    assert analysis.goals[1].noninferiority is not None
    assert analysis.goals[1].noninferiority.status == "unclear"
    assert analysis.verdicts[0].decision == "keep_running"


def test_a_guardrail_beyond_its_margin_keeps_control(analyse: Analyse) -> None:
    guard = Goal(name="order", kind="macro", role="guardrail", margin=0.01)
    analysis = analyse(*AGAINST, goals=(CART, guard))
    assert any("is beyond its margin of 1.0%" in reason for reason in analysis.verdicts[0].because)


def test_every_verdict_has_reasons_with_numbers(analyse: Analyse) -> None:
    for arms in (FULL, HALF, NONE, AGAINST):
        verdict = analyse(*arms).verdicts[0]
        assert all(any(letter.isdigit() for letter in reason) for reason in verdict.because)
        assert verdict.would_change.startswith("Gate ")


def test_a_macro_that_rose_without_the_primary_is_not_hidden(analyse: Analyse) -> None:
    """S17: as many carts, more orders."""
    arms = (200_000, 24_000, 6_000), (200_000, 24_000, 6_600)
    verdict = analyse(*arms).verdicts[0]
    assert verdict.decision == "no_detectable_difference"
    assert "order is better all the same: +10" in verdict.because[1]


def test_off_the_path_the_need_is_that_of_the_lift_to_expect() -> None:
    """S14: an action whose units hardly order more often."""
    video = Goal(name="video", kind="action", role="primary", mde=0.1)
    cells = {"A": (600, 9_400, 5_400, 184_600), "B": (780, 12_220, 5_220, 181_780)}
    patterns = ((1, 1), (1, 0), (0, 1), (0, 0))
    rows = [
        (arm, *pattern, units)
        for arm, found in cells.items()
        for pattern, units in zip(patterns, found, strict=True)
    ]
    header = ("variant", "goal__video", "goal__order", "units")
    table = JointCounts.from_rows(header, rows, variants=("A", "B"))
    found = analyze(Experiment(name="m", variants=("A", "B"), goals=(video, ORDER)), table)
    needed = f"needs {found.carry_through[0].units_needed:,.0f} units in all"
    assert needed in found.verdicts[0].would_change
