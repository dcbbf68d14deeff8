"""How each dialect reaches a value inside a column, where sqlglot's translation is not enough.

DuckDB's text has three forms of it: STRUCT_EXTRACT, the first of a filtered list, and `->>`.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from abmicro.errors import Problem, SourceError

if TYPE_CHECKING:
    from sqlglot import exp

STRUCTS = {"bigquery", "spark", "databricks", "trino", "athena", "clickhouse", "redshift"}
"""Dialects that write a dot before a part of a struct."""

LISTS = (STRUCTS | {"snowflake"}) - {"redshift"}
"""Dialects that can look for a pair in a list within a row."""

ELEMENT = {
    "spark": "TRY_ELEMENT_AT",
    "databricks": "TRY_ELEMENT_AT",
    "trino": "ELEMENT_AT",
    "athena": "ELEMENT_AT",
}
"""Functions that give an element of a list or NULL, where the bracket fails beyond the end."""


def in_parts_of(dialect: str, tree: exp.Expression) -> exp.Expression:
    """The statement with values inside columns as a dialect reaches them.

    Raises SourceError for a dialect that cannot.
    """
    for way in (_pair, _struct, _json):
        tree = tree.transform(way, dialect, copy=False)
    return tree


def _struct(node: exp.Expression, dialect: str) -> exp.Expression:
    """A part of a struct."""
    from sqlglot import exp

    if not isinstance(node, exp.StructExtract):
        return node
    keys: list[str] = []
    while isinstance(node, exp.StructExtract):
        keys.insert(0, node.expression.name)
        node = node.this
    if dialect == "snowflake":
        path = "".join(f'["{key}"]' for key in keys)
        return exp.Anonymous(this="GET_PATH", expressions=[node, exp.Literal.string(path)])
    if dialect not in STRUCTS:
        raise _unreached(dialect, "a struct", node)
    names = (exp.to_identifier(key, quoted=True) for key in keys)
    return reduce(lambda of, key: exp.Dot(this=of, expression=key), names, node)


def _pair(node: exp.Expression, dialect: str) -> exp.Expression:
    """What is made of the first pair of a list that a condition keeps; NULL where none is."""
    from sqlglot import exp

    if not (isinstance(node, exp.Bracket) and isinstance(node.this, exp.Transform)):
        return node
    made = node.this
    if dialect not in LISTS:
        raise _unreached(dialect, "repeated pairs", made.this.this)
    if dialect == "bigquery":
        wanted, (p,) = made.this.expression, made.this.expression.expressions
        pairs = exp.Unnest(expressions=[made.this.this], alias=exp.TableAlias(columns=[p.copy()]))
        value = exp.select(made.expression.this).from_(pairs).where(wanted.this).limit(1)
        return value.subquery()
    if dialect in ELEMENT:
        return exp.Anonymous(this=ELEMENT[dialect], expressions=[made, exp.Literal.number(1)])
    return node


def _json(node: exp.Expression, dialect: str) -> exp.Expression:
    """A value of JSON as text; NULL where there is none."""
    from sqlglot import exp

    if not isinstance(node, exp.JSONExtractScalar):
        return node
    column, path = node.this, node.expression
    keys = [key.this for key in path.find_all(exp.JSONPathKey)]
    if dialect == "postgres":
        return exp.JSONExtractScalar(this=exp.cast(column, "JSON"), expression=path)
    if dialect == "clickhouse":
        told = [exp.Literal.string(one) for one in (*keys, "Nullable(String)")]
        return exp.Anonymous(this="JSONExtract", expressions=[column, *told])
    if dialect in ("spark", "databricks"):
        told = exp.Literal.string("$" + "".join(f"['{key}']" for key in keys))
        return exp.Anonymous(this="GET_JSON_OBJECT", expressions=[column, told])
    if dialect == "sqlite":  # whose truths are 0 and 1
        at = "$" + "".join(f'."{key}"' for key in keys)
        kind = exp.Anonymous(this="JSON_TYPE", expressions=[column, exp.Literal.string(at)])
        truths = [exp.Literal.string(one) for one in ("true", "false")]
        chosen = exp.Case(this=kind, default=node.copy())
        return reduce(lambda case, truth: case.when(truth, truth), truths, chosen)
    return node


def _unreached(dialect: str, what: str, column: exp.Expression) -> SourceError:
    told = f"{dialect} cannot look into {what} ({column.name})"
    hint = "make columns of these values in a view, or hold them as JSON and name them so"
    return SourceError(Problem("data.fields", told, "E309", hint))
