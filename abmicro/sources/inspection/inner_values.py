"""Values inside columns that hold several, found by their keys in the first rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from abmicro.experiment.data.derived_columns import Field
from abmicro.plain_text import STEERING
from abmicro.sources import vocabulary
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.sql.fields import path_to, value_of
from abmicro.sources.sql.fragments import literal, name, nested, select
from abmicro.sources.text.casts import as_name

FIRST = 10_000
MOST = 50
DEPTH, MOST_PARTS = 3, 10
"""How many keys lead to a variant at most, and how many parts of one are looked into."""
NESTED = ("STRUCT", "MAP", "JSON")

Path = tuple[str, ...]
"""Keys that lead to a value, the outermost first."""


def fields_in(engine: DuckDB, sample: str) -> dict[str, Field]:
    """Name to field, of single values inside structs, maps and JSON, which may be text.

    sample: item of FROM. A value goes by its key, or where a column is called so, by both.
    Deeper than one key only a variant is looked for, and taken where there is no other.
    """
    types, found = engine.columns(sample), dict[str, Field]()
    for column, kind in holders(engine, sample).items():
        if kind.endswith("]"):
            continue
        single, deeper = _keys(engine, sample, column)
        below = [one for key in deeper for one in _variants(engine, sample, column, (key,))]
        for path in [*((key,) for key in single), *(below if len(below) == 1 else ())]:
            key = path[-1]
            named = key if key not in {*types, *found} else "_".join((column, *path))
            if len(found) < MOST and named not in found:
                found[named] = Field(name=named, column=column, key=path)
    return found


def holders(engine: DuckDB, sample: str) -> dict[str, str]:
    """Column to type, of those that hold several values: structs, maps, JSON, and lists of them."""
    return {
        column: kind
        for column, kind in engine.columns(sample).items()
        if kind.startswith(NESTED) or (kind == "VARCHAR" and _holds_json(engine, sample, column))
    }


def with_fields(engine: DuckDB, sample: str, fields: Collection[Field]) -> str:
    """The sample with these values as columns of their own."""
    if not fields:
        return sample
    types = engine.columns(sample)
    made = [(as_name(value_of(one, types[str(one.column)])), name(one.name)) for one in fields]
    return nested(select([("*", "*"), *made], sample), "sample")


def _holds_json(engine: DuckDB, sample: str, column: str) -> bool:
    cell = name(column)
    first = nested(
        f"{select([(cell, cell)], sample, where=[f'{cell} IS NOT NULL'])}\nLIMIT 100", "f"
    )
    told = f"BOOL_AND({cell} LIKE '{{%' AND JSON_VALID({cell}))"
    ((holds,),) = engine.rows(select([(told, "holds")], first))
    return bool(holds)


def _variants(engine: DuckDB, sample: str, column: str, above: Path) -> Iterator[Path]:
    """The paths below one that end in a key called like a variant."""
    single, deeper = _keys(engine, sample, column, above)
    for key in single:
        if vocabulary.best([key], vocabulary.VARIANT[: vocabulary.SURE], whole=False):
            yield (*above, key)
    for key in deeper if len(above) < DEPTH - 1 else ():
        yield from _variants(engine, sample, column, (*above, key))


def _keys(
    engine: DuckDB, sample: str, column: str, above: Path = ()
) -> tuple[list[str], list[str]]:
    """The keys of single values in the first rows, and those of parts that have keys themselves.

    Sorted; those that no path can name are not among them. above: keys that lead to the part.
    """
    held = f"CAST({name(column)} AS JSON)"
    if above:
        held = f"JSON_EXTRACT({held}, {literal(path_to(above))})"
    where = [f"{name(column)} IS NOT NULL"]
    first = f"{select([(held, 'held')], sample, where=where)}\nLIMIT {FIRST}"
    pairs = select([("held", "held"), ("UNNEST(JSON_KEYS(held))", "k")], nested(first, "first"))
    kind = "JSON_TYPE(held, '$.\"' || k || '\"')"
    plain = [
        "k NOT LIKE '%\"%'",
        "k NOT LIKE '%\\%'",
        "k NOT LIKE '%''%'",
        "TRIM(k) = k",
        "k <> ''",
    ]
    items = [
        ("k", "k"),
        (f"BOOL_AND({kind} NOT IN ('OBJECT', 'ARRAY'))", "single"),
        (f"BOOL_AND({kind} IN ('OBJECT', 'NULL'))", "deeper"),
    ]
    sql = select(items, nested(pairs, "pairs"), where=plain, group=["k"])
    rows = [row for row in engine.rows(f"{sql}\nORDER BY k") if not STEERING.search(row[0])]
    singles = [key for key, single, _ in rows if single]
    return singles, [key for key, single, deeper in rows if deeper and not single][:MOST_PARTS]
