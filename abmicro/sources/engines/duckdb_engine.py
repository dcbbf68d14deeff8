"""DuckDB over an open connection as an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from abmicro.errors import Problem, SourceError
from abmicro.sources.engines.complaints import refusal
from abmicro.sources.sql.fragments import select
from abmicro.sources.text.casts import MISFIT

if TYPE_CHECKING:
    import duckdb

BATCH = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DuckDB:
    """An open DuckDB connection as an engine.

    connection: a `duckdb.DuckDBPyConnection`; it is used, never closed. misfits: names the cells
    of text at which a statement stopped.
    """

    connection: duckdb.DuckDBPyConnection
    misfits: Callable[[], Sequence[Problem]] | None = None

    @property
    def dialect(self) -> str:
        """DuckDB's own."""
        return "duckdb"

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT in batches; SourceError where DuckDB cannot run it."""
        import duckdb

        try:
            result = self._stoppable(lambda: self.connection.execute(sql))
            while batch := self._stoppable(lambda: result.fetchmany(BATCH)):
                yield from batch
        except (duckdb.Error, UnicodeDecodeError) as error:
            if self.misfits is not None and MISFIT in str(error) and (found := self.misfits()):
                raise SourceError(*found) from None
            raise refusal(error) from error

    def _stoppable(self, run: Callable[[], T]) -> T:
        """Wait for DuckDB where Ctrl-C is heard: it does not listen itself while others work."""
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(run)
            try:
                return work.result()
            except KeyboardInterrupt:
                self.connection.interrupt()
                raise

    def columns(self, relation: str) -> dict[str, str]:
        """Name and type of every column of an item of FROM."""
        described = self.rows("DESCRIBE " + select([("*", "*")], relation))
        return {row[0]: row[1] for row in described}
