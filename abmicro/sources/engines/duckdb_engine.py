"""DuckDB as an engine, and what it says of data that it cannot read: where, why, and the cure."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources.engines.copies import NotPlainError
from abmicro.sources.sql.fragments import literal, select
from abmicro.sources.text.casts import CUT, LOST, MISFIT

if TYPE_CHECKING:
    import duckdb

BATCH = 10_000
T = TypeVar("T")

LINE = re.compile(r"CSV Error on Line: (\d+)\nOriginal Line: ?(.*)\n+(.*)")
WIDTH = re.compile(r"Expected Number of Columns: (\d+)")
SIGN = re.compile(r"delimiter = (.)")
FILE = re.compile(r"^ *file = (.*)$", re.MULTILINE)
NUMBER = re.compile(r"Could not convert string '(.*?)' to (?:DOUBLE|DECIMAL|BIGINT)", re.DOTALL)
AMOUNT = re.compile(r"Could not cast value (-?(?:nan|inf|[0-9.]+)) to DECIMAL\(38,9\)")
TOO_LARGE = ("DECIMAL(38,9) failed: value is out of range", "Overflow in HUGEINT")
JSON = re.compile(
    r"Malformed JSON in file \"(.*?)\", at byte \d+ in (?:line|record/value) (\d+): (.*)"
)
NOT_PLAIN = (
    "This file is not utf-8 encoded",
    "invalid UTF-8",
    "UTF-16 encoding is not supported",
    "CSV Parser state machine reached an invalid state",
    CUT,
)
"""What DuckDB says of letters, ends of lines and numbers that a plain copy has no more."""

ZONED = "TIMESTAMP WITH TIME ZONE"
SHOWN = 80


@frozen
class DuckDB:
    """An open DuckDB connection as an engine.

    connection: a `duckdb.DuckDBPyConnection`; it is used, never closed. misfits: names the cells
    of text at which a statement stopped. copy: a file where rows may be kept that are slow to read.
    """

    connection: duckdb.DuckDBPyConnection
    misfits: Callable[[], Sequence[Problem]] | None = None
    copy: Path | None = None

    @property
    def dialect(self) -> str:
        """DuckDB's own."""
        return "duckdb"

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT in batches; SourceError where DuckDB cannot run it."""
        import duckdb

        try:
            batch = self._stoppable(lambda: self._first_batch(sql))
            yield from batch
            while len(batch) == BATCH:
                batch = self._stoppable(lambda: self.connection.fetchmany(BATCH))
                yield from batch
        except (duckdb.Error, UnicodeDecodeError) as error:
            if self.misfits is not None and MISFIT in str(error) and (found := self.misfits()):
                raise SourceError(*found) from None
            raise refusal(error) from error

    def _first_batch(self, sql: str) -> list[tuple[Any, ...]]:
        """The first rows of one SELECT, which then waits for its others to be fetched."""
        told = self.connection.execute(sql).description or ()
        if plain := _without_zones(sql, [str(column[1]) for column in told]):
            self.connection.execute(plain)
        return list(self.connection.fetchmany(BATCH))

    def copied(self, sql: str, copy: Path) -> str:
        """An item of FROM with the rows of a SELECT, written to a file that may be written to."""
        file = literal(str(copy))
        how = "FORMAT parquet, PARQUET_VERSION v2, USE_TMP_FILE false"  # v2 is smaller and quicker
        for _ in self.rows(f"COPY (\n{sql}\n) TO {file} ({how})"):
            pass
        return f"read_parquet({file})"

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


def _without_zones(sql: str, types: Sequence[str]) -> str:
    """The same SELECT with moments of a time zone as plain ones of UTC; empty where it has none.

    DuckDB gives a moment of a time zone to Python by a package of its own, which nobody may have.
    """
    if not any(ZONED in kind for kind in types):
        return ""
    names = [f"c{at}" for at in range(len(types))]
    plain = {kind: "TIMESTAMP" if kind == ZONED else "VARCHAR" for kind in types if ZONED in kind}
    cells = (
        (f"CAST({name} AS {plain[kind]})" if kind in plain else name, name)
        for name, kind in zip(names, types, strict=True)
    )
    return select(list(cells), f"(\n{sql}\n) AS told({', '.join(names)})")


def refusal(error: Exception) -> SourceError:
    """The error to raise for one of DuckDB's."""
    told = str(error)
    if isinstance(error, UnicodeDecodeError) or any(sign in told for sign in NOT_PLAIN):
        return NotPlainError(Problem("data.source", _first(told), "E304", "save it as UTF-8"))
    if LOST in told:
        what = (
            "numbers inside JSON that stand for texts, such as ids, have more digits than are kept"
        )
        return SourceError(Problem("data.fields", what, "E676", "write them in quotes"))
    found = (
        _of_line(told)
        or _of_json(told)
        or _of_number(told)
        or _of_amount(told)
        or _of_machine(told)
    )
    return SourceError(found or _other(told))


def _of_line(told: str) -> Problem | None:
    """A line of text that has no place in the table."""
    found = LINE.search(told)
    if found is None:
        return None
    line, cause = found[2], found[3]
    hint = "mend or delete this line"
    if width := WIDTH.search(told):
        sign = SIGN.search(told)
        cells = len(next(csv.reader([line], delimiter=sign[1] if sign else ",")))
        cause = f"{cells} cells where there are {width[1]} columns"
        hint += "; a cell that holds the sign between cells stands in quotes"
    elif "unterminated quote" in told:
        cause = "a quote that does not end where its cell ends"
        hint += "; a quote within quotes stands twice"
    file = FILE.search(told)
    named = f"{_base(file[1])}, " if file else ""
    what = f"{named}line {int(found[1]):,}: {cause.strip(' .').lower()} ({_short(line)})"
    return Problem("data.source", what, "E328", hint)


def _of_json(told: str) -> Problem | None:
    found = JSON.search(told)
    if found is None:
        return None
    what = f"{_base(found[1])}, record {int(found[2]):,}: {found[3].strip(' .')}"
    return Problem("data.source", what, "E328", "mend or delete this record")


def _of_number(told: str) -> Problem | None:
    """A value, such as one inside a column, that is no number as engines write them."""
    found = NUMBER.search(told)
    if found is None:
        return None
    what = f"{_short(found[1])!r} stands where a number is asked"
    hint = "write numbers inside columns with a point, and without signs between thousands"
    return Problem("data", what, "E307", hint)


def _of_amount(told: str) -> Problem | None:
    """An amount that is no number, or that has no exact sum of squares."""
    found = AMOUNT.search(told)
    if found is None and not any(sign in told for sign in TOO_LARGE):
        return None
    if found and "n" in found[1]:
        hint = "write a number, or leave the cell empty where nothing is known"
        return Problem("data", f"{found[1]} stands where an amount is asked", "E307", hint)
    what = "amounts are so large that they, or their squares, have no exact sum"
    return Problem("data", what, "E307", "look for amounts above 10^14, such as ids or times")


def _of_machine(told: str) -> Problem | None:
    """Where the machine, not the data, is at fault."""
    hint = ""
    if "No space left" in told or "failed to offload" in told:
        hint = (
            "the disk is full: free some space, set TMPDIR to a larger one, or allow more --memory"
        )
    elif "Out of Memory" in told:
        hint = "allow more with --memory, or fewer --threads, which share it"
    return Problem("data", f"DuckDB stopped: {_first(told)}", "E304", hint) if hint else None


def _other(told: str) -> Problem:
    what = f"DuckDB cannot read it: {_first(told)}"
    return Problem("data", what, "E304", "export or save the data again")


def _first(told: str) -> str:
    """The first paragraph, without DuckDB's word for the kind of error."""
    lines = told.partition("\n\n")[0].splitlines()
    return " ".join(line.strip() for line in lines if line.strip())


def _base(path: str) -> str:
    return path.strip().replace("\\", "/").rpartition("/")[2]


def _short(line: str) -> str:
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."
