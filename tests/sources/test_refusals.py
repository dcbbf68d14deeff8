"""Bad data: what is said, where, and what would mend it. The messages are pinned."""

from __future__ import annotations

import gzip

import polars as pl
import pyarrow as pa
import pytest

from abmicro.errors import AbmicroError, CountsError, DefinitionError, SourceError
from abmicro.experiment.model import Data, DataColumns, Experiment
from abmicro.sources.collect import collect

SOUND = "arm,cart,order\ncontrol,1,0\nsticky,0,0\n"


def refusal(test: Experiment, data: object = None, kind: type[AbmicroError] = SourceError) -> str:
    with pytest.raises(kind) as caught:
        collect(test, data)
    return str(caught.value)


def test_no_such_file(unit_test, tmp_path):
    assert refusal(unit_test(), tmp_path / "visits.csv") == (
        f"data.source: no such file: '{tmp_path}/visits.csv' (E301); looked in {tmp_path}"
    )


def test_a_glob_without_match(unit_test, tmp_path):
    assert refusal(unit_test(), f"{tmp_path}/*.parquet") == (
        f"data.source: no file matches '{tmp_path}/*.parquet' (E301); looked in {tmp_path}"
    )


def test_a_folder_is_not_a_file(unit_test, tmp_path):
    assert refusal(unit_test(), tmp_path) == (
        f"data.source: '{tmp_path}' is a folder (E301); name files in it, e.g. folder/*.parquet"
    )


def test_a_file_below_a_file_cannot_be_reached(unit_test, written):
    assert "no such file" in refusal(unit_test(), written(SOUND) / "more.csv")


def test_an_empty_file(unit_test, written):
    said = "data.source: data.csv is empty (E302); export it again"
    assert refusal(unit_test(), written("")) == said


def test_a_header_without_rows(unit_test, written):
    path = written("arm,cart,order\n")
    assert refusal(unit_test(), path) == (
        "data: the data hold no rows (E302); name other data in [data] source, or export them again"
    )


def test_a_file_form_nobody_reads(unit_test, written):
    assert refusal(unit_test(), written(SOUND, "data.doc")) == (
        "data.source: data.doc: a file of this form cannot be read (E303); "
        "data come as csv, tsv, txt, json or jsonl, also as .gz; parquet or xlsx"
    )


def test_an_experiment_that_names_no_data(unit_test):
    assert refusal(unit_test()) == (
        "data.source: the experiment names no data (E301); "
        'write source = "path or glob" in [data], or hand the data in'
    )


def test_an_experiment_without_data_at_all(unit_test):
    test = unit_test().model_copy(update={"data": None})
    assert refusal(test, "x.csv", DefinitionError) == (
        "data: the experiment names no data (E060); "
        "add [data] with shape and source, or analyse saved counts"
    )


def test_a_file_in_a_store_is_not_opened_and_its_url_not_repeated(unit_test):
    secret = "s3://me:hunter2@bucket/shop.parquet"  # noqa: S105
    message = refusal(unit_test(data={"source": secret}))
    assert message.startswith("data.source: s3:// cannot be opened here (E303)")
    assert "hunter2" not in message


def test_an_object_that_is_no_data(unit_test):
    assert refusal(unit_test(), [1, 2]) == (
        "data: cannot read a builtins.list (E303); "
        "hand in a path, a DuckDB connection, or a pandas, polars or Arrow table"
    )


def test_a_misnamed_column(unit_test, written):
    assert refusal(unit_test(), written("arm,carts,order\ncontrol,1,0\n")) == (
        "goals.cart.column: no column 'cart' in the data (E305); "
        "did you mean 'carts'? known: arm, carts, order"
    )


def test_all_misnamed_columns_at_once(unit_test, written):
    goals = {
        "cart": {"kind": "milestone", "where": "basket > 0"},
        "money": {"kind": "macro", "value": "spent"},
    }
    test = unit_test(goals=goals, segments=["device"], columns={"unit": "id"})
    told = refusal(test, written("variant,cart\ncontrol,1\n")).splitlines()
    assert [line.partition(":")[0] for line in told] == [
        "data.columns.unit",
        "data.columns.variant",
        "segments.device",
        "goals.cart.where",
        "goals.money.value",
    ]


def test_text_where_0_or_1_is_asked(unit_test, written):
    assert refusal(unit_test(), written("arm,cart,order\ncontrol,yes,0\nsticky,often,0\n")) == (
        "goals.cart.column: column 'cart' holds 'often' (1 unit) where 0 or 1 is asked (E307); "
        "say in `where` what counts as reached"
    )


def test_a_count_where_0_or_1_is_asked(unit_test, written):
    assert "column 'cart' holds '2' (1 unit)" in refusal(
        unit_test(), written("arm,cart,order\ncontrol,2,0\nsticky,1,0\n")
    )


def test_an_empty_goal_is_no_silent_0(unit_test, written):
    assert refusal(unit_test(), written("arm,cart,order\ncontrol,,0\nsticky,1,0\n")) == (
        "goals.cart.column: column 'cart' is empty in 1 unit (E307); "
        "empty is not 0; write coalesce(..., 0) = 1 in `where` if it means not reached"
    )


def test_a_condition_that_cannot_be_told_is_no_silent_0(unit_test, written):
    goals = {
        "cart": {"kind": "milestone", "where": "steps >= 1"},
        "order": {"kind": "macro"},
    }
    message = refusal(unit_test(goals=goals), written("arm,steps,order\ncontrol,,0\nsticky,1,0\n"))
    assert message.startswith(
        "goals.cart.where: what 'steps >= 1' asks for is empty in 1 unit (E307)"
    )


VALUES = {"cart": {"kind": "milestone"}, "money": {"kind": "macro", "value": "spend"}}


def test_an_empty_value(unit_test, written):
    path = written("arm,cart,spend\ncontrol,1,\nsticky,0,3\n")
    assert refusal(unit_test(goals=VALUES), path) == (
        "goals.money.value: 'spend' is empty in 1 unit (E307); "
        'write missing = "zero" at the goal where nothing was spent, or missing = "leave_out" '
        "where it is not known"
    )


def test_text_in_a_value(unit_test, written):
    path = written("arm,cart,spend\ncontrol,1,2\nsticky,0,much\n")
    assert refusal(unit_test(goals=VALUES), path) == (
        "goals.money.value: column 'spend' holds text (for example 'much') in 1 row "
        "where numbers are asked (E307); "
        "mend these cells, or leave them empty where nothing is known"
    )


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        (float("nan"), "data: nan stands where an amount is asked (E307); write a number"),
        (-float("inf"), "data: -inf stands where an amount is asked (E307); write a number"),
        (1e15, "data: amounts are so large that they, or their squares, have no exact sum (E307)"),
        (1e300, "data: amounts are so large that they, or their squares, have no exact sum (E307)"),
    ],
)
def test_a_value_that_is_no_number(odd, says, unit_test):
    frame = pl.DataFrame({"arm": ["control", "sticky"], "cart": [1, 0], "spend": [odd, 1.0]})
    assert refusal(unit_test(goals=VALUES), frame).startswith(says)


def test_an_id_that_is_not_a_number(unit_test):
    frame = pl.DataFrame({"id": [1.0, float("nan")], "arm": ["control", "sticky"], "cart": [1, 0]})
    goals = {"cart": {"kind": "macro"}}
    assert refusal(unit_test(goals=goals, columns={"unit": "id"}), frame) == (
        "data.columns.unit: NaN in column 'id' is no id (E676); leave empty what is not known"
    )


def test_a_column_of_a_type_that_nobody_reads_is_told_where_it_is_asked(unit_test):
    odd = pl.Series([1.0, 0.0], dtype=pl.Float32).to_arrow().cast("float16")
    rows = pl.DataFrame({"arm": ["control", "sticky"], "cart": [1, 0], "order": [1, 0]}).to_arrow()
    assert collect(unit_test(), rows.append_column("other", odd)).units.sum() == 2
    asked = rows.set_column(1, "cart", odd)
    assert "cannot read a pyarrow.lib.Table: unsupported" in refusal(unit_test(), asked)
    assert "E303" in refusal(unit_test(), iter([1]))


def test_units_without_a_variant(unit_test, written):
    assert refusal(unit_test(), written(SOUND + ",1,0\n,0,0\n")) == (
        "data.columns.variant: no variant on 2 of 4 units (E306); "
        "find out why; a unit that was not randomised has no place in the test"
    )


def test_an_arm_the_experiment_does_not_know(unit_test, written):
    assert refusal(unit_test(), written(SOUND + "stiky,1,0\nstiky,0,0\n")) == (
        "data.columns.variant: 'stiky' is not one of the variants (2 units) (E306); "
        "did you mean 'sticky'? known: control, sticky"
    )


def test_an_arm_without_data(unit_test, written):
    assert refusal(unit_test(), written("arm,cart,order\ncontrol,1,0\n")) == (
        "variants: no unit carries 'sticky' (E308); the data have control"
    )


def test_no_unit_within_the_dates(unit_test, written):
    test = unit_test(columns={"period": "day"}, start="2027-01-01")
    path = written("arm,cart,order,day\ncontrol,1,0,2026-10-05\nsticky,1,0,2026-10-05\n")
    assert refusal(test, path) == (
        "data: nothing is left to analyse: "
        "2 units exposed outside the dates of the experiment (E308); "
        "look at the dates and names of the definition, and at `abmicro explain`"
    )


def test_units_that_stand_twice(unit_test, written):
    rows = "arm,cart,order,id\n" + "".join(
        f"{arm},1,0,{unit}\n" for arm, unit in zip(["control", "sticky"] * 3, "aabbbc", strict=True)
    )
    assert refusal(unit_test(columns={"unit": "id"}), written(rows)) == (
        "data.columns.unit: 2 units stand in more than one row: a (2 rows), b (3 rows) (E312); "
        'write repeats = "sum" in [data] where they add up; else keep one row of each'
    )


def test_rows_of_a_unit_that_say_neither_0_nor_1(unit_test, written):
    rows = "arm,cart,order,id\ncontrol,-1,0,a\ncontrol,1,0,a\nsticky,1,,b\nsticky,1,0,b\n"
    test = unit_test(columns={"unit": "id"}, data={"repeats": "sum"})
    assert refusal(test, written(rows)) == (
        "goals.cart.column: column 'cart' holds '-1' (1 unit) where 0 or 1 is asked (E307); "
        "say in `where` what counts as reached\n"
        "goals.order.column: column 'order' is empty in 1 unit (E307); "
        "empty is not 0; write coalesce(..., 0) = 1 in `where` if it means not reached"
    )


def test_a_goal_mapped_to_a_column_that_differs_from_unit_to_unit(unit_test, monkeypatch):
    monkeypatch.setattr("abmicro.sources.validation.rows.MOST_CELLS", 50)
    frame = pa.table({"arm": ["control"] * 100, "cart": list(range(100)), "order": [0] * 100})
    assert refusal(unit_test(), frame) == (
        "data: the data make more than 50 cells (E311); "
        "is a segment or a goal mapped to a column that differs from unit to unit?"
    )


def test_a_truncated_parquet(unit_test, tmp_path):
    import pyarrow.parquet as pq

    path = tmp_path / "cut.parquet"
    pq.write_table(pa.table({"arm": ["control"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-40])
    message = refusal(unit_test(), path)
    assert message.startswith("data: DuckDB cannot read it: ")
    assert "E304" in message


def test_a_corrupt_gzip(unit_test, tmp_path):
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(SOUND.encode() * 1000)[:60])
    assert refusal(unit_test(), path) == (
        "data.source: cut.csv.gz cannot be read: compressed file ended before the end-of-stream "
        "marker was reached (E303); copy or save it again"
    )


def test_a_row_that_does_not_fit_its_header(unit_test, written):
    rows = SOUND + "control,1,0\n" * 30_000 + "control,1,0,surplus\n"
    assert refusal(unit_test(), written(rows)) == (
        "data.source: data.csv, line 30,004: 4 cells where there are 3 columns "
        "(control,1,0,surplus) (E328); mend or delete this line; "
        "a cell that holds the sign between cells stands in quotes"
    )


def test_a_condition_that_asks_for_another_table():
    goals = {"cart": {"kind": "milestone", "where": "id IN (SELECT id FROM staff)"}}
    with pytest.raises(DefinitionError, match="holds a subquery"):
        Experiment(name="x", variants=["a", "b"], goals=goals)


def test_the_engine_reads_nothing_but_the_files_named(unit_test, written, tmp_path):
    from abmicro.sources.engines.engine import open_source

    secret = tmp_path / "secret.csv"
    secret.write_text("password\nhunter2\n", encoding="utf-8")
    with open_source(unit_test(), written(SOUND), None) as source:
        for attack in (
            f"SELECT * FROM '{secret}'",
            "INSTALL httpfs",
            f"COPY (SELECT 1) TO '{secret}'",
        ):
            with pytest.raises(SourceError):
                list(source.engine.rows(attack))
    assert secret.read_text(encoding="utf-8") == "password\nhunter2\n"


def event_test(**data: str) -> Experiment:
    columns = DataColumns(unit="user", time="ts", event="event", variant="variant")
    return Experiment(
        name="Log",
        variants=["control", "sticky"],
        goals={"cart": {"kind": "milestone"}, "order": {"kind": "macro"}},
        data=Data(shape="events", columns=columns, **data),
    )


def log(times: list[object]) -> pa.Table:
    one = ["x"] * len(times)
    return pa.table({"user": one, "event": one, "variant": ["control"] * len(times), "ts": times})


@pytest.mark.parametrize(
    ("times", "unit"),
    [([1_790_000_000], "s"), ([1_790_000_000_000], "ms"), ([1_790_000_000_000_000], "us"),
     ([0, 1, 2], "order")],
)  # fmt: skip
def test_numbers_where_times_are_asked(times, unit):
    assert refusal(event_test(), log(times)) == (
        "data.time_unit: column 'ts' holds numbers, and time_unit is timestamp (E307); "
        f'write time_unit = "{unit}" in [data]'
    )


def test_text_that_is_no_time():
    assert refusal(event_test(), log(["yesterday"])) == (
        "data.columns.time: column 'ts': 'yesterday' is no date that can be read (E318); "
        "write 2026-09-01 10:00:00, or say with time_format in [data] how it is written"
    )


def test_text_where_numbers_of_time_are_asked():
    assert refusal(event_test(time_unit="s"), log(["2026-10-05"])) == (
        "data.columns.time: column 'ts' holds text (for example '2026-10-05') in 1 row where "
        "numbers are asked (E307); drop time_unit from [data] where the column holds times; "
        "else it must hold numbers"
    )


def test_as_of_needs_a_clock(unit_test, written):
    with pytest.raises(SourceError) as caught:
        collect(unit_test(), written(SOUND), as_of="2026-10-05")
    assert str(caught.value) == (
        "as_of: the data have no clock that could be stopped (E310); "
        "drop as_of, or name the column of times"
    )


def test_as_of_that_is_no_day():
    with pytest.raises(SourceError) as caught:
        collect(event_test(), log([1]), as_of="soon")
    assert (
        str(caught.value)
        == "as_of: 'soon' is not a day (E310); write year-month-day, e.g. 2026-10-20"
    )


def counts_test(**keys: object) -> Experiment:
    return Experiment(
        name="Totals",
        variants=["control", "sticky"],
        goals={
            "cart": {"kind": "milestone"},
            "order": {"kind": "macro"},
            "video": {"kind": "action"},
            "money": {"kind": "macro", "value": "spend"},
        },
        data=Data(shape="counts", columns=DataColumns(period="day")),
        **keys,
    )


TOTALS = "variant,day,units,cart,order,video,spend,spend_squares\n"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("9,10,1,0,0,0", "10 units reached 'cart', but only 9 exposed"),
        ("9,5,6,0,0,0", "6 units reached 'order', but only 5 'cart'"),
        ("9,5,5,10,0,0", "10 units reached 'video', but only 9 exposed"),
        ("9,-1,0,0,0,0", "-1 is no count of 'cart'"),
        ("9,1.5,0,0,0,0", "1.5 is no count of 'cart'"),
        ("9,5,5,1,10,1", "squares of 'money' that sum to 1 cannot have a sum of 10"),
    ],
)
def test_totals_that_contradict_themselves(row, what, written):
    path = written(TOTALS + f"control,2026-10-05,9,5,5,1,0,0\nsticky,2026-10-06,{row}\n")
    message = refusal(counts_test(), path, CountsError)
    assert message == f"row of 'sticky', 2026-10-06: {what} (E407)"


def test_squares_that_nine_places_rounded_are_no_contradiction(written):
    """100 amounts of 0.000012 have squares of 1.44e-8 in all, which nine places make 1.4e-8."""
    row = "9,5,5,1,0,0\nsticky,2026-10-06,100,5,5,1,0.0012,0.000000014\n"
    counts = collect(counts_test(), written(f"{TOTALS}control,2026-10-05,{row}"))
    squares = counts.apart.squares[..., counts.apart.names.index("money")]
    assert squares.max() == pytest.approx(1.44e-8, rel=1e-6)


def test_totals_that_are_not_there_yet(written):
    path = written(TOTALS + "control,2026-10-05,9,5,,1,0,0\nsticky,2026-10-05,9,5,4,1,0,0\n")
    assert refusal(counts_test(), path, CountsError) == (
        "row of 'control', 2026-10-05: no count of 'order' (E407); "
        "experiment.start and end leave days out"
    )


def test_many_contradictions_are_cut_short(written):
    rows = "".join(f"control,2026-10-{day:02},1,2,0,0,0,0\n" for day in range(1, 21))
    told = refusal(counts_test(), written(TOTALS + rows), CountsError).splitlines()
    assert len(told) == 6
    assert told[-1] == "data: and 15 more like these (E407); mend the first ones"


def test_text_where_totals_are_asked(written):
    path = written(TOTALS + "control,2026-10-05,many,5,4,1,0,0\n")
    assert refusal(counts_test(), path) == (
        "data.columns.units: column 'units' holds text (for example 'many') in 1 row "
        "where counts are asked (E307); "
        "mend these cells, or leave them empty where nothing is known"
    )
