"""Exposures and lifts by entry day."""

from __future__ import annotations

from math import isnan

import pytest

from abmicro import Analysis, Experiment, JointCounts, analyze

from . import built

HEADER = ("variant", "period", "goal__cart", "goal__order", "units")


def of(*rows: tuple[object, ...]) -> Analysis:
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    experiment = Experiment(name="t", variants=("A", "B"), goals=goals)
    return analyze(experiment, JointCounts.from_rows(HEADER, rows, variants=("A", "B")))


def test_a_path_ends_at_the_lift_of_the_goals_table() -> None:
    analysis = built.analysis()
    rows = {(row.goal, row.variant): row for row in analysis.goals if row.segment is None}
    last = {(one.goal, one.variant): one.lift for one in analysis.days}
    assert last.keys() == {key for key in rows if key[0] in ("step_0", "order")}
    for key, lift in last.items():
        assert lift == pytest.approx(rows[key].lift.estimate)


def test_the_days_of_an_arm_add_up_to_its_units() -> None:
    analysis = built.analysis()
    first = [one for one in analysis.days if (one.goal, one.variant) == ("order", "variant B")]
    row = next(row for row in analysis.goals if row.variant == "variant B")
    assert sum(one.units.control for one in first) == row.units.control
    assert sum(one.units.treated for one in first) == row.units.treated


def test_a_day_without_units_is_a_day_of_none() -> None:
    rows = [(arm, day, 1, 0, 50) for arm in "AB" for day in ("2026-10-05", "2026-10-07")]
    days = [one for one in of(*rows).days if one.goal == "cart"]
    assert [(one.day, one.units.control) for one in days] == [
        *(("2026-10-05", 50), ("2026-10-06", 0), ("2026-10-07", 50)),
    ]


def test_before_the_control_converts_there_is_no_lift() -> None:
    early = [(arm, "2026-10-05", int(arm == "B"), 0, 50) for arm in "AB"]
    late = [(arm, "2026-10-06", 1, 0, 50) for arm in "AB"]
    first, second = (one.lift for one in of(*early, *late).days if one.goal == "cart")
    assert isnan(first)
    assert second == pytest.approx(1.0)


def test_without_a_clock_there_are_no_days() -> None:
    goals = {"cart": {"kind": "milestone"}}
    experiment = Experiment(name="t", variants=("A", "B"), goals=goals)
    counts = JointCounts.of_path(("A", "B"), ("cart",), [[100, 10], [100, 20]])
    assert analyze(experiment, counts).days == ()
