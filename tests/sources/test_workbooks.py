"""Cells of workbooks as they are saved, and the sheet that is meant."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from abmicro.errors import SourceError
from abmicro.experiment.data.mapping import Shape
from abmicro.sources.inspection.inspect import sniff
from abmicro.sources.sheets.sheet import read_sheet
from abmicro.sources.text.workbooks import page_of

from ..workbooks import EUROS, PERCENT, SIGNED, write_workbook

ROWS = [
    ["arm", "units", " day "],
    ["A & B", 10000, date(2026, 9, 1)],
    ["007", 2.5, datetime(2026, 9, 1, 10, 7, 33)],
    [None, True, None],
]


def refusal(path, sheet=None):
    with pytest.raises(SourceError) as caught:
        page_of(path, sheet)
    return str(caught.value)


def test_cells_are_texts_numbers_truths_and_times(tmp_path):
    book = write_workbook(tmp_path / "a.xlsx", {"Sheet1": ROWS})
    told = [["" if cell is None else cell for cell in row] for row in ROWS]
    assert page_of(book).rows == told


def test_one_sheet_with_cells_needs_no_name(tmp_path):
    book = write_workbook(tmp_path / "a.xlsx", {"Empty": [], "Results": ROWS})
    assert page_of(book).rows == page_of(book, "Results").rows


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


def test_rows_that_a_sheet_hides_are_refused_and_named(tmp_path):
    rows = [["arm", "units", "sold"], ["A", 100, 9], [None, None, None], ["B", 90, 8], ["A", 50, 4]]
    shown = write_workbook(tmp_path / "a.xlsx", {"Week": rows[:4]}, hidden={3})
    assert read_sheet(shown).totals == {"A": (100, 9), "B": (90, 8)}
    assert refusal(write_workbook(tmp_path / "b.xlsx", {"Week": rows}, hidden={3, 5})) == (
        "data.source: b.xlsx: rows of sheet 'Week' are hidden, and may not be meant: 5 (E649); "
        "show all rows, or copy those that are meant to a sheet of their own"
    )


def test_a_column_that_a_sheet_hides_is_refused_where_counts_hang_on_it(tmp_path):
    rows = [["arm", "units", "notes", "sold"], ["A", 100, "x", 9], ["B", 90, "y", 8]]
    beside = read_sheet(write_workbook(tmp_path / "a.xlsx", {"Week": rows}, columns={3, 7}))
    assert beside.totals == {"A": (100, 9), "B": (90, 8)}
    assert "hidden columns: C (notes)" in beside.notes
    for columns, told in (({4}, "D (sold)"), ({2, 3}, "B (units), C (notes)")):
        book = write_workbook(tmp_path / "b.xlsx", {"Week": rows}, columns=columns)
        with pytest.raises(SourceError) as caught:
            read_sheet(book)
        assert str(caught.value) == (
            "data.source: columns of sheet 'Week' of b.xlsx are hidden, and may not be meant: "
            f"{told} (E649); show all columns, or copy those that are meant to a sheet of their own"
        )


def test_a_sheet_with_hidden_counts_does_not_make_way_for_another_one(tmp_path):
    rows = [["arm", "units", "sold"], ["A", 100, 9], ["B", 90, 8]]
    pages = {"Plan": [["Owner", "Kim"], ["Weeks", 2]], "Week": rows}
    with pytest.raises(SourceError, match="hidden, and may not be meant: C"):
        sniff(str(write_workbook(tmp_path / "a.xlsx", pages, columns={3})))
    with pytest.raises(SourceError, match="several sheets"):
        sniff(str(write_workbook(tmp_path / "b.xlsx", {"Old": rows, **pages}, columns={3})))


def test_columns_that_a_log_in_a_workbook_hides_are_told(tmp_path):
    rows = [["user", "arm", "sold", "note"]] + [
        [f"u{n}", "AB"[n % 2], n % 3 % 2, "x"] for n in range(90)
    ]
    book = write_workbook(tmp_path / "a.xlsx", {"Week": rows}, columns={4})
    assert "hidden columns: D (note)" in sniff(str(book), shape=Shape.UNITS).notes


def test_numbers_that_a_sheet_shows_in_percent_or_as_money_are_no_counts(tmp_path):
    rows = [["arm", "units", "carts", "reached", "rollout", "sales"]]
    rows += [["A", 100, 12, (12, SIGNED), (1, PERCENT), (90, EUROS)]]
    rows += [["B", 90, 9, (10, SIGNED), (1, PERCENT), (80, EUROS)]]
    sheet = read_sheet(write_workbook(tmp_path / "a.xlsx", {"Week": rows}))
    assert (sheet.goals, sheet.totals) == (("carts",), {"A": (100, 12), "B": (90, 9)})
    assert "rates, set aside: reached, rollout" in sheet.notes
    assert any("sales set aside: amounts" in note for note in sheet.notes)
    plain = [[cell[0] if isinstance(cell, tuple) else cell for cell in row] for row in rows]
    assert "sales" in read_sheet(write_workbook(tmp_path / "b.xlsx", {"Week": plain})).goals
