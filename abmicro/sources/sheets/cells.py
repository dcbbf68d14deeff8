"""Rows of cells: from a file, from pasted text, or from rows that are there."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from abmicro.errors import Problem, SourceError
from abmicro.sources.text.encodings import BROKEN, LettersError, decoded, opened, unknown_letters
from abmicro.sources.text.separators import SIGNS, evenness
from abmicro.sources.text.workbook_looks import ShownNumber
from abmicro.sources.text.workbooks import ENDINGS, Page, shown_page

Cell = str | Decimal
"""A text without blanks at its ends, or a number of a workbook, which may show it with a sign."""

MOST_CELLS = 1_000_000
BLANKS = "\u00a0\u202f\u2009\u200b\ufeff\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
"""What shows nothing at the ends of a cell, marks of the direction of writing among them."""
WIDE, NARROW = r"[^\S\t]{2,}", r"\s+"
PACKED = re.compile(r'"(?:[^"]|"")*[,;\t](?:[^"]|"")*"')
NUMBER = re.compile(r"[0-9]{1,3}([.,][0-9]{3})+|[1-9][0-9]*")
ANSWERED = re.compile(r"(> ?)+")
FORMULA = re.compile(r'="(.*)"')
"""How an export keeps a spreadsheet from reading a text as a number."""
ENOUGH = 200
"""Rows from which the separator is chosen."""


def rows_of_file(path: Path, page: str | None = None, most: int = -1) -> list[list[Any]]:
    """The cells of a file of text or of a sheet of a workbook; as `page_of_file` has them."""
    return page_of_file(path, page, most).rows


def page_of_file(path: Path, page: str | None = None, most: int = -1) -> Page:
    """A file of text or a sheet of a workbook.

    page: name of the sheet; needed where several have cells. most: bytes of text to read.
    Raises SourceError for a file that cannot be read.
    """
    if path.suffix.lower() in ENDINGS:
        return shown_page(path, page)
    return Page(list(rows_of_text(text_of(path, most)[0])))


def rows_of_text(text: str) -> list[list[str]]:
    r"""The cells of a text, by the separator that parts its lines most evenly.

    text: comma, semicolon, tab or pipe between cells; else blanks, two or more before one.

    >>> rows_of_text("a;b\n1,5;2")
    [['a', 'b'], ['1,5', '2']]
    >>> rows_of_text("name   visitors\nNew page   10,050")
    [['name', 'visitors'], ['New page', '10,050']]
    """
    lines = _unpacked(_unquoted(text.splitlines()))
    if lines and (named := re.fullmatch(r"sep=(.)", lines[0].strip())):
        return _parted(lines[1:], named[1])
    head = lines[:ENOUGH]
    best = max(SIGNS, key=lambda sign: evenness(_parted(head, sign)))
    parted, spaced = _parted(head, best), _spaced(head, WIDE)
    even = evenness(parted) >= max((1, 0), evenness(spaced))
    if even and _numbers(parted) >= _numbers(spaced):
        return _parted(lines, best)
    return max((_spaced(lines, gap) for gap in (WIDE, NARROW)), key=evenness)


def _numbers(rows: Iterable[Sequence[str]]) -> int:
    """How many cells are numbers, which a comma between thousands cuts in two."""
    return sum(NUMBER.fullmatch(cell.strip()) is not None for row in rows for cell in row)


def _unquoted(lines: list[str]) -> list[str]:
    """Lines without the sign of a mail that was answered, where most have it."""
    signs = sum(line.startswith(">") for line in lines)
    return [ANSWERED.sub("", line) for line in lines] if 2 * signs > len(lines) else lines


def _unpacked(lines: list[str]) -> list[str]:
    """Lines without the quotes around each as a whole, which a second export adds."""
    held = [line.strip() for line in lines if line.strip()]
    if not held or not all(PACKED.fullmatch(line) for line in held):
        return lines
    return [line.strip()[1:-1].replace('""', '"') for line in lines]


def _spaced(lines: Iterable[str], gap: str) -> list[list[str]]:
    """Cells between blanks; names above rows that are numbered get one more, which is empty."""
    rows = [re.split(gap, line.strip()) for line in lines]
    below = [row[0] for row in rows[1:]]
    numbered = any(below == list(map(str, range(at, at + len(below)))) for at in (0, 1))
    if below and numbered and {len(row) for row in rows[1:]} == {len(rows[0]) + 1}:
        rows[0] = ["", *rows[0]]
    return rows


def _parted(lines: Iterable[str], sign: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=sign, skipinitialspace=True))
    except csv.Error:
        return [line.split(sign) for line in lines]


def text_of(path: Path, most: int = -1) -> tuple[str, str | None]:
    """The text of a file that may be packed, and its encoding where that is not UTF-8.

    most: bytes to read, cut at the end of a line; default all.
    """
    try:
        with opened(path) as file:
            content = file.read(most)
    except BROKEN as error:
        what = f"{path.name}: cannot be read: {str(error).lower()}"
        raise SourceError(Problem("data.source", what, "E304", "save the file again")) from None
    cut = content.rfind(b"\n") + 1 if len(content) == most else 0
    try:
        return decoded(content[:cut] if cut else content)
    except LettersError as error:
        raise unknown_letters(path, error) from None


def trimmed(rows: Iterable[Sequence[object]]) -> list[tuple[Cell, ...]]:
    """The same cells without blanks at their ends; days as ISO writes them.

    >>> trimmed([(" control ", 1200, None)])
    [('control', Decimal('1200'), '')]
    """
    return [tuple(map(_cell, row)) for row in rows]


def _cell(value: object) -> Cell:
    if isinstance(value, ShownNumber):
        return value
    if isinstance(value, str):
        text = value.strip().strip(BLANKS).strip()
        return FORMULA.sub(r"\1", text) if text.startswith("=") else text
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        plain = value.hour == value.minute == value.second == 0
        return str(value.date() if plain else value)
    if isinstance(value, date):
        return value.isoformat()
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return str(value)
    whole = number.to_integral_value()
    return whole if whole == number else number


def refuse_large(rows: Sequence[Sequence[object]]) -> None:
    """Raise SourceError for more cells than a sheet has."""
    cells = sum(map(len, islice(rows, MOST_CELLS + 1)))
    if cells > MOST_CELLS:
        what = f"more than {MOST_CELLS:,} cells, which is no sheet"
        hint = "add the rows up to fewer, or start from: abmicro init --shape counts"
        raise SourceError(Problem("data.source", what, "E335", hint))
