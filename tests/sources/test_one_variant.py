"""Traffic without a test: one variant that holds everybody, in every shape of data."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import abmicro as ab
from abmicro.errors import DefinitionError

GOALS = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
COLUMNS = {"unit": "who", "time": "ts", "event": "what"}
LOG = (
    ("u1", "2026-10-05 10:00", "view"),
    ("u1", "2026-10-05 10:01", "cart"),
    ("u2", "2026-10-06 09:00", "cart"),
    ("u2", "2026-10-07 09:00", "order"),
    ("u3", "2026-10-06 12:00", "view"),
)


def everybody(data: object, **more: object) -> ab.Experiment:
    return ab.Experiment(name="Shop", variants=["everybody"], goals=GOALS, data=data, **more)


@pytest.fixture
def shop() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("CREATE TABLE log (who VARCHAR, ts TIMESTAMP, what VARCHAR)")
    made.executemany("INSERT INTO log VALUES (?, ?, ?)", LOG)
    return made


def test_a_log_without_a_column_of_variants_is_read_from_each_units_first_row(
    shop: duckdb.DuckDBPyConnection,
) -> None:
    data = {"shape": "events", "table": "log", "columns": COLUMNS}
    counts = ab.collect(everybody(data), shop)
    assert counts.variants == ("everybody",)
    assert (counts.reached("cart").sum(), counts.reached("order").sum()) == (2, 1)
    days = dict(zip(map(str, counts.periods), counts.units.sum(axis=(0, 1, 3)), strict=True))
    assert days == {"2026-10-05": 1, "2026-10-06": 2}
    histograms = ab.collect_histograms(everybody(data), shop)
    assert histograms.of("to_macro", "cart").bins.tolist() == [24]


def test_units_and_counts_need_no_such_column_either(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("source,cart,order\nads,1,0\nads,1,1\nmail,0,0\n")
    (tmp_path / "counts.csv").write_text("source,units,cart,order\nads,20,9,4\nmail,10,3,1\n")
    for shape, reached in (("units", 2), ("counts", 12)):
        data = {"shape": shape, "source": f"{shape}.csv"}
        counts = ab.collect(everybody(data, segments=["source"]), folder=tmp_path)
        assert counts.reached("cart").sum() == reached
        assert {cell for (cell,) in counts.segments} == {"ads", "mail"}


def test_a_total_beside_its_parts_is_still_refused(tmp_path: Path) -> None:
    rows = "source,units,cart,order\nads,20,9,4\nmail,10,3,1\ntotal,30,12,5\n"
    (tmp_path / "counts.csv").write_text(rows)
    data = {"shape": "counts", "source": "counts.csv"}
    with pytest.raises(ab.SourceError, match="E315"):
        ab.collect(everybody(data, segments=["source"]), folder=tmp_path)


def test_a_preset_waits_for_no_exposure_where_nothing_is_tested() -> None:
    test = everybody({"shape": "events", "preset": "ga4", "source": "events.parquet"})
    assert (test.data.columns.variant, test.exposure.event) == (None, None)
    assert ab.loads(ab.dumps(test)) == test
    assert "experience_impression" not in ab.query(test)


def test_what_compares_variants_asks_for_two() -> None:
    test = everybody(None)
    counts = ab.JointCounts.of_path(("everybody",), ("cart", "order"), [[100, 20, 5]])
    for door in (ab.analyze, ab.monitor, ab.plan):
        with pytest.raises(DefinitionError, match=r"two variants, not 1 \(E020\).*abmicro health"):
            door(test, counts)
