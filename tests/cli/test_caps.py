"""Caps on the command line: found at the first look, kept at the next by `--caps`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from abmicro.counts import JointCounts

from .conftest import Command, Shop

pytestmark = pytest.mark.journey

ROWS = [("control", 1), ("control", 4), ("control", 100), ("sticky", 7), ("sticky", 10)]
LATER = [*ROWS, ("control", 5_000), ("sticky", 9_999)]


def spent(rows: list[tuple[str, int]]) -> str:
    return "arm,device,cart,buy,spend\n" + "".join(f"{arm},x,1,1,{one}\n" for arm, one in rows)


def test_a_later_look_keeps_the_cap_of_the_first(cli: Command, shop: Shop) -> None:
    goal = '[goals.spend]\nkind = "macro"\nvalue = "spend"\ncap = "80%"\n\n[segments]'
    shop.define("[segments]", goal)
    data, first, later = (shop.folder / name for name in ("units.csv", "1.csv", "2.csv"))
    data.write_text(spent(ROWS), encoding="utf-8")
    assert cli("collect", shop.file, "-o", first).status == 0
    data.write_text(spent(LATER), encoding="utf-8")
    assert cli("collect", shop.file, "-o", later, "--caps", first).status == 0
    tables = [JointCounts.load(path) for path in (first, later)]
    assert [dict(table.caps) for table in tables] == [{"spend": 10.0}] * 2
    assert float(tables[1].moments("spend")[1].sum()) == 1 + 4 + 10 + 7 + 10 + 10 + 10
    shown = cli("explain", shop.file, "--caps", first)
    assert shown.status == 0


def test_a_table_without_caps_changes_nothing(cli: Command, shop: Shop) -> None:
    plain = shop.folder / "plain.csv"
    assert cli("collect", shop.file, "-o", plain).status == 0
    assert cli("analyze", shop.file, "--caps", plain).out == cli("analyze", shop.file).out


WEEKS = """\
[experiment]
name = "Watched"
start = 2026-10-05
end = 2026-11-02

[variants]
arms = ["control", "sticky"]

[data]
shape = "units"
source = "units.csv"
[data.columns]
variant = "arm"
period = "day"

[goals.cart]
kind = "milestone"
role = "primary"

[goals.spend]
kind = "macro"
value = "spend"
cap = "90%"

[monitoring]
mode = "group_sequential"
first_look = "7d"
looks = "weekly"
"""


def days(first: int, last: int, most: int) -> str:
    rows = (
        f"{arm},2026-10-{day:02},{at % 4 == 0:d},{(at % 7) * most}\n"
        for day in range(first, last)
        for arm in ("control", "sticky")
        for at in range(40)
    )
    return "".join(rows)


def test_looks_of_a_watched_test_keep_the_cap_of_the_first(cli: Command, tmp_path: Path) -> None:
    file, data = tmp_path / "watched.toml", tmp_path / "units.csv"
    file.write_text(WEEKS, encoding="utf-8")
    early = "arm,day,cart,spend\n" + days(5, 13, 1)
    data.write_text(early, encoding="utf-8")
    assert cli("monitor", file).status == 0
    looks = tmp_path / "watched.looks.jsonl"
    assert json.loads(looks.read_text().splitlines()[0])["caps"] == {"spend": 6.0}
    data.write_text(early + days(13, 20, 100), encoding="utf-8")
    assert cli("monitor", file).status == 0
    told = [json.loads(line)["caps"] for line in looks.read_text().splitlines()]
    assert told == [{"spend": 6.0}] * len(told)
    assert len(told) > 1
    file.write_text(WEEKS.replace('"90%"', '"50%"'), encoding="utf-8")
    shown = cli("monitor", file)
    assert (shown.status, "goals.spend" in shown.err) == (2, True)
