"""The SELECT as text: quoting, dialects, determinism."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, strategies as st
from sqlglot import exp, parse_one

from abmicro.errors import SourceError
from abmicro.experiment.calendar import midnight
from abmicro.experiment.model import Data, DataColumns, Experiment, Goal, TimeUnit
from abmicro.sources.sql import fragments
from abmicro.sources.sql.select import select
from abmicro.sources.sql.time import local_day

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=30)
GOALS = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
UNITS = Experiment(
    name="x",
    variants=["A", "B"],
    goals=GOALS,
    data=Data(shape="units", table="visits", columns=DataColumns(variant="arm")),
)
EVENTS = Experiment(
    name="x",
    variants=["A", "B"],
    goals={
        "cart": {"kind": "milestone", "window": "7d"},
        "order": {"kind": "macro", "window": "7d"},
    },
    start="2026-10-05",
    end="2026-11-02",
    timezone="Europe/Oslo",
    data=Data(
        shape="events",
        table="log",
        columns=DataColumns(unit="user", time="ts", event="event", variant="variant"),
    ),
)


@given(texts)
def test_names_and_literals_are_those_sqlglot_writes(text):
    assert fragments.name(text) == exp.to_identifier(text, quoted=True).sql("duckdb")
    assert fragments.literal(text) == exp.Literal.string(text).sql("duckdb")


@given(texts, texts)
def test_no_text_leaves_its_quotes(label, value):
    row = duckdb.connect().execute(f"SELECT {fragments.literal(value)} AS {fragments.name(label)}")
    assert (row.description[0][0], row.fetchone()) == (label, (value,))


@pytest.mark.parametrize(
    "dialect",
    ["bigquery", "snowflake", "databricks", "redshift", "trino", "clickhouse", "postgres", "spark"],
)
@pytest.mark.parametrize("test", [UNITS, EVENTS], ids=["units", "events"])
def test_the_query_is_one_statement_in_every_dialect(test, dialect):
    tree = parse_one(select(test, dialect=dialect), read=dialect)
    assert isinstance(tree, exp.Query)
    labels = [
        "status",
        "variant",
        "period",
        "goal__cart",
        "goal__order",
        "units",
        "rows",
        "cut_off",
    ]
    assert tree.named_selects == labels


@pytest.mark.parametrize("dialect", ["sqlite", "tsql", "oracle", "hive", "teradata"])
def test_engines_that_do_not_aggregate_by_or_are_asked_bit_by_bit(dialect):
    """The OR of numbers that are sums of their own bits is the sum of each bit's largest."""
    assert "BIT_OR" in select(EVENTS)
    tree = parse_one(select(EVENTS, dialect=dialect), read=dialect)
    bits = [largest.this.args["ifs"][0].args["true"].name for largest in tree.find_all(exp.Max)
            if isinstance(largest.this, exp.Case) and "hg" in largest.this.sql()]  # fmt: skip
    assert (sorted(bits), tree.find(exp.BitwiseOrAgg)) == (["1", "2"], None)


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "redshift", "trino", "databricks"])
def test_goals_per_session_are_asked_in_every_dialect(dialect):
    columns = EVENTS.data.columns.model_copy(update={"session": "visit"})
    bounce = Goal(name="bounce", kind="action", event="view", exactly=1, per="session")
    test = EVENTS.model_copy(
        update={
            "data": EVENTS.data.model_copy(update={"columns": columns}),
            "goals": (*EVENTS.goals, bounce),
        }
    )
    tree = parse_one(select(test, dialect=dialect), read=dialect)
    assert tree.named_selects[7:] == [
        "sum__bounce",
        "sum__per session",
        "sum__(no_session)",
        "sum__(session_hits)",
        "product__bounce__bounce",
        "product__bounce__per session",
        "product__bounce__(no_session)",
        "product__bounce__(session_hits)",
        "product__per session__per session",
        "product__per session__(no_session)",
        "product__per session__(session_hits)",
        "product__(no_session)__(no_session)",
        "product__(no_session)__(session_hits)",
        "product__(session_hits)__(session_hits)",
        "cut_off",
    ]


def test_the_same_experiment_gives_the_same_text():
    assert select(EVENTS, as_of="2026-10-20") == select(EVENTS, as_of=date(2026, 10, 20))


def test_an_unknown_dialect_is_refused():
    with pytest.raises(SourceError) as caught:
        select(UNITS, dialect="bigqery")
    assert "no dialect 'bigqery' (E309); did you mean 'bigquery'?" in str(caught.value)


def test_the_joint_shape_needs_no_query():
    with pytest.raises(SourceError, match="the joint shape is the answer of a query already"):
        select(UNITS.model_copy(update={"data": Data(shape="joint")}))


@given(
    st.datetimes(datetime(2000, 1, 3), datetime(2039, 12, 28)),
    st.sampled_from(
        ["UTC", "Europe/Oslo", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    st.sampled_from(list(TimeUnit)[:4]),
)
def test_the_local_day_is_that_of_the_zone_database(moment, zone, unit):
    test = EVENTS.model_copy(update={"timezone": zone, "start": None, "end": None})
    at = moment.replace(microsecond=0, tzinfo=UTC)
    ticks = {"s": 1, "ms": 10**3, "us": 10**6}
    given_at = f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}'"
    if unit is not TimeUnit.TIMESTAMP:
        given_at = str(int(at.timestamp()) * ticks[unit.value])
    (day,) = duckdb.connect().execute(f"SELECT {local_day(test, unit, given_at)}").fetchone()
    if unit is not TimeUnit.TIMESTAMP:
        day = date(1970, 1, 1) + timedelta(days=day)
    assert day == at.astimezone(ZoneInfo(zone)).date()


def test_a_day_begins_at_midnight_of_its_zone():
    assert midnight(EVENTS, date(2026, 10, 5)).astimezone(UTC) == datetime(
        2026, 10, 4, 22, tzinfo=UTC
    )
