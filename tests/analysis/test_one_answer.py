"""One question, one answer: what plan and analysis print of the same claim is the same number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from abmicro import Analysis, Experiment, JointCounts, Plan, analyze, plan
from abmicro.formatting import about

pytestmark = pytest.mark.journey

GOALS: dict[str, dict[str, Any]] = {
    "cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.05},
    "order": {"kind": "macro", "baseline": 0.03},
}
NUMBER = r"([0-9][0-9,]*)"


def example(**keys: Any) -> Experiment:
    usual: dict[str, Any] = {
        "name": "Three variants",
        "variants": ["control", "a", "b"],
        "goals": GOALS,
        "plan": {"traffic": "9000/day", "power": 0.9},
    }
    return Experiment(**usual | keys)


def analysed(experiment: Experiment, control: list[int], *treated: list[int]) -> Analysis:
    arms = [arm.name for arm in experiment.variants]
    return analyze(experiment, JointCounts.of_path(arms, ("cart", "order"), [control, *treated]))


def open_test(experiment: Experiment) -> Analysis:
    """Nothing is settled: every arm shows the same 12 % and 3 %."""
    return analysed(experiment, *([[10_000, 1_200, 300]] * len(experiment.variants)))


def macro_open(experiment: Experiment) -> Analysis:
    """The micro goal has clearly risen in every arm, the macro goal is open."""
    treated = [[10_000, 1_500, 330]] * len(experiment.treated)
    return analysed(experiment, [10_000, 1_200, 300], *treated)


def by_day(start: date, days: int, arms: Mapping[str, tuple[int, int, int]]) -> JointCounts:
    """Units, carts and orders of every arm, the same on every day."""
    header = ("variant", "period", "goal__cart", "goal__order", "units", "cut_off")
    rows = [
        (arm, str(start + timedelta(days=day)), *pattern, number, f"{start + timedelta(days=days)}")
        for day in range(days)
        for arm, (units, carts, orders) in arms.items()
        for pattern, number in (
            ((0, 0), units - carts),
            ((1, 0), carts - orders),
            ((1, 1), orders),
        )
    ]
    return JointCounts.from_rows(header, rows)


def text_of(report: Plan | Analysis) -> str:
    return " ".join(report.render("text").replace("|", " ").split())


def printed(pattern: str, text: str) -> set[str]:
    """The numbers that stand in a text where the pattern has its only group."""
    found = re.findall(pattern, text)
    assert found, f"{pattern} is not in: {text}"
    return set(found)


def row(title: str, cells: int) -> str:
    """A row of a printed table: the number after so many cells without spaces."""
    return rf"{title} {r'(?:[^ ]+ )' * cells}{NUMBER}"


def test_every_report_prints_the_same_units_for_the_micro_goal() -> None:
    experiment = example()
    before, after = text_of(plan(experiment)), text_of(open_test(experiment))
    table = before.partition("goal by goal")[2].partition("In all: all variants")[0]
    told = printed(rf"a change of 5% in carts takes {NUMBER} more visitors", after)
    assert told == {about(223_131 - 30_000)}
    answers = {
        "headline": printed(rf"of \+5\.0% in carts takes {NUMBER} visitors in all", before),
        "plan, goals": printed(row("Carts", 2), table),
        "plan, claims": printed(row("Carts moved any", 1), before),
        "detectable": printed(row(r"Carts \+[0-9.]+% \+5\.0%", 1), after),
    }
    assert answers == {where: {"223,131"} for where in answers}


def test_every_report_prints_the_same_units_for_the_macro_goal() -> None:
    experiment = example()
    before, after = text_of(plan(experiment)), text_of(macro_open(experiment))
    answers = {
        "plan, claims": printed(row("Orders moved too all", 1), before),
        "plan, shipping": printed(
            rf"All at once, with 90% power, .*? \({NUMBER} visitors in all", before
        ),
    }
    assert len({frozenset(found) for found in answers.values()}) == 1, answers
    (needed,) = answers["plan, claims"]
    told = printed(rf'say "orders rose": about {NUMBER} visitors in all', after)
    assert told == {about(int(needed.replace(",", "")))}
    more = printed(rf"carts that reaches orders in full takes {NUMBER} more visitors", after)
    assert more == {about(int(needed.replace(",", "")) - 30_000)}


def test_the_wanted_power_is_that_of_the_plan_in_every_sentence() -> None:
    for power in (0.7, 0.95):
        experiment = example(plan={"traffic": "9000/day", "power": power})
        texts = [text_of(one) for one in (open_test(experiment), macro_open(experiment))]
        assert any(f"{100 * power:.0f} of 100 such tests" in text for text in texts)
        assert not any(" 80 of 100" in text for text in texts)


def test_a_lift_of_the_macro_goal_worth_finding_takes_the_same_units_everywhere() -> None:
    order = {"kind": "macro", "baseline": 0.03, "mde": 0.1}
    experiment = example(goals={**GOALS, "order": order})
    before, found = plan(experiment), macro_open(experiment)
    (planned,) = (one.size for one in before.goals if one.goal == "order")
    (detectable, _) = (one for one in found.detectable if one.goal == "order")
    for verdict in found.verdicts:
        assert verdict.open is not None
        assert planned is not None
        assert verdict.open.units_needed == planned.total == detectable.needed
        assert verdict.open.bolder == detectable.lift
        assert f"takes {about(planned.total - 30_000)} more visitors" in verdict.would_change


@pytest.mark.parametrize("correction", ["none", "holm", "bonferroni", "dunnett", "bh", "by"])
@pytest.mark.parametrize("family", ["role", "all"])
def test_plan_and_analysis_agree_under_every_correction(correction: str, family: str) -> None:
    goals = {**GOALS, "menu": {"kind": "action", "role": "exploratory", "baseline": 0.12}}
    goals["menu"]["mde"] = 0.1
    goals["order"] = {**goals["order"], "mde": 0.2}
    options = {"correction": correction, "family": family}
    experiment = example(goals=goals, analysis=options)
    planned = {one.goal: one for one in plan(experiment).goals}
    arms = ("control", "a", "b")
    patterns = [((1, 1, 0), 300), ((1, 0, 0), 900), ((0, 0, 1), 1200), ((0, 0, 0), 7600)]
    rows = [(arm, *pattern, units) for arm in arms for pattern, units in patterns]
    header = ("variant", *(f"goal__{name}" for name in goals), "units")
    found = analyze(experiment, JointCounts.from_rows(header, rows, variants=arms))
    for one in found.detectable:
        plan_row = planned[one.goal]
        assert plan_row.size is not None
        assert (one.needed, one.alpha) == (plan_row.size.total, plan_row.alpha)


def test_the_past_as_its_own_test_takes_what_was_planned_from_it() -> None:
    """Counts of the past and of the test are the same, and so is what is reckoned from them."""
    experiment = example(variants=["control", "a"])
    arms = ("control", "a")
    counts = JointCounts.of_path(arms, ("cart", "order"), [[9_000, 1_100, 250]] * 2)
    before, after = plan(experiment, counts), analyze(experiment, counts)
    sizes = {one.goal: one.size.total for one in before.goals if one.size is not None}
    assert {one.goal: one.needed for one in after.detectable if one.goal in sizes} == sizes
    claims = {(one.claim, one.pass_through): one.size.total for one in before.claims}
    level = after.carry_through[0].pass_through.level
    assert level == pytest.approx(0.95)
    for one in after.claims:
        assert one.needed == claims[one.claim, one.pass_through]


@pytest.mark.parametrize("monitoring", [{"mode": "group_sequential"}, {"mode": "anytime"}])
def test_with_looks_every_report_prints_the_same_units(monitoring: dict[str, str]) -> None:
    """The levels of looks are those of the day; what a claim takes is what the plan said."""
    start, run = date(2026, 10, 5), 28
    experiment = example(
        start=start, end=start + timedelta(days=run), monitoring={"first_look": "14d"} | monitoring
    )
    before = plan(experiment)
    daily = {arm.name: (500, 60, 15) for arm in experiment.variants}
    found = analyze(experiment, by_day(start, 20, daily))
    rising = {**daily, "a": (500, 75, 17), "b": (500, 75, 17)}
    looked = text_of(analyze(experiment, by_day(start, 20, rising)))
    assert found.monitoring is not None
    assert found.monitoring.look == 7
    sizes = {one.goal: one.size.total for one in before.goals if one.size is not None}
    claims = {(one.claim, one.pass_through): one.size.total for one in before.claims}
    printed_before = printed(
        r"of \+5\.0% in carts takes at most ([0-9,]+) visitors in all", text_of(before)
    )
    assert printed_before == {f"{sizes['cart']:,.0f}"}
    for one in found.detectable:
        assert one.goal not in sizes or one.needed == sizes[one.goal]
    assert {(one.needed, one.claim, one.pass_through) for one in found.claims} == {
        (claims[one.claim, one.pass_through], one.claim, one.pass_through) for one in found.claims
    }
    told = r"carts that reaches orders in full takes ([0-9,]+) more visitors"
    assert printed(told, looked) == {about(claims["macro_up", 1.0] - 30_000)}
    named = r'say "orders rose": about ([0-9,]+) visitors in all'
    assert printed(named, looked) == {about(claims["macro_up", 1.0])}
    if monitoring["mode"] == "group_sequential":
        ended = text_of(analyze(experiment, by_day(start, run, daily)))
        asked = r"a change of 5% in carts takes ([0-9,]+) more visitors"
        assert printed(asked, ended) == {about(sizes["cart"] - 42_000)}


@pytest.mark.parametrize("correction", ["hochberg", "hommel", "bh", "by", "dunnett"])
def test_corrections_without_a_proof_at_looks_become_holm(correction: str) -> None:
    """In plan and rows alike; W006 says so of the definition."""
    start = date(2026, 10, 5)
    goals = {**GOALS, "menu": {"kind": "action", "baseline": 0.2, "mde": 0.1}}
    keys: dict[str, Any] = {"goals": goals, "start": start, "end": start + timedelta(days=28)}
    keys["monitoring"] = {"mode": "group_sequential", "looks": "weekly", "first_look": "21d"}
    header = ("variant", "period", *(f"goal__{name}" for name in goals), "units")
    rows = [
        (arm, str(start + timedelta(days=day)), *pattern, units + extra * (pattern[0] * 3))
        for extra, arm in enumerate(("control", "a", "b"))
        for day in range(28)
        for pattern, units in (((0, 0, 0), 440), ((1, 0, 0), 40), ((1, 1, 0), 15), ((0, 0, 1), 9))
    ]
    counts = JointCounts.from_rows(header, rows, variants=("control", "a", "b"))
    asked, holm = (example(**keys, analysis={"correction": one}) for one in (correction, "holm"))
    assert [one.alpha for one in plan(asked).goals] == [one.alpha for one in plan(holm).goals]
    found, expected = (
        [row.adjusted_p_value for row in analyze(one, counts).goals] for one in (asked, holm)
    )
    assert found == expected


def test_looks_cost_what_the_design_note_says() -> None:
    """1.05 times the units of a test that is read once, with an end; 1.7 times without one."""
    start = date(2026, 10, 5)
    keys: dict[str, Any] = {
        "start": start,
        "end": start + timedelta(days=28),
        "variants": ["A", "B"],
    }
    keys["plan"] = {"traffic": "9000/day", "power": 0.8}

    def units(mode: str) -> float:
        (size, *_) = (one.size for one in plan(example(**keys, monitoring={"mode": mode})).goals)
        assert size is not None
        return size.total

    once = units("fixed")
    assert units("group_sequential") / once == pytest.approx(1.049, abs=5e-4)
    assert units("anytime") / once == pytest.approx(1.72, abs=0.01)
