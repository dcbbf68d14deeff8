"""Cells that are not what their columns' roles ask for, by column, with count and example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from abmicro.errors import Problem
from abmicro.sources.engines.column_types import CastColumn, Reading
from abmicro.sources.sql.fragments import name, select
from abmicro.sources.sql.time import likely_unit
from abmicro.sources.text.roles import Role

HINT = "mend these cells, or leave them empty where nothing is known"


def misfits(reading: Reading, rows: Callable[[str], Iterable[tuple[Any, ...]]]) -> list[Problem]:
    """Every column with cells that do not fit.

    rows: runs a SELECT. Asked only after a statement stopped at such a cell.
    """
    cells = [cell for cell in reading.cells if cell.role is not Role.TEXT]
    items = []
    for at, cell in enumerate(cells):
        items.append((f"COUNT(*) FILTER (WHERE {cell.misfits})", f"n{at}"))
        items.append((f"MIN({name(cell.column)}) FILTER (WHERE {cell.misfits})", f"x{at}"))
    (row,) = rows(select(items, reading.raw.relation))
    return list(_told(cells, row))


def _told(cells: Iterable[CastColumn], row: tuple[Any, ...]) -> Iterator[Problem]:
    for at, cell in enumerate(cells):
        count, example = row[2 * at], row[2 * at + 1]
        if count:
            held = f"text (for example {example!r}) in {count:,} row{'s' * (count != 1)}"
            what = f"column {cell.column!r} holds {held} where {cell.role} are asked"
            yield Problem(cell.key, what, "E307", _hint(cell, example))


def _hint(cell: CastColumn, example: str) -> str:
    """What would do, for a clock what `time_unit` to write."""
    if cell.role is Role.TIME:
        unit = likely_unit(example)
        return f'write time_unit = "{unit}" in [data]' if unit else HINT
    if cell.key == "data.columns.time":
        return "drop time_unit from [data] where the column holds times; else it must hold numbers"
    return HINT
