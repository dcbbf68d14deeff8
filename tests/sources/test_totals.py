"""The counts shape: totals become the joint table as far as they determine it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest

from abmicro.counts import JointCounts
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect, read_joint

GOALS: dict[str, Any] = {
    "cart": {"kind": "milestone"},
    "order": {"kind": "macro", "column": "orders"},
    "video": {"kind": "action"},
    "money": {"kind": "macro", "value": "spend"},
}
ROWS = """variant,day,device,units,cart,orders,video,spend,spend_squares
control,2026-10-05,phone,100,20,5,9,50,600
control,2026-10-06,phone,200,50,10,30,90,1200
sticky,2026-10-05,phone,100,30,6,8,70,900
sticky,2026-10-05,desk,100,10,2,1,10.5,60.25
"""


def totals_test(**keys: Any) -> Experiment:
    data = Data(shape="counts", columns=DataColumns(period="day"))
    defaults = {"name": "T", "variants": ["control", "sticky"], "goals": GOALS, "data": data}
    return Experiment(**(defaults | keys))


def test_rows_that_data_where_leaves_out_are_no_units(written):
    """A total row beside its parts may be left out by a condition instead of by hand."""
    rows = "variant,device,units,cart,order\ncontrol,phone,60,12,3\ncontrol,all,60,12,3\n"
    rows += "sticky,phone,60,18,4\nsticky,all,60,18,4\n"
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    data = Data(shape="counts", where="device <> 'all'")
    counts = collect(totals_test(goals=goals, data=data), written(rows))
    assert counts.reached("order").ravel().tolist() == [3, 4]
    assert [(one.variant, one.units, one.rows) for one in counts.left_out] == [
        ("control", 0, 1), ("sticky", 0, 1),
    ]  # fmt: skip


def test_nested_totals_are_the_table_of_their_path(written):
    rows = "variant,units,cart,order\ncontrol,100,20,5\nsticky,100,30,6\n"
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    counts = collect(totals_test(goals=goals, data=Data(shape="counts")), written(rows))
    path = JointCounts.of_path(
        ("control", "sticky"), ("cart", "order"), [[100, 20, 5], [100, 30, 6]]
    )
    assert counts.units.tolist() == path.units.tolist()
    assert counts.patterns.tolist() == path.patterns.tolist()


def test_rows_of_a_cell_add_up(written):
    rows = "variant,place,units,cart,order\ncontrol,a,1,0,0\ncontrol,b,2,1,0\nsticky,a,1,1,1\n"
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    counts = collect(totals_test(goals=goals, data=Data(shape="counts")), written(rows))
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [3, 1]
    assert counts.rows_read == 3


def test_goals_outside_the_funnel_stand_apart(written):
    counts = collect(totals_test(segments=["device"]), written(ROWS))
    assert counts.goals == ("cart", "order")
    assert counts.apart.names == ("video", "money")
    assert counts.reached("video").sum(axis=(1, 2)).tolist() == [39, 9]
    units, total, squares = (one.sum(axis=(1, 2)).tolist() for one in counts.moments("money"))
    assert (units, total, squares) == ([300, 200], [140.0, 80.5], [1800.0, 960.25])


def test_traits_and_days_are_kept(written):
    counts = collect(totals_test(segments=["device"]), written(ROWS))
    assert counts.periods == (date(2026, 10, 5), date(2026, 10, 6))
    assert counts.only("device", "desk").units.sum() == 100


def test_days_outside_the_dates_are_left_out_and_counted(written):
    counts = collect(totals_test(end="2026-10-06"), written(ROWS))
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [100, 200]
    assert [(out.step, out.variant, out.units, out.rows) for out in counts.left_out] == [
        ("outside", "control", 200, 1)
    ]


def test_as_of_leaves_later_days_out(written):
    assert collect(totals_test(), written(ROWS), as_of="2026-10-06").units.sum() == 300


@pytest.mark.parametrize("size", [10**9, 10**15])
def test_large_totals_are_exact(size):
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT unnest(['control', 'sticky']) AS variant, "
            f'{size} + 1 AS units, {size} AS cart, 3 AS "order"'
        )
        goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
        test = totals_test(goals=goals, data=Data(shape="counts", table="t"))
        counts = collect(test, connection)
    assert counts.units[0].ravel().tolist() == [1, size - 3, 3]


def test_columns_may_have_other_names(written):
    data = Data(shape="counts", columns=DataColumns(variant="arm", units="clicks"))
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro", "column": "paid"}}
    counts = collect(
        totals_test(goals=goals, data=data),
        written("arm,clicks,cart,paid\ncontrol,9,4,1\nsticky,8,2,0\n"),
    )
    assert counts.reached("order").ravel().tolist() == [1, 0]


@pytest.mark.parametrize(
    ("keys", "as_of", "day"),
    [({}, None, 7), ({}, "2026-10-06", 6), ({"end": "2026-10-06"}, None, 6)],
)
def test_days_are_complete_up_to_the_midnight_after_the_last(written, tmp_path, keys, as_of, day):
    test = totals_test(timezone="Europe/Oslo", **keys)
    counts = collect(test, written(ROWS), as_of=as_of)
    assert counts.cut_off == datetime(2026, 10, day - 1, 22, tzinfo=UTC)
    counts.save(tmp_path / "saved.parquet")
    assert read_joint(test, tmp_path / "saved.parquet") == counts


def test_counts_without_days_do_not_tell_up_to_when_they_are_complete(written):
    data = Data(shape="counts", columns=DataColumns(variant="arm", units="clicks"))
    table = written("arm,clicks,cart,order\ncontrol,9,4,1\nsticky,8,2,0\n")
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    assert collect(totals_test(goals=goals, data=data), table).cut_off is None
