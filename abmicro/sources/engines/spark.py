"""A Spark session as an engine: where a site goes whose events outgrow one machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.sql.fragments import name

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Spark's words for types, where they are not those that the checks of columns know.
TYPES = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "timestamp_ntz": "TIMESTAMP",
    "timestamp": "TIMESTAMP",
}
SPARK_HINT = "write its name with catalog and schema, as the session knows it"
EPOCH = "TIMESTAMP_NTZ'1970-01-01 00:00:00'"


@frozen
class Spark:
    """A Spark session as an engine.

    session: a `pyspark.sql.SparkSession`; it is used, never stopped.
    """

    session: SparkSession

    @property
    def dialect(self) -> str:
        """Spark's own."""
        return "spark"

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT; SourceError where Spark cannot run it."""
        from pyspark.errors import PySparkException

        try:
            yield from map(tuple, self.session.sql(sql).toLocalIterator())
        except PySparkException as error:
            reason = str(error).strip().partition("\n")[0]
            what = f"Spark cannot answer: {reason}"
            hint = "try the SELECT that `abmicro query --dialect spark` prints in the session"
            raise SourceError(Problem("data", what, "E304", hint)) from None


def is_session(data: object) -> bool:
    """Whether something is a Spark session, classic or connected."""
    kind = type(data)
    return kind.__module__.startswith("pyspark.sql") and kind.__name__ == "SparkSession"


def is_frame(data: object) -> bool:
    """Whether something is a Spark data frame, classic or connected."""
    kind = type(data)
    return kind.__module__.startswith("pyspark.sql") and kind.__name__ == "DataFrame"


def table(session: SparkSession, named: str) -> DataFrame:
    """A table or view of a session; SourceError where there is none of that name."""
    from pyspark.errors import PySparkException

    quoted = ".".join("`" + part.replace("`", "``") + "`" for part in named.split("."))
    try:
        return session.table(quoted)
    except PySparkException:
        raise SourceError(
            Problem("data.table", f"Spark knows no table {named!r}", "E301", SPARK_HINT)
        ) from None


@contextmanager
def viewed(frame: DataFrame) -> Iterator[tuple[Spark, str, dict[str, str]]]:
    """Engine, relation and columns of a frame, its moments read in UTC whatever the session's zone.

    The frame is seen through a view of its own, which is gone at the end.
    """
    from pyspark.sql.functions import expr

    view = f"abmicro_{uuid4().hex}"
    columns = []
    for column, kind in frame.dtypes:
        quoted = "`" + column.replace("`", "``") + "`"
        moment = f"TIMESTAMPADD(MICROSECOND, UNIX_MICROS({quoted}), {EPOCH})"
        columns.append(expr(moment if kind == "timestamp" else quoted).alias(column))
    frame.select(*columns).createOrReplaceTempView(view)
    session = frame.sparkSession
    try:
        yield Spark(session), name(view), {column: _type(kind) for column, kind in frame.dtypes}
    finally:
        session.catalog.dropTempView(view)


def _type(kind: str) -> str:
    return TYPES.get(kind, kind.upper())
