"""Values inside columns, and persons for units, on every engine as on DuckDB."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from abmicro import collect
from abmicro.counts import JointCounts
from abmicro.experiment.file.template import template
from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import Experiment

from .conftest import COLUMNS, ENGINES, RELATIVES, in_duckdb
from .emulation import Emulation
from .logs import BEGIN

pytestmark = pytest.mark.external

HELD = (
    {"plan": "pro", "n": 7, "x": 2.5, "yes": True, "no": False, "$a b.c": "odd"},
    {"plan": "it's ü", "n": None, "in": {"deep": {"er": "x"}}, "yes": False, "x": -1e3},
    {"plan": "", "n": 10**15, "in": {"deep": None}, "$a b.c": "1"},
    {},
)
KEYS: dict[str, Any] = {
    "plan": "plan",
    "n": "n",
    "yes": "yes",
    "no": "no",
    "odd": "$a b.c",
    "deep": ["in", "deep", "er"],
}


def experiment(**identity: str) -> Experiment:
    """Every value of the JSON in `page` is a segment, one is a number, one a condition."""
    fields = {name: {"column": "page", "key": key} for name, key in KEYS.items()}
    fields["x"] = {"column": "page", "key": "x", "type": "number"}
    fields["both"] = {"joined": ["device", "plan"]}
    columns = {"unit": "user_id", "time": "ts", "event": "event", "variant": "variant"}
    data = {"shape": "events", "table": "log", "columns": columns, "fields": fields}
    return Experiment(
        name="Fields",
        variants=["A", "B"],
        data=data | ({"identity": {"table": "log", **identity}} if identity else {}),
        exposure={"event": "seen"},
        segments=[*KEYS, "both"],
        goals={
            "paid": {"kind": "milestone", "event": "view", "where": "plan = 'pro' AND x > 2"},
            "buy": {"kind": "macro", "event": "view", "value": "x", "dedupe": "odd"},
        },
    )


def rows() -> list[tuple[Any, ...]]:
    """A log with JSON in `page`; `tx` is the person of a user."""
    told = []
    for at in range(24):
        held = json.dumps(HELD[at % 4], ensure_ascii=False) if at % 7 else None
        row: dict[str, Any] = {
            "user_id": f"u{at}",
            "ts": BEGIN + timedelta(hours=at),
            "tx": f"p{at % 8}",
        }
        told.append({**row, "event": "seen", "variant": "AB"[at % 2], "page": held, "device": "x"})
        if at % 4 < 2:
            page = held or '{"x": 1}'
            told.append(
                {**row, "event": "view", "ts": row["ts"] + timedelta(minutes=5), "page": page}
            )
    return [tuple(row.get(column) for column in COLUMNS) for row in told]


@pytest.mark.parametrize("identity", [{}, {"unit": "user_id", "person": "tx"}], ids=["", "persons"])
@pytest.mark.parametrize("name", [*ENGINES, "databricks", "bigquery"])
def test_every_engine_reads_the_json_that_duckdb_reads(
    name: str, identity: dict[str, str], request: pytest.FixtureRequest
) -> None:
    asked = experiment(**identity)
    expected = collect(asked, in_duckdb(rows()))
    found = collect(asked, (ENGINES | RELATIVES)[name](rows(), request))
    assert len(expected.segments) >= 4
    assert expected.units.sum() == (8 if identity else 24)
    assert found == expected


def test_postgres_reads_json_of_its_own_types(request: pytest.FixtureRequest) -> None:
    connection = ENGINES["postgres"](rows(), request)
    expected = collect(experiment(), connection)
    for kind in ("JSONB", "JSON"):
        connection.execute(f"ALTER TABLE log ALTER COLUMN page TYPE {kind} USING page::{kind}")
        assert collect(experiment(), connection) == expected


# nested columns, as a GA4 export has them

GA4 = Path(__file__).parents[1] / "sources" / "presets" / "ga4" / "events_20261005.jsonl"
SPARK = (
    "event_timestamp BIGINT, user_id STRING, event_name STRING, user_pseudo_id STRING, "
    "event_params ARRAY<STRUCT<key: STRING, value: STRUCT<string_value: STRING, int_value: BIGINT, "
    "float_value: DOUBLE, double_value: DOUBLE>>>, device STRUCT<category: STRING>, "
    "ecommerce STRUCT<transaction_id: STRING, purchase_revenue: DOUBLE>"
)
CLICKHOUSE = (
    "event_timestamp Int64, user_id Nullable(String), event_name String, "
    "user_pseudo_id Nullable(String), event_params Array(Tuple(key String, value Tuple("
    "string_value Nullable(String), int_value Nullable(Int64), float_value Nullable(Float64), "
    "double_value Nullable(Float64)))), device Tuple(category Nullable(String)), "
    "ecommerce Tuple(transaction_id Nullable(String), purchase_revenue Nullable(Float64))"
)
BIGQUERY = (
    "event_timestamp INT64, user_id STRING, event_name STRING, user_pseudo_id STRING, "
    "event_params ARRAY<STRUCT<key STRING, value STRUCT<string_value STRING, int_value INT64, "
    "float_value FLOAT64, double_value FLOAT64>>>, device STRUCT<category STRING>, "
    "ecommerce STRUCT<transaction_id STRING, purchase_revenue FLOAT64>"
)


def ga4(source: str) -> Experiment:
    """The file that `abmicro init --preset ga4` writes, with revenue and persons."""
    text = template("events", preset="ga4", source="log").replace("-EXPERIMENT-", "-buttons-")
    text = text.replace('source = "log"', source)
    revenue = '[goals.revenue]\nkind = "macro"\nevent = "purchase"\nvalue = "purchase_revenue"\n'
    return loads(f"{text}\n{revenue}[data.identity]\n{source}\n")


def in_files() -> JointCounts:
    """What DuckDB counts in the file."""
    return collect(ga4(f'source = "{GA4}"'))


def test_spark_looks_into_structs_and_repeated_pairs(spark_session: Any) -> None:
    told = [json.loads(line) for line in GA4.read_text(encoding="utf-8").splitlines()]
    for row in told:
        row["event_timestamp"] = int(row["event_timestamp"])
        for pair in row["event_params"]:
            pair["value"] = {key: int(value) if key == "int_value" else value
                             for key, value in pair["value"].items()}  # fmt: skip
    spark_session.createDataFrame(told, SPARK).createOrReplaceTempView("log")
    assert collect(ga4('table = "log"'), spark_session) == in_files()


def test_clickhouse_looks_into_tuples_and_repeated_pairs(request: pytest.FixtureRequest) -> None:
    connection = ENGINES["clickhouse"](rows(), request)
    cursor = connection.cursor()
    cursor.execute("DROP TABLE log")
    cursor.execute(f"CREATE TABLE log ({CLICKHOUSE}) ENGINE = Memory")
    cursor.execute(
        "INSERT INTO log SETTINGS input_format_skip_unknown_fields = 1, "
        "input_format_null_as_default = 1, input_format_import_nested_json = 1 "
        f"FORMAT JSONEachRow {GA4.read_text(encoding='utf-8')}"
    )
    assert collect(ga4('table = "log"'), connection) == in_files()


def test_bigquery_looks_into_structs_and_repeated_pairs(
    emulations: Callable[[str], Emulation],
) -> None:
    """The export as it lies in BigQuery: nested records, the orders of which may be missing."""
    engine = emulations("bigquery")
    list(engine.rows(f"CREATE OR REPLACE TABLE log ({BIGQUERY})"))
    told = map(json.loads, GA4.read_text(encoding="utf-8").splitlines())
    values = ", ".join(_in_bigquery(row, engine.literal) for row in told)
    list(engine.rows(f"INSERT INTO log VALUES {values}"))
    assert collect(ga4('table = "log"'), engine) == in_files()


def _in_bigquery(row: dict[str, Any], literal: Callable[[Any], str]) -> str:
    def record(**values: str) -> str:
        return f"STRUCT({', '.join(f'{value} AS {key}' for key, value in values.items())})"

    pairs = [
        record(
            key=literal(pair["key"]),
            value=record(
                string_value=literal(pair["value"].get("string_value")),
                int_value=pair["value"].get("int_value", "CAST(NULL AS INT64)"),
                float_value="CAST(NULL AS FLOAT64)",
                double_value=str(pair["value"].get("double_value", "CAST(NULL AS FLOAT64)")),
            ),
        )
        for pair in row["event_params"]
    ]
    order = row.get("ecommerce")
    made = [
        row["event_timestamp"],
        *(literal(row.get(column)) for column in ("user_id", "event_name", "user_pseudo_id")),
        f"[{', '.join(pairs)}]",
        record(category=literal(row["device"]["category"])),
        record(
            transaction_id=literal(order["transaction_id"]),
            purchase_revenue=str(order["purchase_revenue"]),
        )
        if order
        else "NULL",
    ]
    return f"({', '.join(made)})"
