"""Rows of counts that would be counted twice, looked for in a source or in a first look at data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, cast
from warnings import warn

from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.engines.engine import Engine, Source
from abmicro.sources.sheets.columns import is_label
from abmicro.sources.sheets.double_counts import Labels, Sheet, find_doubles
from abmicro.sources.sql.columns import rates, recorded_arms, recorded_variant, squares, values
from abmicro.sources.sql.dialects import translate
from abmicro.sources.sql.exclusions import meant
from abmicro.sources.sql.fragments import name, nested, select

NUMERIC = (int, float, Decimal)
MOST_ROWS = 200_000
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\s*%?")
TIMED = re.compile(r".*(day|date|week|month|year|hour|tag|datum|woche|monat|jahr).*", re.IGNORECASE)
TEXTS = ("VARCHAR", "TEXT", "CHAR", "STRING", "ENUM", "BOOL", "DATE", "TIME")


def refuse_doubles(experiment: Experiment, source: Source) -> None:
    """Raise SourceError for rows of the counts shape that would be counted twice.

    Totals beside their parts, one row per metric, and rows that nothing tells apart. Unmapped
    columns of text and time count among what tells rows apart, where the engine knows its columns.
    """
    data = experiment.require_data()
    relation, variant = meant(experiment, source.relation), data.columns.variant
    if variant is None:  # every row is of the one variant there is
        variant = experiment.control.name
        told = (recorded_variant(experiment), name(variant))
        relation = nested(select([("*", "*"), told], relation), "of_one")
    mapped = [variant, *(one.column for one in experiment.segments)]
    mapped += [data.columns.period] if data.columns.period else []
    counted = [str(data.columns.units), *(goal.column or goal.name for goal in rates(experiment))]
    for goal in values(experiment):
        counted += [str(goal.value), squares(goal)]
    variants = [recorded for recorded, _ in recorded_arms(experiment)]
    refuse_twice(
        source.engine,
        relation,
        source.columns or {},
        mapped,
        counted,
        data.columns.period,
        variants,
    )


def refuse_twice(
    engine: Engine,
    relation: str,
    types: Mapping[str, str],
    mapped: Sequence[str],
    counted: Sequence[str],
    period: str | None,
    variants: Sequence[str],
) -> None:
    """Raise SourceError for rows of counts that would be counted twice.

    types: column to type, as far as known. mapped: columns of labels, the variant's first.
    counted: columns of counts, the units' first. variants: variants that a definition names.
    """
    extra = [name for name, kind in types.items() if _tells_apart(name, kind)]
    columns = list(dict.fromkeys([*mapped, *(name for name in extra if name not in counted)]))
    numbers = list(dict.fromkeys(counted))
    rows = _rows(engine, relation, columns, numbers)
    if rows is None:
        return
    kept = [
        index
        for index, column in enumerate(columns)
        if column in mapped or not _is_numbers(rows, columns, index)
    ]
    sheet = Sheet(
        columns=tuple(columns[index] for index in kept),
        counted=tuple(numbers),
        **_cells(rows, kept, len(columns)),
        mapped=frozenset(mapped),
        dated=frozenset(_dated(types, columns, period)),
        arms=frozenset(variants),
    )
    if problems := tuple(find_doubles(sheet)):
        raise SourceError(*problems)


def _rows(
    engine: Engine, relation: str, columns: Sequence[str], numbers: Sequence[str]
) -> list[tuple[object, ...]] | None:
    """Labels as text and counts of every row; None, with a warning, where they are too many."""
    items = [(f"CAST({name(column)} AS TEXT)", f"l{at}") for at, column in enumerate(columns)]
    items += [(name(column), f"c{at}") for at, column in enumerate(numbers)]
    sql = translate(select(items, relation), engine.dialect)
    rows = list(islice(engine.rows(sql), MOST_ROWS + 1))
    if len(rows) <= MOST_ROWS:
        return rows
    warn(
        f"more than {MOST_ROWS:,} rows of counts: not searched for totals or rows that stand "
        "twice; add them up to fewer rows to have them searched",
        stacklevel=2,
    )
    return None


def _cells(rows: Sequence[tuple[object, ...]], kept: Sequence[int], wide: int) -> dict[str, Any]:
    """Labels and counts of the rows whose counts are all numbers."""
    whole = [row for row in rows if all(isinstance(cell, NUMERIC) for cell in row[wide:])]
    labels: list[Labels] = [tuple(cast("str | None", row[at]) for at in kept) for row in whole]
    counts = tuple(tuple(float(cast("float", cell)) for cell in row[wide:]) for row in whole)
    return {"labels": tuple(labels), "counts": counts}


def _dated(types: Mapping[str, str], columns: Sequence[str], period: str | None) -> Iterator[str]:
    """Columns of time, by their type, their name or the definition."""
    yield from (column for column, kind in types.items() if "DATE" in kind or "TIME" in kind)
    yield from filter(TIMED.fullmatch, columns)
    if period:
        yield period


def _tells_apart(column: str, kind: str) -> bool:
    known = kind.upper()
    nested = known.endswith("]") or known.startswith(("STRUCT", "MAP", "UNION"))
    whole = "INT" in known and (TIMED.fullmatch(column) is not None or is_label(column))
    return not nested and (whole or any(one in known for one in TEXTS))


def _is_numbers(rows: Sequence[tuple[object, ...]], columns: Sequence[str], at: int) -> bool:
    """Whether a column is of rates or numbers written as text, which tell no rows apart."""
    told = [str(row[at]) for row in rows if row[at] is not None]
    named = TIMED.fullmatch(columns[at]) or is_label(columns[at])
    return not named and all(NUMBER.fullmatch(one.strip()) for one in told)
