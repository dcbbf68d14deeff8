"""What a sheet of tests must not hold, with line and column: every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from abmicro.errors import Problem
from abmicro.sources import vocabulary
from abmicro.sources.sheets.double_counts import is_total_like
from abmicro.sources.sheets.numbers import is_missing, is_money, is_number, is_rate, number
from abmicro.sources.sheets.rates import RATE

if TYPE_CHECKING:
    from abmicro.errors import SourceError
    from abmicro.sources.sheets.cells import Cell
    from abmicro.sources.sheets.grid import Grid
    from abmicro.sources.text.numerals import Numerals


def arm_problems(test: str, grid: Grid, lines: Sequence[int], *, add_up: bool) -> Iterator[Problem]:
    """A variant twice (E625), and a test with one variant (E626), where variants stand in rows."""
    texts = {
        name: [str(row[at]) for row in grid.rows]
        for at, name in enumerate(grid.names)
        if not any(is_number(row[at]) for row in grid.rows)
    }
    column = vocabulary.best(texts, vocabulary.VARIANT, whole=False)
    if column is None:
        return
    arms = dict.fromkeys(one for one in texts[column] if not is_total_like(one))
    if len(arms) == 1 and len(arms) == len(texts[column]):
        what = f"{test} has one variant, {next(iter(arms))!r}, and nothing to compare it with"
        hint = "add the row of the other variant, or leave the test out"
        yield Problem(_at(lines[0]), what, "E626", hint)
    seen: dict[tuple[str, ...], int] = {}
    for at, labels in enumerate(zip(*texts.values(), strict=True)):
        first = seen.setdefault(labels, at)
        if first != at and not add_up:
            what = f"{test}: {texts[column][at]} stands on line {lines[first]} already"
            hint = "keep one of the rows, or add them up with --add-up"
            yield Problem(_at(lines[at], column), what, "E625", hint)


def cell_problems(
    grid: Grid, lines: Sequence[int], goals: Collection[str], grammar: Numerals
) -> Iterator[Problem]:
    """Cells of counts that hold a fraction (E621), a rate (E622), or less or more than they can."""
    units = vocabulary.best(grid.names, vocabulary.UNITS, whole=False)
    if units is None:
        return
    of_units = grid.names.index(units)
    for at, name in enumerate(grid.names):
        if at != of_units and not _counts(name, goals):
            continue
        for row, line in zip(grid.rows, lines, strict=True):
            if found := _wrong(row[at], row[of_units], units, grammar):
                what, code, hint = found
                yield Problem(_at(line, name), what, code, hint)


def _counts(name: str, goals: Collection[str]) -> bool:
    """Whether a column counts units: as it does in another test, or called like what pays.

    Clicks and views may be counted by the event, and are then set aside by the reader.
    """
    aside = RATE.search(name) is not None or vocabulary.says(name, vocabulary.VALUE)
    return not aside and (name in goals or vocabulary.says(name, vocabulary.MACRO))


def _wrong(cell: Cell, units: Cell, name: str, grammar: Numerals) -> tuple[str, str, str] | None:
    """What is wrong with a count, its code, and what would do; None where nothing is."""
    value = number(cell, grammar)
    if is_missing(cell) or value is None or is_money(cell):
        return None
    if is_rate(cell):
        return f"{cell} is a rate", "E622", "give how many there were, for example 336"
    if value != value.to_integral_value():
        return f"{cell} is no whole number", "E621", "give how many there were, for example 336"
    if value < 0:
        return f"{cell} is below 0", "E623", "give how many there were, 0 for none"
    most = number(units, grammar)
    if most is not None and value > most:
        what = f"{value:,} is more than the {Decimal(most):,} {name} of the row"
        return what, "E624", f"count each of the {name} once, or leave the column out"
    return None


def reader_problems(test: str, line: int, error: SourceError) -> Iterator[Problem]:
    """What the reader of one sheet says of a test, with the test and its first line."""
    for one in error.problems:
        yield Problem(_at(line), f"{test}: {one.what}", one.code, one.hint)


def _at(line: int, column: str = "") -> str:
    """Where in the file: line and column."""
    place = f"line {line}" if line else ""
    return ", ".join(part for part in (place, f"column {column}" if column else "") if part)
