"""Values inside columns, and persons for units: what a name of the definition stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abmicro.counts import JointCounts
from abmicro.errors import SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.collect import collect
from abmicro.sources.engines.engine import open_source
from abmicro.sources.inspection.inspect import sniff
from abmicro.sources.sql.fragments import name, select

from .presets import story

COLUMNS = {"unit": "user", "time": "ts", "event": "event", "variant": "variant"}
GOALS: dict[str, Any] = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
HELD = {"plan": "pro", "n": 7, "x": 2.5, "yes": True, "no": None, "$a b.c": "odd",
        "in": {"deep er": "x"}, "é": "ü'\""}  # fmt: skip


def asked(fields: dict[str, Any], **keys: Any) -> Experiment:
    """An experiment over a log, every field a segment of it."""
    data = {"shape": "events", "table": "log", "columns": COLUMNS, "fields": fields}
    data |= keys.pop("data", {})
    keys = {"segments": {one: one for one in fields}, "goals": GOALS} | keys
    return Experiment(name="Fields", variants=["A", "B"], data=data, **keys)


def log(**columns: list[Any]) -> pa.Table:
    """A log with an exposure to each arm, and further columns of two values."""
    plain = {"user": ["a", "b"], "ts": ["2026-10-05"] * 2, "event": ["seen"] * 2}
    return pa.table({**plain, "variant": ["A", "B"], **columns})


def values(experiment: Experiment, data: object, column: str = "f") -> list[Any]:
    """What stands under a name, row by row."""
    with open_source(experiment, data, None) as source:
        rows = source.engine.rows(select([(name(column), "f")], source.relation))
        return [value for (value,) in rows]


def one(field: dict[str, Any], data: object) -> Any:
    """What a field says of the first row."""
    return values(asked({"f": field}), data)[0]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("plan", "pro"),
        ("n", "7"),
        ("x", "2.5"),
        ("yes", "true"),
        ("no", None),
        ("missing", None),
        ("$a b.c", "odd"),
        (["in", "deep er"], "x"),
        ("é", "ü'\""),
    ],
)
def test_a_value_of_json_is_its_text(key: Any, text: str | None) -> None:
    data = log(properties=[json.dumps(HELD), None])
    assert values(asked({"f": {"column": "properties", "key": key}}), data) == [text, None]


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("JSON", """'{"plan": "pro", "n": 7}'"""),
        ("STRUCT(plan TEXT, n INT)", "{'plan': 'pro', 'n': 7}"),
        ("MAP(TEXT, TEXT)", "MAP {'plan': 'pro', 'n': '7'}"),
    ],
)
def test_json_may_be_held_in_any_type(kind: str, held: str) -> None:
    shop = duckdb.connect()
    shop.execute(f"CREATE TABLE log AS SELECT 'a' AS user, DATE '2026-10-05' AS ts, "
                 f"'seen' AS event, 'A' AS variant, CAST({held} AS {kind}) AS p")  # fmt: skip
    assert one({"column": "p", "key": "plan"}, shop) == "pro"
    assert one({"column": "p", "key": "n", "type": "number"}, shop) == 7.0


IDS = ["1200000000.1788220801", "1200000000.1788220802", "1.10", "1.1", "123456789012345678901"]


def test_ids_inside_json_keep_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    row = '{{"p": {{"id": {0}, "v": "{1}"}}, "ts": "2026-10-05", "event": "seen"}}'
    lines = [row.format(one, "AB"[at % 2]) for at, one in enumerate(IDS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    fields = {"id": {"column": "p", "key": "id"}, "v": {"column": "p", "key": "v"}}
    columns = {**COLUMNS, "unit": "id", "variant": "v"}
    counts = collect(asked(fields, data={"columns": columns}, segments={}), path)
    assert counts.units.sum(axis=(1, 2, 3)).tolist() == [3, 2]


def test_texts_inside_json_lose_their_blanks_as_plain_cells_do(tmp_path: Path) -> None:
    rows = [
        {"user": f"u{at}" + " " * (at % 3), "ts": "2026-10-05 10:00:00", "event": event, "v": arm}
        for at, arm in enumerate(["A", " A", "B", "B ", ""])
        for event in ("seen", "cart ")[: 1 + at % 2]
    ]
    plain, inside = tmp_path / "plain.jsonl", tmp_path / "inside.jsonl"
    plain.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    lines = (json.dumps({"ts": row["ts"], "p": row}) for row in rows)
    inside.write_text("\n".join(lines), encoding="utf-8")
    fields = {one: {"column": "p", "key": one} for one in ("user", "event", "v")}
    keys = {"columns": {**COLUMNS, "variant": "v"}}
    told = collect(asked({}, data=keys), plain)
    assert told.units.sum(axis=(1, 2, 3)).tolist() == [2, 2]
    found = collect(asked(fields, data=keys, segments={}), inside)
    assert (found, found.account) == (told, told.account)
    for path in (plain, inside):
        seen = sniff(str(path))
        assert (seen.arms, [*seen.goals]) == (("A", "B"), ["cart"])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_ids_of_json_in_a_cell_that_would_lose_digits_are_refused(
    form: str, tmp_path: Path
) -> None:
    path = tmp_path / f"log.{form}"
    table = log(p=[json.dumps({"id": 2.5}), f'{{"id": {IDS[0]}}}'])
    with duckdb.connect() as own:
        own.register("log", table)
        own.execute(f"COPY log TO '{path}'")
    with pytest.raises(SourceError, match=r"more digits than are kept \(E676\); write them in q"):
        values(asked({"f": {"column": "p", "key": "id"}}), path)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(SourceError, match="Malformed JSON"):
        one({"column": "p", "key": "plan"}, log(p=["{plan", "{}"]))


def test_a_part_of_a_struct_may_lie_deep() -> None:
    device = {"category": "mobile", "web_info": {"browser": "Firefox"}}
    data = log(device=[device, None])
    of = {"column": "device", "form": "struct"}
    assert values(asked({"f": {**of, "key": "category"}}), data) == ["mobile", None]
    assert one({**of, "key": ["web_info", "browser"]}, data) == "Firefox"


def params(*pairs: tuple[str, str, Any]) -> list[dict[str, Any]]:
    """Repeated pairs as GA4 has them: key, which value, the value."""
    kinds = ("string_value", "int_value", "float_value", "double_value")
    return [
        {"key": key, "value": {**dict.fromkeys(kinds), kind: value}} for key, kind, value in pairs
    ]


PAIRS = pa.list_(
    pa.struct(
        {
            "key": pa.string(),
            "value": pa.struct(
                {
                    "string_value": pa.string(),
                    "int_value": pa.int64(),
                    "float_value": pa.float64(),
                    "double_value": pa.float64(),
                }
            ),
        }
    )
)
"""The type of event_params in a GA4 export to Parquet."""


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ([("k", "string_value", "/buy")], "/buy"),
        ([("other", "int_value", 1), ("k", "int_value", 9007199254740993)], "9007199254740993"),
        ([("k", "double_value", 2.5)], "2.5"),
        ([("k", "float_value", 0.5)], "0.5"),
        ([("k", "string_value", None)], None),
        ([("k", "string_value", "first"), ("k", "string_value", "second")], "first"),
        ([("K", "string_value", "x")], None),
        ([], None),
    ],
)
def test_a_parameter_is_its_filled_value(pairs: list[Any], text: str | None) -> None:
    data = log(event_params=pa.array([params(*pairs), None], PAIRS))
    field = {"column": "event_params", "form": "params", "key": "k"}
    assert values(asked({"f": field}), data) == [text, None]


def test_a_number_is_a_number_however_it_is_held() -> None:
    held = [params(("v", "int_value", 3)), params(("v", "string_value", "1.5"))]
    field = {"column": "p", "form": "params", "key": "v", "type": "number"}
    assert values(asked({"f": field}), log(p=pa.array(held, PAIRS))) == [3.0, 1.5]


def test_a_joined_field_is_missing_where_a_part_is() -> None:
    fields = {
        "session": {"column": "p", "key": "session"},
        "f": {"joined": ["user", "session"]},
    }
    assert values(asked(fields), log(p=['{"session": 5}', "{}"])) == ["a/5", None]


def test_a_field_hides_the_column_of_its_name() -> None:
    data = log(variant=["{}", "{}"], p=['{"v": "A"}', '{"v": "B"}'])
    field = {"variant": {"column": "p", "key": "v"}}
    assert values(asked(field), data, "variant") == ["A", "B"]


def test_what_no_one_asks_for_is_not_read() -> None:
    fields = {"f": {"column": "not there", "key": "k"}}
    assert collect(asked(fields, segments=[]), log()).units.sum() == 2


def test_a_field_may_stand_wherever_a_column_may() -> None:
    """Unit, time, event, variant, segment, value, dedupe, where: all of them in one column."""
    rows = [
        {"u": "a", "t": "2026-10-05T10:00:00Z", "e": "seen", "v": "A", "d": "mobile"},
        {"u": "a", "t": "2026-10-05T10:00:01Z", "e": "buy", "id": 1, "price": 20, "kind": "gift"},
        {"u": "a", "t": "2026-10-05T10:00:02Z", "e": "buy", "id": 1, "price": 20, "kind": "gift"},
        {"u": "a", "t": "2026-10-05T10:00:03Z", "e": "buy", "id": 2, "price": "1.5"},
        {"u": "b", "t": "2026-10-05T10:00:00Z", "e": "seen", "v": "B"},
    ]
    numbers = {"price": {"type": "number"}}
    fields = {key: {"column": "p", "key": key, **numbers.get(key, {})} for key in
              ("u", "t", "e", "v", "d", "id", "price", "kind")}  # fmt: skip
    experiment = asked(
        fields,
        data={"columns": {"unit": "u", "time": "t", "event": "e", "variant": "v"}},
        segments={"device": "d"},
        goals={
            "gift": {"kind": "action", "event": "buy", "where": "kind = 'gift' AND price > 3"},
            "buy": {"kind": "macro"},
            "money": {"kind": "macro", "event": "buy", "value": "price", "dedupe": "id"},
        },
    )
    counts = collect(experiment, pa.table({"p": [json.dumps(row) for row in rows]}))
    assert sorted(level for (level,) in counts.segments) == ["(none)", "mobile"]
    assert counts.reached("gift").sum(axis=(1, 2)).tolist() == [1, 0]
    assert counts.sums.sum() == 21.5


def refusal(experiment: Experiment, data: object, folder: Path | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        collect(experiment, data, folder=folder)
    return str(caught.value)


def test_a_column_that_is_missing_is_named_with_its_field() -> None:
    fields = {"my plan": {"column": "propertis", "key": "plan"}}
    assert refusal(asked(fields), log(properties=["{}", "{}"])) == (
        "data.fields.\"my plan\".column: no column 'propertis' in the data (E305); "
        "did you mean 'properties'? known: user, ts, event, variant, properties, my plan"
    )


def test_text_where_numbers_are_asked_tells_how_to_say_number() -> None:
    fields = {"price": {"column": "p", "key": "price"}}
    goals = {"money": {"kind": "macro", "value": "price"}}
    assert refusal(asked(fields, goals=goals), log(p=['{"price": 3}', "{}"])) == (
        "goals.money.value: column 'price' is empty or holds digits as text where numbers are "
        'asked (E307); write type = "number" at the field'
    )


@pytest.mark.parametrize("price", ["2063,28", "2'166.79"])
def test_a_number_inside_a_column_that_is_none_is_shown(price: str) -> None:
    fields = {"price": {"column": "p", "key": "price", "type": "number"}}
    goals = {"money": {"kind": "macro", "value": "price"}}
    held = [json.dumps({"price": price}), "{}"]
    assert refusal(asked(fields, goals=goals, segments=[]), log(p=held)) == (
        f"data: {price!r} stands where a number is asked (E307); write numbers inside columns with "
        "a point, and without signs between thousands"
    )


# files


def test_a_key_that_first_rows_of_a_file_lack_is_read(tmp_path: Path) -> None:
    plain = {"ts": "2026-10-05", "event": "seen", "p": {"n": 1}}
    late = {"p": {"late": "yes"}, "s": {"late": "yes"}, "t": "yes"}
    rows = ({"user": at, "variant": "AB"[at % 2], **plain, **(late if at > 30_000 else {})}
            for at in range(30_010))  # fmt: skip
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    fields = {
        "in JSON": {"column": "p", "key": "late"},
        "in a struct": {"column": "s", "form": "struct", "key": "late"},
    }
    counts = collect(asked(fields, segments={**{one: one for one in fields}, "column": "t"}), path)
    found = dict(zip(counts.segments, counts.units.sum((0, 2, 3)), strict=True))
    assert found == {("(none)",) * 3: 30_001, ("yes",) * 3: 9}


def test_an_export_of_ga4_counts_the_same_as_parquet(tmp_path: Path) -> None:
    path = next(path for path, _ in story.files() if path.parent.name == "ga4")
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    ints = ("int_value",)
    for row in told:
        row["event_timestamp"] = int(row["event_timestamp"])
        for pair in row["event_params"]:
            pair["value"] |= {key: int(pair["value"][key]) for key in ints if key in pair["value"]}
    table = pa.Table.from_pylist([{"ecommerce": None} | row for row in told])
    at = table.schema.get_field_index("event_params")
    pairs = pa.array([row["event_params"] for row in told], PAIRS)
    pq.write_table(table.set_column(at, "event_params", pairs), tmp_path / "events.parquet")
    experiment = Experiment(
        name="x",
        variants=["control", "sticky"],
        data={"shape": "events", "preset": "ga4"},
        exposure={"match": {"control": "TOOL-buttons-control", "sticky": "TOOL-buttons-sticky"}},
        goals={
            "add_to_cart": {"kind": "milestone"},
            "revenue": {"kind": "macro", "event": "purchase", "value": "purchase_revenue"},
            "value": {"kind": "macro", "event": "purchase", "value": "value"},
        },
    )
    counts = collect(experiment, tmp_path / "events.parquet")
    assert counts.units.sum() == 42
    assert counts.sums.sum(axis=(0, 1, 2, 3)).tolist() == [6 * 49.5] * 2
    assert collect(experiment, path) == counts


# persons


PERSONS = {"unit": "visitor", "person": "customer"}
SEEN = "user,ts,event,variant\n"


def by_persons(tmp_path: Path, rows: str, persons: str, **identity: str) -> JointCounts:
    """Counts of a log whose visitors are customers; the log and the customers are CSV files."""
    (tmp_path / "log.csv").write_text(SEEN + rows)
    (tmp_path / "persons.csv").write_text("visitor,customer\n" + persons)
    told = {**PERSONS, "source": "persons.csv", **identity}
    experiment = asked({}, data={"table": None, "source": "log.csv", "identity": told})
    return collect(experiment, folder=tmp_path)


TWO = "007,2026-10-05,seen,A\n8,2026-10-06,cart,\n9,2026-10-05,seen,B\n"


def test_events_of_one_person_are_of_one_unit(tmp_path: Path) -> None:
    counts = by_persons(tmp_path, TWO, "007,1\n8,1\n")
    assert counts.reached("cart").sum(axis=(1, 2)).tolist() == [1, 0]
    assert counts.units.sum() == 2


def test_a_unit_that_is_no_person_stays_a_unit(tmp_path: Path) -> None:
    counts = by_persons(tmp_path, TWO, "7,1\n8,\n,1\n8,1\n8,1\n")
    assert counts.units.sum() == 2
    assert counts.reached("cart").sum() == 0  # 7 is not 007
    assert {out.step: out.units for out in counts.left_out} == {"no_exposure": 1}


def test_a_unit_of_several_persons_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        by_persons(tmp_path, TWO, "8,1\n8,2\n007,1\n")
    assert str(caught.value) == (
        "data.identity: 1 units are of several persons: 8 (2) (E314); "
        'write shared = "apart" to let each stay a unit of its own'
    )


def test_a_unit_of_several_persons_may_stay_apart(tmp_path: Path) -> None:
    counts = by_persons(tmp_path, TWO, "8,1\n8,2\n007,1\n", shared="apart")
    assert counts.reached("cart").sum() == 0


def test_a_person_in_two_arms_is_crossed(tmp_path: Path) -> None:
    more = "5,2026-10-05,seen,A\n6,2026-10-05,seen,B\n"
    counts = by_persons(tmp_path, TWO + more, "5,x\n9,x\n007,z\n8,z\n")
    assert [(out.step, out.units) for out in counts.left_out] == [("crossed", 1)]


def test_columns_that_the_table_of_identity_lacks_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        by_persons(tmp_path, TWO, "8,1\n", person="customr")
    assert str(caught.value) == (
        "data.identity.person: no column 'customr' in the table of identity (E305); "
        "did you mean 'customer'? known: visitor, customer"
    )


def test_a_table_of_identity_stands_beside_the_log() -> None:
    shop = duckdb.connect()
    shop.register("log", log())
    shop.execute("CREATE TABLE who AS SELECT 'a' AS visitor, 1 AS customer")
    counts = collect(asked({}, data={"identity": {**PERSONS, "table": "who"}}), shop)
    assert counts.units.sum() == 2
    file = asked({}, data={"identity": {**PERSONS, "source": "who.csv"}})
    assert refusal(file, shop) == (
        "data.identity.source: a file stands beside no table (E301); "
        'write table = "its name" in [data.identity]'
    )
    table = asked({}, data={"identity": {**PERSONS, "table": "who"}})
    assert refusal(table, log()) == (
        "data.identity.table: a table stands beside no file (E301); "
        'write source = "path or glob" in [data.identity]'
    )


def test_a_file_of_identity_stands_beside_a_frame(tmp_path: Path) -> None:
    (tmp_path / "who.csv").write_text("visitor,customer\na,1\n")
    experiment = asked({}, data={"identity": {**PERSONS, "source": "who.csv"}})
    assert collect(experiment, log(), folder=tmp_path).units.sum() == 2
    (tmp_path / "who.csv").unlink()
    assert refusal(experiment, log(), tmp_path) == (
        f"data.identity.source: no such file: 'who.csv' (E301); looked in {tmp_path}"
    )
