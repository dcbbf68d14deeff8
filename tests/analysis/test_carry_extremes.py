"""Carry-through of counts that nobody hopes for: it answers, or says why not, without a warning."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from abmicro import Analysis, Experiment, Goal, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.carry_through import wording
from abmicro.analysis.results import CarryThrough
from abmicro.errors import DefinitionError

from .conftest import CART, ORDER, Analyse

VIDEO = Goal(name="video", kind="action", role="primary", mde=0.1)
ARMS = ("A", "B")
FULL = (40, 160, 60, 740)


def of_cells(*arms: tuple[int, int, int, int]) -> Analysis:
    """A test of an action, from units with both goals, video only, order only, neither."""
    header = ("status", "variant", "goal__video", "goal__order", "units")
    patterns = ((1, 1), (1, 0), (0, 1), (0, 0))
    rows = [
        ("analysed", name, *pattern, units)
        for name, arm in zip(ARMS, arms, strict=True)
        for pattern, units in zip(patterns, arm, strict=True)
    ]
    table = JointCounts.from_rows(header, rows, variants=ARMS)
    return analyze(Experiment(name="m", variants=ARMS, goals=(VIDEO, ORDER)), table)


def sound(one: CarryThrough) -> None:
    """A label with its sentence, and no figure where there is no lift."""
    assert one.label in wording.CARRY
    assert one.sentence.endswith(".")
    assert "nan" not in one.sentence
    if np.isnan(one.micro_lift.estimate):
        assert one.pass_through.kind == "line"


ZEROS = [zero for zero in product((0, 1), repeat=4) if any(zero)]


@pytest.mark.parametrize("zero", ZEROS, ids=lambda zero: "".join(map(str, zero)))
def test_zeros_in_any_cells_of_one_arm_are_borne(zero: tuple[int, ...]) -> None:
    poor = tuple(0 if gone else units for gone, units in zip(zero, FULL, strict=True))
    for arms in ((FULL, poor), (poor, FULL)):
        for one in of_cells(*arms).carry_through:  # type: ignore[arg-type]
            sound(one)


@pytest.mark.parametrize("zero", ZEROS[:-1], ids=lambda zero: "".join(map(str, zero)))
def test_zeros_in_the_same_cells_of_both_arms_are_borne(zero: tuple[int, ...]) -> None:
    poor = tuple(0 if gone else units for gone, units in zip(zero, FULL, strict=True))
    for one in of_cells(poor, poor).carry_through:  # type: ignore[arg-type]
        sound(one)
        assert one.label in ("no_micro_signal", "measurement_fault")


def test_a_micro_goal_that_everybody_reaches_has_nothing_to_carry() -> None:
    one = of_cells((50, 950, 0, 0), (60, 940, 0, 0)).carry_through[0]
    assert one.label == "no_micro_signal"
    sound(one)


def test_a_micro_goal_that_nobody_reaches_has_nothing_to_carry() -> None:
    one = of_cells((0, 0, 50, 950), (0, 0, 60, 940)).carry_through[0]
    assert one.label in ("no_micro_signal", "measurement_fault")
    sound(one)


def test_a_macro_more_common_than_the_micro_is_followed_beside_the_path() -> None:
    one = of_cells((60, 40, 400, 500), (90, 60, 390, 460)).carry_through[0]
    assert one.dilution < 0.2
    sound(one)


def test_arms_of_one_unit_are_arms(analyse: Analyse) -> None:
    for one in analyse((1, 1, 1), (1, 1, 0)).carry_through:
        sound(one)
        assert one.label in ("no_micro_signal", "measurement_fault")


def test_an_arm_without_units_says_nothing(analyse: Analyse) -> None:
    for one in analyse((1_000, 100, 10), (0, 0, 0)).carry_through:
        sound(one)


def test_a_billion_units_per_arm_are_judged(analyse: Analyse) -> None:
    arms = (10**9, 120_000_000, 30_000_000), (10**9, 120_120_000, 30_030_000)
    one = analyse(*arms).carry_through[0]
    assert one.label == "carried"
    assert one.pass_through.estimate == pytest.approx(1, rel=1e-6)


def test_a_path_that_is_broken_is_withheld_and_never_closed_silently() -> None:
    """Every tenth order lacks its cart."""
    header = ("status", "variant", "goal__cart", "goal__order", "units")
    cells = {"A": (900, 3_000, 100, 16_000), "B": (1_000, 3_200, 120, 15_680)}
    rows = [
        ("analysed", arm, *pattern, units)
        for arm, found in cells.items()
        for pattern, units in zip(((1, 1), (1, 0), (0, 1), (0, 0)), found, strict=True)
    ]
    table = JointCounts.from_rows(header, rows, variants=ARMS)
    found = analyze(Experiment(name="m", variants=ARMS, goals=(CART, ORDER)), table)
    one = found.carry_through[0]
    assert (one.label, one.withheld) == ("measurement_fault", ("capture.cart",))
    assert "Nothing is said before this is mended: Missing steps (carts)." in one.sentence


def test_a_funnel_in_the_wrong_order_is_withheld() -> None:
    """Declared checkout, cart, order: most with a cart have no checkout."""
    checkout = Goal(name="checkout", kind="milestone")
    header = ("status", "variant", "goal__cart", "goal__checkout", "goal__order", "units")
    cells = ((1, 1, 1, 500), (1, 1, 0, 500), (1, 0, 0, 3_000), (0, 0, 0, 16_000))
    rows = [("analysed", arm, *cell) for arm in ARMS for cell in cells]
    table = JointCounts.from_rows(header, rows, variants=ARMS)
    goals = (checkout, CART, ORDER)
    found = analyze(Experiment(name="m", variants=ARMS, goals=goals), table)
    one = next(check for check in found.checks if check.name == "funnel_order.checkout")
    assert one.status == "fail"
    assert "6,000 of 8,000 visitors with carts (75.0%) lack checkouts" in one.sentence
    withheld = {pair.micro: pair.withheld for pair in found.carry_through}
    assert withheld["checkout"] == ("funnel_order.checkout",)


def test_a_funnel_in_the_right_order_passes(analyse: Analyse) -> None:
    checkout = Goal(name="checkout", kind="milestone")
    arms = (1_000, 300, 100, 50), (1_000, 320, 110, 60)
    found = analyse(*arms, goals=(CART, checkout, ORDER))
    assert not [check for check in found.checks if check.name.startswith("funnel_order")]


def windows(micro: str, macro: str) -> Experiment:
    goals = (
        Goal(name="cart", kind="milestone", window=micro),
        Goal(name="order", kind="macro", window=macro),
    )
    return Experiment(name="m", variants=ARMS, goals=goals)


def test_a_macro_with_the_longer_window_is_followed() -> None:
    table = JointCounts.of_path(ARMS, ("cart", "order"), [[1_000, 100, 20], [1_000, 150, 30]])
    sound(analyze(windows("7d", "14d"), table).carry_through[0])


def test_a_macro_with_the_shorter_window_is_refused() -> None:
    with pytest.raises(DefinitionError, match="a late micro conversion needs the time"):
        windows("14d", "7d")


def test_names_with_markup_and_sql_arrive_as_they_are() -> None:
    micro = Goal(name="<b>cart</b>'; DROP TABLE x", kind="milestone", role="primary", mde=0.05)
    macro = Goal(name="{order}", kind="macro")
    steps = (micro.name, macro.name)
    counts = JointCounts.of_path(ARMS, steps, [[40_000, 4_800, 1_200], [40_000, 5_280, 1_260]])
    found = analyze(Experiment(name="m", variants=ARMS, goals=(micro, macro)), counts)
    sentence = found.carry_through[0].sentence
    assert micro.name in sentence
    assert macro.name in sentence
