"""When conversions come, and lifts that change from week to week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from abmicro import Analysis, Experiment, Goal, Histograms, JointCounts
from abmicro.analysis.analyze import analyze
from abmicro.analysis.results import Timing, Trend
from abmicro.counts.histograms import KEYS

from .checks import named
from .conftest import CART, ORDER

ARMS = ("control", "treated")
WINDOW = 14
Rows = list[tuple[Any, ...]]


def timed(rows: Rows, *, window: str | None = "14d", left_out: int = 0) -> Analysis:
    """Two arms of 1,200 units with the histograms of these rows."""
    header = ("status", "variant", "goal__cart", "goal__order", "units")
    cells = [("analysed", arm, 1, 1, 60) for arm in ARMS]
    cells += [("analysed", arm, 0, 0, 1_140) for arm in ARMS]
    cells += [("immature", arm, None, None, left_out // 2) for arm in ARMS if left_out]
    counts = JointCounts.from_rows(header, cells, variants=ARMS)
    goals = tuple(Goal(name=one.name, kind=one.kind, window=window) for one in (CART, ORDER))
    experiment = Experiment(name="m", variants=ARMS, goals=goals)
    return analyze(
        experiment, counts, Histograms.from_rows(("variant", *KEYS), rows, variants=ARMS)
    )


def cohorts(arm: str, converters: dict[int, int]) -> Rows:
    """Carry-through note, G11: three cohorts of 400, followed for 14, 8 and 2 days, in hours."""
    rows: Rows = []
    for follow_up in (14, 8, 2):
        seen = {lag: units for lag, units in converters.items() if lag <= follow_up}
        figures = ["lag", "mature_lag"] if follow_up == WINDOW else ["lag"]
        rows += [(arm, "order", f, 24 * lag, n, n) for f in figures for lag, n in seen.items()]
        rows += [(arm, "order", "open", 24 * follow_up, 400 - sum(seen.values()), 0)]
    return rows


G11 = [
    *cohorts("control", {1: 8, 3: 5, 7: 4, 12: 3}),
    *cohorts("treated", {1: 12, 3: 6, 7: 4, 12: 3}),
]


def order(analysis: Analysis) -> Timing:
    return next(one for one in analysis.timing if one.goal == "order")


def test_incidence_and_lift_count_units_that_are_still_watched() -> None:
    found = order(timed(G11))
    assert (found.incidence.control, found.incidence.treated) == pytest.approx((0.05, 0.0625))
    assert found.incidence_lift.estimate == pytest.approx(0.25)
    assert found.seen.control == pytest.approx(0.75)


def test_lags_are_those_of_units_whose_window_has_closed() -> None:
    found = order(timed(G11))
    assert (found.median_hours.control, found.median_hours.treated) == (72, 72)
    assert (found.late_hours.control, found.late_hours.treated) == (288, 288)
    assert found.early.control == pytest.approx(13 / 20)
    assert found.early.treated == pytest.approx(18 / 25)


def test_the_hours_gained_are_more_where_more_convert_sooner() -> None:
    found = order(timed(G11)).hours_gained
    assert found.low < found.estimate < found.high
    # Four more of 1,200 after a day, one more after three (Kaplan-Meier weighs them by cohort).
    assert found.estimate == pytest.approx(4 / 400 * 13 * 24 + 1 / 400 * 11 * 24, abs=1)


def test_a_goal_nobody_reached_has_no_timing() -> None:
    assert timed([("control", "cart", "open", 336, 400, 0)]).timing == ()


def test_a_micro_goal_knows_the_hours_to_the_macro() -> None:
    rows = [(arm, "cart", "lag", 5, 60, 60) for arm in ARMS]
    rows += [(arm, "cart", "to_macro", hours, 20, 20) for arm in ARMS for hours in (1, 24, 50)]
    found = timed(rows).timing[0]
    assert (found.hours_to_macro.control, found.hours_to_macro.treated) == (24, 24)
    assert np.isnan(found.early.control)


def test_units_left_out_are_told_with_what_is_to_come() -> None:
    check = named(timed(G11, left_out=1_600), "maturity")
    assert check.status == "pass"
    assert "Of all orders to expect 75.0% have come." in check.sentence


def test_without_a_window_too_early_a_look_is_immature() -> None:
    analysis = timed(G11, window=None)
    check = named(analysis, "maturity")
    assert (check.status, check.figure) == ("fail", pytest.approx(0.75))
    assert "Give order a window" in check.fix
    assert analysis.carry_through[0].label == "immature"


def test_without_a_window_conversions_within_hours_are_mature() -> None:
    rows = [(arm, "order", "lag", hour, 30, 30) for arm in ARMS for hour in (0, 1)]
    rows += [(arm, "order", "open", hours, 570, 0) for arm in ARMS for hours in (20, 300)]
    assert named(timed(rows, window=None), "maturity").status == "pass"


# --- weeks ---------------------------------------------------------------------------------------


def weekly(
    lifts: list[float],
    *,
    units: int = 50_000,
    days: int = 7,
    orders: list[float] | None = None,
) -> Analysis:
    """S10: one lift per week; 12% with a cart, a quarter of them with an order.

    orders: the lift of the orders, by default that of the carts.
    """
    start = date(2026, 10, 5)
    rows = []
    bought = lifts if orders is None else orders
    for week, (lift, gain) in enumerate(zip(lifts, bought, strict=True)):
        for day in range(days):
            for arm, factor, more in zip(ARMS, (1.0, lift), (1.0, gain), strict=True):
                cart, all_units = round(0.12 * factor * units / days), units // days
                at = start + timedelta(days=7 * week + day)
                both = round(0.03 * more * units / days)
                rows += [(arm, at, 1, 1, both), (arm, at, 1, 0, cart - both)]
                rows += [(arm, at, 0, 0, all_units - cart)]
    header = ("variant", "period", "goal__cart", "goal__order", "units")
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    return analyze(Experiment(name="m", variants=ARMS, goals=(CART, ORDER)), counts)


def cart(analysis: Analysis) -> Trend:
    return next(one for one in analysis.trends if one.goal == "cart")


def test_a_novelty_that_fades_is_flagged_with_what_is_left_of_it() -> None:
    analysis = weekly([1.2, 1.1, 1.0, 1.0])
    found = cart(analysis)
    assert found.weekly_change.high < 0
    assert found.last_weeks == 2
    assert found.last_lift.estimate == pytest.approx(0, abs=1e-3)
    assert found.last_label == "no_micro_signal"
    check = named(analysis, "trend.cart")
    assert check.status == "warn"
    assert "from week to week of entry" in check.sentence


def test_the_lift_of_every_week_is_told() -> None:
    rows = [one for one in weekly([1.2, 1.1, 1.0, 1.0]).weeks if one.goal == "cart"]
    assert [one.first_day for one in rows] == [
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
        "2026-10-26",
    ]
    assert [one.lift.estimate for one in rows] == pytest.approx([0.2, 0.1, 0, 0], abs=2e-3)


def test_a_steady_lift_passes() -> None:
    analysis = weekly([1.1] * 4)
    assert named(analysis, "trend").status == "pass"
    assert cart(analysis).last_label == ""


def test_within_one_week_nothing_is_asked() -> None:
    analysis = weekly([1.1])
    assert (analysis.weeks, analysis.trends) == ((), ())
    assert "trend" not in {check.name for check in analysis.checks}


def test_weeks_without_units_are_skipped() -> None:
    start = date(2026, 10, 5)
    header = ("variant", "period", "goal__cart", "units")
    rows = [
        (arm, start + timedelta(days=days), reached, 500)
        for arm in ARMS
        for days in (0, 21)
        for reached in (0, 1)
    ]
    counts = JointCounts.from_rows(header, rows, variants=ARMS)
    analysis = analyze(Experiment(name="m", variants=ARMS, goals=(CART,)), counts)
    assert [one.first_day for one in analysis.weeks] == ["2026-10-05", "2026-10-26"]
    assert analysis.trends[0].last_label == ""


def test_weeks_without_conversions_raise_no_warning() -> None:
    analysis = weekly([1.0, 0.0, 1.0])
    assert np.isnan(analysis.weeks[1].lift.estimate)
    assert np.isfinite(cart(analysis).p_value)


def test_every_week_of_every_goal_has_its_row() -> None:
    assert len(weekly([1.0] * 12).weeks) == 24


def test_a_gain_that_has_faded_does_not_ship() -> None:
    """S10: pooled, the gain is clear and carried; units of the last weeks have none of it."""
    faded, steady = weekly([1.2, 1.1, 1.0, 1.0]), weekly([1.1, 1.1, 1.1, 1.1])
    assert faded.carry_through[0].label == steady.carry_through[0].label == "carried"
    assert [one.verdicts[0].decision for one in (faded, steady)] == ["unsettled", "ship"]
    assert "that is what new visitors get" in faded.verdicts[0].because[0]


def test_a_macro_gain_that_has_faded_does_not_ship_either() -> None:
    steady = [1.1, 1.1, 1.1, 1.1]
    faded = weekly(steady, orders=[1.25, 1.15, 1.0, 0.99])
    (verdict,) = faded.verdicts
    assert faded.carry_through[0].macro_better
    assert verdict.decision == "unsettled"
    assert verdict.because[0].startswith("The change in orders differs from week to week")
    assert weekly(steady, orders=[1.1, 1.12, 1.09, 1.1]).verdicts[0].decision == "ship"


def test_a_trend_that_is_clear_only_by_itself_fades_nothing() -> None:
    """Two goals are looked at, so p is doubled; the last weeks alone show no clear gain."""
    analysis = weekly([1.1] * 4, orders=[1.14, 1.1, 1.05, 1.03])
    of_orders = next(one for one in analysis.trends if one.goal == "order")
    assert of_orders.p_value < 0.05 < of_orders.adjusted_p_value
    assert of_orders.last_lift.low < 0
    assert analysis.verdicts[0].decision == "ship"
