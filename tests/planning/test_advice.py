"""The first line of a plan, and what would help where it does not work."""

from __future__ import annotations

from typing import Any

import pytest

from abmicro import Plan, plan
from abmicro.planning.results import Option

from .conftest import GOALS, shop


def planned(traffic: float = 300, **keys: Any) -> Plan:
    more = keys.pop("plan", {})
    return plan(shop(plan={"traffic": traffic, **more}, **keys))


def option(found: Plan, name: str) -> Option:
    return next(one for one in found.options if one.name == name)


def test_a_plan_that_works_says_units_arms_weeks_and_end() -> None:
    assert planned(900, start="2026-10-05").headline == (
        "A change of +10% in carts takes 24,008 visitors in all (12,004 per variant): 4 weeks, "
        "until 2026-11-02."
    )


def test_what_the_verdict_asks_besides_is_told_with_what_all_of_it_takes() -> None:
    guard = {"kind": "action", "role": "guardrail", "margin": 0.05, "baseline": 0.2}
    goals = {"cart": GOALS["cart"], "order": {"kind": "macro", "baseline": 0.03}}
    found = planned(900, goals={**goals, "returns": guard}, plan={"weeks": 12})
    # The verdict note, section 6, has 107,582 units at 80.01 %.
    assert found.shipping == (
        "The verdict asks for more than carts: +10% in orders too, all of the gain; returns "
        "within the margin. All at once, with 80% power, takes 18 weeks (107,575 visitors in "
        "all); most for orders. In 12 weeks the chance to ship is 63.6%."
    )


def test_what_is_not_known_of_shipping_is_said() -> None:
    guard = {"kind": "action", "role": "guardrail", "margin": 0.05}
    said = planned(900, goals={**GOALS, "returns": guard}).shipping
    assert "returns, not known. All that is known at once" in said


def test_what_ships_never_says_so() -> None:
    rare = {**GOALS, "order": {"kind": "macro", "baseline": 1e-7}}
    assert (
        "visitors in all, more than ever come; most for orders"
        in planned([0, 0, 0, 0, 0, 0, 1e-300], goals=rare).shipping
    )


def test_a_verdict_that_asks_no_more_of_the_macro_goal_says_nothing() -> None:
    assert planned(900, decision={"require": "not_contradicted"}).shipping == ""
    assert planned(900, goals={"order": {**GOALS["order"], "role": "primary"}}).shipping == ""


def test_for_a_goal_of_which_less_is_better_a_loss_is_a_rise() -> None:
    bounce = {"kind": "action", "baseline": 0.4, "mde": 0.05, "direction": "down"}
    assert (
        "can be shown to add less than" in option(planned(goals={"b": bounce}), "no_loss").sentence
    )


def test_unequal_arms_are_named() -> None:
    found = planned(900, variants={"control": 0.7, "sticky": 0.3}, plan={"weeks": 9})
    assert " control, " in found.headline
    assert " sticky)" in found.headline


def test_a_plan_that_cannot_work_says_so_first() -> None:
    found = planned()
    assert found.reachable is False
    assert found.headline.startswith(
        "No planned change shows in 6 weeks (12,600 visitors in all). A change of +10% in carts "
        "takes 24,008 visitors"
    )


def test_where_another_goal_works_both_are_told() -> None:
    view = {"kind": "milestone", "baseline": 0.6, "mde": 0.1}
    cart = {**GOALS["cart"], "role": "primary"}
    found = planned(goals={"view": view, "cart": cart, "order": GOALS["order"]})
    assert found.reachable is True
    assert found.headline.startswith("A change of +10% in carts takes")
    assert "more than 6 weeks (12,600 visitors in all)" in found.headline
    assert "But a change of +10% in views takes" in found.headline
    assert option(found, "other_goal").fits


def test_a_goal_nearer_the_change_is_named_with_its_weeks() -> None:
    goals = {"cart": {"kind": "milestone", "baseline": 0.12}, "order": GOALS["order"]}
    goals["order"] = {**GOALS["order"], "role": "primary", "mde": 0.1}
    found = option(planned(900, goals=goals), "other_goal")
    assert found.sentence.startswith("A change of +10% in carts shows in ")
    assert found.figure < 26


def test_the_bolder_lift_is_the_one_that_is_found() -> None:
    found = planned()
    assert option(found, "bolder").figure == found.goals[0].detectable
    assert option(found, "bolder").fits


def test_fewer_arms_are_offered_only_where_there_are_more() -> None:
    assert "fewer_arms" not in {one.name for one in planned().options}
    three = planned(variants=["a", "b", "c"])
    assert option(three, "fewer_arms").figure == planned().goals[0].size.weeks  # type: ignore[union-attr]


def test_equal_shares_are_offered_where_they_are_not() -> None:
    found = planned(variants={"control": 0.9, "sticky": 0.1})
    assert option(found, "fewer_arms").sentence.startswith(
        "Equal shares: a change of +10% in carts"
    )


def test_the_margin_that_is_held_takes_the_weeks_allowed() -> None:
    found = option(planned(), "no_loss")
    guard = {"kind": "action", "baseline": 0.12, "role": "guardrail", "margin": found.figure}
    again = planned(goals={**GOALS, "guard": guard}).goals[-1]
    assert again.size is not None
    assert again.size.total == pytest.approx(12_600, abs=2)


def test_longer_than_six_weeks_is_warned_of() -> None:
    assert "delete cookies" in option(planned(), "longer").sentence
    assert "delete cookies" not in option(planned(900, plan={"weeks": 2}), "longer").sentence
    assert any("delete cookies" in note for note in planned(plan={"weeks": 20}).notes)


def test_a_longer_test_is_offered_only_where_somebody_could_run_it() -> None:
    assert "longer" not in {one.name for one in planned(1).options}
    assert "years" in planned(1).headline


def test_where_even_a_guess_is_safe_no_units_are_asked_for() -> None:
    cart = {**GOALS["cart"], "mde": 0.001}
    found = option(planned(goals={"cart": cart}), "loss_tolerance")
    assert found.sentence.startswith("Even without a test, taking the better-looking variant loses")


def test_all_of_the_traffic_is_offered_where_only_a_share_enters() -> None:
    assert "more_traffic" not in {one.name for one in planned().options}
    found = option(planned(900, plan={"exposure": 0.25}), "more_traffic")
    assert found.sentence == "4 weeks with all of it instead of 25%."


def test_the_tolerated_loss_is_that_of_the_decision() -> None:
    strict = option(planned(decision={"loss_tolerance": 0.00012}), "loss_tolerance")
    usual = option(planned(), "loss_tolerance")
    assert "0.10% of cart" in strict.sentence
    assert "0.50% of cart" in usual.sentence
    assert strict.figure > usual.figure


def test_without_planned_lift_the_first_line_tells_what_is_found() -> None:
    found = planned(900, goals={"cart": {"kind": "milestone", "baseline": 0.12}})
    assert found.headline == (
        "In 6 weeks (37,800 visitors in all) the smallest change in carts that can be shown is "
        "+7.9%."
    )
