"""Every table of an analysis in one workbook."""

from __future__ import annotations

from python_calamine import CalamineWorkbook

from .conftest import Command, Shop


def test_the_command_writes_a_sheet_for_each_table(cli: Command, shop: Shop) -> None:
    output = shop.folder / "tables.xlsx"
    told = cli("analyze", shop.file, "-o", output)
    assert (told.status, told.out) == (0, "")
    sheets = CalamineWorkbook.from_path(str(output)).sheet_names
    assert {"goals", "verdicts", "carry_through"} <= set(sheets)


def test_a_workbook_is_not_printed(cli: Command, shop: Shop) -> None:
    told = cli("analyze", shop.file, "--format", "xlsx")
    assert told.status == 2
    assert "name a file, e.g. -o tables.xlsx" in told.err
