"""`init` from files as spreadsheets save them: the definition it writes is sound as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.workbooks import write_workbook

from .conftest import Command

pytestmark = pytest.mark.journey


def begun(cli: Command, source: Path) -> str:
    """What `check` says of the definition that `init` writes."""
    folder = source.with_suffix(".d")
    shown = cli("init", folder, "--from", source)
    assert shown.status == 0, shown.err
    checked = cli("check", folder / "experiment.toml")
    assert checked.status == 0, checked.err
    return checked.out


def test_a_workbook_of_units(cli: Command, tmp_path: Path) -> None:
    rows = [[f"u{i}", "AB"[i % 2], int(i % 3 == 0), int(i % 6 < 2), 2.5 * (i % 6 == 0)]
            for i in range(300)]  # fmt: skip
    head = ["user_id", "variant", "added", "bought", "revenue"]
    book = write_workbook(tmp_path / "users.xlsx", {"Data": [head, *rows]})
    assert "sound; visitors to analyse: 150 A, 150 B" in begun(cli, book)


def test_a_workbook_of_events(cli: Command, tmp_path: Path) -> None:
    start, steps = datetime(2026, 9, 1), ("view", "add_to_cart", "purchase")
    rows = [[f"u{i}", start + timedelta(minutes=30 * i), step, "AB"[i % 2]]
            for i in range(300) for step in steps[: 1 + i % 3]]  # fmt: skip
    head = ["user_id", "timestamp", "event", "variant"]
    book = write_workbook(tmp_path / "events.xlsx", {"Data": [head, *rows]})
    assert "sound; visitors to analyse: 150 A, 150 B" in begun(cli, book)


def test_units_in_letters_of_a_spreadsheet(cli: Command, tmp_path: Path) -> None:
    rows = [f"u{i};{'AB'[i % 2]};{int(i % 3 == 0)};{'12,5' if i % 6 == 0 else 0};Tromsø"
            for i in range(300)]  # fmt: skip
    source = tmp_path / "users.csv"
    source.write_bytes("\n".join(["user_id;variant;added;revenue;city", *rows]).encode("cp1252"))
    assert "sound; visitors to analyse: 150 A, 150 B" in begun(cli, source)
