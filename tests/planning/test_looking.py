"""What a plan says of looks while the test runs."""

from __future__ import annotations

import json
from datetime import timedelta
from math import isnan
from typing import Any

import numpy as np
import pytest

from abmicro import Plan, plan
from abmicro.planning.results import PlannedMonitoring
from abmicro.report.plan import tables

from .conftest import GOALS, START, shop

WINDOW = {name: goal | {"window": "7d"} for name, goal in GOALS.items()}


def planned(mode: str = "group_sequential", **keys: Any) -> Plan:
    usual: dict[str, Any] = {
        "start": START,
        "end": START + timedelta(days=28),
        "goals": WINDOW,
        "plan": {},
        "monitoring": {"mode": mode, "first_look": "14d"},
    }
    return plan(shop(**usual | keys))


def looks_of(found: Plan) -> PlannedMonitoring:
    assert found.monitoring is not None
    return found.monitoring


def test_a_test_that_is_read_once_has_no_looks() -> None:
    assert planned(monitoring={"mode": "fixed"}).monitoring is None
    assert plan(shop()).monitoring is None


def test_daily_looks_cost_and_save_what_the_design_note_says() -> None:
    """O'Brien-Fleming from day 14 on: 1.049 times the units, on average 28.0 of 35 days."""
    found = looks_of(planned())
    cart = found.findings[0]
    assert (found.looks, found.entry_days, found.wait) == (15, 28, 7)
    assert (found.first_on, found.last_on) == ("2026-10-26", "2026-11-09")
    assert cart.maximum / cart.read_once == pytest.approx(1.049, abs=5e-4)
    assert cart.mean_null / cart.read_once == pytest.approx(1.038, abs=5e-4)
    assert cart.days_true == pytest.approx(28.0, abs=0.05)
    assert "(mean 28.0 of 35 days)" in found.sentence
    assert cart.weeks[-1].chance == pytest.approx(0.8, abs=1e-3)


def test_the_first_looks_of_all_save_a_little_more() -> None:
    """The same from the first days on, where the design note has 27.7 days."""
    early = {"mode": "group_sequential", "first_look": "1d"}
    found = looks_of(planned(monitoring=early, decision={"minimum_runtime": "1d"}))
    assert found.findings[0].days_true == pytest.approx(27.7, abs=0.1)


def test_claims_take_as_much_more_as_goals() -> None:
    found = looks_of(planned())
    assert {one.claim for one in found.findings} == {
        *(None, "macro_up", "at_least", "less_than_full")
    }
    factors = [one.maximum / one.read_once for one in found.findings]
    assert factors == pytest.approx([1.0489] * len(factors), abs=5e-4)


def test_traffic_says_when_each_finding_comes() -> None:
    slow, fast = (
        {
            one.goal: one
            for one in looks_of(planned(plan={"traffic": traffic})).findings
            if one.claim is None
        }
        for traffic in ("900/day", "1800/day")
    )
    for name in ("cart", "order"):
        weeks = [(one.week, one.chance) for one in slow[name].weeks]
        assert [week for week, _ in weeks] == [3, 4, 5]
        assert np.all(np.diff([chance for _, chance in weeks]) > 0)
        assert slow[name].weeks[-1].chance < fast[name].weeks[-1].chance
        assert fast[name].days_true < slow[name].days_true
    power = {one.goal: one.power for one in planned(plan={"traffic": "900/day"}).goals}
    assert slow["cart"].weeks[-1].chance == pytest.approx(power["cart"], abs=5e-3)


def test_a_claim_waits_for_conversions_and_a_bound_within_reach() -> None:
    """60 units a day and 3 %: ten orders in each arm are there after 12 days of entry."""
    few = looks_of(
        planned(
            monitoring={"mode": "group_sequential", "first_look": "2d"},
            plan={"traffic": "60/day"},
        )
    )
    first = {(one.goal, one.claim): one for one in few.findings}
    assert first["cart", None].first_on == "2026-10-16"  # the bound is beyond 6 on day 3
    assert first["cart", "macro_up"].first_day == 12 + 7
    assert first["cart", "macro_up"].first_on == "2026-10-24"
    nobody = looks_of(planned(plan={"traffic": "1/day"}))
    assert all(isnan(one.first_day) for one in nobody.findings if one.claim)


def test_windows_of_a_third_of_the_run_save_little() -> None:
    assert looks_of(planned()).caution == ""
    goals = {name: goal | {"window": "14d"} for name, goal in GOALS.items()}
    caution = looks_of(planned(goals=goals)).caution
    assert caution.startswith("Little time can be saved: visitors enter for 28 days")


def test_without_an_end_looks_go_on() -> None:
    found = looks_of(planned("anytime", end=None, plan={"traffic": "900/day", "weeks": 8}))
    cart = found.findings[0]
    assert (found.looks, found.last_on) == (None, "")
    assert cart.maximum / cart.read_once == pytest.approx(1.72, abs=0.01)
    assert cart.mean_true / cart.read_once == pytest.approx(1.07, abs=0.02)
    assert isnan(cart.mean_null)
    assert isnan(cart.days_true)
    assert "never stops by itself" in found.sentence


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("mode", ["group_sequential", "anytime"])
def test_days_without_traffic_and_amounts_are_planned_for(mode: str) -> None:
    """Only Saturdays bring units, so that the first days have none."""
    spent = {"kind": "macro", "value": "eur", "baseline": 3.0, "sd": 20.0, "mde": 0.1}
    goals = WINDOW | {"spent": spent | {"window": "7d"}}
    found = looks_of(
        planned(
            goals=goals,
            plan={"traffic": [0, 0, 0, 0, 0, 50, 0]},
            monitoring={"mode": mode, "first_look": "2d"},
        )
    )
    first = {one.goal: one.first_day for one in found.findings if one.claim is None}
    assert first["spent"] <= first["cart"]
    assert all(0 <= one.chance < 0.2 for each in found.findings for one in each.weeks)


@pytest.mark.filterwarnings("error")
def test_looks_without_an_end_that_are_tuned_for_far_more_units() -> None:
    found = looks_of(planned("anytime", monitoring={"mode": "anytime", "units": 10**9}))
    for one in found.findings:
        assert 1.6 < one.maximum / one.read_once < 5
        assert one.mean_true < one.maximum


def test_without_a_start_days_are_counted() -> None:
    found = looks_of(planned(start=None, plan={"weeks": 4}))
    assert found.looks == 15
    assert found.first_on == ""
    assert found.findings[0].first_day == 21
    assert "15 looks, the first on day 21, the last on day 35" in found.sentence


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_every_rendering_tells_of_looks(form: str) -> None:
    found = planned(plan={"traffic": "900/day"})
    shown = found.render(form)
    assert "Looks while it runs" in shown
    for one in looks_of(found).findings:
        assert tables.units(one.maximum) in shown
        assert one.first_on in shown


def test_the_record_holds_the_looks() -> None:
    found = planned()
    record = json.loads(found.render("json"))["monitoring"]
    assert record["looks"] == 15
    assert record["findings"][0]["maximum"] == looks_of(found).findings[0].maximum
    assert json.loads(plan(shop()).render("json"))["monitoring"] is None


@pytest.mark.parametrize(("mode", "digits"), [("group_sequential", 1e-4), ("anytime", 2e-3)])
def test_read_once_it_takes_what_the_plan_without_looks_takes(mode: str, digits: float) -> None:
    shares = {"control": 0.5, "large": 0.4, "small": 0.1}
    variants = [{"name": name, "share": share} for name, share in shares.items()]
    once = planned(variants=variants, monitoring={"mode": "fixed"}).goals
    ends = {} if mode == "group_sequential" else {"end": None, "plan": {"traffic": "900/day"}}
    watched = looks_of(planned(mode, variants=variants, **ends)).findings
    for goal in once:
        (found,) = (one for one in watched if (one.goal, one.claim) == (goal.goal, None))
        assert goal.size is not None
        assert found.read_once == pytest.approx(goal.size.total, rel=digits)
