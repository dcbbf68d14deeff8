"""Amounts from the data to the verdict: row, ruler and decision say the same."""

from __future__ import annotations

import numpy as np
import pytest

import abmicro as ab

CART = ab.Goal(name="cart", kind="milestone", role="primary")
REVENUE = ab.Goal(name="revenue", kind="macro", value="revenue")


def analysed(arms: list[tuple[int, float, float]], whale: float = 0.0) -> ab.Analysis:
    """Units, share with cart and the sigma of their spending, per arm; a sixth of carts buy."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(2)
    rows = []
    for name, (units, share, sigma) in zip("AB", arms, strict=True):
        cart = rng.random(units) < share
        buys = cart & (rng.random(units) < 1 / 6)
        spent = np.where(buys, np.round(rng.lognormal(3, sigma, units), 2), 0)
        if whale and name == "B":
            cart[0], spent[0] = True, whale
        rows.append(pandas.DataFrame({"variant": name, "cart": cart, "revenue": spent}))
    experiment = ab.Experiment(
        name="amounts",
        variants=(
            ab.Variant(name="A", share=arms[0][0] / sum(arm[0] for arm in arms)),
            ab.Variant(name="B", share=arms[1][0] / sum(arm[0] for arm in arms)),
        ),
        goals=(CART, REVENUE),
        data={"shape": "units", "columns": {"variant": "variant"}},
    )
    counts = ab.collect(experiment, data=pandas.concat(rows))
    return ab.analyze(experiment, counts)


def test_one_large_order_in_a_small_arm_ships_nothing() -> None:
    found = analysed([(18_000, 0.12, 1.7), (2_000, 0.15, 1.7)], whale=25_000)
    row = next(row for row in found.goals if row.goal == "revenue")
    carry = found.carry_through[0]
    assert row.p_value > 0.05
    assert (carry.label, carry.macro_moved) == ("inconclusive", 0)
    assert carry.macro_lift.low < 0 < carry.macro_lift.high
    assert found.verdicts[0].decision == "keep_running"


def test_ruler_and_row_show_the_same_lift() -> None:
    found = analysed([(6_000, 0.2, 0.5), (2_000, 0.4, 0.5)])
    row = next(row for row in found.goals if row.goal == "revenue")
    carry = found.carry_through[0]
    assert carry.macro_moved == 1
    assert row.p_value < 0.05
    assert (carry.macro_lift.low, carry.macro_lift.high) == pytest.approx(
        (row.lift.low, row.lift.high)
    )
