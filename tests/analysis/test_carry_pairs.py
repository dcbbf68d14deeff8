"""Every micro goal with every macro goal: values, directions, plans, leaks, strata, posteriors."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest

from abmicro import Analysis, Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import CarryThrough
from abmicro.marginals.strata import strata

from .conftest import CART, ORDER, Analyse

CHECKOUT = Goal(name="checkout", kind="milestone")
VIDEO = Goal(name="video", kind="action")
REVENUE = Goal(name="revenue", kind="macro", value="price")
ARMS = ("A", "B")
# cart, order, video, units of A, units of B
SHOP = (
    (1, 1, 1, 300, 330),
    (1, 1, 0, 700, 800),
    (1, 0, 1, 700, 800),
    (1, 0, 0, 2_300, 2_600),
    (0, 0, 1, 2_000, 2_000),
    (0, 0, 0, 14_000, 13_470),
)


def shop(goals: tuple[Goal, ...], **fields: Any) -> Analysis:
    """A shop in which every order is worth 20 to 40."""
    header = ("status", "variant", "goal__cart", "goal__order", "goal__video", "units")
    header += ("sum__revenue", "product__revenue__revenue")
    rows = [
        ("analysed", arm, cart, order, video, units[at], 30.0 * order * units[at],
         1_000.0 * order * units[at])
        for at, arm in enumerate(ARMS)
        for cart, order, video, *units in SHOP
    ]  # fmt: skip
    table = JointCounts.from_rows(header, rows, variants=ARMS)
    return analyze(Experiment(name="m", variants=ARMS, goals=goals, **fields), table)


def pair(analysis: Analysis, micro: str, macro: str) -> CarryThrough:
    return next(one for one in analysis.carry_through if (one.micro, one.macro) == (micro, macro))


GOALS = (CART, ORDER, VIDEO, REVENUE, Goal(name="gift", kind="macro", when="order and video"))


def test_every_micro_goal_meets_every_macro_goal_the_funnel_first() -> None:
    found = [(one.micro, one.macro) for one in shop(GOALS).carry_through]
    assert found == [
        ("cart", "order"),
        ("video", "order"),
        ("cart", "gift"),
        ("video", "gift"),
        ("cart", "revenue"),
        ("video", "revenue"),
    ]


def test_equal_orders_bring_revenue_through_like_orders() -> None:
    found = shop(GOALS)
    orders, revenue = pair(found, "cart", "order"), pair(found, "cart", "revenue")
    estimate = revenue.pass_through.estimate
    assert estimate == pytest.approx(orders.pass_through.estimate, rel=0.01)  # not of logarithms
    # Orders of different worth add noise to revenue.
    assert revenue.pass_through.low < orders.pass_through.low
    extra = revenue.extra_macro_per_1000.estimate
    assert extra == pytest.approx(30 * orders.extra_macro_per_1000.estimate)
    assert "usually bring 200 of revenue" in revenue.sentence
    assert revenue.posterior is None


def test_more_macros_do_not_change_what_a_pair_says() -> None:
    """Each micro goal passes its gate with all its macros or with none."""
    few, many = (pair(shop(goals), "cart", "order") for goals in ((CART, ORDER, VIDEO), GOALS))
    assert (few.label, few.pass_through) == (many.label, many.pass_through)


def test_a_pair_beside_the_path_says_what_its_expectation_rests_on() -> None:
    found = shop(GOALS)
    assert "an upper mark, not a forecast" in pair(found, "video", "order").caveat
    assert "an upper mark, not a forecast" not in pair(found, "cart", "revenue").caveat
    assert pair(found, "video", "order").dilution < 1


def test_a_macro_that_is_known_apart_only_is_named_as_missing() -> None:
    header = ("status", "variant", "goal__cart", "goal__order", "units")
    header += ("apart__revenue", "apart_square__revenue")
    cells = [(1, 1, 10), (1, 0, 40), (0, 0, 950)]
    rows = [("analysed", arm, *cell, 0, 0) for arm in ARMS for cell in cells]
    rows += [("analysed", arm, None, None, None, 300, 10_000) for arm in ARMS]
    table = JointCounts.from_rows(header, rows, variants=ARMS)
    found = analyze(Experiment(name="m", variants=ARMS, goals=(CART, ORDER, REVENUE)), table)
    assert [one.macro for one in found.carry_through] == ["order"]
    assert [(one.panel, "a micro goal" in one.reason) for one in found.absent] == [
        ("carry_through.revenue", True)
    ]


# Of goals of which less is better, a rise is no gain.
RETURNS = Goal(name="returns", kind="macro", direction="down")


def test_less_of_the_macro_is_better_and_said_so(analyse: Analyse) -> None:
    arms = (100_000, 12_000, 3_000), (100_000, 13_800, 3_450)
    one = analyse(*arms, goals=(CART, RETURNS)).carry_through[0]
    assert (one.label, one.direction) == ("carried", "down")
    assert one.macro_worse
    assert not one.macro_better
    assert "Of returns, less is better." in one.sentence


def test_more_returns_that_come_with_more_carts_are_no_reason_to_ship(analyse: Analyse) -> None:
    arms = (100_000, 12_000, 3_000), (100_000, 13_800, 3_450)
    verdict = analyse(*arms, goals=(CART, RETURNS)).verdicts[0]
    assert verdict.decision == "keep_control"


def test_fewer_returns_than_expected_are_no_lost_gain(analyse: Analyse) -> None:
    arms = (400_000, 48_000, 12_000), (400_000, 55_200, 11_990)
    found = analyse(*arms, goals=(CART, RETURNS))
    assert found.carry_through[0].label == "not_carried"
    assert found.verdicts[0].decision != "keep_control"


def test_a_micro_goal_of_which_less_is_better_rises_and_falls(analyse: Analyse) -> None:
    errors = Goal(name="errors", kind="milestone", role="primary", direction="down")
    arms = (100_000, 13_800, 3_450), (100_000, 12_000, 3_000)
    one = analyse(*arms, goals=(errors, ORDER)).carry_through[0]
    assert one.label == "loss_carried"
    assert one.sentence.startswith(
        "Orders fell, by at least half of what the lost errors usually bring"
    )


# 40,000 units per arm at 3 % can see +5 % of the macro in a quarter of tests.
OPEN = (40_000, 4_800, 1_200), (40_000, 5_280, 1_260)


def test_an_open_result_is_underpowered_by_the_plan(analyse: Analyse) -> None:
    one = analyse(*OPEN).carry_through[0]
    assert one.label == "underpowered"
    assert one.planned_power == pytest.approx(0.22, abs=0.02)
    assert one.units_needed == pytest.approx(8 * 40_000 * 1.28, rel=0.1)
    assert "A change of 5% in carts that reaches orders in full takes 336,000 more" in one.sentence


def test_the_observed_lift_has_no_say_in_the_power(analyse: Analyse) -> None:
    """Post-hoc power says nothing that p does not (Hoenig and Heisey 2001)."""
    other = (40_000, 4_800, 1_200), (40_000, 5_350, 1_261)
    powers = [analyse(*arms).carry_through[0].planned_power for arms in (OPEN, other)]
    assert powers[0] == pytest.approx(powers[1], rel=0.01)


def test_without_a_plan_an_open_result_asks_for_one(analyse: Analyse) -> None:
    goals = (Goal(name="cart", kind="milestone", role="primary"), ORDER)
    one = analyse(*OPEN, goals=goals).carry_through[0]
    assert one.label == "inconclusive"
    assert np.isnan(one.units_needed)
    assert "depends on the change in carts that is worth finding (mde)" in one.sentence


def test_a_plan_large_enough_leaves_an_open_result_inconclusive(analyse: Analyse) -> None:
    goals = (Goal(name="cart", kind="milestone", role="primary", mde=0.2), ORDER)
    one = analyse(*OPEN, goals=goals).carry_through[0]
    assert one.label == "inconclusive"
    assert one.planned_power > 0.8
    assert "more." not in one.sentence


def test_an_open_loss_is_underpowered_too(analyse: Analyse) -> None:
    one = analyse(*OPEN[::-1]).carry_through[0]
    assert one.label == "loss_underpowered"
    assert "A change of 5% in carts that reaches orders in full takes 297,000 more" in one.sentence


def test_the_step_that_lost_the_gain_is_named_as_a_place(analyse: Analyse) -> None:
    # Scenario S13 of the design note, at its expectation.
    arms = (200_000, 24_000, 12_000, 6_000), (200_000, 26_880, 12_365, 6_182)
    found = analyse(*arms, goals=(CART, CHECKOUT, ORDER)).carry_through
    cart, checkout = found
    assert cart.leaks == ("checkout",)
    assert checkout.leaks == ()
    assert (
        "With treated, clearly fewer of those who had got to the step before went on"
        in cart.sentence
    )
    assert "went on to checkout" in cart.sentence


def test_a_gain_that_arrived_leaks_nowhere(analyse: Analyse) -> None:
    arms = (200_000, 24_000, 12_000, 6_000), (200_000, 26_880, 13_440, 6_720)
    found = analyse(*arms, goals=(CART, CHECKOUT, ORDER)).carry_through
    assert [one.leaks for one in found] == [(), ()]


def test_the_posterior_stands_beside_the_label(analyse: Analyse) -> None:
    # G2 of the design note: macro up .978, at least half .561, all of it .024.
    one = analyse((100_000, 12_000, 2_950), (100_000, 13_200, 3_105)).carry_through[0]
    assert one.posterior is not None
    for figure, want in (("macro_up", 0.978), ("at_least", 0.561), ("full", 0.024)):
        drawn = getattr(one.posterior, figure)
        assert drawn.value == pytest.approx(want, abs=4 * drawn.error + 0.001)


def test_equal_counts_give_equal_draws(analyse: Analyse) -> None:
    arms = (100_000, 12_000, 2_950), (100_000, 13_200, 3_105)
    one, other = (analyse(*arms).carry_through[0] for _ in range(2))
    assert one == other


def test_few_orders_are_told_by_the_posterior(analyse: Analyse) -> None:
    one = analyse((900, 90, 4), (900, 150, 9)).carry_through[0]
    assert "The chance that orders rose is" in one.sentence
    assert "Pass-through" not in one.sentence


def test_without_a_signal_only_the_primary_goal_has_a_posterior(analyse: Analyse) -> None:
    arms = (200_000, 24_000, 12_000, 6_000), (200_000, 24_010, 12_010, 6_010)
    found = analyse(*arms, goals=(CART, CHECKOUT, ORDER)).carry_through
    assert [one.label for one in found] == ["no_micro_signal"] * 2
    assert [one.posterior is None for one in found] == [False, True]


DAY = date(2026, 10, 5)
# Scenario S8: units of control and treated, micro and macro rate of both arms.
RAMP = ((54_000, 6_000, 0.10, 0.02), (30_000, 30_000, 0.16, 0.048))


def ramp(shares: dict[str, float], segment: bool = False) -> tuple[Experiment, JointCounts]:
    axis = "segment__shop" if segment else "period"
    header = ("status", "variant", axis, "goal__cart", "goal__order", "units")
    rows = []
    for at, (control, treated, micro, macro) in enumerate(RAMP):
        place = f"shop {at}" if segment else (DAY + timedelta(days=at)).isoformat()
        for arm, units in zip(ARMS, (control, treated), strict=True):
            both = round(units * macro)
            cart = round(units * micro)
            cells = ((1, 1, both), (1, 0, cart - both), (0, 0, units - cart))
            rows += [("analysed", arm, place, *cell) for cell in cells]
    goals = (CART, ORDER)
    traits = {"segments": {"shop": {"column": "shop", "known_before": True}}} if segment else {}
    experiment = Experiment(name="m", variants=shares, goals=goals, **traits)
    return experiment, JointCounts.from_rows(header, rows, variants=ARMS)


@pytest.mark.parametrize("segment", [False, True])
def test_a_ramp_in_a_season_is_judged_within_its_strata(segment: bool) -> None:
    found = analyze(*ramp({"A": 0.7, "B": 0.3}, segment))
    one = found.carry_through[0]
    assert one.strata == 2
    assert one.micro_lift.estimate == pytest.approx(0, abs=1e-9)
    assert one.macro_lift.estimate == pytest.approx(0, abs=1e-9)
    assert one.pass_through.kind == "line"
    assert "compare the variants within 2 strata" in one.caveat
    assert "compare the variants within strata" in found.funnel[0].note
    for step in found.funnel:
        assert step.cumulative.estimate == pytest.approx(0, abs=1e-9)
    # Nothing in the definition says that the shares should differ, so the check withholds it too.
    assert one.label == "measurement_fault"


def test_no_panel_pools_the_arms_of_a_ramp() -> None:
    experiment, table = ramp({"A": 0.7, "B": 0.3})
    found = analyze(experiment, table, expert=True)
    assert (found.mended, found.expert) == ((), ())
    assert {"bayes", "expert"} <= {absent.panel for absent in found.absent}
    assert not [one for one in found.checks if one.name.startswith(("signature", "gaps."))]


def test_steady_shares_are_pooled(analyse: Analyse) -> None:
    one = analyse((100_000, 12_000, 2_950), (100_000, 13_200, 3_105)).carry_through[0]
    assert one.strata == 1
    assert "strata" not in one.caveat


def test_days_of_equal_shares_make_one_phase() -> None:
    header = ("status", "variant", "period", "goal__cart", "units")
    days = [(DAY + timedelta(days=at)).isoformat() for at in range(14)]
    units = {"A": [9_000] * 5 + [5_000] * 9, "B": [1_000] * 5 + [5_000] * 9}
    rows = [
        ("analysed", arm, day, cart, units[arm][at] // 2)
        for (at, day), arm, cart in product(enumerate(days), ARMS, (0, 1))
    ]
    found = strata(JointCounts.from_rows(header, rows, variants=ARMS))
    assert found.count == 2
    assert found.of_cell.tolist() == [[0] * 5 + [1] * 9]
    assert "entry days (p < 0.001)" in found.sentence


def test_a_finding_tells_what_was_expected_beside_what_came(analyse: Analyse) -> None:
    one = analyse((100_000, 12_000, 3_000), (100_000, 13_200, 3_150)).carry_through[0]
    told = "extra carts usually bring 3.0 orders. Here they came with "
    assert told in one.sentence
    assert "they came with 1.5 (" in one.sentence


def test_more_than_the_micro_goal_explains_is_said(analyse: Analyse) -> None:
    """Scenario S15: 10 % more carts, 21 % more orders."""
    more = "That is more than the extra carts alone usually bring."
    arms = (200_000, 24_000, 6_000), (200_000, 26_400, 7_260)
    assert more in analyse(*arms).carry_through[0].sentence
    even = (200_000, 24_000, 6_000), (200_000, 26_400, 6_600)
    assert more not in analyse(*even).carry_through[0].sentence
