"""How numbers are written: which sign parts the decimals and which one the thousands.

The cells of a whole file choose: a grammar must read every one of them, and where two grammars
read them as different numbers nothing is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from abmicro.frozen import frozen

DECIMALS = (".", ",")
GROUPINGS = ("", ",", ".", " ", "'")
ALIKE = {**dict.fromkeys("\u00a0\u202f\u2005\u2006\u2007\u2008\u2009\u200a", " "), "\u2019": "'"}
"""Signs that stand for plainer ones: blanks of other widths, and the curved apostrophe."""


@dataclass(frozen=True)
class Numerals:
    """One grammar of numbers.

    decimal: sign before the decimals. thousands: sign between groups of three; may be empty.

    >>> Numerals(",", ".").value("1.234,5"), Numerals(",", ".").value("1.23")
    (Decimal('1234.5'), None)
    """

    decimal: str = "."
    thousands: str = ""

    @property
    def pattern(self) -> str:
        """What a number looks like, as a regular expression."""
        point, sign = re.escape(self.decimal), re.escape(self.thousands)
        grouped = rf"|[1-9][0-9]{{0,2}}(?:{sign}[0-9]{{3}})+" if self.thousands else ""
        whole = rf"(?:[0-9]+{grouped})"
        return rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"

    @cached_property
    def _form(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def value(self, cell: str) -> Decimal | None:
        """The number that a cell is; None where the grammar cannot read it."""
        text = plain(cell)
        if not self._form.fullmatch(text):
            return None
        return Decimal(text.replace(self.thousands, "").replace(self.decimal, "."))


PLAIN = Numerals()


@frozen
class Doubt:
    """Why nothing was chosen: a cell that shows it, what to say of it, and what would settle it."""

    cell: str
    what: str
    hint: str


def plain(cell: str) -> str:
    """A cell without blanks at its ends and with plain signs.

    >>> plain(" 20\u202f000 ")
    '20 000'
    """
    return cell.translate({ord(sign): other for sign, other in ALIKE.items()}).strip()


def grammars(decimal: str | None = None, thousands: str | None = None) -> tuple[Numerals, ...]:
    """The grammars that are possible, the plainest first.

    decimal, thousands: signs that the owner of the data has named.
    """
    sign = None if thousands is None else ALIKE.get(thousands, thousands)
    return tuple(
        Numerals(point, group)
        for group in GROUPINGS
        for point in DECIMALS
        if point != group and decimal in (None, point) and sign in (None, group)
    )


def numerals(
    cells: Iterable[str],
    counts: Collection[str] = (),
    *,
    decimal: str | None = None,
    thousands: str | None = None,
) -> Numerals | Doubt:
    """The one grammar in which cells are written, or why there is none.

    cells: the number cells of a whole file, or one of each shape; what no grammar can read tells
        nothing. counts: cells among them that must be whole numbers.

    >>> numerals(["20.000", "12,5"])
    Numerals(decimal=',', thousands='.')
    >>> numerals(["20.000", "12.000"]).what
    "'12.000' is 12 or 12,000"
    >>> numerals(["20.000"], ["10.050"])
    Numerals(decimal=',', thousands='.')
    """
    possible = grammars(decimal, thousands)
    known = sorted(cell for cell in {*cells, *counts} if _is_number(cell, possible))
    fitting = [one for one in possible if all(one.value(cell) is not None for cell in known)]
    if not fitting:
        return _clash(known, possible)
    whole = [one for one in fitting if all(is_whole(one.value(cell)) for cell in counts)]
    fitting = whole or fitting  # a count that is whole in no reading is refused as a count
    first = fitting[0]
    for cell in known:
        for other in fitting[1:]:
            if other.value(cell) != first.value(cell):
                return _two_ways(cell, first, other)
    return first


def numerals_of_columns(
    cells: Mapping[str, Sequence[str]],
    counts: Iterable[str],
    *,
    decimal: str | None = None,
    thousands: str | None = None,
) -> Numerals | tuple[str, Doubt]:
    """The one grammar of all columns, or a column of a cell that shows why there is none.

    counts: the columns that hold whole numbers.

    >>> numerals_of_columns({"spend": ["20.000"], "users": ["10.050"]}, ["users"])
    Numerals(decimal=',', thousands='.')
    """
    whole = [cell for column in counts for cell in cells[column]]
    every = [cell for held in cells.values() for cell in held]
    found = numerals(every, whole, decimal=decimal, thousands=thousands)
    if isinstance(found, Numerals):
        return found
    return next(column for column, held in cells.items() if found.cell in held), found


def _is_number(cell: str, possible: Sequence[Numerals]) -> bool:
    return any(one.value(cell) is not None for one in possible)


def is_whole(value: Decimal | None) -> bool:
    """Whether a number has no fraction, of however many digits it is; nothing has none."""
    return value is None or value == value.to_integral_value()


def _two_ways(cell: str, first: Numerals, other: Numerals) -> Doubt:
    readings = sorted((first, other), key=lambda one: (one.value(cell) or 0, one.thousands))
    small, large = (_shown(one.value(cell)) for one in readings)
    low, high = readings
    hint = f"write {_key(low, high)} or {_key(high, low)} in [data]"
    return Doubt(cell, f"{cell!r} is {small} or {large}", hint)


def _key(grammar: Numerals, other: Numerals) -> str:
    """The key that tells a grammar from another one."""
    if grammar.decimal != other.decimal and not grammar.thousands:
        return f'decimal = "{grammar.decimal}"'
    return f'thousands = "{grammar.thousands}"'


def _shown(value: Decimal | None) -> str:
    return "nothing" if value is None else f"{value.normalize():,f}"


def _clash(cells: Sequence[str], possible: Sequence[Numerals]) -> Doubt:
    """Two cells that no one grammar reads."""
    hint = "write all numbers of a file in one way"
    for cell in cells:
        for other in cells:
            if not any(one.value(cell) and one.value(other) for one in possible):
                return Doubt(cell, f"{cell!r} and {other!r} are not written in one way", hint)
    return Doubt(cells[0], f"{cells[0]!r} and others are not written in one way", hint)
