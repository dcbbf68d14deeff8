"""`ab.health`: what it says of shops whose truth is known, and of data that hold less."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import product

import duckdb
import numpy as np
import pytest

import abmicro as ab
from abmicro import datasets
from abmicro.report import health as pages  # noqa: F401 - the room of the page is there
from abmicro.traffic.results import Health

from ..report import made
from .shops import GOALS, SOURCES, START, days, shop

pytestmark = pytest.mark.journey

DIP = date(2026, 10, 6)


@pytest.fixture(scope="module")
def found() -> Health:
    """Four weeks with a source that hardly pays and a day on which phones lost their baskets."""
    return ab.health(shop(), days(np.random.default_rng(7), dip=(15, "phone", 0.8)))


def test_a_source_that_engages_and_hardly_pays_is_named_and_not_accused(found: Health) -> None:
    (odd,) = found.signalled
    assert (odd.source, odd.word, odd.signals) == (
        "Partner X",
        "engages_no_order",
        ("engages_no_order",),
    )
    assert "Look at these visits before you pay for more." in odd.sentence
    told = found.render("html") + found.render("json") + found.render("text")
    assert "fraud" not in told.lower()


def test_a_dip_is_found_on_its_day_and_in_its_device(found: Health) -> None:
    dips = [dip for dip in found.dips if not dip.segment]
    assert [(dip.goal, dip.day) for dip in dips] == [("cart", DIP)]
    assert [(place.source, place.fell) for place in dips[0].places] == [
        ("phone", True),
        ("desktop", False),
    ]
    assert "Tuesday, 6 October" in found.sentence
    (day,) = [one for one in found.days if one.flagged]
    assert (day.day, day.reached < day.low < day.expected) == (DIP, True)


def test_rates_lie_between_their_own_and_the_common_one(found: Health) -> None:
    pooled = {(one.goal, one.of): one.rate.estimate for one in found.sources if not one.segment}
    for one in (one for one in found.sources if one.segment):
        own, common = one.reached / one.units, pooled[one.goal, one.of]
        assert min(own, common) - 1e-3 <= one.rate.estimate <= max(own, common) + 1e-3
        assert one.rate.low < one.rate.estimate < one.rate.high


def test_the_funnel_says_how_many_left_before_each_step(found: Health) -> None:
    cart, order = found.funnel
    assert (cart.lost, order.lost) == (found.units - cart.reached, cart.reached - order.reached)
    assert order.step_rate == pytest.approx(order.reached / cart.reached)


def test_units_of_sources_add_up_and_weeks_do(found: Health) -> None:
    for segment in ("source", "device"):
        rows = [one for one in found.traffic if one.segment == segment]
        assert sum(one.units for one in rows) == found.units
        assert sum(one.share for one in rows) == pytest.approx(1)
    weeks = [one for one in found.weeks if one.goal == "order"]
    assert sum(one.reached for one in weeks) == found.funnel[-1].reached
    assert [one.days for one in weeks] == [7, 7, 7, 7]


def test_a_calm_shop_has_nothing_to_look_at() -> None:
    usual = {name: (units, 0.13, 0.1) for name, (units, _, _) in SOURCES.items()}
    calm = ab.health(shop(), days(np.random.default_rng(3), sources=usual))
    assert (calm.headline, calm.signalled, calm.dips) == ("Nothing to look at", (), ())
    assert not any(map(calm.fails, ("dip", "capture", "source", "gap", "doubles")))


def test_a_month_against_another_parts_who_came_from_what_they_did() -> None:
    sources = dict(SOURCES, Ads=(1000, 0.12, 0.11))
    counts = days(np.random.default_rng(1), 10)
    counts += days(np.random.default_rng(2), 18, sources, start=date(2026, 11, 2))
    test = shop()
    found = ab.health(test, counts, compare="2026-09")
    for one in found.changes:
        whole = one.rate_after - one.rate_before
        assert one.total.estimate == pytest.approx(whole)
        assert one.mix.estimate + one.rate.estimate == pytest.approx(whole)
        assert sum(row.mix + row.rate for row in one.sources) == pytest.approx(whole)
    cart = next(one for one in found.changes if (one.segment, one.goal) == ("source", "cart"))
    assert cart.mix.high < 0 < cart.rate.high  # more of the source that engages less
    with pytest.raises(ab.CountsError, match=r"E641.*2026-09"):
        ab.health(test, counts, compare="2026-11")


def test_since_leaves_earlier_days_out() -> None:
    counts = days(np.random.default_rng(7))
    late = ab.health(shop(), counts, since=date(2026, 10, 5))
    assert (late.first_day, late.last_day) == (date(2026, 10, 5), date(2026, 10, 18))
    with pytest.raises(ab.CountsError, match="E642"):
        ab.health(shop(), counts, since=date(2027, 1, 1))


def test_variants_of_a_test_are_taken_together_with_values_per_unit() -> None:
    test, counts = datasets.load("hillstrom")
    found = ab.health(test, counts)
    assert found.units == counts.units.sum()
    assert "All variants are taken together" in found.notes[0]
    assert found.charts[0].reason == "your data have no days of entry"
    value = found.traffic[0].values[0]
    assert value.mean.low < value.mean.estimate < value.mean.high


def test_a_log_tells_how_long_steps_take_and_what_fires_twice() -> None:
    shop_log = duckdb.connect()
    shop_log.execute("""
        CREATE TABLE log AS
        SELECT who, ts, what FROM (SELECT range AS who FROM range(400)), (VALUES
            (TIMESTAMP '2026-10-05 10:00:00', 'view'), (TIMESTAMP '2026-10-05 13:30:00', 'cart'),
            (TIMESTAMP '2026-10-05 13:30:01', 'cart'), (TIMESTAMP '2026-10-06 13:30:00', 'order')
        ) AS e(ts, what) WHERE what <> 'order' OR who < 300
    """)
    goals = GOALS | {"pay": {"kind": "milestone", "event": "order"}, "never": {"kind": "action"}}
    columns = {"unit": "who", "time": "ts", "event": "what"}
    data = {"shape": "events", "table": "log", "columns": columns}
    test = ab.Experiment(
        name="Log", variants=["all"], goals=goals, data=data, funnel=["cart", "order"]
    )
    counts, histograms = ab.collect(test, shop_log), ab.collect_histograms(test, shop_log)
    found = ab.health(test, counts, histograms)
    assert (found.funnel[0].hours, found.funnel[0].hours_to_macro) == (3, 24)
    names = {check.name: check.status for check in found.checks}
    assert names["double_firing.cart"] == "warn"
    assert names["twins.order.pay"] == "warn"
    assert names["unreached.never"] == "warn"
    assert found.fails("doubles")


def test_orders_without_their_step_are_named_by_device() -> None:
    header = ("variant", "segment__device", "goal__cart", "goal__order", "units")
    cells = {"phone": (900, 80, 60, 40), "desktop": (900, 40, 200, 0)}
    rows = [
        ("everybody", device, *bits, units)
        for device, whole in cells.items()
        for bits, units in zip(((0, 0), (1, 0), (1, 1), (0, 1)), whole, strict=True)
    ]
    test = ab.Experiment(name="x", variants=["everybody"], goals=GOALS, segments=["device"])
    found = ab.health(test, ab.JointCounts.from_rows(header, rows))
    (check,) = [one for one in found.checks if one.name == "capture.cart"]
    assert check.status == "fail"
    assert "40.0% where device is phone" in check.sentence
    assert found.fails("capture")


@pytest.mark.parametrize("number", [1, 9])
def test_few_days_have_no_chart_and_say_why(number: int) -> None:
    found = ab.health(shop(), days(np.random.default_rng(5), number))
    assert found.days == () == found.dips
    assert f"{number} days, and the chart needs 14" in found.charts[0].reason
    assert found.traffic


def test_rare_goals_are_judged_by_week() -> None:
    rare = {"Search": (60, 0.15, 0.1)}
    found = ab.health(shop(), days(np.random.default_rng(5), 7 * 20 + 3, rare))
    by_goal = {one.goal: one for one in found.charts if not one.of}
    assert (by_goal["cart"].weekly, by_goal["order"].weekly) == (False, True)
    assert sum(one.goal == "order" and not one.of for one in found.days) == 20


def test_no_source_and_a_thousand_million_units_are_fine() -> None:
    whole = ab.JointCounts.of_path(("all",), ("cart", "order"), [[10**9, 10**8, 10**7]])
    test = ab.Experiment(name="Large", variants=["all"], goals=GOALS)
    found = ab.health(test, whole)
    assert (found.units, found.traffic) == (10**9, ())
    assert any("No source is named" in note for note in found.notes)
    with pytest.raises(ab.CountsError, match="E640"):
        ab.health(test, whole, compare="2026-10")
    with pytest.raises(ab.CountsError, match="E643"):
        ab.health(test, whole, since=DIP)


def test_five_thousand_sources_stay_few_and_quick() -> None:
    rng = np.random.default_rng(2)
    header = ("variant", "segment__source", "goal__cart", "goal__order", "units")
    rows = [
        ("all", f"s{at}", *bits, int(rng.poisson(1 + 5000 / (1 + at))))
        for at, bits in product(range(5000), ((0, 0), (1, 0), (1, 1)))
    ]
    test = ab.Experiment(name="Many", variants=["all"], goals=GOALS, segments=["source"])
    found = ab.health(test, ab.JointCounts.from_rows(header, rows))
    assert len(found.traffic) == 21
    assert sum(one.units for one in found.traffic) == found.units
    assert len(found.render("html")) < 200_000


def test_hostile_names_of_sources_stay_names_everywhere() -> None:
    nasty = {made.SCRIPT: (300, 0.1, 0.1), "=1+1": (300, 0.3, 0.001), "a|b\n# c": (20, 0.1, 0.1)}
    found = ab.health(shop(made.SCRIPT), days(np.random.default_rng(1), 20, nasty))
    page = found.render("html")
    assert "<script" not in page
    assert "&lt;script" in page
    assert "\n'=1+1" in found.render("csv").replace("source,", "\n")
    assert json.loads(found.render("json"))["health"]["units"] == found.units
    assert "\n# c" not in found.render("md")
    assert found.render("text").isascii()


def test_the_record_and_every_form_say_the_same_figures(found: Health) -> None:
    record = json.loads(found.render("json"))["health"]
    assert record["dips"][0]["reached"] == found.dips[0].reached
    assert record["days"][0].keys() >= {"day", "goal", "reached", "units", "expected", "score"}
    rows = found.render("csv").splitlines()
    assert rows[0].startswith("segment,source,goal,of,reached,units,rate_estimate")
    assert len(rows) == 1 + len(found.sources)
    for form in ("text", "md", "html"):
        assert f"{found.dips[0].reached} baskets of" in found.render(form)
    assert len(found.to_pandas("traffic")) == len(found.traffic)


def test_a_day_on_which_nobody_came_to_a_step_is_judged_by_that_step_alone() -> None:
    header = ("variant", "period", "goal__cart", "goal__order", "units")
    rows = []
    for at in range(28):
        day, carts, orders = START + timedelta(days=at), 40 + at % 3, 12 + at % 2
        if at == 15:
            carts = orders = 0
        cells = ((0, 0, 200 - carts), (1, 0, carts - orders), (1, 1, orders))
        rows += [("everybody", day, *cell) for cell in cells]
    found = ab.health(shop(), ab.JointCounts.from_rows(header, rows))
    silent = {(one.goal, one.of): one for one in found.days if one.day == DIP}
    assert silent["cart", ""].flagged == "dip"
    of_cart = silent["order", "cart"]
    assert (of_cart.units, of_cart.expected, of_cart.flagged) == (0, 0.0, "")
