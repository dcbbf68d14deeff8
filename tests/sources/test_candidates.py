"""Everything in a file that could be a goal is found, and counted as one counts by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import abmicro as ab
from abmicro import datasets
from abmicro.sources.inspection.candidates import candidates_in
from abmicro.sources.inspection.inspect import sniff

PRESETS = Path(__file__).parent / "presets"


def file_of(path: Path, rows: list[tuple[object, ...]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def test_people_of_a_log_are_counted_once_for_each_event(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("uid", "ts", "event", "arm")]
    for at in range(40):
        arm = "ab"[at % 2]
        rows += [(at, "2026-10-05 10:00", "view", arm), (at, "2026-10-05 10:01", "view", arm)]
        rows += [(at, "2026-10-08 11:00", "cart", arm)] * (at % 4 == 0)
        rows += [(at, "2026-10-08 12:00", "order", arm)] * (at % 8 == 0)
    columns = {"unit": "uid", "time": "ts", "event": "event", "variant": "arm"}
    found = candidates_in(
        file_of(tmp_path / "a.csv", rows), {"shape": "events", "columns": columns}
    )
    people = {one.name: (one.people, one.kind) for one in found.goals}
    assert people == {"view": (40, ""), "cart": (10, "milestone"), "order": (5, "macro")}
    assert (found.people, found.days, dict(found.arms)) == (40, 3, {"a": 20, "b": 20})


def test_columns_of_units_are_rates_or_amounts(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [("user_id", "variant", "cart", "order", "spend")]
    rows += [(at, "ab"[at % 2], int(at < 30), int(at < 9), 5.5 * (at < 9)) for at in range(100)]
    data = {"shape": "units", "columns": {"unit": "user_id", "variant": "variant"}}
    found = candidates_in(file_of(tmp_path / "u.csv", rows), data)
    told = [(one.name, one.people, one.is_amount) for one in found.goals]
    assert told == [("cart", 30, False), ("order", 9, False), ("spend", 9, True)]
    assert dict(found.arms) == {"a": 50, "b": 50}


def test_a_sheet_and_a_joint_table_tell_their_totals(tmp_path: Path) -> None:
    rows = [("variant", "visitors", "carts", "orders"), ("A", 100, 12, 3), ("B", 110, 15, 4)]
    found = candidates_in(file_of(tmp_path / "c.csv", rows), {"shape": "counts"})
    assert [(one.name, one.people) for one in found.goals] == [("carts", 27), ("orders", 7)]
    _, counts = datasets.load("hillstrom")
    counts.save(tmp_path / "joint.csv")
    joint = candidates_in(str(tmp_path / "joint.csv"), {"shape": "joint"})
    people = {one.name: one.people for one in joint.goals if not one.is_amount}
    assert people == {"visit": 9394, "conversion": 578}
    assert joint.people == 64_000


@pytest.mark.parametrize("preset", ["ga4", "segment", "mixpanel"])
def test_a_known_export_tells_its_usual_goals(preset: str) -> None:
    file = sorted((PRESETS / preset).iterdir())[0]
    seen = sniff(str(file))
    data = {"shape": "events", "preset": seen.preset}
    found = candidates_in(str(file), data, seen.exposure, seen.goals)
    people = {one.people for one in found.goals if one.kind}
    assert {18, 8, 7} <= people


def test_a_file_that_is_none_of_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ab.SourceError, match="no such file"):
        candidates_in(str(tmp_path / "none.csv"), {"shape": "units", "columns": {"variant": "v"}})
