"""Caps on the command line: found at the first look, kept at the next by `--caps`."""

from __future__ import annotations

from abmicro.counts import JointCounts

from .conftest import Command, Shop

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
