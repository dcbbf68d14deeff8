"""A table of cells: names above rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.sheets.cells import Cell

CORNER, VARIANT, COUNT = "metric", "variant", "count"
"""Names of columns that have none."""


@frozen
class Grid:
    """A table of cells.

    names: of the columns. rows: as wide as the names. titles: lines above the names.
    notes: what was done to the cells so far.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def column(self, place: int) -> tuple[Cell, ...]:
        """The cells of one column."""
        return tuple(row[place] for row in self.rows)

    def only(self, places: Iterable[int]) -> Grid:
        """The same rows with these columns, in this order."""
        kept = tuple(places)
        rows = tuple(tuple(row[at] for at in kept) for row in self.rows)
        return replace(self, names=tuple(self.names[at] for at in kept), rows=rows)

    def noting(self, *notes: str) -> Grid:
        """The same grid with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def line(row: Sequence[Cell]) -> str:
    """A row as one line of text."""
    return " ".join(str(cell) for cell in row if cell != "").lstrip("# ")


def tells_metrics(cells: Sequence[Cell]) -> bool:
    """Whether one of the cells is called like visitors."""
    return any(vocabulary.says(str(cell), vocabulary.UNITS) for cell in cells)
