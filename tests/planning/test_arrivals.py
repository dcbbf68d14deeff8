"""Units that come, and how long so many of them take."""

from __future__ import annotations

from math import inf, isnan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from abmicro import Experiment, JointCounts, plan
from abmicro.errors import DefinitionError, SourceError
from abmicro.marginals.marginals import Marginals
from abmicro.planning.context import outlook
from abmicro.planning.traffic import WEEK, Inflow, inflow_of

from .conftest import past, shop

HERE = Path()
DAYS = st.lists(st.floats(0, 1e6), max_size=20).map(tuple)
WEEKS = st.lists(st.floats(0, 1e6), min_size=WEEK, max_size=WEEK).map(tuple)


def inflow(**plan: object) -> Inflow:
    return inflow_of(shop(plan=plan), None, HERE)


def of_past(counts: JointCounts, **keys: Any) -> Inflow:
    experiment = shop(**({"plan": {}} | keys))
    return inflow_of(experiment, Marginals.of(experiment, counts), HERE)


@given(DAYS, WEEKS, st.integers(0, 500))
def test_so_many_units_take_no_longer_than_they_took(
    known: tuple[float, ...], week: tuple[float, ...], days: int
) -> None:
    made = Inflow(known, week, "")
    assert made.days(made.units(days)) <= days


@given(DAYS, WEEKS, st.floats(1, 1e9))
def test_after_the_days_that_units_take_they_are_in(
    known: tuple[float, ...], week: tuple[float, ...], units: float
) -> None:
    made = Inflow(known, week, "")
    days = made.days(units)
    assert days == inf or made.units(int(days)) >= units * (1 - 1e-9)


def test_an_effect_that_needs_a_billion_days_is_worked_out_at_once() -> None:
    assert inflow(traffic="1000/day").days(1e12) == 1e9


def test_units_that_never_come_take_for_ever() -> None:
    assert Inflow((5.0,), (0.0,) * WEEK, "").days(6) == inf


def test_weekdays_begin_with_the_day_of_the_start() -> None:
    weekdays = [100, 200, 300, 400, 500, 600, 700]  # from Monday on
    experiment = shop(plan={"traffic": weekdays}, start="2026-10-07")  # a Wednesday
    assert inflow_of(experiment, None, HERE).week == (300, 400, 500, 600, 700, 100, 200)


def test_only_the_exposed_share_enters() -> None:
    assert inflow(traffic=900, exposure=0.2).units(7) == pytest.approx(1260)


def test_ramp_up_slows_the_first_days_and_no_other() -> None:
    ramped, full = inflow(traffic=900, ramp_up=[0.1, 0.5]), inflow(traffic=900)
    assert ramped.units(2) == pytest.approx(540)
    assert ramped.units(30) - ramped.units(2) == pytest.approx(full.units(28))


def test_ramp_up_longer_than_a_week_keeps_the_weekdays_in_place() -> None:
    week = [100, 200, 300, 400, 500, 600, 700]
    ramped = inflow(traffic=week, ramp_up=[0.5] * 9)
    assert ramped.units(14) == pytest.approx(2800 * 0.5 + 150 + 2800 - 300)
    assert ramped.units(21) - ramped.units(14) == pytest.approx(2800)


def test_returning_visitors_count_once(returning: JointCounts) -> None:
    found = of_past(returning)
    first, second = found.units(7), found.units(14) - found.units(7)
    assert (first, second) == (11900, 7000)
    assert found.units(21) - found.units(14) == second, "the last week repeats itself"


def test_days_without_units_count_as_days() -> None:
    quiet = past([(100, 10, 1), (0, 0, 0), (100, 10, 1)])
    assert of_past(quiet).known == (200, 0, 200)


def test_a_few_days_make_a_week_by_their_mean() -> None:
    found = of_past(past([(100, 10, 1)] * 3))
    assert found.units(3 + 7) == pytest.approx(600 + 7 * 200)


def test_given_traffic_goes_before_that_of_the_past(returning: JointCounts) -> None:
    assert of_past(returning, plan={"traffic": "900/day"}).units(7) == 6300


def test_without_traffic_a_plan_tells_units_and_needs_a_lift() -> None:
    assert not inflow_of(shop(plan={}), None, HERE).is_known
    goals = {"cart": {"kind": "milestone", "baseline": 0.12}}
    with pytest.raises(DefinitionError, match=r"plan\.traffic: is missing, and no lift") as caught:
        plan(Experiment(name="T", variants=["a", "b"], goals=goals))
    assert "mde = 0.05" in caught.value.problems[0].hint
    goals["cart"]["mde"] = 0.1
    (goal,) = plan(Experiment(name="T", variants=["a", "b"], goals=goals)).goals
    assert goal.size is not None
    assert (goal.size.total, isnan(goal.size.weeks), isnan(goal.power)) == (24_008, True, True)


def test_counts_without_days_tell_no_traffic() -> None:
    timeless = JointCounts.of_path(("control", "sticky"), ("cart", "order"), [[9, 5, 1]] * 2)
    assert not of_past(timeless).is_known


def test_a_file_of_days_gives_its_weekdays(tmp_path: Path) -> None:
    lines = [f"2026-10-{day:02},{100 * (day % 7 + 1)}" for day in range(5, 19)]
    (tmp_path / "days.csv").write_text("\n".join(["day,units", *lines]))
    found = inflow_of(shop(plan={"traffic": "days.csv"}), None, tmp_path)
    assert found.units(14) == 5600
    assert found.units(21) == 8400


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot be read"),
        ("date,visits\n2026-10-05,9\n", "has no columns day and units but date, visits"),
        ("", "has no columns day and units but nothing"),
        ("day,units\n2026-10-05,many\n", "line 2 is not a day"),
        ("day,units\n2026-10-05,-1\n", "line 2 is not a day"),
        ("day,units\n2026-10-05,nan\n", "line 2 is not a day"),
        ("day,units\n2026-10-05,1\n2026-10-05,2\n", "line 3 is not a day of its own"),
        ("day,units\n2026-10-05,0\n", "holds no units at all"),
    ],
)
def test_a_traffic_file_that_is_none_is_refused(
    tmp_path: Path, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / "days.csv").write_text(text)
    with pytest.raises(SourceError, match=says):
        inflow_of(shop(plan={"traffic": "days.csv"}), None, tmp_path)


def test_a_size_tells_all_arms_each_arm_and_the_end() -> None:
    keys = {"variants": {"control": 0.8, "sticky": 0.2}, "plan": {"traffic": 1000}}
    found = outlook(shop(start="2026-10-05", **keys), None, HERE).size(10_001)
    assert [arm.units for arm in found.arms] == [8001, 2001]
    assert (found.days, found.weeks, found.end) == (11, 2, "2026-10-19")


def test_an_end_beyond_the_calendar_is_left_out() -> None:
    experiment = shop(start="2026-10-05", plan={"traffic": 1})
    assert outlook(experiment, None, HERE).size(1e12).end == ""


def test_traffic_that_cannot_know_who_is_new_says_so(
    tmp_path: Path, returning: JointCounts
) -> None:
    (tmp_path / "days.csv").write_text("day,units\n2026-10-05,900\n")
    of_file = inflow_of(shop(plan={"traffic": "days.csv", "exposure": 0.5}), None, tmp_path)
    assert "where daily visitors come back, the test takes longer" in of_file.caution
    assert inflow(traffic=900).caution == of_file.caution
    assert of_past(returning).caution == ""


def test_without_weeks_a_test_runs_from_start_to_end() -> None:
    calendar = {"start": "2026-10-05", "end": "2026-11-04"}
    assert outlook(shop(**calendar), None, HERE).weeks == 4
    given = {"traffic": 900, "weeks": 2}
    assert outlook(shop(**calendar, plan=given), None, HERE).weeks == 2
    assert outlook(shop(start="2026-10-05", end="2026-10-07"), None, HERE).weeks == 1
    assert outlook(shop(), None, HERE).weeks == 6
