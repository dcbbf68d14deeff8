"""One text, every engine: the joint table is the same cell by cell wherever it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from abmicro import collect, loads
from abmicro.sources.sql.dialects import TICKS_OF, translate

from .conftest import ENGINES, RELATIVES, in_duckdb
from .logs import ASSIGNED, SEEN, experiment, log

pytestmark = pytest.mark.external

WAYS = [
    ("exclude", "any", SEEN),
    ("exclude", "strict", ASSIGNED),
    ("first", "any", ASSIGNED),
    ("first", "strict", SEEN),
]


@pytest.mark.parametrize("name", [*ENGINES, *RELATIVES])
def test_every_engine_sets_aside_what_comes_after_the_last_window(
    name: str, request: pytest.FixtureRequest
) -> None:
    rows, usual = log(seed=3), experiment("exclude", "any")
    week = timedelta(days=7)
    goals = [goal.model_copy(update={"window": goal.window or week}) for goal in usual.goals]
    asked = usual.model_copy(update={"end": date(2026, 3, 30), "goals": tuple(goals)})
    found = collect(asked, (ENGINES | RELATIVES)[name](rows, request))
    expected = collect(asked, in_duckdb(rows))
    assert found.units.tolist() == expected.units.tolist()
    assert (set(found.left_out), found.cut_off) == (set(expected.left_out), expected.cut_off)
    assert next(one.rows for one in found.left_out if one.step == "future") > 0


UNITS = """
[experiment]
name = "Rows of units"
[variants]
arms = ["A", "B"]
[data]
shape = "units"
table = "log"
repeats = "sum"
where = "event = 'seen' AND variant IN ('A', 'a', 'it''s B')"
columns = { unit = "user_id", variant = "variant", period = "ts" }
[exposure]
match = { A = ["A", "a"], B = "it's B" }
[segments]
device = "device"
[goals.home]
kind = "milestone"
where = "coalesce(page, '') = '/home'"
[goals.paid]
kind = "macro"
where = "page = '/pay/1' OR page IS NULL"
"""


@pytest.mark.parametrize("name", [*ENGINES, *RELATIVES])
def test_every_engine_adds_up_the_rows_of_a_unit_alike(
    name: str, request: pytest.FixtureRequest
) -> None:
    rows, asked = [row for row in log(seed=2) if row[1] is not None], loads(UNITS)
    found = collect(asked, (ENGINES | RELATIVES)[name](rows, request))
    assert found == collect(asked, in_duckdb(rows))
    assert {one.step for one in found.left_out} == {"filtered", "no_unit", "crossed"}
    assert ("(several)",) in found.segments


@pytest.mark.parametrize(("crossed", "order", "exposing"), WAYS)
@pytest.mark.parametrize("name", [*ENGINES, *RELATIVES])
def test_every_engine_makes_the_table_that_duckdb_makes(
    name: str, crossed: str, order: str, exposing: str, request: pytest.FixtureRequest
) -> None:
    rows, asked = log(seed=1), experiment(crossed, order, exposing)
    found = collect(asked, (ENGINES | RELATIVES)[name](rows, request))
    expected = collect(asked, in_duckdb(rows))
    assert found.origin is not None
    assert found.origin.query_sha256 == expected.origin.query_sha256  # type: ignore[union-attr]
    if name == "sqlite":  # it adds floats, not decimals
        np.testing.assert_allclose(found.sums, expected.sums, rtol=1e-12)
        np.testing.assert_allclose(found.products, expected.products, rtol=1e-12)
        assert dict(found.caps) == pytest.approx(dict(expected.caps), rel=1e-12)
        found = replace(found, sums=expected.sums, products=expected.products, caps=expected.caps)
    assert found == expected
    assert {one.step for one in expected.left_out} >= {"no_unit", "no_time", "outside", "immature"}
    assert (expected.sums.sum(axis=(0, 1, 2, 3)) > 0).all()


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-02", 86_400_000_000),
        ("1970-01-01 00:00:01.5", 1_500_000),
        ("1970-01-01T00:00:00.999999", 999_999),
        ("1970-01-01 00:00:01.000007Z", 1_000_007),
        ("1970-01-01 02:00:00.25+02:00", 250_000),
        ("1969-12-31 23:59:59.999999", -1),
        (None, None),
    ],
)
def test_sqlite_reads_times_to_the_microsecond(
    text: str | None, microseconds: int | None, request: pytest.FixtureRequest
) -> None:
    connection = ENGINES["sqlite"]([("u", None, *[None] * 7)], request)
    connection.execute("UPDATE log SET ts = ?", [text])
    select = translate(f'SELECT {TICKS_OF}("ts") FROM "log"', "sqlite")
    assert connection.execute(select).fetchone() == (microseconds,)
