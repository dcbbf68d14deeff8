"""`abmicro init`: the file it writes is sound, and what it guesses is said."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abmicro.experiment.data.presets import PRESETS

from .conftest import Command, Shop

pytestmark = pytest.mark.journey

SHAPES = ("events", "units", "counts", "joint")


def made(cli: Command, data: Path, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """The definition that init writes for a data file, and what it said."""
    shown = cli("init", folder, "--from", data, *options)
    assert (shown.status, shown.out) == (0, "")
    return tomllib.loads((folder / "experiment.toml").read_text(encoding="utf-8")), shown.err


def write(path: Path, head: str, *rows: str) -> Path:
    """A CSV file."""
    path.write_text("\n".join((head, *rows)) + "\n")
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_to_start_from_is_sound(cli: Command, tmp_path: Path, shape: str) -> None:
    assert cli("init", tmp_path / "new", "--shape", shape).status == 0
    assert cli("check", "--no-data", tmp_path / "new" / "experiment.toml").status == 0


def test_a_file_that_is_there_is_never_replaced(cli: Command, shop: Shop) -> None:
    before = shop.file.read_bytes()
    shown = cli("init", shop.folder)
    assert shown.status == 2
    assert shown.err.splitlines() == [
        f"abmicro: init: {shop.file} is there already (E600)",
        "  move it, or name another folder",
    ]
    assert shop.file.read_bytes() == before


def test_a_name_that_ends_as_a_definition_is_the_file(cli: Command, tmp_path: Path) -> None:
    assert cli("init", tmp_path / "button.toml").status == 0
    assert cli("check", tmp_path / "button.toml", "--no-data").status == 0
    again = cli("init", tmp_path / "button.toml")
    assert (again.status, "is there already" in again.err) == (2, True)


def test_a_folder_that_cannot_be_made_is_told(cli: Command, shop: Shop) -> None:
    shown = cli("init", shop.data / "new")
    assert shown.status == 3
    assert shown.err.startswith(f"abmicro: {shop.data / 'new'}: cannot be made: not a directory")


def test_data_that_are_not_there_leave_nothing_behind(cli: Command, tmp_path: Path) -> None:
    shown = cli("init", tmp_path / "new", "--from", tmp_path / "none.csv")
    assert shown.status == 3
    assert "no such file" in shown.err
    assert not (tmp_path / "new").exists()


def test_units_give_variant_goals_and_segments(cli: Command, shop: Shop) -> None:
    definition, said = made(cli, shop.data, shop.folder / "new")
    assert definition["data"] == {
        "shape": "units",
        "source": "../units.csv",
        "columns": {"variant": "arm"},
    }
    assert definition["variants"] == {"arms": ["control", "sticky"]}
    assert definition["goals"] == {"cart": {"kind": "milestone"}, "buy": {"kind": "macro"}}
    assert definition["segments"] == {"device": "device"}
    assert "variants from column arm: control, sticky" in said


def test_what_buyers_may_lack_is_an_action(cli: Command, shop: Shop) -> None:
    # one buyer in seven has no cart
    definition, _ = made(
        cli, shop.fill("control,phone,1,1", "control,phone,0,1") and shop.data, shop.folder / "new"
    )
    assert definition["goals"] == {"cart": {"kind": "action"}, "buy": {"kind": "macro"}}


def test_events_give_time_and_the_events_as_goals(cli: Command, tmp_path: Path) -> None:
    rows = [
        f"u{unit},2026-10-05 10:00:0{at},{event},{'AB'[unit % 2]}"
        for unit in range(40)
        for at, event in enumerate(("view", "cart", "order")[: 1 + unit % 3])
    ]
    data = write(tmp_path / "log.csv", "user_id,ts,event,variant", *rows)
    definition, _ = made(cli, data, tmp_path / "new")
    assert definition["data"]["shape"] == "events"
    assert definition["data"]["columns"] == {
        "unit": "user_id",
        "time": "ts",
        "event": "event",
        "variant": "variant",
    }
    assert definition["goals"] == {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    assert cli("check", tmp_path / "new" / "experiment.toml").status == 0


def test_amounts_of_a_log_are_goals_to_choose(cli: Command, tmp_path: Path) -> None:
    rows = ["user_id,ts,event,variant,revenue,basket_value"]
    for at in range(60):
        day = f"2026-10-{1 + at % 20:02d} 10:00:00"
        rows.append(f"u{at},{day},seen,{'AB'[at % 2]},,")
        rows += [f"u{at},{day},cart,,,{at}.25"] * (at % 3 == 0)
        rows += [f"u{at},{day},order,,{at}.50,"] * (at % 6 == 0)
    definition, _ = made(cli, write(tmp_path / "log.csv", *rows), tmp_path / "new")
    assert list(definition["goals"]) == ["cart", "order"]
    file = tmp_path / "new" / "experiment.toml"
    head, mark, rest = file.read_text(encoding="utf-8").partition("# [goals.revenue]")
    proposed, funnel, after = (mark + rest).partition("\n## Funnel")
    chosen = proposed.replace("\n# ", "\n").removeprefix("# ")
    assert tomllib.loads(chosen)["goals"] == {
        "revenue": {"kind": "macro", "event": "order", "value": "revenue"},
        "basket_value": {"kind": "macro", "event": "cart", "value": "basket_value"},
    }
    file.write_text(head + chosen + funnel + after, encoding="utf-8")
    assert cli("check", file).status == 0


def test_counts_give_units_and_the_nested_columns_as_path(cli: Command, tmp_path: Path) -> None:
    data = write(
        tmp_path / "days.csv",
        "day,variant,users,carts,calls,orders",
        *("2026-10-05,A,900,120,7,40", "2026-10-05,B,910,130,90,44"),
        *("2026-10-06,A,700,100,80,35", "2026-10-06,B,690,101,6,38"),
    )
    definition, _ = made(cli, data, tmp_path / "new")
    assert definition["data"]["columns"] == {
        "variant": "variant",
        "units": "users",
        "period": "day",
    }
    assert list(definition["goals"]) == ["carts", "calls", "orders"]
    kinds = [goal["kind"] for goal in definition["goals"].values()]
    assert kinds == ["milestone", "action", "macro"]
    assert cli("check", tmp_path / "new" / "experiment.toml").status == 0


def test_a_joint_table_gives_its_own_labels(cli: Command, shop: Shop) -> None:
    counts = shop.folder / "counts.csv"
    cli("collect", shop.file, "-o", counts)
    definition, _ = made(cli, counts, shop.folder / "new")
    assert definition["data"] == {"shape": "joint", "source": "../counts.csv"}
    assert definition["variants"] == {"arms": ["control", "sticky"]}
    assert definition["goals"] == {"cart": {"kind": "milestone"}, "buy": {"kind": "macro"}}
    assert definition["segments"] == {"device": "device"}
    again = cli("analyze", shop.folder / "new" / "experiment.toml", "--format", "csv").out
    rows = csv.DictReader(cli("analyze", shop.file, "--format", "csv").out.splitlines())
    assert [row["lift_estimate"] for row in csv.DictReader(again.splitlines())] == [
        row["lift_estimate"] for row in rows
    ]


def test_names_and_values_stay_what_they_are(cli: Command, tmp_path: Path) -> None:
    rows = ('007,"No, thanks",1,0', '8,"No, thanks",0,0', "9,yes,1,1", "10,yes,0,0")
    data = write(tmp_path / "units.csv", 'user_id,group,"; DROP TABLE x; --",order', *rows)
    definition, _ = made(cli, data, tmp_path / "new")
    assert definition["variants"] == {"arms": ["No, thanks", "yes"]}
    assert "; DROP TABLE x; --" in definition["goals"]
    assert cli("check", tmp_path / "new" / "experiment.toml").status == 0


def test_a_unit_that_repeats_hints_at_events(cli: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "u.csv", "user_id,arm,order", "1,a,0", "1,a,1", "2,b,0", "3,b,1")
    definition, said = made(cli, data, tmp_path / "new")
    assert definition["data"]["columns"] == {"variant": "arm", "unit": "user_id"}
    assert definition["data"]["repeats"] == "sum"
    assert "rows add up; if a row is an event, use --shape events" in said
    assert cli("check", tmp_path / "new" / "experiment.toml").status == 0


def test_amounts_of_users_in_several_rows_are_a_test(cli: Command, tmp_path: Path) -> None:
    rows = [f"{at % 700},{'AB'[at % 700 % 2]},{at % 9 // 8 * 12.5}" for at in range(1000)]
    data = write(tmp_path / "results.csv", "USER_ID,NAME,REVENUE", *rows)
    definition, said = made(cli, data, tmp_path / "new")
    assert "variants from column NAME: A, B" in said
    assert definition["experiment"] == {"name": "results"}
    assert definition["goals"] == {
        "any REVENUE": {"kind": "macro", "role": "primary", "where": '"REVENUE" > 0'},
        "REVENUE": {"kind": "macro", "value": "REVENUE"},
    }
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert "visitors to analyse: 350 A, 350 B" in shown.out


@pytest.mark.parametrize("shape", ["units", "events"])
def test_a_file_without_goals_leaves_them_to_be_written(
    cli: Command, tmp_path: Path, shape: str
) -> None:
    data = write(tmp_path / "odd.csv", "a,b", "x,y", "z,w")
    made(cli, data, tmp_path / "new", "--shape", shape)
    text = (tmp_path / "new" / "experiment.toml").read_text()
    assert not [one for one in ("ticky", "add_to_cart", "purchase") if one in text]
    assert cli("check", tmp_path / "new" / "experiment.toml").status == 2


@pytest.mark.parametrize("end", ["\u00a0", "\t", "\u200b"])
def test_signs_that_nobody_sees_at_the_ends_of_ids_are_told(
    cli: Command, tmp_path: Path, end: str
) -> None:
    rows = [f"u{at}{'' if at % 6 else end},{'ab'[at % 2]},{at % 3 // 2}" for at in range(60)]
    _, said = made(cli, write(tmp_path / "units.csv", "user_id,arm,order", *rows), tmp_path / "new")
    assert "user_id of 10 rows begins or ends with a tab, a no-break blank or the like" in said
    plain = write(
        tmp_path / "plain.csv", "user_id,arm,order", *(row.replace(end, "") for row in rows)
    )
    assert "begins or ends" not in made(cli, plain, tmp_path / "other")[1]


def log_of(tmp_path: Path, properties: Callable[[str], object]) -> Path:
    """A log of JSON lines whose variant lies inside its properties."""
    rows = [
        {"user_id": f"u{one}", "time": f"2026-03-01 10:0{at}:00", "event": event,
         "properties": properties("control" if one % 2 else "new")}
        for one in range(60)
        for at, event in enumerate(("view", "cart", "purchase")[: 1 + one % 3])
    ]  # fmt: skip
    data = tmp_path / "log.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    return data


@pytest.mark.parametrize(
    ("inside", "key"),
    [
        (lambda arm: {"page": "/", "test": {"id": "T", "variant": arm}}, ["test", "variant"]),
        (lambda arm: {"page": "/", "ab": {"test": {"arm": arm}}}, ["ab", "test", "arm"]),
    ],
)
def test_a_variant_is_found_below_several_keys(
    cli: Command, tmp_path: Path, inside: Callable[[str], object], key: list[str]
) -> None:
    definition, _ = made(cli, log_of(tmp_path, inside), tmp_path / "new")
    assert definition["data"]["fields"] == {key[-1]: {"column": "properties", "key": key}}
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert "30 control, 30 new" in shown.out


@pytest.mark.parametrize(
    ("inside", "place"),
    [
        (lambda arm: [{"key": "variant", "value": {"string_value": arm}}], 'form = "params", key'),
        (lambda arm: {"t1": {"variant": arm}, "t2": {"variant": arm}}, "key = [...]"),
    ],
)
def test_a_variant_that_may_lie_inside_is_said_to(
    cli: Command, tmp_path: Path, inside: Callable[[str], object], place: str
) -> None:
    """Pairs of key and value, or two experiments: nobody but the owner knows which."""
    definition, said = made(cli, log_of(tmp_path, inside), tmp_path / "new")
    assert definition["variants"] == {"arms": ["everybody"]}
    assert "it may lie inside properties: name it under [data.fields]" in said
    assert f'variant = {{ column = "properties", {place}' in said


def test_nested_columns_are_passed_over(cli: Command, tmp_path: Path) -> None:
    data = tmp_path / "units.jsonl"
    nested = '"seen": [1, 2], "place": {"city": "x"}'
    lines = (f'{{"arm": "{"ab"[at % 2]}", {nested}, "order": {at % 3 // 2}}}' for at in range(30))
    data.write_text("\n".join(lines))
    definition, _ = made(cli, data, tmp_path / "new")
    assert definition["goals"] == {"order": {"kind": "macro"}}
    assert cli("check", tmp_path / "new" / "experiment.toml").status == 0


def test_a_header_without_rows_is_no_obstacle(cli: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "units.csv", "arm,cart,order")
    _, said = made(cli, data, tmp_path / "new")
    assert "no column looks like a goal" in said


@pytest.mark.parametrize(
    ("file", "arms"),
    [
        ("cookie_cats/cookie_cats.csv.gz", ["gate_30", "gate_40"]),
        ("criteo_v21/criteo_v21_sample_1000.csv.gz", ["0", "1"]),
    ],
)
def test_real_data_pass_the_check_at_once(
    cli: Command, shared_data: Path, tmp_path: Path, file: str, arms: list[str]
) -> None:
    definition, _ = made(cli, shared_data / file, tmp_path)
    assert definition["variants"]["arms"] == arms
    assert cli("check", tmp_path / "experiment.toml").status == 0


def test_an_e_mail_test_is_understood_and_sound(
    cli: Command, shared_data: Path, tmp_path: Path
) -> None:
    definition, _ = made(cli, shared_data / "hillstrom" / "hillstrom.csv.gz", tmp_path)
    assert definition["variants"]["arms"] == ["No E-Mail", "Mens E-Mail", "Womens E-Mail"]
    assert definition["goals"]["visit"] == {"kind": "milestone"}
    assert definition["goals"]["newbie"] == {"kind": "action"}
    assert definition["goals"]["conversion"] == {"kind": "macro"}
    assert definition["goals"]["spend"] == {"kind": "macro", "value": "spend"}
    assert cli("check", tmp_path / "experiment.toml").status == 0


def test_a_log_without_a_variant_is_one_variant_which_health_reads(
    cli: Command, shared_data: Path, tmp_path: Path
) -> None:
    data = shared_data / "event_streams" / "rees46_2019_10_01.csv.gz"
    definition, said = made(cli, data, tmp_path)
    for note in (
        "no column looks like the variant; write variant = ... under [data.columns]",
        "until then all are one variant, everybody, which `abmicro health` reads",
    ):
        assert note in said
        assert f"# {note}" in (tmp_path / "experiment.toml").read_text()
    assert definition["variants"] == {"arms": ["everybody"]}
    assert definition["data"]["columns"] == {
        "unit": "user_id",
        "time": "event_time",
        "event": "event_type",
    }
    file = tmp_path / "experiment.toml"
    assert cli("check", file).status == 0
    assert cli("health", file).status == 0
    refused = cli("analyze", file)
    assert (refused.status, "E020" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("other", "unit", "told"),
    [
        ("anonymous_id", "anonymous_id", "of the rows, so the unit is anonymous_id"),
        ("session_id", "user_id", "of the rows, which nobody is counted by"),
    ],
)
def test_an_id_of_those_who_logged_in_gives_way_to_one_of_all(
    cli: Command, tmp_path: Path, other: str, unit: str, told: str
) -> None:
    """Rows without the unit are left out: half of the people would be. A session is no person."""
    rows = [
        f"a{one},{f'u{one}' if one % 2 else ''},2026-03-0{1 + one % 5} 10:0{at}:00,{event},{arm}"
        for one in range(200)
        for arm in [("control", "new")[one // 2 % 2]]
        for at, event in enumerate(("view", "cart", "purchase")[: 1 + one % 3])
    ]
    data = write(tmp_path / "log.csv", f"{other},user_id,timestamp,event,variant", *rows)
    definition, said = made(cli, data, tmp_path / "new")
    assert definition["data"]["columns"]["unit"] == unit
    assert told in said
    units = 100 if unit == other else 50
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert f"{units} control, {units} new" in shown.out


@pytest.mark.parametrize("preset", PRESETS)
def test_a_file_for_a_known_export_is_sound(cli: Command, tmp_path: Path, preset: str) -> None:
    assert cli("init", tmp_path, "--preset", preset).status == 0
    assert cli("check", "--no-data", tmp_path / "experiment.toml").status == 0
    text = (tmp_path / "experiment.toml").read_text(encoding="utf-8")
    assert f"# {PRESETS[preset].title}" in text
    assert tomllib.loads(text)["data"]["preset"] == preset


def test_a_known_export_leads_to_a_verdict(cli: Command, tmp_path: Path) -> None:
    exports = Path(__file__).parents[1] / "sources" / "presets" / "ga4" / "*.jsonl"
    assert cli("init", tmp_path, "--preset", "ga4", "--from", exports).status == 0
    file = tmp_path / "experiment.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("-EXPERIMENT-", "-buttons-"))
    shown = cli("check", file)
    assert shown.status == 0
    assert "22 control, 20 sticky" in shown.out
    assert cli("analyze", file).status == 0


EXPORTS = {
    "amplitude": "export.json",
    "ga4": "*.jsonl",
    "mixpanel": "events.json",
    "posthog": "events.jsonl",
    "segment": "tracks.csv",
    "snowplow": "events.csv",
}


@pytest.mark.parametrize(("preset", "name"), EXPORTS.items())
def test_a_known_export_is_recognised(cli: Command, tmp_path: Path, preset: str, name: str) -> None:
    """Arms, goals and experiment are those of the data; the file is sound at once."""
    data = Path(__file__).parents[1] / "sources" / "presets" / preset / name
    definition, said = made(cli, data, tmp_path / "new")
    assert definition["data"]["preset"] == preset
    assert definition["variants"] == {"arms": ["control", "sticky"]}
    assert f"recognised: {PRESETS[preset].title}" in said
    assert "other experiments are there and left out" in said
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert "22 control, 20 sticky" in shown.out


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "csv"])
def test_epochs_and_values_inside_columns_are_proposed(
    cli: Command, tmp_path: Path, ending: str
) -> None:
    """A log of one's own: milliseconds, and the variant in the properties of an event."""
    import duckdb

    seen = """SELECT 'u' || i AS user_id, 1790000000000 + i * 60000 AS at, 'seen' AS event,
        {'variant': ['A', 'B'][1 + i % 2], 'device': ['m', 'd'][1 + (i % 3)::INT % 2], 'n': [i]}
        AS properties FROM range(60) AS t(i)"""
    bought = """SELECT 'u' || i, 1790000001000 + i * 60000, 'buy', {'variant': NULL, 'device': 'm',
        'n': [1]} FROM range(60) AS t(i) WHERE i % 4 < 2"""
    rows = f"{seen} UNION ALL {bought}"
    if ending == "csv":
        rows = f"SELECT * REPLACE (CAST(properties AS JSON) AS properties) FROM ({rows})"
    form = "JSON" if ending == "jsonl" else ending.upper()
    data = tmp_path / f"log.{ending}"
    duckdb.connect().execute(f"COPY ({rows}) TO '{data}' (FORMAT {form})")
    definition, _ = made(cli, data, tmp_path / "new")
    assert definition["data"]["time_unit"] == "ms"
    assert definition["data"]["columns"]["time"] == "at"
    assert definition["data"]["fields"] == {
        "variant": {"column": "properties", "key": "variant"},
        "device": {"column": "properties", "key": "device"},
    }
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert "30 A, 30 B" in shown.out


def test_rows_of_units_that_hold_moments_may_be_events(cli: Command, tmp_path: Path) -> None:
    rows = [f"{'ABC'[at % 3]},1602802104{at:03d},{at % 2 * 1602802105741},s{at}" for at in range(9)]
    data = write(tmp_path / "clicks.csv", "version,pageLoadTime,clickTime,SessionID", *rows)
    _, said = made(cli, data, tmp_path / "new")
    assert "pageLoadTime and clickTime hold moments, in ms since 1970; if a row is an event" in said


GA4 = {
    "event_timestamp": "BIGINT",
    "event_name": "VARCHAR",
    "event_params": 'STRUCT("key" VARCHAR, "value" STRUCT(string_value VARCHAR, int_value BIGINT, '
    "float_value DOUBLE, double_value DOUBLE))[]",
    "user_pseudo_id": "VARCHAR",
}


def test_a_parquet_export_of_ga4_with_an_event_of_its_own(cli: Command, tmp_path: Path) -> None:
    """The exposure is called otherwise, and neither device nor purchase is in the export."""
    import duckdb

    text = Path(__file__).parents[1] / "sources" / "presets" / "ga4" / "events_20261005.jsonl"
    columns = ", ".join(f"{column}: '{kind}'" for column, kind in GA4.items())
    renamed = "REPLACE (REPLACE(event_name, 'experience_impression', 'exp_seen') AS event_name)"
    rows = f"SELECT * {renamed} FROM read_json('{text}', columns = {{{columns}}})"
    duckdb.connect().execute(
        f"COPY ({rows} WHERE event_name <> 'purchase') TO '{tmp_path / 'e.parquet'}'"
    )
    definition, said = made(cli, tmp_path / "e.parquet", tmp_path / "new")
    assert definition["exposure"] == {
        "event": "exp_seen",
        "match": {"control": "TOOL-buttons-control", "sticky": "TOOL-buttons-sticky"},
    }
    assert [*definition["goals"]] == ["add_to_cart", "begin_checkout"]
    assert definition.get("segments", {}) == {}
    assert "variants that exp_seen records: control, sticky" in said
    assert "22 control, 20 sticky" in cli("check", tmp_path / "new" / "experiment.toml").out


def test_a_preset_of_events_is_of_no_other_shape(cli: Command, tmp_path: Path) -> None:
    shown = cli("init", tmp_path / "new", "--preset", "ga4", "--shape", "units")
    assert shown.status == 2
    assert shown.err.splitlines() == [
        "abmicro: --shape: presets are of events (E600)",
        "  drop --shape",
    ]
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("sign", "apart"), [(".", ";"), (",", ";"), (" ", ",")])
def test_thousands_of_a_sheet_are_read_where_they_are_proven(
    cli: Command, tmp_path: Path, sign: str, apart: str
) -> None:
    rows = ("variant,visitors,carts,orders", "control,10_000,1_200,300", "new,10_050,1_350,318")
    head, *cells = (row.replace(",", apart).replace("_", sign) for row in rows)
    data = write(tmp_path / "sheet.csv", head, *cells)
    file, _ = made(cli, data, tmp_path / "new")
    assert (file["data"]["shape"], list(file["goals"])) == ("counts", ["carts", "orders"])
    told = cli("check", tmp_path / "new" / "experiment.toml")
    assert "visitors to analyse: 10,000 control, 10,050 new" in told.err + told.out


def test_a_table_of_a_markdown_file_is_read_as_text(cli: Command, tmp_path: Path) -> None:
    rows = ("", "Done in March.", "", "| Variant | Visitors | Orders |", "|---|--:|--:|",
            "| Control | 10000 | 310 |", "| New | 10050 | 350 |")  # fmt: skip
    data = write(tmp_path / "result.md", "# Result", *rows)
    definition, said = made(cli, data, tmp_path / "new")
    assert "lines above the names: Result; Done in March." in said
    assert definition["goals"] == {"Orders": {"kind": "macro"}}
    shown = cli("check", tmp_path / "new" / "experiment.toml")
    assert "10,000 Control, 10,050 New" in shown.out


def test_a_sheet_that_can_be_read_in_two_ways_is_refused(cli: Command, tmp_path: Path) -> None:
    rows = ("control;20.000;12.000", "new;20.000;12.000")
    data = write(tmp_path / "sheet.csv", "variant;visitors;orders", *rows)
    shown = cli("init", tmp_path / "new", "--from", data)
    assert (shown.status, shown.out) == (3, "")
    assert "column 'visitors': '20.000' is 20 or 20,000 (E318)" in shown.err


def test_a_decimal_comma_makes_no_segment(cli: Command, tmp_path: Path) -> None:
    rows = [f"u{at};{'AB'[at % 2]};{at % 3 % 2};{at % 5},50" for at in range(40)]
    data = write(tmp_path / "users.csv", "user_id;variant;added;revenue", *rows)
    file, _ = made(cli, data, tmp_path / "new")
    assert "segments" not in file
    assert file["goals"]["revenue"]["value"] == "revenue"


def test_a_known_end_makes_looks_live_where_the_data_have_days(
    cli: Command, tmp_path: Path
) -> None:
    units = write(tmp_path / "units.csv", "variant,bought", "old,1", "new,0", "old,0", "new,1")
    daily = write(
        tmp_path / "counts.csv",
        "variant,period,users,orders",
        *(f"{arm},2026-10-0{day},100,9" for arm in ("old", "new") for day in range(1, 9)),
    )
    without, said = made(cli, units, tmp_path / "a", "--end", "2026-11-02")
    assert ("monitoring" in without, str(without["experiment"]["end"])) == (False, "2026-11-02")
    assert "no looks are planned: the data have no days of entry" in said
    found, _ = made(cli, daily, tmp_path / "b", "--shape", "counts", "--end", "2026-11-02")
    assert found["monitoring"] == {"mode": "group_sequential"}
    assert "monitoring" not in made(cli, daily, tmp_path / "c", "--shape", "counts")[0]
    assert cli("check", tmp_path / "b" / "experiment.toml").status == 0


def test_a_template_with_an_end_plans_looks(cli: Command, tmp_path: Path) -> None:
    assert cli("init", tmp_path / "new", "--end", "2026-11-02").status == 0
    text = (tmp_path / "new" / "experiment.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["monitoring"] == {"mode": "group_sequential"}
    assert "# first_look = " in text
    assert cli("check", "--no-data", tmp_path / "new" / "experiment.toml").status == 0
    assert cli("init", tmp_path / "wrong", "--end", "soon").status == 2


@pytest.mark.parametrize("cell", ["x" * 10_000_000, "x," * 5_000_000])
def test_a_table_without_ends_of_lines_is_refused_at_once(
    cell: str, cli: Command, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text("variant,visits\n".replace("\n", ",") + cell, "utf-8")
    found = cli("init", tmp_path / "test", "--from", tmp_path / "log.csv")
    assert found.status == 3
    assert "the first line is longer than the names of a table (E664)" in found.err


def test_moments_with_a_zone_need_no_package_of_their_own(cli: Command, tmp_path: Path) -> None:
    """DuckDB gives them to Python by pytz, which nothing here asks for."""
    rows = [
        f'{{"user": {{"id": "u{at}"}}, "event": "{event}", "arm": "{"AB"[at % 2]}", '
        f'"ts": "2026-11-0{1 + at}T10:0{minute}:00Z"}}'
        for at in range(4)
        for minute, event in enumerate(("view", "purchase"))
    ]
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(rows) + "\n")
    definition, _ = made(cli, log, tmp_path / "new")
    assert definition["data"]["columns"]["time"] == "ts"
    assert definition["variants"]["arms"] == ["A", "B"]
