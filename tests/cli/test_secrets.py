"""What a definition may take of the environment, and what no message shows."""

from __future__ import annotations

import sqlite3

import pytest

from abmicro import Database, collect, load, loads
from abmicro.errors import AbmicroError, SourceError

from .conftest import Command, Shop

pytestmark = pytest.mark.journey

FORMS = ("text", "md", "html", "json")
MISTYPED = (
    "postgresql:/reader:hunter2@db/shop",
    "postgresql:/reader:hun/ter2hunter2@db/shop",
    "reader:hunter2@db",
    "postgrsql://reader:hunter2@db/shop",
    "reader:hunter2@postgresql://db/shop",
    "host=db user=reader password=hunter2",
    "host=db pasword=hunter2",
    "host=db; key='x hunter2'",
    "password = hunter2",
)


@pytest.mark.parametrize("content", [None, "", "status,variant\n", "status,variant,units\nx,A,1\n"])
def test_a_value_of_the_environment_is_in_no_error_of_a_joint_table(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    monkeypatch.setenv("SHOP", "hunter2")
    shop.define('shape = "units"\nsource = "units.csv"', 'shape = "joint"\nsource = "${SHOP}.csv"')
    shop.file.write_text(shop.file.read_text().replace('[data.columns]\nvariant = "arm"\n', ""))
    if content is not None:
        (shop.folder / "hunter2.csv").write_text(content)
    with pytest.raises(AbmicroError) as caught:
        collect(load(shop.file, env=["SHOP"]), folder=shop.folder)
    assert "hunter2" not in str(caught.value)


def test_an_output_over_a_hidden_source_does_not_tell_it(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", "hunter2")
    shop.define('"units.csv"', '"${SHOP}.csv"')
    (link := shop.folder / "out.csv").symlink_to(shop.data.rename(shop.folder / "hunter2.csv"))
    shown = cli("collect", shop.file, "--env", "SHOP", "-o", link)
    assert shown.status == 2
    assert "hunter2" not in shown.out + shown.err


@pytest.mark.parametrize("command", ["check", "collect", "analyze", "report", "explain"])
def test_a_variable_that_nobody_allows_is_refused(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("SHOP", "units")
    monkeypatch.chdir(shop.folder)
    shop.define('"units.csv"', '"${SHOP}.csv"')
    shown = cli(command, shop.file)
    assert shown.status == 3
    assert "data.source: ${SHOP} asks for a variable of the environment" in shown.err
    assert '(E316)\n  allow it with --env SHOP, or ab.load(file, env=["SHOP"])' in shown.err
    assert cli(command, shop.file, "--env", "OTHER").status == 3
    assert cli(command, shop.file, "--env", "OTHER", "--env", "SHOP").status == 0


def test_a_variable_is_allowed_in_python(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "units")
    file = shop.define('"units.csv"', '"${SHOP}.csv"')
    with pytest.raises(SourceError, match="E316"):
        collect(load(file), folder=shop.folder)
    assert collect(load(file, env=["SHOP"]), folder=shop.folder).units.sum() == 2000
    asked = loads(file.read_text(), env=["SHOP"])
    assert collect(asked, folder=shop.folder).units.sum() == 2000
    assert asked.data is not None
    assert asked.data.source == "${SHOP}.csv"


def test_a_variable_stands_in_the_table_of_counts_too(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", "cells")
    cli("collect", shop.file, "-o", shop.folder / "cells.csv")
    shop.define('shape = "units"\nsource = "units.csv"', 'shape = "joint"\nsource = "${SHOP}.csv"')
    shop.file.write_text(shop.file.read_text().replace('[data.columns]\nvariant = "arm"\n', ""))
    assert "(E316)" in cli("check", shop.file).err
    assert cli("check", shop.file, "--env", "SHOP").status == 0


def test_an_output_is_held_against_the_source_that_is_meant(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", "units")
    shop.define('"units.csv"', '"${SHOP}.csv"')
    shown = cli("collect", shop.file, "--env", "SHOP", "-o", shop.data)
    assert (shown.status, shop.data.exists()) == (2, True)


def test_a_value_of_the_environment_is_in_no_error_and_no_report(
    shop: Shop, cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", "hunter2")
    shop.define('"units.csv"', '"${SHOP}.csv"')
    missing = cli("-vv", "check", shop.file, "--env", "SHOP")
    assert "no such file: '***.csv'" in missing.err
    (shop.folder / "hunter2.csv").write_text("")
    empty = cli("-vv", "check", shop.file, "--env", "SHOP")
    shop.data.rename(shop.folder / "hunter2.csv")
    told = [cli("analyze", shop.file, "--env", "SHOP", "--format", form) for form in FORMS]
    told.append(cli("query", shop.file, "--env", "SHOP"))
    assert [one.status for one in told[:-1]] == [0] * len(FORMS)
    for one in (missing, empty, *told):
        assert "hunter2" not in one.out + one.err


@pytest.mark.parametrize("source", MISTYPED)
def test_a_mistyped_credential_is_masked(shop: Shop, cli: Command, source: str) -> None:
    counts = shop.folder / "c.csv"
    cli("collect", shop.file, "-o", counts)
    shop.define('"units.csv"', f'"{source}"')
    told = [cli("-vv", command, shop.file) for command in ("check", "query", "analyze")]
    told += [cli("analyze", shop.file, "--counts", counts, "--format", form) for form in FORMS]
    assert told[-1].status == 0
    shop.file.write_text(shop.file.read_text().replace('"units"', '"joint"', 1))
    told.append(cli("-vv", "check", shop.file))
    for one in told:
        assert "hunter2" not in one.out + one.err
        assert "ter2hunter" not in one.out + one.err


@pytest.mark.parametrize(
    "line",
    [
        'data.shape = "password=hunter2"',
        'data.pasword = "hunter2"',
        'data = { shape = "units", preset = "reader:hunter2@db" }',
        'exposure.crossed = "passwd=hunter2"',
    ],
)
def test_a_credential_in_the_wrong_key_is_masked(line: str) -> None:
    sound = 'experiment.name = "T"\nvariants.arms = ["a", "b"]\ngoals.cart.kind = "milestone"\n'
    with pytest.raises(AbmicroError) as caught:
        loads(sound + line)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("secret", ["p", "exam", "ample"])
def test_a_short_password_blots_out_no_word(secret: str) -> None:
    database = Database(sqlite3.connect(":memory:"), "sqlite", (secret,))
    with pytest.raises(SourceError, match="no such table: example"):
        list(database.rows("SELECT * FROM example"))
