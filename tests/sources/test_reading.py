"""Cells of files are read by what their column is asked for, wherever in the file they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, strategies as st

from abmicro.counts import JointCounts
from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.collect import collect

from ..examples import examples

pytestmark = pytest.mark.journey

PLAIN = 25_000
"""More rows than a reader looks at before it settles on types."""

UNITS = {"shape": "units", "columns": {"unit": "id", "variant": "arm"}}
EVENTS = {
    "shape": "events",
    "columns": {"unit": "id", "time": "ts", "event": "event", "variant": "arm"},
}
CART: dict[str, Any] = {"cart": {"kind": "milestone"}}
MONEY = CART | {"money": {"kind": "macro", "value": "spend"}}
ORDERS = CART | {"twice": {"kind": "macro", "event": "order", "at_least": 2, "dedupe": "order_id"}}


def test_of(data: dict[str, Any], goals: dict[str, Any], **keys: Any) -> Experiment:
    return Experiment(name="Reading", variants=["A", "B"], data=data, goals=goals, **keys)


test_of.__test__ = False  # type: ignore[attr-defined]


def units(rows: list[str], plain: str = "1,0") -> str:
    """A table of units: plain rows, then others (arm, cart, spend)."""
    before = [f"p{at},{'AB'[at % 2]},{plain}" for at in range(PLAIN)]
    return "\n".join(
        ["id,arm,cart,spend", *before, *(f"o{at},{row}" for at, row in enumerate(rows))]
    )


def log(rows: list[str], plain: str = "2026-10-05 10:00:00,seen,{arm},,") -> str:
    """A log: plain rows, then others (id, ts, event, arm, order_id, spend)."""
    before = [f"p{at},{plain.format(arm='AB'[at % 2])}" for at in range(PLAIN)]
    return "\n".join(["id,ts,event,arm,order_id,spend", *before, *rows])


def total(counts: JointCounts, goal: str) -> list[float]:
    return [float(one) for one in counts.moments(goal)[1].reshape(2, -1).sum(axis=1)]


def reached(counts: JointCounts, goal: str) -> list[int]:
    return [int(one) for one in counts.reached(goal).reshape(2, -1).sum(axis=1)]


def seen(text: str, tmp_path: Path, experiment: Experiment, name: str = "data.csv") -> JointCounts:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return collect(experiment, tmp_path / name)


def refused(text: str, tmp_path: Path, experiment: Experiment) -> str:
    with pytest.raises(SourceError) as caught:
        seen(text, tmp_path, experiment)
    return str(caught.value)


def as_json(text: str) -> str:
    """The same table as JSON lines; cells of digits are numbers, empty ones are not there."""
    names, *rows = (line.split(",") for line in text.splitlines())
    lines = []
    for row in rows:
        cells = {name: cell for name, cell in zip(names, row, strict=True) if cell}
        lines.append(json.dumps(cells))
    return "\n".join(lines)


# late cells


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl"])
def test_cents_that_come_late_are_kept(name, tmp_path):
    text = units(["A,1,9.49", "B,0,0.51"])
    counts = seen(as_json(text) if "json" in name else text, tmp_path, test_of(UNITS, MONEY), name)
    assert total(counts, "money") == [9.49, 0.51]


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl"])
def test_leading_zeros_that_come_late_are_kept(name, tmp_path):
    rows = [
        f"o,2026-10-05 11:00:00,{event}"
        for event in ("seen,A,7,", "order,A,800001,", "order,A,0800001,")
    ]
    text = log([*rows, "q,2026-10-05 11:00:00,seen,B,,"], "2026-10-05 10:00:00,seen,{arm},5,")
    counts = seen(
        as_json(text) if "json" in name else text, tmp_path, test_of(EVENTS, ORDERS), name
    )
    assert reached(counts, "twice") == [1, 0]


def test_a_code_in_a_condition_is_text(tmp_path):
    goals = CART | {"code": {"kind": "macro", "event": "order", "where": "order_id = '007'"}}
    rows = ["o,2026-10-05 11:00:00,seen,A,,", "o,2026-10-05 11:00:00,order,A,007,"]
    rows += ["q,2026-10-05 11:00:00,seen,B,,", "q,2026-10-05 11:00:00,order,B,7,"]
    plain = "2026-10-05 10:00:00,seen,{arm},5,"
    assert reached(seen(log(rows, plain), tmp_path, test_of(EVENTS, goals)), "code") == [1, 0]


def test_a_number_in_a_condition_is_a_number(tmp_path):
    goals = CART | {"dear": {"kind": "macro", "where": "spend > 9.5"}}
    text = units(["A,1,9.49", "B,0,9.51", "B,0,10.5"])
    assert reached(seen(text, tmp_path, test_of(UNITS, goals)), "dear") == [0, 2]


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl"])
def test_a_first_amount_that_comes_late_is_read(name, tmp_path):
    goals = CART | {"money": {"kind": "macro", "event": "order", "value": "spend"}}
    rows = ["o,2026-10-05 11:00:00,seen,A,,", "o,2026-10-05 11:00:00,order,A,1,10.5"]
    text = log([*rows, "q,2026-10-05 11:00:00,seen,B,,"])
    counts = seen(as_json(text) if "json" in name else text, tmp_path, test_of(EVENTS, goals), name)
    assert total(counts, "money") == [10.5, 0]


def test_a_clock_that_comes_late_is_kept(tmp_path):
    goals = {"cart": {"kind": "macro", "window": "6h"}}
    rows = ["o,2026-10-05 17:00:00,seen,A,,", "o,2026-10-06 03:00:00,cart,A,,"]
    rows += ["q,2026-10-05 17:00:00,seen,B,,", "q,2026-10-05 22:00:00,cart,B,,"]
    rows += ["z,2026-10-09,seen,A,,"]
    counts = seen(log(rows, "2026-10-01,seen,{arm},,"), tmp_path, test_of(EVENTS, goals))
    assert reached(counts, "cart") == [0, 1]


def test_an_offset_is_heeded_in_any_row(tmp_path):
    goals = {"cart": {"kind": "macro", "window": "1h"}}
    rows = ["o,2026-10-05 12:00:00,seen,A,,", "o,2026-10-05T14:30:00+02:00,cart,A,,"]
    rows += ["q,2026-10-05 12:00:00,seen,B,,", "q,2026-10-05T13:30:00Z,cart,B,,"]
    rows += ["z,2026-10-09,seen,A,,"]
    counts = seen(log(rows, "2026-10-01,seen,{arm},,"), tmp_path, test_of(EVENTS, goals))
    assert reached(counts, "cart") == [1, 0]


def test_dotted_ids_stay_apart(tmp_path):
    head = "id,ts,event,arm,order_id\n"
    rows = ["o,2026-10-05,seen,A,", "q,2026-10-05,seen,B,"]
    rows += [f"o,2026-10-05,order,A,1200000000.178822080{at}" for at in (1, 9)]
    counts = seen(head + "\n".join(rows), tmp_path, test_of(EVENTS, ORDERS))
    assert reached(counts, "twice") == [1, 0]


def test_ids_of_twenty_digits_stay_apart_in_json(tmp_path):
    rows = [
        '{"id": "o", "ts": "2026-10-05", "event": "order", '
        f'"order_id": 1234567890123456789012{at}}}'
        for at in (1, 2)
    ]
    rows += [f'{{"id": "{one}", "ts": "2026-10-05", "event": "seen", "arm": "{arm}"}}'
             for one, arm in ("oA", "qB")]  # fmt: skip
    counts = seen("\n".join(rows), tmp_path, test_of(EVENTS, ORDERS), "data.jsonl")
    assert reached(counts, "twice") == [1, 0]


def test_blanks_at_the_ends_make_no_other_arm(tmp_path):
    counts = seen(
        "id,arm,cart\na, A ,1\nb,B,0\n", tmp_path, test_of(UNITS, {"cart": {"kind": "macro"}})
    )
    assert reached(counts, "cart") == [1, 0]


@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("1.0", "0.0"), ("true", "F"), ("yes", "No"), ("y", "n")]
)
def test_flags_are_written_in_many_ways(yes, no, tmp_path):
    text = f"id,arm,cart\na,A,{yes}\nb,B,{no}\nc,B,{yes}\n"
    counts = seen(text, tmp_path, test_of(UNITS, {"cart": {"kind": "macro"}}))
    assert reached(counts, "cart") == [1, 1]


def test_names_of_folders_are_text_and_numbers_by_their_role(tmp_path):
    for arm, spend in (("01", "2.5"), ("1", "3")):
        folder = tmp_path / f"arm={arm}" / f"spend={spend}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("id,cart\na,1\n")
        parquet(folder / "a.parquet", "SELECT 'a' AS id, 1 AS cart")
    data = UNITS | {"columns": {"variant": "arm"}}
    test = Experiment(name="x", variants=["01", "1"], data=data, goals=MONEY)
    for form in ("csv", "parquet"):
        counts = collect(test, str(tmp_path / "*" / "*" / f"*.{form}"))
        assert total(counts, "money") == [2.5, 3]


# what does not fit


def test_a_cell_that_is_no_amount_is_refused_wherever_it_stands(tmp_path):
    assert refused(units(["A,1,12 EUR", "B,0,12 EUR"]), tmp_path, test_of(UNITS, MONEY)) == (
        "goals.money.value: column 'spend' holds text (for example '12 EUR') in 2 rows "
        "where numbers are asked (E307); "
        "mend these cells, or leave them empty where nothing is known"
    )


@pytest.mark.parametrize("odd", ["inf", "nan", "1e300"])
def test_what_is_no_finite_amount_is_refused(odd, tmp_path):
    told = refused(units([f"A,1,{odd}"]), tmp_path, test_of(UNITS, MONEY))
    assert f"column 'spend' holds text (for example '{odd}') in 1 row where numbers are" in told


def test_text_that_a_column_of_json_holds_is_read_without_its_quotes(tmp_path):
    """DuckDB keeps what `->` takes out of JSON as JSON, also in Parquet."""
    rows = "VALUES ('u1', 'A', 'cart'), ('u2', 'B', 'order'), (NULL, 'B', 'order')"
    made = ", ".join(f"TO_JSON({one}) AS {one}" for one in ("id", "event"))
    select = f"SELECT {made}, arm, TIMESTAMP '2026-10-05' AS ts FROM ({rows}) t(id, arm, event)"
    parquet(tmp_path / "log.parquet", select)
    test = test_of(EVENTS, {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}})
    counts = collect(test, str(tmp_path / "log.parquet"))
    assert (reached(counts, "cart"), reached(counts, "order")) == ([1, 0], [0, 1])
    with pytest.raises(SourceError, match=r"'event' holds JSON where names of events .*\(E307\)"):
        collect(test, duckdb.sql(select))


@pytest.mark.parametrize("word", ["NA", "n/a", "NULL", "none", "(not set)", "-", " "])
def test_words_for_nothing_are_missing_amounts(word, tmp_path):
    told = refused(units([f"A,1,{word}"]), tmp_path, test_of(UNITS, MONEY))
    assert told.startswith("goals.money.value: 'spend' is empty in 1 unit (E307)")


LOG_GOALS = {"cart": {"kind": "macro"}}


def test_more_than_one_time_in_a_thousand_that_is_none_is_refused_wherever_it_stands(tmp_path):
    odd = [f"o{at},yesterday,seen,A,," for at in range(PLAIN // 900)]
    told = refused(log(odd), tmp_path, test_of(EVENTS, LOG_GOALS))
    assert told.startswith(
        f"data.columns.time: column 'ts' holds text (for example 'yesterday') in {len(odd)} rows "
        "where times are asked (E307)"
    )


def test_rows_of_few_times_that_are_none_are_set_aside_counted_and_told(tmp_path):
    odd = [f"o{at},yesterday,cart,A,," for at in range(PLAIN // 1_100)]
    plain, with_odd = (
        seen(log(rows), tmp_path, test_of(EVENTS, LOG_GOALS), name)
        for rows, name in (([], "plain.csv"), (odd, "odd.csv"))
    )
    assert reached(plain, "cart") == reached(with_odd, "cart")
    assert [one.rows for one in with_odd.left_out if one.step == "no_time"] == [len(odd)]
    assert with_odd.origin.notes == (
        f"{len(odd)} rows left out for their time in 'ts' (for example 'yesterday')",
    )


CLOCKS = {
    "05.10.2026 10:00": ("day_first", True, "yesterday"),
    "1791194400": ("time_unit", "s", "1791194400000"),
    "1791194400000": ("time_unit", "ms", "soon"),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_few_times_that_are_none_are_set_aside_however_times_are_written(clock, tmp_path):
    key, value, odd = CLOCKS[clock]
    test = test_of({**EVENTS, key: value}, LOG_GOALS)
    text = log([f"o,{odd},cart,A,,"], f"{clock},seen,{{arm}},,")
    assert seen(text, tmp_path, test).origin.notes == (
        f"1 row left out for their time in 'ts' (for example {odd!r})",
    )
    many = [f"o{at},{odd},cart,A,," for at in range(PLAIN // 900)]
    assert "(E307)" in refused(log(many, f"{clock},seen,{{arm}},,"), tmp_path, test)


def test_a_moment_of_zero_is_none(tmp_path):
    test = test_of({**EVENTS, "time_unit": "s"}, LOG_GOALS)
    text = "id,ts,event,arm\na,1791194400,seen,A\na,0,cart,A\nb,1791194401,seen,B\n"
    counts = seen(text, tmp_path, test)
    assert [one.rows for one in counts.left_out if one.step == "no_time"] == [1]


@pytest.mark.parametrize(("written", "unit"), [(1_791_194_400, "ms"), (1_791_194_400_000, "s")])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_moments_in_another_unit_are_refused_with_theirs(written, unit, ending, tmp_path):
    file, right = tmp_path / f"log.{ending}", {"ms": "s", "s": "ms"}[unit]
    if ending == "csv":
        file.write_text(f"id,ts,event,arm\na,{written},seen,A\nb,{written},seen,B\n")
    else:
        parquet(file, f"SELECT id, {written} AS ts, 'seen' AS event, 'A' AS arm "
                      "FROM (VALUES ('a'), ('b')) t(id)")  # fmt: skip
    with pytest.raises(SourceError) as caught:
        collect(test_of({**EVENTS, "time_unit": unit}, LOG_GOALS), str(file))
    assert f'write time_unit = "{right}" in [data]' in str(caught.value)


@pytest.mark.parametrize("written", ["1.23457E+15", "1,2E+18"])
def test_ids_that_a_spreadsheet_has_rounded_are_refused(written, tmp_path):
    text = f'id,arm,cart\n"{written}",A,1\nb,B,0\n'
    told = refused(text, tmp_path, test_of(UNITS, {"cart": {"kind": "macro"}}))
    assert told.startswith(f"data.columns.unit: ids of column 'id' such as {written} have lost")


@pytest.mark.parametrize(("kind", "least"), [("DOUBLE", 2**53), ("FLOAT", 2**24)])
def test_ids_of_a_floating_type_are_refused_where_it_cannot_tell_them_apart(kind, least, tmp_path):
    test = test_of(UNITS, {"cart": {"kind": "macro"}})
    for first, name in ((7, "small"), (least, "large")):
        rows = f"VALUES ({first}, 'A', 1), ({first - 1}, 'B', 0)"
        select = f"SELECT id::{kind} AS id, arm, cart FROM ({rows}) t(id, arm, cart)"
        parquet(tmp_path / f"{name}.parquet", select)
    assert collect(test, str(tmp_path / "small.parquet")).units.sum() == 2
    with pytest.raises(SourceError, match="have lost their last digits"):
        collect(test, str(tmp_path / "large.parquet"))


def test_a_time_of_a_condition_that_is_none_is_refused_however_few(tmp_path):
    goals = {"cart": {"kind": "macro", "where": "order_id > '2026-10-01'"}}
    rows = [f"o{at},2026-10-05 10:00:00,cart,A,2026-10-05," for at in range(3)]
    told = refused(
        log([*rows, "p,2026-10-05 10:00:00,cart,A,soon,"]), tmp_path, test_of(EVENTS, goals)
    )
    assert told.startswith(
        "goals.cart.where: column 'order_id' holds text (for example 'soon') in 1 row"
    )


def test_numbers_where_times_are_asked_name_their_unit(tmp_path):
    text = "id,ts,event,arm\na,1780000000000,seen,A\n"
    told = refused(text, tmp_path, test_of(EVENTS, {"cart": {"kind": "macro"}}))
    assert 'write time_unit = "ms" in [data]' in told


def test_a_column_that_is_text_and_number_is_refused(tmp_path):
    goals = {"cart": {"kind": "macro", "where": "back > 3"}}
    told = refused("id,arm,back\na,A,1\n", tmp_path, test_of(UNITS, goals, segments=["back"]))
    assert told.startswith(
        "goals.cart.where: column 'back' is read as numbers, in a condition here "
        "and as text for segments.back (E307)"
    )


# several Parquet files


def parquet(path: Path, select: str) -> None:
    with duckdb.connect() as connection:
        connection.sql(select).write_parquet(str(path))


def test_the_wider_type_of_parquet_files_is_taken(tmp_path):
    parquet(tmp_path / "1.parquet", "SELECT 'a' AS id, 'A' AS arm, 1 AS cart, 20 AS spend")
    parquet(
        tmp_path / "2.parquet", "SELECT 'b' AS id, 'B' AS arm, 0 AS cart, 19.5::DOUBLE AS spend"
    )
    counts = collect(test_of(UNITS, MONEY), str(tmp_path / "*.parquet"))
    assert total(counts, "money") == [20, 19.5]


def test_text_and_number_in_parquet_files_are_refused(tmp_path):
    parquet(tmp_path / "1.parquet", "SELECT 'a' AS id, 'A' AS arm, 1 AS cart, 20 AS spend")
    parquet(tmp_path / "2.parquet", "SELECT 'b' AS id, 'B' AS arm, 0 AS cart, '19.5' AS spend")
    with pytest.raises(SourceError) as caught:
        collect(test_of(UNITS, MONEY), str(tmp_path / "*.parquet"))
    assert str(caught.value) == (
        "data.source: column 'spend' is text in 2.parquet and INTEGER in 1.parquet (E307); "
        "write both files with one type for it"
    )


# laws

AMOUNTS = ["9", "9.49", "007", "0.5"]


@examples(8)
@given(st.permutations(AMOUNTS))
def test_the_order_of_rows_changes_no_reading(tmp_path_factory, amounts):
    goals = CART | {"money": {"kind": "macro", "event": "order", "value": "spend"}}
    goals["known"] = {"kind": "action", "event": "order", "where": "order_id IN ('007', '9')"}
    rows = [
        f"u{one},2026-10-05,{kind},A,{one},{one}" for one in amounts for kind in ("seen", "order")
    ]
    head = "id,ts,event,arm,order_id,spend\nz,2026-10-05,seen,B,,\n"
    counts = seen(head + "\n".join(rows), tmp_path_factory.mktemp("law"), test_of(EVENTS, goals))
    assert total(counts, "money") == [9 + 9.49 + 7 + 0.5, 0]
    assert reached(counts, "known") == [2, 0]
    assert counts.units.sum() == 5


@pytest.mark.parametrize("plain", [0, PLAIN])
def test_plain_rows_before_an_odd_one_change_nothing(plain, tmp_path):
    before = "".join(f"p{at},{'AB'[at % 2]},1,5\n" for at in range(plain))
    odd = "o,A,yes,2.25\nq,B,0.0,-0.5\n"
    counts = seen(f"id,arm,cart,spend\n{before}{odd}", tmp_path, test_of(UNITS, MONEY))
    assert total(counts, "money") == [plain // 2 * 5 + 2.25, plain // 2 * 5 - 0.5]
    assert reached(counts, "cart") == [plain // 2 + 1, plain // 2]
