"""Cells that are not what their columns' roles ask for, by column, with count and example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import TimeUnit
from abmicro.sources.engines.column_types import CastColumn, Reading
from abmicro.sources.sql.fragments import name, select
from abmicro.sources.sql.time import likely_unit
from abmicro.sources.text.roles import Role

HINT = "mend these cells, or leave them empty where nothing is known"
MOST_BAD_TIMES = 0.001
"""Up to this share of rows whose time cannot be read are left out and counted."""


class FewBadTimesError(SourceError):
    """The data stopped at times so few that they can be read once more without these rows."""


def misfits(reading: Reading, rows: Callable[[str], Iterable[tuple[Any, ...]]]) -> list[Problem]:
    """Every column with cells that do not fit.

    rows: runs a SELECT. Asked only after a statement stopped at such a cell. Raises
    FewBadTimesError where only times of the clock do not fit, in few rows.
    """
    cells = [cell for cell in reading.cells if cell.role is not Role.TEXT]
    total, found = _counted(reading, cells, rows)
    problems = [_told(*one) for one in found]
    few = (cell.is_clock and count <= MOST_BAD_TIMES * total for cell, count, _ in found)
    if problems and all(few):
        raise FewBadTimesError(*problems)
    return problems


def left_out(reading: Reading, rows: Callable[[str], Iterable[tuple[Any, ...]]]) -> tuple[str, ...]:
    """A note for each column of which cells that do not fit are left out."""
    cells = [cell for cell in reading.cells if cell.lenient]
    return tuple(
        f"{_many(count)} left out for their time in {cell.column!r} (for example {example!r})"
        for cell, count, example in (_counted(reading, cells, rows)[1] if cells else ())
    )


def _counted(
    reading: Reading,
    cells: Sequence[CastColumn],
    rows: Callable[[str], Iterable[tuple[Any, ...]]],
) -> tuple[int, list[tuple[CastColumn, int, str]]]:
    """How many rows there are; each column with cells that do not fit, how many, and one."""
    items = [("COUNT(*)", "total")]
    for at, cell in enumerate(cells):
        items.append((f"COUNT(*) FILTER (WHERE {cell.misfits})", f"n{at}"))
        items.append((f"MIN({name(cell.column)}) FILTER (WHERE {cell.misfits})", f"x{at}"))
    ((total, *told),) = rows(select(items, reading.raw.relation))
    found = zip(cells, told[::2], told[1::2], strict=True)
    return total, [(cell, count, example) for cell, count, example in found if count]


def _told(cell: CastColumn, count: int, example: str) -> Problem:
    kind = "numbers" if cell.role is Role.TIME and likely_unit(example) else "text"
    held = f"{kind} (for example {example!r}) in {_many(count)}"
    what = f"column {cell.column!r} holds {held} where {cell.role} are asked"
    return Problem(cell.key, what, "E307", _hint(cell, example))


def _many(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _hint(cell: CastColumn, example: str) -> str:
    """What would do, for a clock what `time_unit` to write."""
    if cell.role is Role.TIME:
        unit = likely_unit(example)
        return f'write time_unit = "{unit}" in [data]' if unit else HINT
    if cell.key == "data.columns.time":
        if (unit := likely_unit(example)) not in {None, TimeUnit.ORDER}:
            return f'write time_unit = "{unit}" in [data] where all cells are written so'
        return "drop time_unit from [data] where the column holds times; else it must hold numbers"
    return HINT
