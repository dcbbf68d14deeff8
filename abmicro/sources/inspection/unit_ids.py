"""Which column says whose a row is: the one called so, else one that people have before login."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.sheets.cells import BLANKS
from abmicro.sources.sql.fragments import literal, name, select

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
    Blanks that are no spaces at the ends of ids are told.
    """
    found = _unit_id(engine, sample, names)
    if found.column is None:
        return found
    return UnitId(found.column, (*found.notes, *_odd_ends(engine, sample, found.column)))


def _unit_id(engine: DuckDB, sample: str, names: Sequence[str]) -> UnitId:
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


def _odd_ends(engine: DuckDB, sample: str, column: str) -> Iterator[str]:
    """Ids with signs at their ends that nobody sees and no reading of logs takes away."""
    text, signs = f"CAST({name(column)} AS TEXT)", ", ".join(map(literal, f"\t{BLANKS}"))
    where = [f"(RIGHT({text}, 1) IN ({signs}) OR LEFT({text}, 1) IN ({signs}))"]
    ((rows,),) = engine.rows(select([("COUNT(*)", "rows")], sample, where=where))
    if rows:
        yield (
            f"{column} of {rows:,} rows begins or ends with a tab, a no-break blank or the like, "
            "and counts as another one than without; take these away in the export"
        )


def _lacking(engine: DuckDB, sample: str, names: Sequence[str]) -> dict[str, float]:
    """The share of rows in which each column is empty; 0 where there are no rows."""
    filled = [f"COUNT(NULLIF(CAST({name(one)} AS TEXT), ''))" for one in names]
    items = [(f"1 - {count} / NULLIF(COUNT(*), 0)", f"n{at}") for at, count in enumerate(filled)]
    (row,) = engine.rows(select(items, sample))
    return {one: float(share or 0) for one, share in zip(names, row, strict=True)}
