"""Tables not computed yet: each is asked on the engine that holds it; only polars is computed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.engines import databases
from abmicro.sources.engines.databases import Database
from abmicro.sources.engines.duckdb_engine import refusal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

NAME = "abmicro_data"
"""What a statement calls the table it is about."""


def native(data: object) -> object:
    """What a narwhals frame stands for; anything else as it is."""
    wrapped = type(data).__module__.startswith("narwhals") and hasattr(data, "to_native")
    return data.to_native() if wrapped else data  # type: ignore[attr-defined]


def is_relation(data: object) -> bool:
    """Whether something is a relation of DuckDB."""
    return type(data).__name__ == "DuckDBPyRelation"


@frozen
class Relation:
    """A relation of DuckDB as an engine, its only table being itself under `NAME`."""

    relation: DuckDBPyRelation

    @property
    def dialect(self) -> str:
        """DuckDB's own."""
        return "duckdb"

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT; SourceError where DuckDB cannot run it."""
        import duckdb

        try:
            yield from self.relation.query(NAME, sql).fetchall()
        except duckdb.Error as error:
            raise refusal(error) from error

    def columns(self) -> dict[str, str]:
        """Name and type of every column."""
        return dict(zip(self.relation.columns, map(str, self.relation.types), strict=True))


@frozen
class Named:
    """A database as an engine in which a SELECT of its own is a table called `NAME`."""

    database: Database
    text: str

    @property
    def dialect(self) -> str:
        """That of the database."""
        return self.database.dialect

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT; SourceError where the database cannot run it."""
        head, others = f"WITH {NAME} AS (\n{self.text}\n)", sql.removeprefix("WITH ")
        yield from self.database.rows(f"{head}{', ' if others != sql else ' '}{others}")

    def columns(self) -> Mapping[str, str]:
        """Name and type of every column; the type is empty where it is not known."""
        return self.database.columns(f"(\n{self.text}\n) AS {NAME}")


def held_by(data: object) -> tuple[DuckDBPyConnection | Database, str] | None:
    """Where an Ibis table is computed, and the SELECT that makes it.

    None for anything else, and where its parts lie in Python or its backend is no open connection:
    such a table is pulled, like a frame.
    """
    table: Any = data
    if not type(data).__module__.startswith("ibis.") or not hasattr(data, "get_backend"):
        return None
    if table.op().find(lambda node: type(node).__name__ == "InMemoryTable"):
        return None
    backend = table.get_backend()
    connection = getattr(backend, "con", None)
    if backend.name == "duckdb":
        return connection, str(backend.compile(table))
    if databases.is_connection(connection):
        return Database(connection, backend.name), str(backend.compile(table))
    return None


def held(frame: Any, asked: Collection[str]) -> object:
    """What can be read again: a reader read to its end, a batch as a table of one.

    Of polars and Arrow only the columns that are asked are handed on: DuckDB looks at each, and
    does not know the types of all. A lazy frame is computed once: DuckDB would compute it for every
    scan, and takes it for a single row. (Where a column is missing the frame stays as it is, so
    that the names of all can be told.)
    """
    if hasattr(frame, "read_all"):
        return frame.read_all()
    module = type(frame).__module__
    if module.startswith("pyarrow") and type(frame).__name__ == "RecordBatch":
        import pyarrow as pa

        frame = pa.Table.from_batches([frame])
    if module.startswith("pyarrow") and type(frame).__name__ == "Table":
        there = [one for one in frame.column_names if one in asked]
        return frame.select(there) if len(there) == len(asked) else frame
    if module.startswith("polars") and hasattr(frame, "collect_schema") and hasattr(frame, "lazy"):
        there = [one for one in frame.collect_schema().names() if one in asked]
        whole = len(there) < len(asked)
        return frame if whole else frame.lazy().select(there).collect()
    return frame


def unreadable(frame: object, error: Exception) -> SourceError:
    """What to raise for something that DuckDB cannot read as a table, or not one of its columns."""
    import duckdb

    what = f"cannot read a {type(frame).__module__}.{type(frame).__qualname__}"
    hint = "hand in a path, a DuckDB connection, or a pandas, polars or Arrow table"
    if isinstance(error, duckdb.NotImplementedException):
        reason = str(error).partition("Error: ")[2]
        what += f": {reason[:1].lower()}{reason[1:]}"
        hint = "make a plain type of the column, or leave it out"
    return SourceError(Problem("data", what, "E303", hint))
