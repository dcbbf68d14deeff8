"""Counts without days, kept evening by evening: `abmicro monitor --snapshots`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.monitoring.running import monitor
from abmicro.counts import JointCounts, Snapshots, entered_by

from ..analysis.monitoring.runs import START, counts, experiment
from .conftest import Command
from .test_monitor import WEEKLY

DAYS = 28
RATES = [(0.12, 0.25), (0.14, 0.25)]


def pooled(table: JointCounts) -> JointCounts:
    """The table without its days, as a tool without them gives it."""
    header = ("variant", "goal__cart", "goal__order", "units")
    totals = table.units.sum(axis=(1, 2))
    rows = [
        (variant, *pattern, int(units))
        for variant, own in zip(table.variants, totals, strict=True)
        for pattern, units in zip(table.patterns.astype(int).tolist(), own, strict=True)
    ]
    return JointCounts.from_rows(header, rows, variants=table.variants)


def evening(at: int) -> Any:
    return START + timedelta(days=at)


@pytest.fixture(scope="module")
def whole() -> JointCounts:
    return counts(RATES, units=600)


@pytest.fixture
def folder(tmp_path: Path, whole: JointCounts) -> Path:
    """A definition without data, and a file for every evening."""
    (tmp_path / "evenings").mkdir()
    (tmp_path / "test.toml").write_text(str(experiment(monitoring=WEEKLY)))
    for at in range(DAYS):
        table = pooled(entered_by(whole, evening(at)))
        table.save(tmp_path / "evenings" / f"{evening(at)}.csv")
    (tmp_path / "evenings" / "notes.csv").write_text("not a day\n")
    return tmp_path


def look(cli: Command, folder: Path, *more: object) -> dict[str, Any]:
    shown = cli("monitor", folder / "test.toml", "--snapshots", folder / "evenings",
                "--format", "json", *more)  # fmt: skip
    assert shown.status == 0, shown.err
    return json.loads(shown.out)


def test_evenings_tell_what_days_of_entry_tell(
    cli: Command, folder: Path, whole: JointCounts
) -> None:
    found, known = look(cli, folder), ab.monitor(experiment(monitoring=WEEKLY), whole)
    assert [one["day"] for one in found["path"]] == [str(one.day) for one in known.path]
    for one, other in zip(found["path"], known.path, strict=True):
        assert one["critical"] == pytest.approx(other.critical)
        assert [row["z"] for row in one["goals"]] == pytest.approx([row.z for row in other.goals])
    assert found["carry"][0]["settled"] == known.carry[0].settled
    assert found["sample_ratio"]["path"] == pytest.approx(known.sample_ratio.path)
    assert (found["state"], found["recorded"]) == ("finished", False)


def test_a_look_is_written_down_as_of_its_evening(cli: Command, folder: Path) -> None:
    early = look(cli, folder, "--as-of", evening(15))
    assert (early["look"], early["state"]) == (1, "running")
    path = folder / "sticky-button.looks.jsonl"
    (line,) = path.read_text("utf-8").splitlines()
    assert json.loads(line)["units"] == {"control": 8400, "sticky": 8400}
    assert look(cli, folder)["recorded"] is True


def test_a_conversion_that_comes_later_changes_no_look_of_the_past(whole: JointCounts) -> None:
    """On the last evening a hundred units that had a cart have an order, too."""
    tables = [pooled(entered_by(whole, evening(at))) for at in range(DAYS)]
    late = tables[-1].units.copy()
    cart, both = (tables[-1].patterns.tolist().index(one) for one in ([True, False], [True, True]))
    late[:, 0, 0, cart] -= 100
    late[:, 0, 0, both] += 100
    days = tuple(map(evening, range(DAYS)))
    changed = (*tables[:-1], JointCounts.from_rows(*_rows(tables[-1], late)))
    before, after = (
        monitor(experiment(monitoring=WEEKLY), Snapshots(days, tuple(each))).path
        for each in (tables, changed)
    )
    assert str(before[:-1]) == str(after[:-1])
    assert before[-1].goals[1].lift != after[-1].goals[1].lift


def _rows(table: JointCounts, units: np.ndarray) -> tuple[Any, Any]:
    header = ("variant", "goal__cart", "goal__order", "units")
    rows = [
        (variant, *pattern, int(number))
        for variant, own in zip(table.variants, units[:, 0, 0], strict=True)
        for pattern, number in zip(table.patterns.astype(int).tolist(), own, strict=True)
    ]
    return header, rows


def refused(cli: Command, folder: Path, *more: object) -> tuple[int, str]:
    shown = cli("monitor", folder / "test.toml", "--snapshots", folder / "evenings", *more)
    return shown.status, shown.err


def test_totals_that_fall_are_refused(cli: Command, folder: Path) -> None:
    first = (folder / "evenings" / f"{evening(3)}.csv").read_text()
    (folder / "evenings" / f"{evening(9)}.csv").write_text(first)
    status, said = refused(cli, folder)
    assert status == 3
    assert "snapshots.2026-10-14: control has 2,400 units, and had 5,400 on 2026-10-13" in said


def test_a_folder_without_evenings_is_named(cli: Command, folder: Path) -> None:
    for path in (folder / "evenings").glob("2026*"):
        path.unlink()
    status, said = refused(cli, folder)
    assert (status, "is named by a day" in said, "2026-10-05.csv" in said) == (3, True, True)


def test_tables_with_days_need_no_snapshots(cli: Command, folder: Path, whole: JointCounts) -> None:
    whole.save(folder / "evenings" / f"{evening(27)}.csv")
    status, said = refused(cli, folder)
    assert (status, "has days of entry of its own" in said) == (3, True)


def test_windows_ask_when_a_unit_entered(cli: Command, folder: Path) -> None:
    goals = {
        "cart": {"kind": "milestone", "window": "7d"},
        "order": {"kind": "macro", "window": "7d"},
    }
    (folder / "test.toml").write_text(str(experiment(monitoring=WEEKLY, goals=goals)))
    status, said = refused(cli, folder)
    assert (status, "as windows and a ramp ask" in said) == (3, True)


def test_counts_without_days_are_told_of_snapshots(cli: Command, folder: Path) -> None:
    last = folder / "evenings" / f"{evening(27)}.csv"
    shown = cli("monitor", folder / "test.toml", "--counts", last)
    assert (shown.status, "--snapshots DIR" in shown.err) == (3, True)
    both = refused(cli, folder, "--counts", last)
    assert (both[0], "give one of them" in both[1]) == (2, True)
