"""The units shape: what becomes of rows that are units."""

from __future__ import annotations

import gzip
from datetime import date

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from abmicro.counts import LedgerEntry
from abmicro.errors import DefinitionError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect
from abmicro.sources.validation.rows import MOST_LEVELS

ROWS = "arm,cart,order,device,spend,day\n" + "\n".join(
    [
        "control,1,1,phone,10.5,2026-10-05",
        "control,1,0,desk,0,2026-10-06",
        "control,0,0,,0,2026-10-05",
        "sticky,1,1,phone,20,2026-10-05",
        "sticky,1,1,phone,5,2026-10-06",
    ]
)


def test_a_unit_is_counted_under_its_arm_and_pattern(unit_test, written):
    counts = collect(unit_test(), written(ROWS))
    assert counts.reached("cart").ravel().tolist() == [2, 2]
    assert counts.reached("order").ravel().tolist() == [1, 2]


def test_truths_of_text_and_number_are_the_same(unit_test, written):
    numbers = collect(unit_test(), written("arm,cart,order\ncontrol,1,0\nsticky,0,0\n"))
    truths = collect(
        unit_test(), written("arm,cart,order\ncontrol,TRUE,false\nsticky,false,false\n")
    )
    assert numbers == truths


def test_a_condition_says_what_counts_as_reached(unit_test, written):
    goals = {
        "cart": {"kind": "milestone", "where": "max_step >= 1"},
        "order": {"kind": "macro", "where": "max_step = 2 AND country <> 'XX'"},
    }
    rows = "arm,max_step,country\ncontrol,0,NO\ncontrol,2,NO\nsticky,1,SE\nsticky,2,XX\n"
    counts = collect(unit_test(goals=goals), written(rows))
    assert counts.reached("cart").ravel().tolist() == [1, 2]
    assert counts.reached("order").ravel().tolist() == [1, 0]


def test_values_come_with_their_squares(unit_test, written):
    goals = {
        "cart": {"kind": "milestone"},
        "revenue": {"kind": "macro", "value": "spend"},
    }
    counts = collect(unit_test(goals=goals), written(ROWS))
    units, total, squares = (one.ravel().tolist() for one in counts.moments("revenue"))
    assert (units, total, squares) == ([3, 2], [10.5, 25.0], [110.25, 425.0])


def test_two_values_of_a_unit_are_multiplied(unit_test, written):
    goals = {
        "cart": {"kind": "milestone"},
        "a": {"kind": "macro", "value": "x"},
        "b": {"kind": "macro", "value": "y"},
    }
    rows = "arm,cart,x,y\ncontrol,1,2,3\ncontrol,1,4,5\nsticky,1,1,1\n"
    counts = collect(unit_test(goals=goals), written(rows))
    assert counts.products[0].sum(axis=(0, 1, 2)).tolist() == [[20.0, 26.0], [26.0, 34.0]]


def test_a_missing_trait_is_a_level_of_its_own(unit_test, written):
    counts = collect(unit_test(segments=["device"]), written(ROWS))
    labels, _ = counts.levels()
    assert labels == (("device", "(none)"), ("device", "desk"), ("device", "phone"))


def test_only_the_largest_levels_are_kept_and_the_rest_is_other(unit_test, written):
    sizes = range(1, MOST_LEVELS + 6)
    lines = [f"{arm},1,0,level {n}" for n in sizes for arm in ("control", "sticky")]
    lines += [f"control,1,0,level {n}" for n in sizes for _ in range(n)]
    path = written("arm,cart,order,device\n" + "\n".join(lines))
    counts = collect(unit_test(segments=["device"]), path)
    kept = {level for (level,) in counts.segments}
    assert kept == {"other"} | {f"level {n}" for n in sizes[-MOST_LEVELS:]}
    assert counts.units.sum() == len(lines)


def test_units_outside_the_dates_are_left_out_and_counted(unit_test, written):
    test = unit_test(columns={"period": "day"}, start="2026-10-05", end="2026-10-06")
    counts = collect(test, written(ROWS))
    assert counts.periods == (date(2026, 10, 5),)
    outside = [entry for entry in counts.ledger if entry.step == "outside"]
    assert outside == [
        LedgerEntry("outside", 1, "units", "control"),
        LedgerEntry("outside", 1, "units", "sticky"),
    ]


def test_as_of_looks_at_the_days_before_only(unit_test, written):
    counts = collect(unit_test(columns={"period": "day"}), written(ROWS), as_of="2026-10-06")
    assert counts.units.sum() == 3


def test_rows_without_a_unit_id_are_left_out_and_counted(unit_test, written):
    rows = "arm,cart,order,id\ncontrol,1,0,a\ncontrol,1,0,\nsticky,0,0,b\n"
    counts = collect(unit_test(columns={"unit": "id"}), written(rows))
    assert counts.units.sum() == 2
    assert LedgerEntry("no_unit", 1, "rows", "control") in counts.ledger


def test_unit_ids_keep_their_leading_zeros(unit_test, written):
    rows = "arm,cart,order,id\ncontrol,1,0,7\ncontrol,1,0,07\nsticky,0,0,007\n"
    assert collect(unit_test(columns={"unit": "id"}), written(rows)).units.sum() == 3


def test_a_recorded_value_may_stand_for_an_arm(unit_test, written):
    test = unit_test(exposure={"match": {"control": 0, "sticky": 1}})
    counts = collect(test, written("arm,cart,order\n0,1,0\n1,1,1\n1,1,1\n"))
    assert counts.reached("order").ravel().tolist() == [0, 2]


def test_several_recorded_values_may_stand_for_one_arm(unit_test, written):
    """Three servers, two pages."""
    test = unit_test(exposure={"match": {"control": ["2", "3"], "sticky": "1"}})
    counts = collect(test, written("arm,cart,order\n1,1,0\n2,1,1\n3,0,0\n3,1,1\n"))
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [3, 1]
    assert counts.reached("order").ravel().tolist() == [2, 0]


def test_rows_that_data_where_leaves_out_are_counted_beside_their_arm(unit_test, written):
    """Group and page disagree, as in many a published log: such units are not analysed."""
    fits = "(arm = 'control' AND page = 'old') OR (arm = 'sticky' AND page = 'new')"
    rows = "arm,page,cart,order,id\ncontrol,old,1,0,a\ncontrol,new,1,1,b\ncontrol,,1,1,c\n"
    rows += "sticky,new,0,0,d\nsticky,old,1,1,b\nother,old,1,1,e\n"
    counts = collect(unit_test(data={"where": fits}, columns={"unit": "id"}), written(rows))
    assert counts.reached("cart").ravel().tolist() == [1, 0]
    assert {(one.variant, one.rows, one.units) for one in counts.left_out} == {
        ("control", 2, 0), ("sticky", 1, 0), ("other", 1, 0),
    }  # fmt: skip
    assert counts.rows_read == 6


def test_rows_of_a_unit_add_up_where_the_definition_says_so(unit_test, written):
    """A table of orders: a user stands in several rows, some of them in both arms."""
    goals = {"cart": {"kind": "milestone"}, "revenue": {"kind": "macro", "value": "spend"}}
    test = unit_test(
        goals=goals,
        data={"repeats": "sum"},
        columns={"unit": "id", "period": "day"},
        segments={"device": "device"},
    )
    rows = "id,arm,cart,spend,device,day\n" + "\n".join(
        [
            "1,control,0,10,phone,2026-10-06",
            "1,control,1,2.5,desk,2026-10-05",
            "2,control,0,1,phone,2026-10-05",
            "2,sticky,1,7,phone,2026-10-05",
            "3,sticky,0,0,,2026-10-07",
            "3,sticky,0,4,phone,2026-10-08",
        ]
    )
    counts = collect(test, written(rows))
    units, total, squares = (one.sum(axis=(1, 2)).tolist() for one in counts.moments("revenue"))
    assert (units, total, squares) == ([1, 1], [12.5, 4.0], [156.25, 16.0])
    assert counts.reached("cart").sum(axis=(1, 2)).tolist() == [1, 0]
    assert counts.segments == (("(several)",), ("phone",))
    assert counts.periods == (date(2026, 10, 5), date(2026, 10, 7))
    assert LedgerEntry("crossed", 1, "units", None) in counts.ledger
    assert counts.rows_read == 6


def test_the_rule_of_exclusion_looks_at_all_rows_of_a_unit(unit_test, written):
    test = unit_test(
        columns={"unit": "id"},
        data={"repeats": "sum"},
        exposure={"exclude": {"more_than": 3, "of": "clicks"}},
    )
    rows = "arm,cart,order,id,clicks\ncontrol,1,0,a,2\ncontrol,1,0,a,2\nsticky,1,0,b,3\n"
    counts = collect(test, written(rows + "control,0,0,c,\n"))
    place = counts.goals.index(test.exposure.exclude.label)
    assert counts.units[..., counts.patterns[:, place]].sum() == 1


def test_a_goal_that_never_fires_is_no_error(unit_test, written):
    counts = collect(unit_test(), written("arm,cart,order\ncontrol,1,0\nsticky,0,0\n"))
    assert counts.reached("order").ravel().tolist() == [0, 0]


def test_one_unit_per_arm_is_enough_to_count(unit_test, written):
    counts = collect(unit_test(), written("arm,cart,order\ncontrol,1,1\nsticky,1,1\n"))
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [1, 1]


WILD = ('"; DROP TABLE x; --', "<script>alert(1)</script>", "it's 100 %")


@pytest.mark.parametrize("wild", WILD)
def test_wild_names_of_goals_segments_and_arms_pass_unharmed(wild):
    frame = pa.table({"arm": ["control", wild], wild: [1, 0], "buy": [1, 0], "d'": [wild, "x"]})
    test = Experiment(
        name="Wild",
        variants=["control", wild],
        goals={wild: {"kind": "milestone"}, "buy": {"kind": "macro"}},
        segments={wild: "d'"},
        data=Data(shape="units", columns=DataColumns(variant="arm")),
    )
    counts = collect(test, frame)
    assert counts.reached(wild).sum() == 1
    assert ((wild, wild)) in counts.levels()[0]


FRAME = {"arm": ["control", "control", "sticky"], "cart": [1, 0, 1], "order": [0, 0, 1]}


@pytest.mark.parametrize(
    "make",
    [pd.DataFrame, pl.DataFrame, lambda held: pl.DataFrame(held).lazy(), pa.table,
     lambda held: pa.table(held).to_reader(), lambda held: pa.table(held).to_batches()[0]],
    ids=["pandas", "polars", "polars lazy", "arrow", "arrow reader", "arrow batch"],
)  # fmt: skip
def test_every_frame_gives_the_table_its_file_gives(make, unit_test, written):
    path = written("arm,cart,order\ncontrol,1,0\ncontrol,0,0\nsticky,1,1\n")
    assert collect(unit_test(), make(FRAME)) == collect(unit_test(), path)
    plain = {"variant" if name == "arm" else name: held for name, held in FRAME.items()}
    bare = unit_test().model_copy(update={"data": None})
    assert collect(bare, make(plain)) == collect(unit_test(), path)
    with pytest.raises(DefinitionError, match="names no data"):
        collect(bare, make(FRAME))


def test_a_frame_of_units_and_counts_is_one_of_counts(unit_test):
    frame = pd.DataFrame(
        {"variant": ["control", "sticky"], "units": [9, 8], "cart": [5, 4], "order": [2, 3]}
    )
    counts = collect(unit_test().model_copy(update={"data": None}), frame)
    assert counts.units.sum() == 17
    assert counts.reached("order").ravel().tolist() == [2, 3]


@pytest.mark.parametrize("name", ["d.csv", "d.csv.gz", "d.tsv", "d.parquet", "d.jsonl", "d.json"])
def test_every_file_form_gives_the_same_table(name, unit_test, tmp_path):
    frame, path = pd.DataFrame(FRAME), tmp_path / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    elif "json" in name:
        frame.to_json(path, orient="records", lines=name.endswith("l"))
    else:
        text = frame.to_csv(index=False, sep="\t" if name.endswith("tsv") else ",")
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    assert collect(unit_test(), path) == collect(unit_test(), frame)


def test_a_glob_reads_all_its_files_by_column_name(unit_test, written, tmp_path):
    written("arm,cart,order\ncontrol,1,0\n", "a.csv")
    written("order,arm,cart\n0,sticky,1\n", "b.csv")
    counts = collect(unit_test(data={"source": "*.csv"}), folder=tmp_path)
    assert counts.reached("cart").ravel().tolist() == [1, 1]


def test_an_open_connection_is_used_and_left_open(unit_test):
    with duckdb.connect() as connection:
        connection.execute('CREATE SCHEMA "my shop"')
        connection.register("held", pa.table(FRAME))
        connection.execute('CREATE VIEW "my shop"."visits" AS SELECT * FROM held')
        counts = collect(unit_test(data={"table": "my shop.visits"}), connection)
        assert counts.units.sum() == 3
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_any_object_with_dialect_and_rows_is_an_engine(unit_test):
    class Shop:
        dialect = "postgres"
        asked = ""

        def rows(self, sql):
            self.asked = sql
            yield ("analysed", "control", None, 1, 0, 5, 5, None)
            yield ("analysed", "sticky", None, 0, 0, 7, 7, None)

    shop = Shop()
    counts = collect(unit_test(data={"table": "visits"}), shop)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [5, 7]
    assert 'FROM "visits"' in shop.asked
    assert counts.origin.engine == "Shop"


def test_the_origin_names_engine_and_query(unit_test, written, tmp_path):
    path = written(ROWS)
    here = collect(unit_test(), path).origin
    assert here.engine.startswith("DuckDB ")
    assert len(here.query_sha256) == 64
    moved = tmp_path / "elsewhere.csv"
    path.rename(moved)
    assert collect(unit_test(), moved).origin == here
