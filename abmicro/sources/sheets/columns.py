"""Columns of a sheet, their cells read in one grammar of numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.sheets.layout import Grid
from abmicro.sources.sheets.numbers import is_missing, is_money, is_rate, number
from abmicro.sources.text.numerals import Numerals, is_whole


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column.

    cells: as they stand. numbers: what they are in the sheet's grammar, None where they are none.
    """

    name: str
    cells: tuple[Cell, ...]
    numbers: tuple[Decimal | None, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells as text, those that hold nothing empty."""
        return tuple("" if is_missing(cell) else str(cell) for cell in self.cells)

    @property
    def filled(self) -> tuple[int, ...]:
        """Rows in which the column holds something."""
        return tuple(at for at, cell in enumerate(self.cells) if not is_missing(cell))

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers and nothing else, and is not of names or days."""
        filled = self.filled
        numbers = bool(filled) and all(self.numbers[at] is not None for at in filled)
        return numbers and not is_label(self.name)

    @property
    def is_count(self) -> bool:
        """Whether it holds whole numbers, none of them in percent or money."""
        return self.is_number and all(
            is_whole(self.numbers[at])
            and not is_rate(self.cells[at])
            and not is_money(self.cells[at])
            for at in self.filled
        )

    @property
    def total(self) -> Decimal:
        """The sum of its numbers."""
        return sum((one for one in self.numbers if one is not None), Decimal(0))

    def only(self, rows: Sequence[int]) -> SheetColumn:
        """The same column with these rows."""
        cells = tuple(self.cells[at] for at in rows)
        return SheetColumn(self.name, cells, tuple(self.numbers[at] for at in rows))


Columns = tuple[SheetColumn, ...]

ROUNDED = re.compile(r"[0-9][0-9.,]* ?[kKmM]")
"""A number that was rounded to thousands or millions."""

NAMES = {
    *("variant", "variation", "variante", "recipe", "treatment", "arm", "test group", "testgruppe"),
    *("day", "date", "week", "month", "year", "hour", "weekday", "quarter", "period"),
    *("tag", "datum", "woche", "monat", "jahr", "stunde", "kw", "kalenderwoche", "zeitraum"),
    *("jour", "semaine", "mois", "fecha", "semana", "mes", "data", "giorno", "settimana", "uke"),
}
"""Names of columns whose numbers are names, days or weeks."""


def is_label(name: str) -> bool:
    """Whether numbers under this name are names or days.

    >>> is_label("Week"), is_label("variation"), is_label("percentage")
    (True, True, False)
    """
    return vocabulary.words(name) in NAMES


def columns_of(grid: Grid, grammar: Numerals) -> Columns:
    """The columns of a grid that hold something.

    Raises SourceError for a column of numbers in which some cell is none.
    """
    cells = list(zip(*grid.rows, strict=True))
    found = tuple(
        SheetColumn(name, held, tuple(number(cell, grammar) for cell in held))
        for name, held in zip(grid.names, cells, strict=True)
    )
    for column in found:
        _refuse_mixed(column)
    return tuple(column for column in found if column.filled)


def _refuse_mixed(column: SheetColumn) -> None:
    numbers = [at for at in column.filled if column.numbers[at] is not None]
    odd = [column.cells[at] for at in column.filled if column.numbers[at] is None]
    rounded = all(isinstance(cell, str) and ROUNDED.fullmatch(cell) for cell in odd)
    if odd and (len(numbers) > len(odd) or rounded) and not is_label(column.name):
        what = f"column {column.name!r} holds {str(odd[0])!r} among numbers"
        hint = "write a whole number there, or nothing where nothing is known"
        raise SourceError(Problem("data.source", what, "E338", hint))


def named(columns: Columns, name: str) -> SheetColumn:
    """The column of this name."""
    return next(column for column in columns if column.name == name)


def without(columns: Columns, names: Collection[str]) -> Columns:
    """All columns but these."""
    return tuple(column for column in columns if column.name not in names)
