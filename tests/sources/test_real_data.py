"""Real data give the numbers their sources state; see the README beside each data set."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from abmicro.counts import JointCounts
from abmicro.errors import CountsError
from abmicro.experiment.model import Data, DataColumns, Experiment, Funnel, ordered_step
from abmicro.sources.collect import collect
from abmicro.sources.sql.fragments import literal

pytestmark = pytest.mark.journey

HILLSTROM = Experiment(
    name="E-mail",
    variants=["No E-Mail", "Mens E-Mail", "Womens E-Mail"],
    goals={
        "visit": {"kind": "milestone"},
        "conversion": {"kind": "macro"},
        "spend": {"kind": "macro", "value": "spend"},
    },
    segments=["channel", "newbie"],
    data=Data(shape="units", source="hillstrom.csv.gz", columns=DataColumns(variant="segment")),
)


def per_arm(numbers: np.ndarray) -> list[float]:
    return numbers.sum(axis=(1, 2)).tolist()


def test_hillstrom_visits_and_conversions(shared_data: Path):
    counts = collect(HILLSTROM, folder=shared_data / "hillstrom")
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [21_306, 21_307, 21_387]
    assert per_arm(counts.reached("visit")) == [2262, 3894, 3238]
    assert per_arm(counts.reached("conversion")) == [122, 267, 189]
    units, total, _ = map(per_arm, counts.moments("spend"))
    means = [round(all_ / n, 2) for all_, n in zip(total, units, strict=True)]
    assert means == [0.65, 1.42, 1.08]
    assert round(total[1] / units[1] - total[0] / units[0], 3) == 0.770


def test_hillstrom_conversions_are_nested_in_visits(shared_data: Path):
    counts = collect(HILLSTROM, folder=shared_data / "hillstrom")
    assert not counts.units[..., counts.truth("conversion") & ~counts.truth("visit")].any()
    assert {name for name, _ in counts.levels()[0]} == {"channel", "newbie"}


def test_cookie_cats_from_true_and_false(shared_data: Path):
    test = Experiment(
        name="Gate",
        variants=["gate_30", "gate_40"],
        goals={"retention_1": {"kind": "milestone"}, "retention_7": {"kind": "macro"}},
        data=Data(
            shape="units",
            source="cookie_cats.csv.gz",
            columns=DataColumns(unit="userid", variant="version"),
        ),
    )
    counts = collect(test, folder=shared_data / "cookie_cats")
    units = counts.units.sum(axis=(1, 2, 3))
    assert units.tolist() == [44_700, 45_489]
    assert np.round(counts.reached("retention_1").ravel() / units, 4).tolist() == [0.4482, 0.4423]
    assert np.round(counts.reached("retention_7").ravel() / units, 4).tolist() == [0.1902, 0.1820]


def udacity(shared_data: Path, connection: duckdb.DuckDBPyConnection, **keys: str) -> JointCounts:
    """Two files without a year become one table with the columns the definition speaks of."""
    folder = shared_data / "udacity_free_trial"
    arms = " UNION ALL ".join(
        f"SELECT '{arm}' AS variant, * FROM read_csv({literal(str(folder / arm))} || '.csv')"
        for arm in ("control", "experiment")
    )
    connection.execute(
        "CREATE VIEW daily AS SELECT * REPLACE "
        f"(CAST(strptime(Date || ' 2014', '%a, %b %d %Y') AS DATE) AS Date) FROM ({arms})"
    )
    test = Experiment(
        name="Free trial screener",
        variants=["control", "experiment"],
        goals={
            "enrolled": {"kind": "milestone", "column": "Enrollments"},
            "paid": {"kind": "macro", "column": "Payments"},
        },
        data=Data(
            shape="counts", table="daily", columns=DataColumns(units="Clicks", period="Date")
        ),
        **keys,
    )
    return collect(test, connection)


def test_udacity_needs_days_on_which_payments_are_known(shared_data: Path):
    with duckdb.connect() as connection, pytest.raises(CountsError) as caught:
        udacity(shared_data, connection)
    assert "row of 'control', 2014-11-03: no count of 'enrolled' (E407)" in str(caught.value)
    assert "experiment.start and end leave days out" in str(caught.value)


def test_udacity_gross_and_net_conversion(shared_data: Path):
    with duckdb.connect() as connection:
        counts = udacity(shared_data, connection, start="2014-10-11", end="2014-11-03")
    assert len(counts.periods) == 23
    clicks = counts.units.sum(axis=(1, 2, 3))
    gross, net = (counts.reached(goal).sum(axis=(1, 2)) / clicks for goal in ("enrolled", "paid"))
    assert round(gross[1] - gross[0], 4) == -0.0206
    assert round(net[1] - net[0], 4) == -0.0049


def test_criteo_counts_are_a_joint_table_under_other_names(shared_data: Path):
    path = literal(str(shared_data / "criteo_v21" / "criteo_v21_counts.csv"))
    test = Experiment(
        name="Criteo",
        variants={"control": 0.15, "treated": 0.85},
        goals={"visit": {"kind": "milestone"}, "conversion": {"kind": "macro"}},
        data=Data(shape="joint", table="renamed"),
    )
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW renamed AS SELECT treatment AS variant, visit AS goal__visit, "
            f"conversion AS goal__conversion, n AS units FROM read_csv({path})"
        )
        counts = collect(test, connection)
    units = counts.units.sum(axis=(1, 2, 3))
    assert units.tolist() == [2_096_937, 11_882_655]
    visit, conversion = (per_arm(counts.reached(goal)) / units for goal in test.funnel.steps)
    assert round(visit[1] - visit[0], 5) == 0.01034
    assert round(conversion[1] - conversion[0], 6) == 0.001152


def a_a_view(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A log without an experiment, with arms by a hash of the user."""
    connection.execute(
        "CREATE VIEW log AS SELECT *, CASE WHEN hash(user_id) % 2 = 0 THEN 'a' ELSE 'b' END AS arm "
        f"FROM {literal(str(path))}"
    )


def test_msnbc_news_after_the_frontpage(shared_data: Path):
    """Two questions with two answers, and the definition asks the second.

    69,001 users see news for the first time after they first saw the frontpage. 71,600 see news
    at some time at or after it: the 2,599 more had seen news before as well.
    """
    test = Experiment(
        name="msnbc",
        variants=["a", "b"],
        goals={
            "frontpage": {"kind": "milestone", "event": "1"},
            "news": {"kind": "milestone", "event": "2"},
            "business": {"kind": "macro", "event": "12"},
        },
        funnel=Funnel(steps=["frontpage", "news", "business"], order="strict"),
        data=Data(
            shape="events",
            table="log",
            time_unit="order",
            columns=DataColumns(unit="user_id", time="seq", event="category", variant="arm"),
        ),
    )
    with duckdb.connect() as connection:
        a_a_view(connection, shared_data / "event_streams" / "msnbc990928.parquet")
        counts = collect(test, connection)
        first_after, after_too = connection.execute(
            "SELECT COUNT(*) FILTER (first_news > frontpage), "
            "COUNT(*) FILTER (first_news < frontpage AND last_news > frontpage) FROM ("
            "SELECT MIN(seq) FILTER (category = 1) AS frontpage, "
            "MIN(seq) FILTER (category = 2) AS first_news, "
            "MAX(seq) FILTER (category = 2) AS last_news FROM log GROUP BY user_id)"
        ).fetchone()
    assert (counts.rows_read, counts.units.sum()) == (4_698_794, 989_818)
    assert counts.reached("frontpage").sum() == 313_181
    assert (first_after, after_too) == (69_001, 2_599)
    assert counts.reached(ordered_step("news")).sum() == 69_001 + 2_599


def test_rees46_buyers_without_a_cart(shared_data: Path):
    test = Experiment(
        name="rees46",
        variants=["a", "b"],
        goals={
            "cart": {"kind": "milestone"},
            "purchase": {"kind": "macro"},
            "revenue": {"kind": "macro", "event": "purchase", "value": "price"},
        },
        data=Data(
            shape="events",
            table="log",
            columns=DataColumns(
                unit="user_id", time="event_time", event="event_type", variant="arm"
            ),
        ),
    )
    with duckdb.connect() as connection:
        a_a_view(connection, shared_data / "event_streams" / "rees46_2019_10_01.csv.gz")
        counts = collect(test, connection)
        (spent,) = connection.execute(
            "SELECT SUM(price) FROM log WHERE event_type = 'purchase'"
        ).fetchone()
    bought, carted = counts.truth("purchase"), counts.truth("cart")
    assert (counts.rows_read, counts.units.sum()) == (17_435, 4_505)
    assert counts.units[..., bought].sum() == 193
    assert counts.units[..., bought & ~carted].sum() == 131
    assert counts.moments("revenue")[1].sum() == pytest.approx(spent, rel=1e-12)
