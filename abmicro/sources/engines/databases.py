"""Databases behind a URL or a DB-API connection as engines; they are asked, never written to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote

from abmicro.errors import Problem, SourceError
from abmicro.experiment.masking import hide
from abmicro.frozen import frozen
from abmicro.sources.sql.fragments import name, nested, select

if TYPE_CHECKING:
    from sqlalchemy import URL

BATCH = 10_000

# The first part of a driver's module name, and the SQL its database speaks.
DRIVERS = {
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "pg8000": "postgres",
    "asyncpg": "postgres",
    "sqlite3": "sqlite",
    "chdb": "clickhouse",
    "clickhouse_connect": "clickhouse",
    "clickhouse_driver": "clickhouse",
    "snowflake": "snowflake",
    "databricks": "databricks",
    "redshift_connector": "redshift",
    "trino": "trino",
    "pyathena": "athena",
    "google": "bigquery",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
}
# What a URL's scheme means where it is not the name of the dialect.
SCHEMES = {"postgresql": "postgres", "awsathena": "athena"}
# PostgreSQL's numbers of types, of which others are text to us.
TYPES = {
    16: "BOOLEAN",
    20: "BIGINT",
    21: "INTEGER",
    23: "INTEGER",
    700: "REAL",
    701: "DOUBLE",
    1082: "DATE",
    1114: "TIMESTAMP",
    1184: "TIMESTAMP WITH TIME ZONE",
    1700: "DECIMAL",
}
# Schemes of files somewhere else, which are no databases.
STORES = ("abfss", "az", "file", "gcs", "gs", "hf", "http", "https", "r2", "s3")
NUMBERED = ("postgres", "redshift")
# Said to a connection that is opened here: moments in UTC, and no writing.
BEGINNINGS = {
    "postgres": (
        "SET TIME ZONE 'UTC'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    ),
    "redshift": ("SET TIME ZONE 'UTC'",),
    "snowflake": ("ALTER SESSION SET TIMEZONE = 'UTC'",),
    "mysql": ("SET SESSION sql_mode = 'ANSI_QUOTES'", "SET time_zone = '+00:00'"),
}


@frozen
class Database:
    """An open DB-API connection as an engine; it is used, never closed.

    connection: any of PEP 249. dialect: the SQL it speaks, by sqlglot's name.
    secrets: texts that no message may show.
    """

    connection: Any
    dialect: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of one SELECT in batches; SourceError where the database cannot run it."""
        try:
            with closing(self.connection.cursor()) as cursor:
                cursor.execute(sql)
                while batch := cursor.fetchmany(BATCH):
                    yield from map(tuple, batch)
        except self._errors as error:
            what = f"{self.dialect} cannot answer: {self.reason(error)}"
            hint = "try the SELECT that `abmicro query` prints in the database"
            raise SourceError(Problem("data", what, "E304", hint)) from None

    def columns(self, relation: str) -> dict[str, str]:
        """Name and type of every column of an item of FROM; the type is empty where unknown."""
        try:
            with closing(self.connection.cursor()) as cursor:
                cursor.execute(select([("*", "*")], relation, where=["1 = 0"]))
                told = cursor.description or ()
        except self._errors as error:
            what = f"{self.dialect} cannot read {relation}: {self.reason(error)}"
            hint = "is the table there, and may this user read it?"
            raise SourceError(Problem("data.table", what, "E303", hint)) from None
        return {column[0]: self._type(column[1]) for column in told}

    def reason(self, error: BaseException) -> str:
        """The first line of an error, without secrets."""
        return hide(str(error).strip().partition("\n")[0], self.secrets)

    def _type(self, code: object) -> str:
        if self.dialect not in NUMBERED or not isinstance(code, int):
            return ""
        return TYPES.get(code, "VARCHAR")

    @property
    def _errors(self) -> tuple[type[BaseException], ...]:
        """What the driver raises; a driver that does not say is believed to raise anything."""
        error = getattr(self.connection, "Error", None)
        return (error,) if isinstance(error, type) else (Exception,)


def is_url(text: str) -> bool:
    """Whether a text is the URL of a database, not that of a file or a path.

    >>> is_url("postgresql://db/shop"), is_url("s3://bucket/x.parquet"), is_url("data/*.csv")
    (True, False, False)
    """
    scheme, there, _ = text.partition("://")
    return bool(there) and scheme not in STORES


def is_connection(data: object) -> bool:
    """Whether something is an open DB-API connection."""
    return callable(getattr(data, "cursor", None)) and callable(getattr(data, "commit", None))


def of_connection(connection: Any) -> Database:
    """A connection as an engine, its dialect told from the driver that made it.

    Raises SourceError for a driver nobody here has heard of.

    >>> import sqlite3
    >>> of_connection(sqlite3.connect(":memory:")).dialect
    'sqlite'
    """
    driver = type(connection).__module__.partition(".")[0]
    if driver not in DRIVERS:
        what = f"a connection of {driver!r} speaks a SQL that is not known here"
        hint = "hand in abmicro.Database(connection, dialect=...) with a name sqlglot knows"
        raise SourceError(Problem("data", what, "E303", hint))
    return Database(connection, DRIVERS[driver])


@contextmanager
def connect(url: str) -> Iterator[Database]:
    """The database behind a URL, for reading; closed at the end.

    Raises SourceError, without the URL's secrets, where it cannot be reached.
    """
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme == "sqlite":
        with closing(_sqlite(url)) as connection:
            yield Database(connection, "sqlite")
        return
    address = _parsed(url)
    secrets = _secrets(url, address.password)
    try:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        raw = create_engine(address, poolclass=NullPool).raw_connection()
    except Exception as error:
        reason = hide(str(error).strip().partition("\n")[0], secrets)
        what, hint = f"cannot connect to {scheme}: {reason}", _remedy(error)
        raise SourceError(Problem("data.source", what, "E303", hint)) from None
    with closing(raw):
        found = Database(raw.driver_connection, SCHEMES.get(scheme, scheme), secrets)
        _begin(found)
        yield found


def _begin(database: Database) -> None:
    """Say to a connection that was opened here what it is for."""
    try:
        for statement in BEGINNINGS.get(database.dialect, ()):
            with closing(database.connection.cursor()) as cursor:
                cursor.execute(statement)
            database.connection.commit()
    except Exception as error:
        what = f"{database.dialect} cannot be opened for reading: {database.reason(error)}"
        hint = "is the database up, and may this user read it?"
        raise SourceError(Problem("data.source", what, "E303", hint)) from None


def _parsed(url: str) -> URL:
    try:
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        what = "a database URL needs SQLAlchemy and the database's driver"
        hint = "pip install 'abmicro[databases]', or hand in an open connection"
        raise SourceError(Problem("data.source", what, "E303", hint)) from None
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        what = "the database URL cannot be read"
        hint = "write dialect://user:password@host:port/database, special signs as %40 and the like"
        raise SourceError(Problem("data.source", what, "E303", hint)) from None


def _secrets(url: str, password: object) -> tuple[str, ...]:
    """The URL and its password as they may turn up in a message, longest first."""
    if not password:
        return (url,)
    plain = unquote(str(password))
    forms = {url, str(password), plain, quote(plain, safe=""), quote_plus(plain)}
    return tuple(sorted(forms, key=len, reverse=True))


def _remedy(error: Exception) -> str:
    missing = getattr(error, "name", None)
    if isinstance(error, ImportError) and missing:
        return f"pip install {missing}"
    if type(error).__name__ == "NoSuchModuleError":
        return "install the SQLAlchemy dialect of this database, or hand in an open connection"
    return "is the server up, and are user, password and database right?"


def _sqlite(url: str) -> Any:
    """A SQLite file for reading; a file that is not there is not made."""
    import sqlite3

    path = Path(url.partition("://")[2].removeprefix("/"))
    if not path.is_file():
        hint = "sqlite:///relative.db or sqlite:////absolute/path.db"
        what = f"no such file: {str(path)!r}"
        raise SourceError(Problem("data.source", what, "E301", hint))
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)


def in_utc(relation: str, columns: Mapping[str, str]) -> str:
    """The relation with moments that carry a zone read in UTC, whatever the session's zone."""
    zoned = {column for column, kind in columns.items() if kind == "TIMESTAMP WITH TIME ZONE"}
    if not zoned:
        return relation
    items = [
        (f"{name(column)} AT TIME ZONE 'UTC'" if column in zoned else name(column), name(column))
        for column in columns
    ]
    return nested(select(items, relation), "data")
