"""Tables that other libraries hold and have not computed: asked where they are, never pulled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import abmicro as ab
from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment

pytestmark = [
    pytest.mark.journey,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Ibis raises some
]
ROWS = [("control", 1, 0), ("control", 0, 0), ("sticky", 1, 1), ("sticky", 1, 0), ("sticky", 0, 0)]


@pytest.fixture
def shop() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE visits (arm TEXT, cart INT, "order" INT)')
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?)", ROWS)
        yield connection


def relation(shop: duckdb.DuckDBPyConnection) -> Any:
    """A relation of which no column may be computed that nobody asks for."""
    return shop.sql("SELECT *, error('pulled') AS other FROM visits")


def narwhals_of_relation(shop: duckdb.DuckDBPyConnection) -> Any:
    return pytest.importorskip("narwhals").from_native(relation(shop))


def ibis_table(shop: duckdb.DuckDBPyConnection) -> Any:
    shop.execute("CREATE VIEW unasked AS SELECT *, error('pulled') AS other FROM visits")
    ibis = pytest.importorskip("ibis")
    table = ibis.duckdb.from_connection(shop).table("unasked")
    return table.filter(table.arm.notnull())


def narwhals_of_ibis(shop: duckdb.DuckDBPyConnection) -> Any:
    return pytest.importorskip("narwhals").from_native(ibis_table(shop))


def polars_lazy(shop: duckdb.DuckDBPyConnection) -> Any:
    return shop.table("visits").pl().lazy()


def narwhals_of_polars(shop: duckdb.DuckDBPyConnection) -> Any:
    return pytest.importorskip("narwhals").from_native(polars_lazy(shop))


HOLDERS = [
    relation,
    narwhals_of_relation,
    ibis_table,
    narwhals_of_ibis,
    polars_lazy,
    narwhals_of_polars,
]


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_lazy_table_gives_the_counts_of_its_rows(
    holder: Callable[[duckdb.DuckDBPyConnection], Any],
    shop: duckdb.DuckDBPyConnection,
    unit_test: Callable[..., Experiment],
) -> None:
    expected = ab.collect(unit_test(data={"table": "visits"}), shop)
    counts = ab.collect(unit_test(), holder(shop))
    assert counts == expected
    assert counts.reached("cart").ravel().tolist() == [1, 2]


def test_a_lazy_frame_is_computed_once_for_what_is_asked(
    unit_test: Callable[..., Experiment],
) -> None:
    polars = pytest.importorskip("polars")
    computed: list[str] = []

    def told(column: Any) -> Any:
        computed.append(column.name)
        return column

    frame = polars.DataFrame(ROWS, schema=["arm", "cart", "order"], orient="row")
    kinds = frame.with_columns(polars.lit(1).alias("other")).schema
    lazy = frame.lazy().with_columns(polars.lit(1).alias("other")).with_columns(
        polars.col(one).map_batches(told, return_dtype=kind) for one, kind in kinds.items()
    )  # fmt: skip
    assert ab.collect(unit_test(), lazy).reached("cart").ravel().tolist() == [1, 2]
    assert sorted(computed) == ["arm", "cart", "order"]
    with pytest.raises(SourceError, match=r"no column 'cart' in the data \(E305\)"):
        ab.collect(unit_test(), lazy.rename({"cart": "carts"}))


def test_times_of_a_relation_are_moments(shop: duckdb.DuckDBPyConnection) -> None:
    shop.execute("SET TimeZone = 'Asia/Tokyo'")
    log = shop.sql(
        "SELECT * FROM (VALUES ('a', 'seen', 'control'), ('b', 'seen', 'sticky')) "
        "AS t(who, what, arm), (SELECT TIMESTAMPTZ '2026-10-05 23:30:00+00' AS at)"
    )
    columns = ab.DataColumns(unit="who", time="at", event="what", variant="arm")
    experiment = ab.Experiment(
        name="log",
        variants=["control", "sticky"],
        goals={"cart": {"kind": "macro"}},
        data=ab.Data(shape="events", columns=columns),
    )
    assert str(ab.collect(experiment, log).periods[0]) == "2026-10-05"


def test_what_a_relation_cannot_answer_is_told(
    shop: duckdb.DuckDBPyConnection, unit_test: Callable[..., Experiment]
) -> None:
    broken = shop.sql("SELECT error('the disk is gone') AS arm, 1 AS cart, 1 AS \"order\"")
    with pytest.raises(SourceError, match="the disk is gone"):
        ab.collect(unit_test(), broken)


def test_an_ibis_table_is_asked_in_its_own_database(
    tmp_path: Path, unit_test: Callable[..., Experiment]
) -> None:
    ibis = pytest.importorskip("ibis")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute('CREATE TABLE visits (arm TEXT, cart INT, "order" INT)')
        connection.executemany("INSERT INTO visits VALUES (?, ?, ?)", ROWS)
    table = ibis.sqlite.connect(tmp_path / "shop.db").table("visits")
    counts = ab.collect(unit_test(), table.filter(table.cart == 1))
    assert counts.reached("cart").ravel().tolist() == [1, 2]
    assert counts.origin is not None
    assert counts.origin.engine == "sqlite"


def test_an_ibis_table_in_memory_is_read_like_a_frame(unit_test: Callable[..., Experiment]) -> None:
    ibis = pytest.importorskip("ibis")
    columns = zip(*ROWS, strict=True)
    table = ibis.memtable(dict(zip(("arm", "cart", "order"), map(list, columns), strict=True)))
    assert ab.collect(unit_test(), table).units.sum() == 5
