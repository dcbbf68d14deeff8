"""Which column says whose a row is: the one called so, else one that people have before login."""

from __future__ import annotations

from collections.abc import Sequence

from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.sql.fragments import name, select

LACKING = 0.01
"""Share of rows without an id above which another column is asked."""


@frozen
class UnitId:
    """The column of the unit, None where none is called so, and what its owner should know."""

    column: str | None
    notes: tuple[str, ...] = ()


def unit_id(engine: DuckDB, sample: str, names: Sequence[str]) -> UnitId:
    """The column of the unit among these.

    sample: item of FROM of the first rows. names: its columns of single values.
    An id of people who logged in is empty before: rows without it would be left out, and people
    with them. Where it lacks in rows that another id of visitors has, that one is taken.
    """
    called = vocabulary.best(names, vocabulary.UNIT)
    if called is None:
        return UnitId(None)
    early = [one for one in names if vocabulary.best([one], vocabulary.BEFORE_LOGIN)]
    lacking = _lacking(engine, sample, list(dict.fromkeys([called, *early])))
    share = lacking[called]
    if share <= LACKING:
        return UnitId(called)
    told = f"{called} is empty in {share:.1%} of the rows"
    full = [one for one in early if lacking[one] <= min(LACKING, share / 2)]
    other = vocabulary.best(full, vocabulary.BEFORE_LOGIN)
    if other is None:
        return UnitId(
            called, (f"{told}, which nobody is counted by; name an id that all rows have",)
        )
    return UnitId(other, (f"{told}, so the unit is {other}; to count {called}, write it as unit",))


def _lacking(engine: DuckDB, sample: str, names: Sequence[str]) -> dict[str, float]:
    """The share of rows in which each column is empty; 0 where there are no rows."""
    filled = [f"COUNT(NULLIF(CAST({name(one)} AS TEXT), ''))" for one in names]
    items = [(f"1 - {count} / NULLIF(COUNT(*), 0)", f"n{at}") for at, count in enumerate(filled)]
    (row,) = engine.rows(select(items, sample))
    return {one: float(share or 0) for one, share in zip(names, row, strict=True)}
