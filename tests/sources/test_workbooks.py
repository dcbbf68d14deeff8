"""Cells of workbooks as they are saved, and the sheet that is meant."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from abmicro.errors import SourceError
from abmicro.sources.text.workbooks import rows_of_workbook

from ..workbooks import write_workbook

ROWS = [
    ["arm", "units", " day "],
    ["A & B", 10000, date(2026, 9, 1)],
    ["007", 2.5, datetime(2026, 9, 1, 10, 7, 33)],
    [None, True, None],
]


def refusal(path, sheet=None):
    with pytest.raises(SourceError) as caught:
        rows_of_workbook(path, sheet)
    return str(caught.value)


def test_cells_are_texts_numbers_truths_and_times(tmp_path):
    book = write_workbook(tmp_path / "a.xlsx", {"Sheet1": ROWS})
    told = [["" if cell is None else cell for cell in row] for row in ROWS]
    assert rows_of_workbook(book) == told


def test_one_sheet_with_cells_needs_no_name(tmp_path):
    book = write_workbook(tmp_path / "a.xlsx", {"Empty": [], "Results": ROWS})
    assert rows_of_workbook(book) == rows_of_workbook(book, "Results")


def test_of_several_sheets_one_must_be_named(tmp_path):
    book = write_workbook(tmp_path / "a.xlsx", {"Notes": [["x"]], "Results": ROWS})
    assert refusal(book) == (
        "data.sheet: a.xlsx has several sheets: Notes, Results (E326); "
        'write sheet = "Notes" in [data], or the name of another one'
    )
    assert refusal(book, "Result") == (
        "data.sheet: a.xlsx has no sheet 'Result' (E326); "
        "did you mean 'Results'? known: Notes, Results"
    )


def test_what_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_text("arm,units\n")
    assert refusal(path).startswith("data.source: a.xlsx is no workbook that can be read: ")
    empty = write_workbook(path, {"Sheet1": []})
    assert refusal(empty) == "data.source: a.xlsx has no cells (E302); export it again"
