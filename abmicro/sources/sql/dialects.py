"""The one text in every engine's SQL, and the few things that are said otherwise somewhere.

Statements are written in DuckDB's SQL, in the part of it that engines share, and translated. What
remains is listed here: ClickHouse must be told to treat missing values as SQL does and to round
decimals, SQLite has no times, so they are read as microseconds and dates as text, and not every
engine aggregates by OR.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from abmicro.errors import Problem, SourceError, suggest
from abmicro.experiment.model import Experiment, TimeUnit
from abmicro.sources.sql.fragments import name, nested, select
from abmicro.sources.sql.nested_values import in_parts_of

if TYPE_CHECKING:
    from sqlglot import exp

LIKE_SQL = (
    "SETTINGS join_use_nulls = 1, prefer_column_name_to_alias = 1, cast_keep_nullable = 1, "
    "aggregate_functions_null_for_empty = 1"
)
TICKS_OF = "ABMICRO_MICROSECONDS"  # stands for a function that each timeless dialect writes anew
TIME = "abmicro_time"
HALF = "0.0000000005"  # of the last place of a sum's decimals
ENDINGS = {"clickhouse": LIKE_SQL}
TIMELESS = ("sqlite",)
BIT_OR = (
    *("athena", "bigquery", "clickhouse", "databricks", "mysql", "postgres", "presto", "redshift"),
    *("snowflake", "spark", "trino"),
)
"""Dialects of engines that aggregate by OR; elsewhere each bit is aggregated by itself."""
SECONDS_BETWEEN = {"bigquery": "DatetimeDiff", "mysql": "TimestampDiff", "doris": "TimestampDiff"}
"""What a difference of times is called where a difference of dates would be written."""


def known_dialects() -> list[str]:
    """The names of dialects that a query can be written in, sorted."""
    from sqlglot import Dialect

    return sorted(filter(None, Dialect.classes))


def translate(text: str, dialect: str) -> str:
    """DuckDB's SQL in another dialect; SourceError for one that sqlglot does not know.

    >>> print(translate('SELECT CAST("day" AS DATE) AS "day" FROM "shop"', "sqlite"))
    SELECT
      DATE("day") AS "day"
    FROM "shop"
    """
    if dialect == "duckdb":
        return text
    from sqlglot import parse_one

    if dialect not in (known := known_dialects()):
        raise SourceError(
            Problem("dialect", f"no dialect {dialect!r}", "E309", suggest(dialect, known))
        )
    tree = in_parts_of(dialect, parse_one(text, read="duckdb"))
    if dialect in TIMELESS:
        tree = tree.transform(_without_times)
    if dialect == "clickhouse":
        tree = tree.transform(_rounded)
    if dialect not in BIT_OR:
        tree = tree.transform(_bit_by_bit)
    if dialect in SECONDS_BETWEEN:
        tree = tree.transform(_between_times, SECONDS_BETWEEN[dialect])
    written = tree.sql(dialect, pretty=True)
    return f"{written}\n{ENDINGS[dialect]}" if dialect in ENDINGS else written


def as_read(experiment: Experiment, relation: str, dialect: str) -> tuple[Experiment, str]:
    """Experiment and relation as a dialect can read them: where it has no times, microseconds."""
    data = experiment.data
    if dialect not in TIMELESS or data is None or data.columns.time is None:
        return experiment, relation
    if data.time_unit is not TimeUnit.TIMESTAMP:
        return experiment, relation
    ticks = f"{TICKS_OF}({name(data.columns.time)})"
    columns = data.columns.model_copy(update={"time": TIME})
    read = data.model_copy(update={"columns": columns, "time_unit": TimeUnit.MICROSECONDS})
    everything = select([("*", "*"), (ticks, name(TIME))], relation)
    return experiment.model_copy(update={"data": read}), nested(everything, "data")


def _without_times(node: exp.Expression) -> exp.Expression:
    """One node of a statement for SQLite."""
    from sqlglot import exp

    if isinstance(node, exp.Cast) and node.is_type(exp.DataType.Type.DATE):
        return exp.Anonymous(this="DATE", expressions=[node.this])
    if isinstance(node, exp.Anonymous) and node.name.upper() == TICKS_OF:
        return exp.maybe_parse(_microseconds(node.expressions[0].sql("sqlite")), dialect="sqlite")
    return node


def _rounded(node: exp.Expression) -> exp.Expression:
    """One node of a statement for ClickHouse, whose decimals cut off what DuckDB's round."""
    from sqlglot import exp

    if isinstance(node, exp.Cast) and node.is_type(exp.DataType.Type.DECIMAL):
        value = node.this.sql("clickhouse")
        rounded = exp.maybe_parse(f"{value} + SIGN({value}) * {HALF}", dialect="clickhouse")
        return exp.Cast(this=rounded, to=node.to)
    return node


def _bit_by_bit(node: exp.Expression) -> exp.Expression:
    """One node of a statement where no aggregate takes bits together: the largest of each, added.

    Each addend is a bit of its own, or 0.
    """
    from sqlglot import exp

    if not isinstance(node, exp.BitwiseOrAgg):
        return node
    bits = node.this.flatten() if isinstance(node.this, exp.Add) else [node.this]
    largest = (exp.Max(this=bit.copy()) for bit in bits)
    return exp.paren(reduce(lambda sum_, bit: exp.Add(this=sum_, expression=bit), largest))


def _between_times(node: exp.Expression, kind: str) -> exp.Expression:
    """One node of a statement where dates and times are subtracted by different names."""
    from sqlglot import exp

    if isinstance(node, exp.DateDiff):
        between: type[exp.Expression] = getattr(exp, kind)
        return between(this=node.this, expression=node.expression, unit=node.args["unit"])
    return node


def _microseconds(column: str) -> str:
    """Microseconds since 1970 of a time that SQLite holds as text, with or without a zone.

    SQLite rounds fractions of a second to thousandths, hence they are taken from the text.
    """
    offset = f"{column} GLOB '*:*[+-][0-9][0-9]:[0-9][0-9]'"
    zone = f"CASE WHEN {offset} THEN SUBSTR({column}, -6) ELSE '' END"
    decimals = f"REPLACE(REPLACE(SUBSTR({column}, INSTR({column}, '.') + 1), {zone}, ''), 'Z', '')"
    rest = f"CAST(SUBSTR({decimals} || '000000', 1, 6) AS INTEGER)"
    fraction = f"CASE WHEN INSTR({column}, '.') > 0 THEN {rest} ELSE 0 END"
    return f"(UNIXEPOCH(SUBSTR({column}, 1, 19) || {zone}) * 1000000 + {fraction})"
