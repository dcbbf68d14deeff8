"""Numbers of a data file that are not written plainly, before anything is guessed from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import TimeUnit
from abmicro.sources import vocabulary
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.files import is_text, reader
from abmicro.sources.engines.writing import cells_of
from abmicro.sources.sql.fragments import name, nested, select
from abmicro.sources.sql.time import likely_unit
from abmicro.sources.text import casts
from abmicro.sources.text.numerals import PLAIN, Numerals, grammars, numerals_of_columns
from abmicro.sources.text.roles import Role

SAMPLE = 1_000_000
"""Rows of a file that a first look takes."""

UNSURE = ("VARCHAR", "DOUBLE")
"""What DuckDB takes 20.000 and 12,5 for."""

Cells = Mapping[str, Sequence[str]]


def numbers_of(engine: DuckDB, files: Sequence[Path]) -> dict[str, str]:
    """Column to expression, of columns of numbers that the first rows do not write plainly.

    Raises SourceError where they can be read in two ways.
    """
    if not is_text(files):
        return {}
    kinds = engine.columns(reader(files))
    unsure = {one: _kind(one) for one, kind in kinds.items() if kind in UNSURE}
    if not unsure:
        return {}
    text = reader(files, texts=tuple(unsure))
    sample = nested(f"{select([('*', '*')], text)}\nLIMIT {SAMPLE}", "sample")
    cells = cells_of(engine.rows, sample, unsure)
    found = {column: held for column, held in cells.items() if _are_numbers(held)}
    clocks = {column: held for column, held in found.items() if _are_moments(column, held)}
    amounts = {column: held for column, held in found.items() if column not in clocks}
    return _made(amounts) | _made(clocks)


def _are_moments(column: str, cells: Sequence[str]) -> bool:
    """Whether numbers are times since 1970, which a machine writes beside what people write."""
    named = vocabulary.best([column], vocabulary.TIME) is not None
    units = {likely_unit(one.replace(",", ".")) for one in cells}
    return named and not units & {None, TimeUnit.ORDER}


def _kind(column: str) -> Role:
    """Whether a column is called like a count of units, which is whole."""
    named = vocabulary.best([column], vocabulary.UNITS, whole=False)
    return Role.NUMBER if named is None else Role.COUNT


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether every cell that says something is a number in some grammar."""
    return bool(cells) and all(any(g.value(one) is not None for g in grammars()) for one in cells)


def _made(cells: Cells) -> dict[str, str]:
    if not cells:
        return {}
    whole = [column for column in cells if _kind(column) is Role.COUNT]
    grammar = numerals_of_columns(cells, whole)
    if not isinstance(grammar, Numerals):
        column, doubt = grammar
        what = f"column {column!r}: {doubt.what}"
        hint = "write these numbers without signs between thousands"
        raise SourceError(Problem("data", what, "E318", hint))
    if grammar == PLAIN:
        return {}
    return {
        column: _whole(casts.as_number(name(column), grammar), grammar.decimal, held)
        for column, held in cells.items()
        if all(grammar.value(cell) is not None for cell in held)
    }


def _whole(made: str, decimal: str, held: Sequence[str]) -> str:
    """A column of whole numbers as such, by which a first look knows counts."""
    return made if any(decimal in one for one in held) else f"CAST({made} AS BIGINT)"
