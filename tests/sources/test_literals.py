"""What stands between quotes reaches every engine untouched, wherever in the definition it is."""

from __future__ import annotations

import sqlite3

import duckdb
import pytest
from sqlglot import exp, parse_one

from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect
from abmicro.sources.engines.databases import Database
from abmicro.sources.sql.dialects import translate
from abmicro.sources.sql.fragments import literal, name, nested, select

ODD = [chr(at) for at in [*range(1, 32), 0x7F, 0x85, 0xA0, 0x2028, 0x2029, 0xFEFF]]
ODD += [*"'\"`\\%{}$?:;", "$A", "$$", "{{x}}", "%s", "\\n", "\\'", "''", "\r\n", "--", "/*", "*/"]
DIALECTS = ["duckdb", "sqlite", "postgres", "redshift", "mysql", "bigquery", "snowflake"]
DIALECTS += ["databricks", "spark", "clickhouse", "trino"]
INSIDE = "".join(f"{one}x" for one in ODD)
PRINTED = "".join(f"{one}x" for one in ODD if one.isprintable())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_literals_and_names_are_read_back_as_they_were_written(dialect):
    for odd in [*ODD, INSIDE]:
        text = f"a{odd}b"
        items = [(literal(text), name("x")), (name(text), name("y"))]
        deep = nested(select([("*", "*")], nested(select(items, "t"), "u")), "v")
        written = translate(select([("*", "*")], deep), dialect)
        tree = parse_one(written, read=dialect)
        assert text in [one.this for one in tree.find_all(exp.Literal)]
        assert text in [one.this for one in tree.find_all(exp.Identifier)]


def in_duckdb(rows, columns):
    log = duckdb.connect()
    log.execute(f"CREATE TABLE log ({', '.join(f'{name(one)} TEXT' for one in columns)})")
    log.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
    return log


def in_sqlite(rows, columns):
    log = sqlite3.connect(":memory:")
    log.execute(f"CREATE TABLE log ({', '.join(f'{name(one)} TEXT' for one in columns)})")
    log.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
    return Database(log, "sqlite")


@pytest.mark.parametrize("engine", [in_duckdb, in_sqlite])
def test_odd_values_and_columns_count_what_they_name(engine):
    for odd in [INSIDE, PRINTED, "\n", "\r\n"]:
        named = odd if odd.isprintable() else ""  # a definition refuses other names
        columns = (f"a{named}m", "page", f"p{named}p")
        rows = [("A", f"x{odd}y", f"s{odd}t"), ("A", "xy", "s"), ("B", f"x{odd}y", f"s{odd}t")]
        where = "page = '" + f"x{odd}y".replace("'", "''") + "'"
        test = Experiment(
            name="Odd",
            variants=["A", "B"],
            goals={
                "seen": {"kind": "milestone", "where": where},
                "all": {"kind": "macro", "where": "page = 'no'"},
            },
            segments={"place": columns[2]},
            data=Data(shape="units", table="log", columns=DataColumns(variant=columns[0])),
        )
        counts = collect(test, engine(rows, columns))
        assert counts.reached("seen").sum(axis=(1, 2)).tolist() == [1, 1], repr(odd)
        assert counts.only("place", f"s{odd}t").units.sum() == 2
