"""What a sheet of a workbook shows and its values do not tell: what is hidden, percent, money.

Readers of workbooks give values alone: 0.12 where the sheet shows 12 %, and rows that a filter
hides. Both stand in attributes of the sheet's own parts, which are looked for here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from html import unescape
from pathlib import Path
from posixpath import join, normpath
from typing import Self
from zipfile import BadZipFile, ZipFile

from abmicro.frozen import frozen

INSIDE = r"""((?:[^>"']|"[^"]*"|'[^']*')*)>"""
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
HIDDEN = ("1", "true")
MOST_COLUMNS = 16_384
"""Columns of a sheet."""
ROOT = "xl"
"""The folder of the archive that holds a workbook's parts."""

BUILT_IN = {
    **dict.fromkeys(("9", "10"), "%"),
    **dict.fromkeys(("5", "6", "7", "8", "42", "44"), "$"),
}
"""Formats that every workbook knows by number, and the sign they show."""

LITERAL = re.compile(r'"[^"]*"|\\.|\[\$?-[^\]]*\]')
CURRENCY = re.compile(r'\[\$[^\]-]|[$€£¥]|"[^"]*\b(?:EUR|USD|GBP|CHF|NOK|SEK|DKK|kr)\b')
TIMES_100, AS_IT_IS, MONEY = "%", '"%"', "$"
"""How a number is shown."""


class ShownNumber(Decimal):
    """A number that a workbook shows with a sign.

    sign: that of percent, or one that stands for any money.

    >>> str(ShownNumber(12.50, "%")), ShownNumber(3, "$") + 1
    ('12.5%', Decimal('4'))
    """

    sign: str

    def __new__(cls, value: object, sign: str) -> Self:
        """The number and its sign."""
        made = super().__new__(cls, str(value))
        made.sign = sign
        return made

    def __str__(self) -> str:
        return f"{Decimal(self).normalize():f}{self.sign}"


@frozen
class Looks:
    """What a sheet shows.

    hidden, columns: rows and columns that it does not show, from 0. signs: place of row and column
    to how a number there is shown.
    """

    hidden: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    signs: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def number(self, row: int, column: int, value: float) -> float | ShownNumber:
        """The number of a cell as it is shown."""
        sign = self.signs.get((row, column))
        if sign is None:
            return value
        shown = Decimal(str(value)) * (100 if sign == TIMES_100 else 1)
        return ShownNumber(shown, MONEY if sign == MONEY else "%")


def looks_of(path: Path, sheet: str) -> Looks:
    """What a sheet shows; nothing of its own where its parts are not found."""
    try:
        with ZipFile(path) as book:
            text = book.read(_part(book, sheet)).decode()
            styled = join(ROOT, "styles.xml") in book.namelist()
            styles = _text_of(book, "styles.xml") if styled else ""
    except (BadZipFile, KeyError, OSError, UnicodeDecodeError):
        return Looks()
    hidden = frozenset(_hidden(text)), frozenset(_hidden_columns(text))
    return Looks(*hidden, dict(_signs(text, styles)))


def _part(book: ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet; KeyError where there is none."""
    sheets = {one["name"]: one for one in _tags(_text_of(book, "workbook.xml"), "sheet")}
    told = next(value for key, value in sheets[sheet].items() if key.endswith(":id"))
    parts = _tags(_text_of(book, "_rels", "workbook.xml.rels"), "Relationship")
    target = {one["Id"]: one["Target"] for one in parts}[told]
    return normpath(join(ROOT, target)).lstrip("/")


def _text_of(book: ZipFile, *names: str) -> str:
    """What a part of the workbook's folder holds; KeyError where there is none."""
    return book.read(join(ROOT, *names)).decode()


def _hidden(text: str) -> Iterator[int]:
    if "hidden=" in text:
        for at, row in enumerate(_tags(text, "row")):
            if row.get("hidden") in HIDDEN:
                yield int(row.get("r", at + 1)) - 1


def _hidden_columns(text: str) -> Iterator[int]:
    told = re.search(r"<(?:\w+:)?cols\b.*?</(?:\w+:)?cols>", text, re.DOTALL)
    for column in _tags(told[0], "col") if told else ():
        if column.get("hidden") in HIDDEN:
            yield from range(int(column["min"]) - 1, min(int(column["max"]), MOST_COLUMNS))


def _signs(text: str, styles: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Place and sign of every cell that is shown with one."""
    formats = {one["numFmtId"]: _sign(one["formatCode"]) for one in _tags(styles, "numFmt")}
    known = BUILT_IN | formats
    cells = re.search(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    every = enumerate(_tags(cells[0], "xf") if cells else ())
    signs = {str(at): known.get(one.get("numFmtId", "")) for at, one in every}
    shown = "|".join(at for at, sign in signs.items() if sign)
    if not shown:
        return
    for found in re.finditer(rf'<(?:\w+:)?c\b(?=[^>]*\bs="(?:{shown})"){INSIDE}', text):
        cell = _attributes(found[1])
        place, sign = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r", "")), signs[cell["s"]]
        if place is not None and sign is not None:
            yield (int(place[2]) - 1, _column(place[1])), sign


def _sign(code: str) -> str | None:
    """The sign that a format shows."""
    if "%" in LITERAL.sub("", code):
        return TIMES_100
    if "%" in code:
        return AS_IT_IS
    return MONEY if CURRENCY.search(code) else None


def _column(letters: str) -> int:
    """The place of a column, from 0."""
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def letters_of(place: int) -> str:
    """How spreadsheets call the column at a place.

    >>> letters_of(0), letters_of(27)
    ('A', 'AB')
    """
    above, own = divmod(place, 26)
    return (letters_of(above - 1) if above else "") + chr(ord("A") + own)


def _tags(text: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes of every element of a name."""
    for found in re.finditer(rf"<(?:\w+:)?{name}\b{INSIDE}", text):
        yield _attributes(found[1])


def _attributes(inside: str) -> dict[str, str]:
    return {name: unescape(one or other) for name, one, other in ATTRIBUTE.findall(inside)}
