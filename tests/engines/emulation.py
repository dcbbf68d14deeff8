"""Snowflake's and BigQuery's SQL, run by emulations in environments of their own.

fakesnow and bqemulator pin libraries that abmicro is past, so the text is handed to another Python:
a statement a line on its standard input, the rows as JSON on its standard output. Run as a program,
this file is that other side, which imports nothing of abmicro.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

Run = Callable[[str], list[list[Any]]]
BACKSLASHED = "\\'"


@dataclass(frozen=True)
class Emulation:
    """An engine of `collect` on the other side of a pipe.

    kinds: its names of a text, a moment and a number. quoted: how it writes a name. quote: what
    stands for a quote within a text.
    """

    process: subprocess.Popen[str]
    dialect: str
    kinds: tuple[str, str, str]
    quoted: str
    quote: str

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one statement, whose decimals and days come as text."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(sql) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, f"{answer['error']}\n{sql}"
        return map(tuple, answer["rows"])

    def fill(self, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Make the table log anew."""
        text, moment, number = self.kinds
        kinds = {"ts": moment, "amount": number}
        name = self.quoted.format
        named = ", ".join(f"{name(column)} {kinds.get(column, text)}" for column in columns)
        list(self.rows(f"CREATE OR REPLACE TABLE {name('log')} ({named})"))
        values = ", ".join("(" + ", ".join(map(self.literal, row)) + ")" for row in rows)
        list(self.rows(f"INSERT INTO {name('log')} VALUES {values}"))

    def literal(self, value: Any) -> str:
        """A value as its SQL."""
        return literal(value, self.quote)


def literal(value: Any, quote: str) -> str:
    """A value as SQL that escapes by a backslash; quote: what stands for a quote in a text."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return repr(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", quote) + "'"


EMULATED = {
    "snowflake": (("TEXT", "TIMESTAMP_NTZ", "DOUBLE"), '"{}"', "''"),
    "bigquery": (("STRING", "DATETIME", "FLOAT64"), "`{}`", BACKSLASHED),
}


def python_of(dialect: str) -> Path:
    """The interpreter of an emulation; `make full` makes it."""
    return Path(sys.prefix) / dialect / "bin" / "python"


def started(dialect: str) -> Emulation:
    """An emulation, waiting for statements."""
    command = [str(python_of(dialect)), "-W", "ignore", __file__, dialect]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    process = subprocess.Popen(command, **pipes, stderr=subprocess.DEVNULL, text=True)
    return Emulation(process, dialect, *EMULATED[dialect])


# the other side


@contextmanager
def snowflake() -> Iterator[Run]:
    """What runs a statement on fakesnow."""
    import fakesnow
    import snowflake.connector

    with fakesnow.patch():
        connection = snowflake.connector.connect(database="shop", schema="public")
        yield lambda sql: [list(row) for row in connection.cursor().execute(sql).fetchall()]


@contextmanager
def bigquery() -> Iterator[Run]:
    """What runs a statement on bqemulator, whose geography would need the network."""
    from bqemulator.config import Settings
    from bqemulator.server import EmulatorServer
    from bqemulator.storage.engine import DuckDBEngine

    DuckDBEngine._load_spatial = DuckDBEngine._load_format_extensions = lambda _: None
    server, loop = EmulatorServer(Settings(rest_port=0, grpc_port=0)), asyncio.new_event_loop()
    Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)
    url = f"http://127.0.0.1:{server.rest_port}/bigquery/v2/projects/shop/queries"
    where = {"projectId": "shop", "datasetId": "web"}

    def run(sql: str) -> list[list[Any]]:
        sql = sql.replace("AS NUMERIC)", "AS NUMERIC(38, 9))")  # it keeps 3 of the 9 places
        asked = {"query": sql, "useLegacySql": False, "maxResults": 100_000}
        if not sql.startswith("CREATE SCHEMA"):
            asked["defaultDataset"] = where
        head = {"Content-Type": "application/json"}
        with urlopen(Request(url, json.dumps(asked).encode(), head)) as answer:
            found = json.load(answer)
        assert "pageToken" not in found
        return [[cell["v"] for cell in row["f"]] for row in found.get("rows", [])]

    run("CREATE SCHEMA web")
    yield run


def serve(emulate: Callable[[], AbstractContextManager[Run]]) -> None:
    """Answer statements until there are no more; what emulations print is no answer."""
    answers, sys.stdout = sys.stdout, sys.stderr
    with emulate() as run:
        for line in sys.stdin:
            try:
                answer = {"rows": run(json.loads(line))}
            except Exception as error:
                told = error.read().decode() if hasattr(error, "read") else ""
                answer = {"error": f"{error!r} {told}"}
            print(json.dumps(answer, default=str), file=answers, flush=True)


if __name__ == "__main__":
    serve({"snowflake": snowflake, "bigquery": bigquery}[sys.argv[1]])
