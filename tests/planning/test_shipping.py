"""What shipping takes: every gate of the verdict at once."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

import numpy as np
import pytest

from abmicro import JointCounts, Plan, datasets, plan
from abmicro.marginals.marginals import Marginals
from abmicro.planning.results import Shipping

from .conftest import ARMS, GOALS, shop

CART, ORDER = GOALS["cart"], {"kind": "macro", "baseline": 0.03}


def guard(**keys: Any) -> dict[str, Any]:
    usual = {"kind": "action", "role": "guardrail", "margin": 0.05, "baseline": 0.2}
    return {**usual, **keys}


def planned(guards: dict[str, Any] | None = None, **keys: Any) -> Plan:
    goals = {"cart": CART, "order": ORDER, **(guards or {})}
    return plan(shop(**{"goals": goals, **keys}))


def ship(found: Plan) -> Shipping:
    assert found.ship is not None
    return found.ship


def test_shipping_takes_what_the_note_says() -> None:
    # Verdict note, section 6: 12 % and 3 %, both +10 %; guardrails of 20 % at 5 and 2.9 %.
    three = {name: guard(margin=0.029) for name in ("a", "b", "c")}
    sizes = [ship(planned(guards)).size.total for guards in (None, {"a": guard()}, three)]
    assert sizes == pytest.approx([106_424, 107_582, 189_504], rel=3e-4)


def test_the_goal_that_costs_most_is_named() -> None:
    assert ship(planned()).costliest == "order"
    assert ship(planned({"a": guard(margin=0.029)})).costliest == "a"


def test_the_power_lies_between_the_bound_and_the_least_of_the_gates() -> None:
    found = ship(planned({"a": guard(), "b": guard(margin=0.03)}, plan={"traffic": 2500}))
    powers = [gate.power for gate in found.gates]
    assert 1 - sum(1 - power for power in powers) < found.power < min(powers)


def test_units_are_those_at_which_the_power_is_the_wanted_one() -> None:
    asked = {"a": guard(), "b": guard(margin=0.03)}
    total = ship(planned(asked)).size.total
    found = ship(planned(asked, plan={"traffic": total / 7, "weeks": 1}))
    assert found.power == pytest.approx(0.8, abs=1e-4)


def test_a_macro_goal_is_sought_at_its_own_lift_where_that_is_less_than_all() -> None:
    lifts = {
        own: ship(planned(goals={"cart": CART, "order": {**ORDER, "mde": own}})).gates[1].lift
        for own in (0.05, 0.3)
    }
    assert lifts == pytest.approx({0.05: 0.05, 0.3: 0.1})


def test_without_traffic_units_are_told_and_no_power() -> None:
    found = planned({"a": guard()}, plan={})
    assert ship(found).size.total == ship(planned({"a": guard()})).size.total
    assert isnan(ship(found).power)
    assert found.shipping.endswith("takes 107,575 visitors in all; most for orders.")
    assert "the power to ship" not in found.render("text")


def test_goals_that_go_together_ship_sooner() -> None:
    apart, together = (
        ship(planned({"a": guard(margin=0.03, phi=phi)})).size.total for phi in (1e-9, 0.2)
    )
    assert together < apart


def test_several_arms_ask_for_more_and_gates_stand_at_the_levels_of_the_verdict() -> None:
    found = ship(planned({"a": guard()}, variants=["control", "x", "y"]))
    assert [gate.alpha for gate in found.gates] == [0.025, 0.025, 0.05]


def test_alone_the_primary_goal_is_what_ships() -> None:
    for found in (
        planned(decision={"require": "not_contradicted"}),
        planned(goals={"order": {**ORDER, "mde": 0.1}}),
    ):
        assert ship(found).size == found.goals[0].size
        assert found.shipping == ""


def test_without_a_planned_lift_nothing_is_said_of_shipping() -> None:
    found = planned(goals={"cart": {"kind": "milestone", "baseline": 0.1}, "order": ORDER})
    assert (found.ship, found.shipping) == (None, "")


def test_a_goal_that_is_asked_for_and_not_known_is_named() -> None:
    found = ship(planned({"a": guard(baseline=None)}, goals={"cart": CART, "order": "macro"}))
    assert found.missing == ("order",)
    assert [gate.goal for gate in found.gates] == ["cart"]


def test_a_macro_that_is_no_rate_ships_by_its_own_planned_lift() -> None:
    revenue = {"kind": "macro", "value": "eur", "baseline": 3.0, "sd": 14.0, "mde": 0.2}
    gates = ship(planned(goals={"cart": CART, "revenue": revenue})).gates
    assert [(gate.goal, gate.lift) for gate in gates] == [("cart", 0.1), ("revenue", 0.2)]


def test_counts_of_the_past_say_how_goals_go_together() -> None:
    experiment, counts = datasets.load("hillstrom")
    marginals = Marginals.of(experiment, counts)
    found = marginals.goal_correlations(slice(None))
    rng = np.random.default_rng(1)
    units = counts.units.sum(axis=(0, 1, 2))
    drawn = rng.choice(len(units), size=400_000, p=units / units.sum())
    visit, bought = (counts.truth(name)[drawn] for name in ("visit", "conversion"))
    expected = np.corrcoef(visit, bought)[0, 1]
    assert found[frozenset(("visit", "conversion"))] == pytest.approx(expected, abs=0.01)
    # Who spends has bought: amounts go with conversions, and hardly without.
    assert found[frozenset(("conversion", "spend"))] > 0.5


def test_a_past_whose_goals_go_apart_leaves_the_macro_to_its_own_lift() -> None:
    rows = [("control", 1, 0, 500), ("control", 0, 1, 200), ("control", 0, 0, 4300)]
    rows += [("sticky", *pattern, units) for _, *pattern, units in rows]
    header = ("variant", "goal__cart", "goal__order", "units")
    goals = {"cart": {"kind": "action", "mde": 0.1}, "order": {"kind": "macro", "mde": 0.2}}
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    found = plan(shop(goals=goals), counts)
    assert ship(found).missing == ("order",)
    assert ship(found).size.total < inf
