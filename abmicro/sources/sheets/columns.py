"""Columns of a sheet, their cells read in one grammar of numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.sheets.double_counts import is_total_like, part_of_total
from abmicro.sources.sheets.grid import Grid
from abmicro.sources.sheets.numbers import is_missing, is_money, is_rate, number
from abmicro.sources.text.dates import CELL
from abmicro.sources.text.numerals import Numerals, is_whole


@frozen
class SheetColumn:
    """One column.

    cells: as they stand. numbers: what they are in the sheet's grammar, None where they are none.
    none_is_name: of variants, of which one is called none.
    """

    name: str
    cells: tuple[Cell, ...]
    numbers: tuple[Decimal | None, ...]
    none_is_name: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells as text, those that hold nothing empty."""
        return tuple("" if self._lacks(cell) else str(cell) for cell in self.cells)

    def _lacks(self, cell: Cell) -> bool:
        return is_missing(cell) and not (self.none_is_name and str(cell).lower() == "none")

    @property
    def filled(self) -> tuple[int, ...]:
        """Rows in which the column holds something."""
        return tuple(at for at, cell in enumerate(self.cells) if not self._lacks(cell))

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers and nothing else, and is not of names or days."""
        filled = self.filled
        numbers = bool(filled) and all(self.numbers[at] is not None for at in filled)
        return numbers and not is_label(self.name)

    @property
    def is_count(self) -> bool:
        """Whether it holds whole numbers, none of them in percent or money."""
        return self.is_number and not self.odd

    @property
    def odd(self) -> tuple[Cell, ...]:
        """Its cells that are no whole numbers, or are in percent or money."""
        return tuple(
            self.cells[at]
            for at in self.filled
            if not is_whole(self.numbers[at]) or is_rate(self.cells[at]) or is_money(self.cells[at])
        )

    @property
    def total(self) -> Decimal:
        """The sum of its numbers."""
        return sum((one for one in self.numbers if one is not None), Decimal(0))

    def only(self, rows: Sequence[int]) -> SheetColumn:
        """The same column with these rows."""
        cells = tuple(self.cells[at] for at in rows)
        return replace(self, cells=cells, numbers=tuple(self.numbers[at] for at in rows))


Columns = tuple[SheetColumn, ...]

ROUNDED = re.compile(r"[0-9][0-9.,]* ?[kKmM]")
"""A number that was rounded to thousands or millions."""

NEARLY = re.compile(r"[~\u2248<>]? ?[0-9][0-9.,']* ?[*\u2020\u2021]*|#{2,}")
ODD = re.compile(r"[0-9]|##")
"""Cells that are nearly numbers: about, with a mark of a footnote, or too wide to be shown."""

TIMES = {
    *("day", "date", "week", "month", "year", "hour", "weekday", "quarter", "period"),
    *("nth day", "nth week", "nth month", "nth hour"),
    *("tag", "datum", "woche", "monat", "jahr", "stunde", "kw", "kalenderwoche", "zeitraum"),
    *("jour", "semaine", "mois", "fecha", "semana", "mes", "data", "giorno", "settimana", "uke"),
    *("dag", "dato", "día", "dia", "päivä", "viikko", "vecka", "dzień", "tydzień", "tarih", "gün"),
    *("дата", "день", "неделя", "日付", "日", "週", "日期", "周"),
}
"""Names of columns whose numbers are days or weeks."""


COMMENTS = {
    *("comment", "comments", "note", "notes", "remark", "remarks", "bemerkung", "bemerkungen"),
    *("kommentar", "hinweis", "commentaire", "comentario", "commento", "opmerking"),
}
"""Names of columns that tell what somebody thought of a row."""


def is_label(name: str) -> bool:
    """Whether numbers under this name are names or days.

    >>> is_label("Week"), is_label("variation"), is_label("percentage")
    (True, True, False)
    """
    counted = (*vocabulary.UNITS, *vocabulary.MACRO, *vocabulary.MICRO, "id", "nr", "number")
    variants = vocabulary.is_variant_name(name) and not vocabulary.says(name, counted)
    return is_time(name) or variants


def is_time(name: str) -> bool:
    """Whether a column is called like days, weeks or hours."""
    return vocabulary.words(name) in TIMES


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
        _refuse_no_numbers(column)
    return tuple(_with_none(column) for column in found if column.filled)


def _with_none(column: SheetColumn) -> SheetColumn:
    """The column; of two variants one may be called none."""
    named = vocabulary.is_variant_name(column.name)
    alone = len({text for text in column.texts if text and not is_total_like(text)}) == 1
    return replace(column, none_is_name=True) if named and alone else column


def _refuse_mixed(column: SheetColumn) -> None:
    numbers = [at for at in column.filled if column.numbers[at] is not None]
    odd = [column.cells[at] for at in column.filled if column.numbers[at] is None]
    rounded = all(isinstance(cell, str) and ROUNDED.fullmatch(cell) for cell in odd)
    if odd and (len(numbers) > len(odd) or rounded) and not is_label(column.name):
        what = f"column {column.name!r} holds {str(odd[0])!r} among numbers"
        hint = "write a whole number there, or nothing where nothing is known"
        raise SourceError(Problem("data.source", what, "E338", hint))


def _refuse_no_numbers(column: SheetColumn) -> None:
    """Raise SourceError where visitors, or all cells of a column, are written almost as numbers."""
    odd = [str(column.cells[at]) for at in column.filled if column.numbers[at] is None]
    units = vocabulary.best([column.name], vocabulary.UNITS) is not None
    wrong = [one for one in odd if units and ODD.search(one)]
    nearly = all(map(NEARLY.fullmatch, odd)) and not all(map(CELL.fullmatch, odd))
    if odd and (wrong or nearly) and not is_label(column.name):
        what = f"column {column.name!r} holds {(wrong or odd)[0]!r}, which is no number"
        hint = "write whole numbers without other signs"
        raise SourceError(Problem("data.source", what, "E338", hint))


def without_comments(columns: Columns) -> tuple[Columns, tuple[str, ...]]:
    """The columns without those of remarks, and a note."""
    gone = [one.name for one in columns if vocabulary.words(one.name) in COMMENTS]
    gone = [name for name in gone if not named(columns, name).is_number]
    return without(columns, gone), (f"remarks, set aside: {', '.join(gone)}",) * bool(gone)


def named(columns: Columns, name: str) -> SheetColumn:
    """The column of this name."""
    return next(column for column in columns if column.name == name)


def without(columns: Columns, names: Collection[str]) -> Columns:
    """All columns but these."""
    return tuple(column for column in columns if column.name not in names)


def filled_down(columns: Columns) -> tuple[Columns, tuple[str, ...]]:
    """The columns with labels written into every row that they stand for, and a note.

    A label stands for the rows below it where each does so for equally many, totals apart.
    """
    texts = [one.texts for one in columns if not one.is_number]
    told = [at for at, held in enumerate(zip(*texts, strict=True)) if any(held)]
    merged = [one.name for one in columns if not one.is_number and _is_merged(one.only(told))]
    filled = tuple(_filled(one, told) if one.name in merged else one for one in columns)
    notes = [f"{', '.join(merged)} told once for several rows: written into each"] * bool(merged)
    return filled, tuple(notes)


def _is_merged(column: SheetColumn) -> bool:
    runs: list[list[str]] = []
    for text in column.texts:
        if not runs or (text and text != runs[-1][0]):
            runs.append([text])
        else:
            runs[-1].append(text)
    parts = [run for run in runs if not _is_total(run[0])]
    blank = all("" in run for run in parts)
    return len(parts) > 1 and blank and len({*map(len, parts)}) == 1 and parts[0] == runs[0]


def _is_total(text: str) -> bool:
    return is_total_like(text) or part_of_total(text) is not None


def _filled(column: SheetColumn, rows: Sequence[int]) -> SheetColumn:
    """The column with its labels in these rows, of which the first has one."""
    cells, label = list(column.cells), column.cells[rows[0]]
    for at in rows:
        label = column.cells[at] if column.texts[at] else label
        cells[at] = label
    return replace(column, cells=tuple(cells))
