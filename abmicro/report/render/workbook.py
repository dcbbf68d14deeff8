"""Tables as a workbook (.xlsx): one sheet each, for people who read numbers in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from io import BytesIO

from abmicro.analysis.results import Analysis
from abmicro.errors import OutputError, Problem
from abmicro.frozen import frozen
from abmicro.report.render.json_csv import harmless, tables

LONGEST_NAME = 31
"""Letters that the name of a sheet may have."""
_FORBIDDEN = str.maketrans("[]:*?/\\", "       ")
_MADE = datetime(2000, 1, 1)


@frozen
class TableSheet:
    """A table under its name. rows: numbers, texts, days, true or false; None is an empty cell."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[object]]


def render(analysis: Analysis) -> bytes:
    """Every section of an analysis that has rows, the columns named as in CSV."""
    sheets = (
        TableSheet(name, heads, [[row.get(head) for head in heads] for row in rows])
        for name, (heads, rows) in tables(analysis).items()
        if rows
    )
    return workbook(sheets)


def workbook(sheets: Iterable[TableSheet]) -> bytes:
    """The sheets as the bytes of an .xlsx file; equal sheets give equal bytes.

    Text stays text: what a spreadsheet would run as a formula is given a leading apostrophe.

    Raises OutputError (E086) where XlsxWriter is not installed.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        hint = "pip install 'abmicro[xlsx]', or write .csv"
        raise OutputError(Problem("xlsx", "XlsxWriter is not installed", "E086", hint)) from None
    file = BytesIO()
    book = Workbook(file, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": _MADE})
    head, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    taken: set[str] = set()
    for sheet in sheets:
        page = book.add_worksheet(_name(sheet.name, taken))
        for column, text in enumerate(sheet.heads):
            page.write_string(0, column, str(harmless(text)), head)
        for line, row in enumerate(sheet.rows, start=1):
            for column, value in enumerate(row):
                _write(page, line, column, value, day)
        page.freeze_panes(1, 1)
        page.autofit()
    book.close()
    return file.getvalue()


def _write(page: object, line: int, column: int, value: object, day: object) -> None:
    """One cell by what it holds; a workbook has no number for what is not finite."""
    write = page.write_string  # type: ignore[attr-defined]
    match value:
        case None:
            return
        case bool():
            page.write_boolean(line, column, value)  # type: ignore[attr-defined]
        case int() | float() if abs(value) < float("inf"):
            page.write_number(line, column, value)  # type: ignore[attr-defined]
        case date():
            moment = value if isinstance(value, datetime) else datetime.combine(value, time())
            page.write_datetime(line, column, moment, day)  # type: ignore[attr-defined]
        case _:
            write(line, column, str(harmless(str(value))))


def _name(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have, and that no other sheet has."""
    plain = wanted.translate(_FORBIDDEN).strip().strip("'")[:LONGEST_NAME] or "table"
    name, number = plain, 2
    while name.lower() in taken:
        ending = f" {number}"
        name, number = plain[: LONGEST_NAME - len(ending)] + ending, number + 1
    taken.add(name.lower())
    return name
