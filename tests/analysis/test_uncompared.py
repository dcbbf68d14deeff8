"""Goals that exist in some variants only: shown and followed there, never tested."""

from __future__ import annotations

import json
from typing import Any

import pytest

import abmicro as ab
from abmicro import Analysis, Experiment, JointCounts
from abmicro.counts import CROSSED
from abmicro.report.render.json_csv import from_record, to_record

from .checks import named

ARMS = ("A", "B", "C")
GOALS: dict[str, Any] = {
    "cart": {"kind": "milestone"},
    "sticky": {"kind": "action", "only": ["B"]},
    "order": {"kind": "macro"},
}
HEADER = ("variant", "period", "goal__cart", "goal__sticky", "goal__order", "units")
# cart, sticky, order: units of arms that know no sticky button, and of B.
PLAIN = {(0, 0, 0): 8_000, (1, 0, 0): 1_500, (1, 0, 1): 500}
STICKY = {(0, 0, 0): 7_100, (0, 1, 0): 700, (1, 0, 0): 1_400, (1, 0, 1): 400, (1, 1, 0): 200}
STICKY |= {(1, 1, 1): 200}


def analysed(goals: dict[str, Any] = GOALS, astray: int = 0) -> Analysis:
    """Three days alike. astray: units of A with the goal that only B has."""
    rows = [
        (arm, f"2026-10-0{day}", *bits, units)
        for day in (5, 6, 7)
        for arm in ARMS
        for bits, units in (STICKY if arm == "B" else PLAIN).items()
    ]
    rows += [("A", "2026-10-05", 1, 1, 0, astray)] if astray else []
    experiment = Experiment(name="m", variants=ARMS, goals=goals)
    return ab.analyze(experiment, JointCounts.from_rows(HEADER, rows, variants=ARMS))


def test_a_button_that_only_one_variant_has_is_no_distrust() -> None:
    """Compared, its 0 clicks of 30,000 in the control read as a tag that never fires."""
    compared = GOALS | {"sticky": {"kind": "action"}}
    assert [one.decision for one in analysed(compared).verdicts] == ["do_not_trust_yet"] * 2
    assert [check.name for check in analysed().checks if check.status == "fail"] == []
    assert named(analysed(), "only.sticky").sentence == "Sticky: in B only."


def test_its_rate_and_what_followed_it_are_shown_and_nothing_is_tested() -> None:
    found = analysed()
    (row,) = found.uncompared
    assert (row.goal, row.variant, row.units, row.reached) == ("sticky", "B", 30_000, 3_300)
    assert row.rate.estimate == 0.11
    assert (row.macro, row.reached_both) == ("order", 600)
    assert row.macro_with.estimate == pytest.approx(600 / 3_300)
    assert row.macro_without.estimate == pytest.approx(1_200 / 26_700)
    assert row.macro_with.low < row.macro_with.estimate < row.macro_with.high
    for tested in (found.goals, found.days, found.detectable, found.bayes.posteriors):
        assert {one.goal for one in tested} <= {"cart", "order"}  # type: ignore[attr-defined]
    assert {one.micro for one in found.carry_through} == {"cart"}


def test_the_other_goals_do_not_notice_it() -> None:
    without = {name: goal for name, goal in GOALS.items() if name != "sticky"}
    with_it, plain = to_record(analysed()), to_record(analysed(without))
    for section in ("goals", "funnel", "carry_through", "verdicts", "bayes"):
        assert with_it[section] == plain[section]


def test_every_format_tells_of_it_under_its_variant() -> None:
    found = analysed()
    sentence = "Sticky: 3,300 of 30,000 visitors of B, 11.0%"
    for form in ("text", "md", "html"):
        assert sentence in " ".join(found.render(form).split())
    assert "Not compared, since the control lacks them" in " ".join(str(found).split())
    assert to_record(from_record(to_record(found))) == to_record(found)


def test_a_record_without_the_section_is_still_read() -> None:
    record = json.loads(analysed().render("json"))
    del record["uncompared"]
    assert from_record(record).uncompared == ()


@pytest.mark.parametrize(("astray", "status"), [(0, "pass"), (20, "warn"), (300, "fail")])
def test_units_of_other_variants_that_reach_it_are_told(astray: int, status: str) -> None:
    check = named(analysed(astray=astray), "only.sticky")
    assert check.status == status
    if astray:
        told = f"{astray} of {3_300 + astray:,} visitors with sticky are in other variants than B"
        assert told in check.sentence


def test_units_that_saw_two_variants_may_have_it_under_their_first() -> None:
    header = (*HEADER[:-1], f"goal__{CROSSED}", "units")
    rows = [
        (arm, "2026-10-05", *bits, 0, units)
        for arm in ARMS
        for bits, units in (STICKY if arm == "B" else PLAIN).items()
    ]
    rows.append(("A", "2026-10-05", 1, 1, 0, 1, 400))
    experiment = Experiment(name="m", variants=ARMS, goals=GOALS, exposure={"crossed": "first"})
    found = ab.analyze(experiment, JointCounts.from_rows(header, rows, variants=ARMS))
    assert named(found, "only.sticky").status == "pass"
    assert [row.variant for row in found.uncompared] == ["B"]


def test_a_goal_that_never_fires_where_it_exists_is_told() -> None:
    check = named(analysed(GOALS | {"sticky": {"kind": "action", "only": ["C"]}}), "only.sticky")
    assert check.status == "fail"
    gone = GOALS | {"sticky": {"kind": "action", "only": ["B"], "when": "cart and not cart"}}
    assert named(analysed(gone), "only.sticky").status == "warn"


def test_counts_by_goal_show_its_rate_and_say_what_they_do_not_know() -> None:
    header = ("variant", "goal__cart", "goal__order", "units", "apart__sticky")
    header += ("apart_square__sticky",)
    rows: list[tuple[Any, ...]] = [
        (arm, *bits, units, None, None)
        for arm in ARMS
        for bits, units in (((0, 0), 8_000), ((1, 0), 1_500), ((1, 1), 500))
    ]
    rows += [("B", None, None, None, 900, 900)]
    experiment = Experiment(name="m", variants=ARMS, goals=GOALS)
    found = ab.analyze(experiment, JointCounts.from_rows(header, rows, variants=ARMS))
    (row,) = found.uncompared
    assert (row.reached, row.macro) == (900, "")
    told = " ".join(str(found).split())
    assert "These counts do not tell how many of them reached a goal that pays" in told


def test_a_plan_leaves_it_out() -> None:
    goals = GOALS | {"cart": {"kind": "milestone", "baseline": 0.2, "mde": 0.05}}
    experiment = Experiment(name="m", variants=ARMS, goals=goals, plan={"traffic": 1_000})
    assert [goal.goal for goal in ab.plan(experiment).goals] == ["cart", "order"]
