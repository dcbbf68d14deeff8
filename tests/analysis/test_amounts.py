"""Amounts from the data to the verdict: row, ruler and decision say the same."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

import abmicro as ab

from ..examples import examples
from . import stages

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
    assert found.verdicts[0].decision == "unsettled"
    told = str(found.verdicts[0].because[-1])
    assert "Do not trust revenue yet: a few large amounts decide" in told
    assert "(amounts of B weigh like 2 equal ones)" in told
    left = found.verdicts[0].open
    assert left is not None
    assert np.isnan([left.loss_of_variant, left.loss_of_control, left.bolder]).all()
    assert "take the risk" not in found.verdicts[0].would_change


def test_no_page_tells_of_a_loss_of_more_than_all() -> None:
    found = analysed([(18_000, 0.12, 1.7), (2_000, 0.15, 1.7)], whale=25_000)
    row = next(row for row in found.goals if row.goal == "revenue")
    assert row.lift.low < -1 < 10 < row.lift.high
    for form in ("text", "md", "html"):
        page = found.render(form)
        assert "% or less)" in page
        assert not re.search(r"[-\u2212]\d[\d,]{2,}% to", page)


def test_a_range_without_ends_is_told_in_words() -> None:
    found = analysed([(100, 0.12, 1.7), (100, 0.15, 1.7)])
    row = next(row for row in found.goals if row.goal == "revenue")
    assert (row.lift.low, row.lift.high) == (-np.inf, np.inf)
    assert row.lift.estimate > 0
    for form in ("text", "md", "html"):
        page = found.render(form)
        assert "(not bounded)" in page
        assert not re.search("inf%|\u221e", page)


def test_amounts_that_returns_use_up_have_no_chance_to_win_and_say_why() -> None:
    pandas = pytest.importorskip("pandas")
    rows = [
        pandas.DataFrame({"variant": name, "cart": np.arange(600) < carts, "revenue": 0.0})
        for name, carts in (("A", 120), ("B", 200))
    ]
    for frame, money in zip(rows, (5.0, -5.0), strict=True):
        frame.loc[:99, "revenue"] = [9.0, -8.0] * 50
        frame.loc[0, "revenue"] = money
    experiment = ab.Experiment(
        name="returns", variants=["A", "B"], goals=(CART, REVENUE),
        data={"shape": "units", "columns": {"variant": "variant"}},
    )  # fmt: skip
    rows[1].loc[1, "revenue"] -= 100
    found = ab.analyze(experiment, ab.collect(experiment, data=pandas.concat(rows)))
    row = next(row for row in found.goals if row.goal == "revenue")
    assert row.rate.treated < 0 < row.rate.control
    assert np.isnan(row.expected_loss)
    assert row.note.endswith("needs two values and a total above zero in each variant")
    for form in ("text", "md", "html"):
        page = found.render(form)
        assert "a total above zero" in page
        assert not re.search(r"\bnan\b", page)


def test_ruler_and_row_show_the_same_lift() -> None:
    found = analysed([(6_000, 0.2, 0.5), (2_000, 0.4, 0.5)])
    row = next(row for row in found.goals if row.goal == "revenue")
    carry = found.carry_through[0]
    assert carry.macro_moved == 1
    assert row.p_value < 0.05
    assert (carry.macro_lift.low, carry.macro_lift.high) == pytest.approx(
        (row.lift.low, row.lift.high)
    )


arms = st.tuples(
    st.integers(200, 4_000),  # units
    st.floats(0.05, 0.9),  # share with a cart
    st.floats(0.02, 1),  # of those with an order
    st.floats(5, 60),  # mean of an order
    st.floats(0, 30),  # variance of orders over their squared mean
)
UP = ("carried", "carried_size_open", "partly_carried")


@examples(60)
@given(st.lists(arms, min_size=2, max_size=4))
def test_label_and_row_of_an_amount_never_differ(
    drawn: list[tuple[int, float, float, float, float]],
) -> None:
    names, rows = "ABCD"[: len(drawn)], []
    for arm, (units, cart, order, mean, spread) in zip(names, drawn, strict=True):
        with_cart = round(units * cart)
        orders = max(round(with_cart * order), 1)
        squares = orders * mean**2 * (1 + spread * (1 - 1 / orders))
        rows += [("analysed", arm, 1, with_cart, orders * mean, squares)]
        rows += [("analysed", arm, 0, units - with_cart, 0.0, 0.0)]
    header = ("status", "variant", "goal__cart", "units", "sum__revenue")
    table = ab.JointCounts.from_rows((*header, "product__revenue__revenue"), rows, variants=names)
    test = ab.Experiment(name="m", variants=tuple(names), goals=(CART, REVENUE))
    rows_of = {(row.variant, row.goal): row for row in stages.goals(test, table)}
    for one in stages.carry(test, table):
        micro, macro = rows_of[one.variant, "cart"], rows_of[one.variant, "revenue"]
        assert one.macro_lift == macro.lift
        assert macro.adjusted_p_value == min(1, (len(names) - 1) * macro.p_value)
        assert (one.label == "no_micro_signal") == (not micro.is_clear(0.05))
        gain = one.label.removeprefix("loss_")
        if gain in ("no_micro_signal", "no_expected_carry"):
            continue
        toward = macro.moved(0.05) * (1 if gain == one.label else -1)
        assert (gain in UP) == (toward > 0)
        assert gain != "contradicted" or toward < 0
        if one.pass_through.kind == "interval":
            assert (one.pass_through.low > 0) == (gain in UP)
            assert (one.pass_through.high < 0) == (gain == "contradicted")


TWO_ARMS = (ab.Variant(name="A", share=0.5), ab.Variant(name="B", share=0.5))


def of_amounts(orders: tuple[int, int], **fields: object) -> ab.Analysis:
    """An arm of 1,000 units each, its orders of 10 each."""
    header = (
        "status",
        "variant",
        "goal__cart",
        "units",
        "sum__revenue",
        "product__revenue__revenue",
    )
    rows = [
        ("analysed", arm, 0, 1_000, 10.0 * count, 100.0 * count)
        for arm, count in zip("AB", orders, strict=True)
    ]
    goal = ab.Goal(name="revenue", kind="macro", value="price", **fields)
    goals = (goal,) if goal.role == "primary" else (CART, goal)
    experiment = ab.Experiment(name="m", variants=TWO_ARMS, goals=goals)
    return ab.analyze(experiment, ab.JointCounts.from_rows(header, rows, variants=("A", "B")))


@pytest.mark.parametrize(
    ("orders", "better", "worse"),
    [((2, 40), False, False), ((30, 90), True, False), ((90, 4), False, True)],
)
def test_no_gain_rests_on_fewer_than_twenty_amounts_but_harm_does(
    orders: tuple[int, int], better: bool, worse: bool
) -> None:
    found = of_amounts(orders, role="primary")
    row = found.goals[0]
    assert row.adjusted_p_value < 0.05
    assert (row.is_better(0.05), row.is_worse(0.05)) == (better, worse)
    assert (row.effective_size.control, row.effective_size.treated) == pytest.approx(orders)
    assert (
        found.verdicts[0].decision
        == {
            (True, False): "ship",
            (False, True): "keep_control",
            (False, False): "unsettled",
        }[better, worse]
    )


def test_few_amounts_are_a_caution_and_many_are_not() -> None:
    few, many = of_amounts((48, 60), role="primary"), of_amounts((200, 210), role="primary")
    status = [
        next(check.status for check in one.checks if check.name == "effective_size.revenue")
        for one in (few, many)
    ]
    assert status == ["warn", "pass"]
    assert "A few large amounts decide revenue (amounts of A weigh like 48 equal ones)" in " ".join(
        few.verdicts[0].because
    )
    assert "weigh like" not in " ".join(many.verdicts[0].because)


def test_a_guardrail_of_few_amounts_is_not_held() -> None:
    few, many = (
        of_amounts(orders, role="guardrail", margin=0.5).goals[-1].noninferiority
        for orders in ((5, 60), (50, 90))
    )
    assert few is not None
    assert many is not None
    assert few.p_value < 0.05
    assert (few.status, many.status) == ("unclear", "held")
