"""Values inside columns that hold several, found by their keys in the first rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from abmicro.experiment.data.derived_columns import Field
from abmicro.plain_text import STEERING
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.sql.fields import value_of
from abmicro.sources.sql.fragments import name, nested, select
from abmicro.sources.text.casts import as_name

FIRST = 10_000
MOST = 50
NESTED = ("STRUCT", "MAP", "JSON")


def fields_in(engine: DuckDB, sample: str) -> dict[str, Field]:
    """Name to field, of single values inside structs, maps and JSON, which may be text.

    sample: item of FROM. A value goes by its key, or where a column is called so, by both.
    """
    types, found = engine.columns(sample), dict[str, Field]()
    for column, kind in types.items():
        is_json = kind == "VARCHAR" and _holds_json(engine, sample, column)
        if not is_json and not (kind.startswith(NESTED) and not kind.endswith("]")):
            continue
        for key in _keys(engine, sample, column):
            named = key if key not in {*types, *found} else f"{column}_{key}"
            if len(found) < MOST and named not in found:
                found[named] = Field(name=named, column=column, key=key)
    return found


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


def _keys(engine: DuckDB, sample: str, column: str) -> Iterator[str]:
    """The keys of single values in the first rows, sorted; those that no path can name are not."""
    held = f"CAST({name(column)} AS JSON)"
    where = [f"{name(column)} IS NOT NULL"]
    first = f"{select([(held, 'held')], sample, where=where)}\nLIMIT {FIRST}"
    pairs = select([("held", "held"), ("UNNEST(JSON_KEYS(held))", "k")], nested(first, "first"))
    many = "MAX(CASE WHEN JSON_TYPE(held, '$.\"' || k || '\"') IN ('OBJECT', 'ARRAY') THEN 1 END)"
    plain = [
        "k NOT LIKE '%\"%'",
        "k NOT LIKE '%\\%'",
        "k NOT LIKE '%''%'",
        "TRIM(k) = k",
        "k <> ''",
    ]
    sql = select([("k", "k")], nested(pairs, "pairs"), where=plain, group=["k"])
    for (key,) in engine.rows(f"{sql}\nHAVING {many} IS NULL\nORDER BY k"):
        if not STEERING.search(key):
            yield key
