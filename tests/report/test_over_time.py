"""The section on time and the lifts without a fault, in every rendering."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from abmicro import Analysis
from abmicro.analysis.results import Interval, Level, Mended, Pair, Timing, Trend, WeekLift
from abmicro.report.render import html, json_csv, markdown, text
from abmicro.report.sections import over_time

from . import pages

LIFT = Interval(0.12, 0.05, 0.19, 0.95)
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def timed(two_arms: Analysis) -> Analysis:
    arm, goals = two_arms.verdicts[0].variant, [goal.name for goal in two_arms.experiment.goals]
    return replace(
        two_arms,
        mended=(
            Mended("capture", arm, goals[0], Level("device", "mobile"), LIFT, LIFT, "not_carried"),
            Mended("bots", arm, SCRIPT, None, LIFT, Interval(nan, nan, nan, 0.95), "carried"),
        ),
        weeks=tuple(
            WeekLift(goal, arm, f"2026-10-{day:02}", Pair(100, 101), LIFT)
            for goal in goals
            for day in (5, 12)
        ),
        trends=(Trend(goals[0], arm, 4, LIFT, 0.001, 0.002, 2, LIFT, "no_micro_signal"),),
        timing=(
            Timing(
                goal=goals[0],
                variant=arm,
                seen=Pair(0.75, 0.8),
                incidence=Pair(0.05, 0.0625),
                incidence_lift=LIFT,
                median_hours=Pair(0, 60),
                late_hours=Pair(100, 120),
                early=Pair(0.5, 0.4),
                early_p_value=0.001,
                hours_gained=Interval(0.5, 0.1, 0.9, 0.95),
                hours_to_macro=Pair(70, 0),
            ),
        ),
    )


def test_without_anything_to_tell_there_is_no_section(two_arms: Analysis) -> None:
    assert "Over time" not in text.render(two_arms)
    assert 'id="time"' not in pages.page("two_arms")
    assert "Lifts without the fault" not in pages.page("two_arms")


@pytest.mark.parametrize("render", [text.render, markdown.render, html.render])
def test_weeks_lags_and_mended_lifts_are_told(timed: Analysis, render: object) -> None:
    page = " ".join(render(timed).split())  # type: ignore[operator]
    for words in (
        "Over time",
        "12 October",
        "2.5 days",
        "no clear change to follow",
        "not carried",
    ):
        assert words in page.replace("Not carried", "not carried"), words


def test_weeks_are_those_of_the_primary_and_the_macro(timed: Analysis) -> None:
    rows = over_time.weeks(timed, timed.verdicts[0].variant).rows
    name = timed.experiment.names.head
    kept = [name(g.name) for g in timed.experiment.goals if g.role == "primary" or not g.is_micro]
    assert list(dict.fromkeys(row[0] for row in rows)) == kept


def test_later_conversions_are_called_later(timed: Analysis) -> None:
    told = list(over_time.sentences(timed, timed.verdicts[0].variant))
    assert "came later: 40.0% within an hour, 50.0% in the control" in told[1]


def test_names_are_escaped(timed: Analysis) -> None:
    assert SCRIPT not in html.render(timed)
    assert SCRIPT not in markdown.render(timed)


def test_lines_of_the_plain_report_stay_short(timed: Analysis) -> None:
    assert max(map(len, text.render(timed).splitlines())) <= 100


def test_the_record_reads_back(timed: Analysis) -> None:
    plain = json_csv.to_record(timed)
    again = json_csv.from_record(plain)
    assert json_csv.to_record(again) == plain
    assert again.weeks == timed.weeks


def test_the_summary_tells_what_the_fault_leaves(timed: Analysis) -> None:
    page = html.render_summary(timed)
    assert "Lifts without the fault" in page
    assert 'id="time"' not in page


def test_the_time_from_micro_to_macro_is_told_in_words(timed: Analysis) -> None:
    told = "half of those who got to both took an hour or less, in the control 2.9 days."
    assert told in " ".join(over_time.sentences(timed, timed.verdicts[0].variant))


def test_a_goal_that_leads_to_no_macro_has_no_such_time(timed: Analysis) -> None:
    timing = (replace(timed.timing[0], hours_to_macro=Pair(nan, 3)),)
    told = over_time.sentences(replace(timed, timing=timing), timed.verdicts[0].variant)
    assert "macro goal" not in " ".join(told)
