"""Databases behind a URL: read, never written to, and their secrets never shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from abmicro import analyze, collect
from abmicro.cli import run
from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment

from .conftest import COLUMNS, PASSWORD, Rows, Server, in_duckdb, in_postgres
from .logs import experiment, log

pytestmark = pytest.mark.external

SECRET = quote(PASSWORD, safe="")


def reader(server: Server, user: str = "reader", password: str = SECRET, path: str = "") -> str:
    return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{server.port}/{path or 'postgres'}"


def behind(url: str, table: str | None = "log", *, env: tuple[str, ...] = ()) -> Experiment:
    asked = experiment("exclude", "any")
    assert asked.data is not None
    data = asked.data.model_copy(update={"source": url, "table": table}).allowing(env)
    return asked.model_copy(update={"data": data})


@pytest.fixture
def rows(postgres: Server, request: pytest.FixtureRequest) -> Iterator[Rows]:
    """A log in PostgreSQL, and a role that may only read it."""
    made = log(seed=2)
    owner = in_postgres(made, request)
    owner.execute("DROP ROLE IF EXISTS reader")
    owner.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    owner.execute("GRANT SELECT ON log TO reader")
    yield made
    owner.execute("DROP OWNED BY reader")
    owner.execute("DROP ROLE reader")


def test_a_role_that_may_only_read_is_enough(postgres: Server, rows: Rows) -> None:
    asked = behind(reader(postgres))
    assert collect(asked) == collect(experiment("exclude", "any"), in_duckdb(rows))


def test_a_session_opened_here_refuses_to_write(postgres: Server, rows: Rows) -> None:
    from abmicro.sources.engines.databases import connect

    with connect(reader(postgres, "owner")) as database, pytest.raises(SourceError) as caught:
        list(database.rows("DELETE FROM log RETURNING 1"))
    assert "read-only transaction" in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    ["password", "host", "database", "table", "column", "right"],
)
def test_no_error_shows_a_secret(postgres: Server, rows: Rows, fault: str) -> None:
    wrong = SECRET.replace("p", "q", 1)
    url = {
        "password": reader(postgres, password=wrong),
        "host": reader(Server(1)),
        "database": reader(postgres, path="nowhere"),
    }.get(fault, reader(postgres))
    asked = behind(url, "nothing" if fault == "table" else "log")
    if fault == "column":
        asked = behind(url, "pg_class")
    if fault == "right":
        asked = behind(url, "pg_authid")
    with pytest.raises(SourceError) as caught:
        collect(asked)
    told = f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"
    for secret in (SECRET, wrong, PASSWORD, PASSWORD.replace("p", "q", 1), url):
        assert secret not in told
    assert "data" in told


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(SourceError) as caught:
        collect(behind("postgresql://ann:s3cret@[::1/x"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("form", ["json", "html", "text", "md"])
def test_no_report_shows_a_secret(postgres: Server, rows: Rows, form: str) -> None:
    asked = behind(reader(postgres))
    told = analyze(asked, collect(asked)).render(form)
    assert SECRET not in told
    assert PASSWORD not in told


def test_the_command_line_hides_secrets_too(
    postgres: Server, rows: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from abmicro.experiment.file.toml import dumps

    file = tmp_path / "experiment.toml"
    file.write_text(dumps(behind(reader(postgres, password=SECRET.replace("p", "q", 1)))))
    for command in ("analyze", "check", "explain", "query", "collect"):
        run(["-vv", command, str(file)])
        captured = capsys.readouterr()
        assert SECRET.replace("p", "q", 1) not in captured.out + captured.err


def test_a_secret_may_stand_in_the_environment(
    postgres: Server, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", SECRET)
    url = reader(postgres).replace(SECRET, "${SHOP_PASSWORD}")
    assert collect(behind(url, env=("SHOP_PASSWORD",))).units.sum()


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    asked = behind("postgresql://ann:${SHOP_PASSWORD}@127.0.0.1/x", env=("SHOP_PASSWORD",))
    with pytest.raises(SourceError, match="no variable SHOP_PASSWORD"):
        collect(asked)


def test_a_sqlite_file_is_read_and_not_made(tmp_path: Path) -> None:
    path, made = tmp_path / "shop 1.db", log(seed=3)
    with pytest.raises(SourceError, match="no such file"):
        collect(behind(f"sqlite:///{path}"))
    assert not path.exists()
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE log ({', '.join(COLUMNS)})")
    texts = [(unit, at and at.isoformat(" "), *rest) for unit, at, *rest in made]
    connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", texts)
    connection.commit()
    connection.close()
    found = collect(behind(f"sqlite:///{path}"))
    expected = collect(experiment("exclude", "any"), in_duckdb(made))
    assert (found.units == expected.units).all()


def test_a_url_needs_a_table() -> None:
    with pytest.raises(SourceError, match="which table"):
        collect(behind("sqlite:///shop.db", None))


def test_a_driver_nobody_knows_is_refused_with_what_would_do() -> None:
    class Connection:
        def cursor(self) -> None: ...
        def commit(self) -> None: ...

    with pytest.raises(SourceError, match="Database\\(connection, dialect"):
        collect(behind("x"), Connection())
