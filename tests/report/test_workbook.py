"""The tables as a workbook say what the CSV says, and run nothing."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO
from math import isclose

from python_calamine import CalamineWorkbook

from abmicro import Analysis
from abmicro.report.render import json_csv
from abmicro.report.render.workbook import TableSheet, render, workbook


def read(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_every_cell_is_that_of_the_csv(hillstrom: Analysis) -> None:
    sheets, texts = read(render(hillstrom)), json_csv.csv(hillstrom)
    filled = {name: list(csv.reader(StringIO(text))) for name, text in texts.items()}
    filled = {name: rows for name, rows in filled.items() if len(rows) > 1}
    assert list(sheets) == list(filled)
    for name, rows in filled.items():
        assert len(sheets[name]) == len(rows)
        for found, told in zip(sheets[name], rows, strict=True):
            assert all(map(_same, found, told)), (name, found, told)


def _same(found: object, told: str) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return str(found) == told
    return isclose(float(found), float(told), rel_tol=1e-12, abs_tol=1e-300)


def test_equal_analyses_give_equal_bytes(hillstrom: Analysis) -> None:
    assert render(hillstrom) == render(hillstrom)


def test_no_name_of_the_data_is_run_as_a_formula(hillstrom: Analysis) -> None:
    named = replace(hillstrom.checks[0], name="=1+1", sentence="@SUM(A1)")
    cells = [
        cell for row in read(render(replace(hillstrom, checks=(named,))))["checks"] for cell in row
    ]
    assert "'=1+1" in cells
    assert "'@SUM(A1)" in cells


def test_sheets_have_names_that_a_workbook_takes() -> None:
    made = workbook([TableSheet("a/b" * 20, ["x"], [[1]]), TableSheet("A/B" * 20, ["x"], [[2]])])
    assert [len(name) <= 31 for name in read(made)] == [True, True]


def test_numbers_texts_days_and_gaps_stay_what_they_are() -> None:
    row = (1.5, "1.5", date(2026, 10, 5), True, None, float("inf"))
    made = read(workbook([TableSheet("t", ["a", "b", "c", "d", "e", "f"], [row])]))
    assert made["t"][1] == [1.5, "1.5", date(2026, 10, 5), True, "", "inf"]
