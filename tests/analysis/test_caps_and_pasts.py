"""Caps and values from before, from raw units through the public door to record and report."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

import abmicro as ab
from abmicro.errors import CountsError
from abmicro.report.render import json_csv
from abmicro.stats.means.amounts_per_unit import amount_difference, amount_lift, amounts
from abmicro.stats.means.welch import Moments

pytestmark = pytest.mark.journey

SHARES = {"A": 0.75, "B": 0.25}
TWO_COLUMNS = {"revenue": "spent_before", "order": "bought_before"}


@cache
def shop(units: int = 4_000) -> Any:
    """Units of which some buy often, before the test and in it; B gets a fourth, its carts rise."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(15)
    frames = []
    for arm, share in SHARES.items():
        n = round(units * share)
        often = rng.gamma(0.3, 1, n)

        def spent(buys: Any, n: int = n) -> Any:
            return np.where(buys, np.round(rng.lognormal(3, 1.3, n), 2), 0.0)

        before = spent(rng.random(n) < 1 - np.exp(-often))
        cart = rng.random(n) < 1 - np.exp(-often * (1.4 if arm == "A" else 1.9))
        revenue = spent(cart & (rng.random(n) < 0.7))
        frames.append(pandas.DataFrame({
            "variant": arm, "cart": cart, "order": revenue > 0, "revenue": revenue,
            "spent_before": before, "bought_before": (before > 0).astype(int),
            "device": rng.choice(["phone", "desk"], n),
        }))  # fmt: skip
    return pandas.concat(frames)


def experiment(**keys: Any) -> ab.Experiment:
    """revenue, order: further keys of these goals."""
    goals = (
        ab.Goal(name="cart", kind="milestone", role="primary"),
        ab.Goal(name="order", kind="macro", **keys.get("order", {})),
        ab.Goal(name="revenue", kind="macro", value="revenue", **keys.get("revenue", {})),
    )
    return ab.Experiment(
        name="Shop", variants=keys.get("variants", SHARES), goals=goals, segments=["device"],
        data={"shape": "units", "columns": {"variant": "variant"}},
    )  # fmt: skip


def analysed(**keys: Any) -> ab.Analysis:
    asked = experiment(**keys)
    return ab.analyze(asked, ab.collect(asked, shop()))


def row(found: ab.Analysis, goal: str, variant: str = "B") -> Any:
    return next(
        one for one in found.goals if (one.goal, one.variant, one.segment) == (goal, variant, None)
    )


def by_hand(name: str) -> tuple[Any, Any, float]:
    """Treated and control less what the past predicts, unit by unit, and the slope."""
    data = shop()
    arms = [data[data.variant == arm] for arm in "BA"]
    y = [arm[name].to_numpy(float) for arm in arms]
    c = [arm[TWO_COLUMNS[name]].to_numpy(float) for arm in arms]
    products = sum(((a - a.mean()) * (b - b.mean())).sum() for a, b in zip(y, c, strict=True))
    slope = products / sum(((b - b.mean()) ** 2).sum() for b in c)
    center = np.concatenate(c).mean()
    treated, control = (Moments.of(a - slope * (b - center)) for a, b in zip(y, c, strict=True))
    return treated, control, float(slope)


@pytest.mark.parametrize("goal", ["revenue", "order"])
def test_a_goal_less_its_past_is_that_of_units_less_theirs(goal: str) -> None:
    found = analysed(**{goal: {"before": {"column": TWO_COLUMNS[goal]}}})
    one, plain = row(found, goal), row(analysed(), goal)
    treated, control, slope = by_hand(goal)
    expected = amounts(treated, control)
    test, level = amount_difference(expected, level=one.lift.level), one.lift.level
    lift = amount_lift(expected, level=level)
    assert one.p_value == pytest.approx(float(test.p))
    assert (one.difference.low, one.difference.high) == pytest.approx((test.low, test.high))
    assert (one.lift.estimate, one.lift.low) == pytest.approx((lift.estimate, lift.low))
    assert one.unadjusted.slope == pytest.approx(slope)
    assert 0.003 < one.unadjusted.variance_saved < 0.5
    assert one.unadjusted.lift == plain.lift
    assert one.unadjusted.p_value == plain.p_value
    assert one.method.startswith("Welch and Student less what the past predicts (CUPED)")


@pytest.mark.parametrize("goal", ["revenue", "order"])
def test_row_and_ruler_are_less_the_same_past(goal: str) -> None:
    found = analysed(**{goal: {"before": {"column": TWO_COLUMNS[goal]}}})
    carry = next(one for one in found.carry_through if one.macro == goal)
    one = row(found, goal)
    assert carry.macro_lift.estimate == pytest.approx(one.lift.estimate)
    assert carry.pass_through.estimate == pytest.approx(
        carry.macro_lift.estimate / carry.expected_macro_lift.estimate
    )
    plain = next(one for one in analysed().carry_through if one.macro == goal)
    assert carry.micro_lift == plain.micro_lift


def test_the_past_of_a_micro_goal_leaves_the_ruler_alone() -> None:
    asked = experiment()
    before = ab.Goal(name="x", kind="action", before={"column": "bought_before"}).before
    cart = asked.goals[0].model_copy(update={"before": before})
    with_past = asked.model_copy(update={"goals": (cart, *asked.goals[1:])})
    found = ab.analyze(with_past, ab.collect(with_past, shop()))
    plain = analysed()
    assert row(found, "cart").unadjusted is not None
    assert found.carry_through[0].pass_through == plain.carry_through[0].pass_through


@pytest.mark.parametrize(("orders", "adjusted"), [(20, True), (19, False)])
def test_a_rate_that_few_reach_is_judged_as_any_rate(orders: int, adjusted: bool) -> None:
    """From twenty units of each arm on a rate is an amount of 0 and 1."""
    data = shop().reset_index(drop=True)
    buyers = data.index[(data.variant == "B") & data.order]
    data.loc[buyers[orders:], "order"] = False
    asked = experiment(order={"before": {"column": "bought_before"}})
    found = ab.analyze(asked, ab.collect(asked, data))
    one = row(found, "order")
    assert one.reached.treated == orders
    assert (one.unadjusted is not None) == adjusted
    assert one.method.startswith("Miettinen-Nurminen") == (not adjusted)
    carry = next(one for one in found.carry_through if one.macro == "order")
    assert (carry.macro_lift.estimate == pytest.approx(one.lift.estimate)) is True


def test_the_declared_cap_decides_and_both_lifts_stand_side_by_side() -> None:
    found, plain = analysed(revenue={"cap": "95%"}), analysed()
    one, other = row(found, "revenue"), row(plain, "revenue")
    amounts_of = shop().revenue
    cap = np.quantile(amounts_of[amounts_of > 0], 0.95, method="inverted_cdf")
    held = {arm: shop()[shop().variant == arm].revenue.clip(upper=cap).mean() for arm in "AB"}
    assert (one.rate.control, one.rate.treated) == pytest.approx((held["A"], held["B"]))
    assert one.uncapped.cap == pytest.approx(cap)
    assert (one.uncapped.share, one.uncapped.lift) == ("95%", other.lift)
    assert one.uncapped.p_value == other.p_value
    assert min(one.effective_size.control, one.effective_size.treated) > min(
        other.effective_size.control, other.effective_size.treated
    )
    carry = next(one for one in found.carry_through if one.macro == "revenue")
    assert carry.macro_lift.estimate == pytest.approx(one.lift.estimate)


def test_every_level_of_a_segment_has_its_own_figures() -> None:
    found = analysed(revenue={"cap": "95%", "before": {"column": "spent_before"}})
    levels = [one for one in found.goals if one.goal == "revenue" and one.segment is not None]
    assert len(levels) == 2
    assert len({one.uncapped.lift for one in levels}) == 2
    assert len({one.unadjusted.slope for one in levels}) == 2
    assert {one.uncapped.cap for one in levels} == {row(found, "revenue").uncapped.cap}


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_reports_say_what_was_capped_and_what_the_past_saved(form: str) -> None:
    found = analysed(revenue={"cap": 500, "before": {"column": "spent_before"}})
    shown = " ".join(found.render(form).split())
    assert "amounts above 500 count as 500; without the cap" in shown
    assert "what spent_before predicts is taken off, which saves" in shown
    assert "Deng, Xu, Kohavi and Walker (2013)" in shown


def test_records_carry_both_and_are_read_back() -> None:
    found = analysed(revenue={"cap": "95%", "before": {"column": "spent_before"}})
    made = json.loads(json_csv.render(found))
    back = json_csv.from_record(made)
    for kept in (row(back, "revenue"), row(found, "revenue")):
        assert kept.uncapped == row(found, "revenue").uncapped
        assert kept.unadjusted == row(found, "revenue").unadjusted
    told = next(one for one in made["goals"] if one["goal"] == "revenue")
    assert set(told["uncapped"]) == {"cap", "share", "difference", "lift", "p_value"}
    assert made["goals"][0]["uncapped"] is None


def test_within_strata_cap_and_past_are_taken_off_stratum_by_stratum() -> None:
    """A ramp: half the units of A came before B began, in a season when nobody spends."""
    pandas = pytest.importorskip("pandas")
    early = shop().copy()
    early = early[early.variant == "A"].assign(revenue=lambda one: one.revenue / 10)
    both = pandas.concat([early.assign(day="2026-10-05"), shop().assign(day="2026-10-06"),
                          early.assign(variant="B", day="2026-10-05").head(30)])  # fmt: skip
    asked = experiment(revenue={"before": {"column": "spent_before"}, "cap": 400})
    data = asked.data.model_copy(
        update={"columns": ab.DataColumns(variant="variant", period="day")}
    )
    asked = asked.model_copy(update={"data": data})
    found = ab.analyze(asked, ab.collect(asked, both))
    one = row(found, "revenue")
    assert one.method.endswith("within strata")
    assert one.unadjusted is not None
    assert one.uncapped is not None
    season = shop().revenue.clip(upper=400).groupby(shop().variant).mean()
    lift = season["B"] / season["A"] - 1
    assert abs(one.uncapped.lift.estimate - lift) < 0.3 < one.uncapped.lift.high
    assert one.unadjusted.variance_saved > 0.01
    carry = next(one for one in found.carry_through if one.macro == "revenue")
    assert carry.macro_lift.estimate == pytest.approx(one.lift.estimate)


@pytest.mark.parametrize(
    ("collected", "asked", "said"),
    [
        (None, "95%", "is capped at 95% in the definition, and in the joint table it is not"),
        ("95%", None, "has no cap in the definition, and in the joint table it is capped"),
        (400, 500, "is capped at 500 in the definition, and at 400 in the joint table"),
    ],
)
def test_a_table_is_analysed_under_the_cap_it_was_collected_with(
    collected: object, asked: object, said: str
) -> None:
    counts = ab.collect(experiment(revenue={"cap": collected} if collected else {}), shop())
    with pytest.raises(CountsError, match=said):
        ab.analyze(experiment(revenue={"cap": asked} if asked else {}), counts)


def test_a_table_without_the_past_says_what_is_missing() -> None:
    counts = ab.collect(experiment(), shop())
    asked = experiment(revenue={"before": {"column": "spent_before"}})
    with pytest.raises(CountsError, match=r"revenue__before: is not in the joint table \(E401\)"):
        ab.analyze(asked, counts)


@pytest.mark.parametrize("key", ["revenue", "order"])
def test_winners_are_compared_less_their_past(key: str) -> None:
    """B against C is what a test of these two alone would say."""
    pandas = pytest.importorskip("pandas")
    a, b = (rows for _, rows in shop(12_000).groupby("variant"))
    half = b.sample(frac=0.5, random_state=1)
    rows = pandas.concat([a, b, half.assign(variant="C")])
    goals = (
        ab.Goal(name="cart", kind="milestone", role="primary"),
        ab.Goal(name=key, kind="macro", value="revenue" if key == "revenue" else None,
                before={"column": TWO_COLUMNS[key]}),
    )  # fmt: skip

    def judged(rows: Any, shares: dict[str, float]) -> ab.Analysis:
        data = {"shape": "units", "columns": {"variant": "variant"}}
        test = ab.Experiment(
            name="Shop", variants=shares, goals=goals, data=data,
            decision={"require": "not_contradicted"},
        )  # fmt: skip
        return ab.analyze(test, ab.collect(test, data=rows))

    found = judged(rows, {"A": 2 / 3, "B": 2 / 9, "C": 1 / 9}).recommendation
    (rival,) = found.against
    pair = {name: 1 / 3 + (name == "B") / 3 for name in (rival.variant, str(found.variant))}
    alone = judged(rows[rows["variant"].isin(pair)], pair)
    (row,) = (row for row in alone.goals if row.goal == key)
    assert row.unadjusted is not None
    assert row.lift.low != pytest.approx(row.unadjusted.lift.low, rel=1e-3)
    assert rival.adjusted_p_value == pytest.approx(row.p_value)
    assert rival.lift.low == pytest.approx(row.lift.low)


@pytest.mark.parametrize("key", ["revenue", "order"])
def test_a_past_that_is_a_copy_of_the_goal_takes_nothing_off(key: str) -> None:
    """It ended in a traceback, or in a lift of 0.0% that was known to nine places."""
    before = {"before": {"column": "copy"}, "mde": 0.05}
    test = experiment(**{key: before})
    counts = ab.collect(test, data=shop().assign(copy=shop()[key] * 2 + 1))
    found = ab.analyze(test, counts)
    row, told = found.goals[[one.goal for one in found.goals].index(key)], found.render("text")
    assert row.unadjusted is not None
    assert (row.unadjusted.slope, row.unadjusted.variance_saved) == (0, 0)
    assert row.lift.high - row.lift.low > 0.01
    assert row.p_value == pytest.approx(row.unadjusted.p_value, abs=0.01)
    assert "nan" not in told
    assert "nan" not in ab.plan(test, counts).render("text")


def test_two_units_foretell_nothing() -> None:
    """Their past fits them whatever it is; a plan from a control of two ended in a traceback."""
    pandas = pytest.importorskip("pandas")
    few = shop()[shop()["variant"] == "A"].iloc[:2]
    few = few.assign(cart=True, revenue=[5.0, 8.0])
    rows = pandas.concat([few, shop()[shop()["variant"] == "B"]])
    test = experiment(revenue={"before": {"column": "spent_before"}})
    assert "nan" not in ab.analyze(test, ab.collect(test, data=rows)).render("text")
