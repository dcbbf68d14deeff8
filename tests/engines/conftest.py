"""Real engines: each a function that takes a nasty log and gives what `collect` is handed."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import duckdb
import pyarrow as pa
import pytest

from . import emulation
from .emulation import BACKSLASHED, Emulation, literal

Rows = Sequence[tuple[Any, ...]]
COLUMNS = ("user_id", "ts", "event", "variant", "page", "tx", "amount", "device", "visit")
PASSWORD = "p@ss w/rd:1"  # noqa: S105 - of a server that lives for a minute


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of our own on loopback."""

    port: int

    def connect(self, user: str = "owner", password: str = "") -> Any:
        import psycopg

        return psycopg.connect(
            f"host=127.0.0.1 port={self.port} dbname=postgres",
            user=user,
            password=password,
            autocommit=True,
        )


def missing(what: str) -> NoReturn:
    """Skip on a machine without an engine; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is needed in CI")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server that lives as long as the tests, its files in a folder of theirs."""
    found = [shutil.which("initdb"), *Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    initdb = next((Path(program) for program in found if program), None)
    if initdb is None:
        missing("PostgreSQL")
    with TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        data, secret = Path(folder, "data"), Path(folder, "secret")
        data.mkdir(mode=0o700)
        secret.write_text(PASSWORD)
        as_user: dict[str, Any] = {"env": {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}}
        if os.getuid() == 0:  # the server refuses to be run by root
            as_user |= {"user": "nobody", "group": "nogroup"}
            for path in (Path(folder), data, secret):
                shutil.chown(path, "nobody")
        made = [
            str(initdb),
            "-D",
            str(data),
            "-U",
            "owner",
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
        ]
        subprocess.run(made, check=True, capture_output=True, **as_user)
        free.close()
        served = [str(initdb.with_name("postgres")), "-D", str(data), "-p", str(port)]
        served += ["-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
        with subprocess.Popen(served, stderr=subprocess.DEVNULL, **as_user) as process:
            try:
                yield _answering(Server(port))
            finally:
                process.terminate()


def _answering(server: Server) -> Server:
    """The server once it answers."""
    import psycopg

    for _ in range(100):
        try:
            server.connect(password=PASSWORD).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return server
    pytest.fail("PostgreSQL does not answer")


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """Spark in this process, in a zone of its own so that no test passes by being in UTC."""
    if find_spec("pyspark") is None:
        missing("pyspark")
    if shutil.which("java") is None:
        missing("Java, which Spark needs,")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "Asia/Tokyo")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.memory", "2g")
        .config("spark.buffer.pageSize", "1m")  # of every operator at once, and there are hundreds
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    yield session
    session.stop()


def in_duckdb(rows: Rows) -> duckdb.DuckDBPyConnection:
    """The reference: every other engine must say the same."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE log (user_id TEXT, ts TIMESTAMP, event TEXT, variant TEXT, page TEXT, "
        "tx TEXT, amount DOUBLE, device TEXT, visit TEXT)"
    )
    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    connection.register("rows", pa.table(columns))  # row by row it takes most of a second
    connection.execute("INSERT INTO log SELECT * FROM rows")
    connection.unregister("rows")
    return connection


def in_sqlite(rows: Rows, request: pytest.FixtureRequest) -> sqlite3.Connection:
    """Times as text, which is all SQLite has."""
    connection = sqlite3.connect(":memory:")
    request.addfinalizer(connection.close)
    connection.execute(f"CREATE TABLE log ({', '.join(COLUMNS)})")
    texts = [(unit, at and at.isoformat(" "), *rest) for unit, at, *rest in rows]
    connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", texts)
    return connection


def in_postgres(rows: Rows, request: pytest.FixtureRequest) -> Any:
    """Moments with a zone, in a session of another zone."""
    connection = request.getfixturevalue("postgres").connect(password=PASSWORD)
    request.addfinalizer(connection.close)
    connection.execute("SET TIME ZONE 'Asia/Tokyo'")
    connection.execute("DROP TABLE IF EXISTS log")
    connection.execute(
        "CREATE TABLE log (user_id TEXT, ts TIMESTAMPTZ, event TEXT, variant TEXT, page TEXT, "
        "tx TEXT, amount DOUBLE PRECISION, device TEXT, visit TEXT)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO log VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", _zoned(rows)
        )
    return connection


def in_spark(rows: Rows, request: pytest.FixtureRequest) -> Any:
    """Moments as Spark keeps them, shown in the session's zone."""
    session = request.getfixturevalue("spark_session")
    kinds = ["timestamp" if column == "ts" else "string" for column in COLUMNS]
    kinds[COLUMNS.index("amount")] = "double"
    schema = ", ".join(f"{column} {kind}" for column, kind in zip(COLUMNS, kinds, strict=True))
    session.createDataFrame(_zoned(rows), schema).createOrReplaceTempView("log")
    return session


def in_clickhouse(rows: Rows, request: pytest.FixtureRequest) -> Any:
    """ClickHouse in this process, with moments of a zone of their own."""
    if find_spec("chdb") is None:
        missing("chdb")
    from chdb import dbapi

    connection = dbapi.connect()  # type: ignore[no-untyped-call]
    request.addfinalizer(connection.close)
    cursor = connection.cursor()
    cursor.execute("CREATE DATABASE IF NOT EXISTS shop ENGINE = Atomic")
    cursor.execute("USE shop")
    cursor.execute("DROP TABLE IF EXISTS log")
    types = ["Nullable(String)"] * len(COLUMNS)
    types[COLUMNS.index("ts")] = "Nullable(DateTime64(6, 'UTC'))"
    types[COLUMNS.index("amount")] = "Nullable(Float64)"
    columns = ", ".join(f"{one} {kind}" for one, kind in zip(COLUMNS, types, strict=True))
    cursor.execute(f"CREATE TABLE log ({columns}) ENGINE = Memory")
    values = ", ".join(f"({', '.join(literal(one, BACKSLASHED) for one in row)})" for row in rows)
    cursor.execute(f"INSERT INTO log VALUES {values}")
    return connection


def _zoned(rows: Rows) -> list[tuple[Any, ...]]:
    return [(unit, at and at.replace(tzinfo=UTC), *rest) for unit, at, *rest in rows]


@dataclass(frozen=True)
class Relative:
    """An engine in the cloud, its SQL run by the one it descends from."""

    dialect: str
    run: Callable[[str], Iterable[tuple[Any, ...]]]

    def rows(self, sql: str) -> Iterable[tuple[Any, ...]]:
        """The rows of one statement."""
        return map(tuple, self.run(sql))


def in_redshift(rows: Rows, request: pytest.FixtureRequest) -> Relative:
    """Redshift's text on PostgreSQL, told that a backslash escapes and how text is called."""
    connection = in_postgres(rows, request)
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute("SET standard_conforming_strings = off")
    connection.execute("SET escape_string_warning = off")

    def run(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql.replace("VARCHAR(MAX)", "TEXT")).fetchall()

    return Relative("redshift", run)


def in_databricks(rows: Rows, request: pytest.FixtureRequest) -> Relative:
    """Databricks' text on Spark."""
    session = in_spark(rows, request)
    zone = session.conf.get("spark.sql.session.timeZone")
    session.conf.set("spark.sql.session.timeZone", "UTC")
    request.addfinalizer(lambda: session.conf.set("spark.sql.session.timeZone", zone))
    return Relative("databricks", lambda sql: session.sql(sql).collect())


@pytest.fixture(scope="session")
def emulations() -> Iterator[Callable[[str], Emulation]]:
    """Each started when first asked for; they stand in environments of their own."""
    with ExitStack() as running:
        known: dict[str, Emulation] = {}

        def of(dialect: str) -> Emulation:
            if not emulation.python_of(dialect).exists():
                missing(f"the emulation of {dialect}, which `make full` installs,")
            if dialect not in known:
                known[dialect] = emulation.started(dialect)
                running.enter_context(known[dialect].process)  # it ends when its input does
            return known[dialect]

        yield of


def in_emulation(dialect: str) -> Callable[[Rows, pytest.FixtureRequest], Emulation]:
    """A cloud's text on an emulation of it."""

    def filled(rows: Rows, request: pytest.FixtureRequest) -> Emulation:
        engine: Emulation = request.getfixturevalue("emulations")(dialect)
        engine.fill(COLUMNS, rows)
        return engine

    return filled


ENGINES: dict[str, Callable[[Rows, pytest.FixtureRequest], Any]] = {
    "sqlite": in_sqlite,
    "postgres": in_postgres,
    "spark": in_spark,
    "clickhouse": in_clickhouse,
}
RELATIVES: dict[str, Callable[[Rows, pytest.FixtureRequest], Any]] = {
    "redshift": in_redshift,
    "databricks": in_databricks,
    "snowflake": in_emulation("snowflake"),
    "bigquery": in_emulation("bigquery"),
}
