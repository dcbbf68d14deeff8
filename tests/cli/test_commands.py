"""What each command says and leaves behind when all is well."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from abmicro import JointCounts

from .conftest import DEFINITION, Command, Shop, without_query

HEAD = "variant,units,cart,buy\n"


def test_no_command_shows_what_there_is(cli: Command) -> None:
    shown = cli()
    assert shown.status == 0
    assert "Start with `abmicro demo`" in shown.out


def test_analyze_prints_the_verdict_and_nothing_else_on_stdout(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.file)
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("Sticky button\n")
    assert "SHIP IT\nShip sticky." in shown.out
    assert shown.out.isascii()


def test_the_same_input_gives_the_same_bytes(cli: Command, shop: Shop) -> None:
    assert cli("analyze", shop.file) == cli("analyze", shop.file)


@pytest.mark.parametrize("command", ["analyze", "check", "explain", "query"])
def test_a_command_that_reads_changes_nothing_in_the_folder(
    cli: Command, shop: Shop, command: str
) -> None:
    cli(command, shop.file)
    assert sorted(shop.folder.iterdir()) == [shop.file, shop.data]


def test_json_on_stdout_is_one_document(cli: Command, shop: Shop) -> None:
    record = json.loads(cli("analyze", shop.file, "--format", "json").out)
    assert [verdict["decision"] for verdict in record["verdicts"]] == ["ship"]


def test_csv_is_the_table_of_goals(cli: Command, shop: Shop) -> None:
    head, *rows = cli("analyze", shop.file, "--format", "csv").out.splitlines()
    assert head.startswith("goal,kind,role,")
    assert [row.split(",")[0] for row in rows[:2]] == ["cart", "buy"]


def test_the_name_of_the_output_chooses_the_format(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.file, "-o", shop.folder / "out.json")
    assert (shown.out, shown.err) == ("", f"wrote {shop.folder / 'out.json'}\n")
    json.loads((shop.folder / "out.json").read_text())


def test_a_segment_is_analysed_alone_and_the_title_says_so(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.file, "--segment", "device=phone")
    assert shown.out.startswith("Sticky button (device = phone)\n")
    assert "1,200 visitors" in shown.out


def test_collected_counts_give_the_verdict_that_the_data_give(cli: Command, shop: Shop) -> None:
    for form in ("counts.csv", "counts.parquet"):
        counts = shop.folder / form
        assert cli("collect", shop.file, "-o", counts).status == 0
        again = cli("analyze", shop.file, "--counts", counts)
        assert without_query(again.out) == without_query(cli("analyze", shop.file).out)


def test_collect_says_what_it_wrote(cli: Command, shop: Shop) -> None:
    counts = shop.folder / "counts.csv"
    shown = cli("collect", shop.file, "-o", counts)
    assert (shown.out, shown.err) == ("", f"wrote {counts}: 2,000 units in 12 cells\n")
    assert JointCounts.load(counts).reached("buy").sum() == 210


def test_check_says_what_would_be_analysed(cli: Command, shop: Shop) -> None:
    shown = cli("check", shop.file)
    assert shown.out == f"{shop.file}: sound; visitors to analyse: 1,000 control, 1,000 sticky\n"


def test_check_without_data_needs_none(cli: Command, shop: Shop) -> None:
    shop.data.unlink()
    assert cli("check", shop.file, "--no-data").out == f"{shop.file}: the definition is sound\n"


def test_check_tells_programs_the_same(cli: Command, shop: Shop) -> None:
    shown = json.loads(cli("check", shop.file, "--json").out)
    units = [{"variant": one, "units": 1000} for one in ("control", "sticky")]
    assert (shown["schema_version"], shown["experiment"]["name"]) == (1, "Sticky button")
    assert shown["check"] == {"units": units, "unreached": []}
    shop.data.unlink()
    bare = json.loads(cli("check", shop.file, "--no-data", "--format", "json").out)
    assert bare["check"] == {"units": None, "unreached": []}
    assert cli("check", shop.file, "--json").status == 3


def test_query_prints_one_select_in_the_dialect_asked_for(cli: Command, shop: Shop) -> None:
    text = cli("query", shop.file, "--dialect", "bigquery").out
    assert text.startswith("SELECT")
    assert "`goal__cart`" in text


def test_explain_accounts_for_every_row(cli: Command, shop: Shop) -> None:
    assert cli("explain", shop.file).out.splitlines() == [
        "           rows        visitors",
        "          2,000           2,000  rows_read: rows the data hold",
        "          1,000           1,000  analysed (control): visitors judged",
        "          1,000           1,000  analysed (sticky): visitors judged",
    ]


def test_explain_tells_programs_the_same(cli: Command, shop: Shop) -> None:
    shown = json.loads(cli("explain", shop.file, "--json").out)
    first, *others = shown["account"]
    assert (first["step"], first["rows"], first["units"]) == ("rows_read", 2000, 2000)
    assert [(one["variant"], one["rows"], one["sentence"]) for one in others] == [
        ("control", 1000, "visitors judged"),
        ("sticky", 1000, "visitors judged"),
    ]
    assert shown["ledger"] == json.loads(cli("analyze", shop.file, "--json").out)["ledger"]


def test_report_writes_one_file_and_a_summary_is_smaller(cli: Command, shop: Shop) -> None:
    sizes = []
    for option in ([], ["--summary"]):
        path = shop.folder / "report.html"
        assert cli("report", shop.file, "-o", path, *option).status == 0
        sizes.append(path.stat().st_size)
    assert 0 < sizes[1] < sizes[0]


def test_the_schema_accepts_a_definition(cli: Command) -> None:
    schema = json.loads(cli("schema").out)
    Draft202012Validator(schema).validate(tomllib.loads(DEFINITION))


def test_demo_shows_the_verdict_and_where_the_report_lies(cli: Command, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    shown = cli("demo", "-o", report)
    assert shown.status == 0
    assert "SHIP IT\nShip Mens E-Mail." in shown.out
    assert "analyze FILE" not in shown.out, "an example has no file"
    assert shown.err == f"the report lies at {report}\n"
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_demo_names_the_examples(cli: Command) -> None:
    lines = cli("demo", "--list").out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "asos",
        "hillstrom",
        "msnbc",
        "thirty_tests",
    ]


@pytest.mark.parametrize(
    ("gate", "old", "new", "status"),
    [
        ("primary", "sticky,phone", "sticky,phone", 0),
        ("health", "sticky,phone", "sticky,phone", 0),
        ("guardrail", "sticky,phone", "sticky,phone", 0),
        ("primary", "sticky,phone,1,", "sticky,phone,0,", 1),
        ("health", "sticky,phone", "control,phone", 1),
    ],
)
def test_fail_on_turns_a_finding_into_the_exit_status(
    cli: Command, shop: Shop, gate: str, old: str, new: str, status: int
) -> None:
    shown = cli("analyze", shop.fill(old, new), "--fail-on", gate)
    assert shown.status == status
    assert shown.err == (f"abmicro: --fail-on {gate}: failed\n" if status else "")


@pytest.mark.parametrize("gates", [["health,primary"], ["health", "--fail-on", "primary"]])
def test_fail_on_takes_commas_and_repeats(cli: Command, shop: Shop, gates: list[str]) -> None:
    shown = cli("analyze", shop.fill("sticky,phone,1,", "sticky,phone,0,"), "--fail-on", *gates)
    both = [f"abmicro: --fail-on {gate}: failed" for gate in ("health", "primary")]
    assert (shown.status, shown.err.splitlines()) == (1, both)


def test_fail_on_refuses_what_is_no_gate(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.file, "--fail-on", "health,guardrial")
    assert shown.status == 2
    assert "--fail-on: 'guardrial' is not known (E600)" in shown.err
    assert "did you mean 'guardrail'?" in shown.err


def test_fail_on_guardrail_stops_a_harmed_one(cli: Command, shop: Shop) -> None:
    guard = (
        '[goals.cart]\nkind = "milestone"\nrole = "guardrail"\nmargin = 0.02\ndirection = "down"'
    )
    shop.define('[goals.cart]\nkind = "milestone"', guard)
    assert cli("analyze", shop.file, "--fail-on", "guardrail").status == 1


def test_quiet_says_results_and_errors_only(cli: Command, shop: Shop) -> None:
    counts = shop.folder / "counts.csv"
    assert cli("-q", "collect", shop.file, "-o", counts).err == ""
    assert cli("collect", "-q", shop.file, "-o", counts).err == ""
    assert "E002" in cli("-q", "check", shop.folder / "nothing.toml").err


def test_verbose_says_how_much_was_read(cli: Command, shop: Shop) -> None:
    assert "2,000 rows in" in cli("check", "-v", shop.file).err


def test_a_warning_of_the_definition_goes_to_stderr(cli: Command, shop: Shop) -> None:
    shown = cli("check", "--no-data", shop.define('[goals.buy]\nkind = "macro"', ""))
    assert shown.status == 0
    assert shown.err.startswith("abmicro: warning: goals: no macro goal")


@pytest.mark.parametrize("form", ["text", "md", "html", "summary", "json", "csv"])
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"; DROP TABLE x; --'])
def test_a_hostile_name_of_a_goal_is_only_a_name(
    cli: Command, shop: Shop, name: str, form: str
) -> None:
    quoted = json.dumps(name)
    shop.define(
        '[goals.cart]\nkind = "milestone"', f'[goals.{quoted}]\nkind = "milestone"\ncolumn = "cart"'
    )
    shown = cli("analyze", shop.file, "--format", form)
    assert (shown.status, shown.err) == (0, "")
    assert "<script>" not in shown.out or form in ("text", "json", "csv")
    if form == "text":
        assert cli("check", shop.file).status == 0
    assert shop.data.is_file()


def test_a_billion_units_are_counted_exactly(cli: Command, shop: Shop) -> None:
    shop.data.write_text(
        f"{HEAD}control,999999999,200000001,50000000\nsticky,1000000001,200100000,50100000\n"
    )
    definition = DEFINITION.replace('"units"', '"counts"').partition("[segments]")[0]
    shop.file.write_text(definition.replace('variant = "arm"', ""))
    record = json.loads(cli("analyze", shop.file, "--format", "json").out)
    assert record["goals"][0]["units"] == {"control": 999999999, "treated": 1000000001}
    assert record["goals"][0]["reached"] == {"control": 200000001, "treated": 200100000}


@pytest.mark.parametrize("form", ["text", "md", "html", "json", "csv"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("sticky,phone,1,1", "sticky,phone,1,0"), (",1,1", ",1,0")],
    ids=["in one variant of one segment", "in no variant"],
)
def test_no_conversion_is_reported_and_not_an_error(
    cli: Command, shop: Shop, old: str, new: str, form: str
) -> None:
    shown = cli("analyze", shop.fill(old, new), "--format", form)
    assert (shown.status, shown.err) == (0, "")


def test_one_unit_in_each_arm_settles_nothing(cli: Command, shop: Shop) -> None:
    shop.data.write_text("arm,device,cart,buy\ncontrol,phone,1,0\nsticky,phone,0,0\n")
    shown = cli("analyze", shop.file)
    assert shown.status == 0
    assert "NOT SETTLED" in shown.out


def test_the_expert_panel_is_shown_when_asked_for(cli: Command, shop: Shop) -> None:
    plain, asked = cli("analyze", shop.file), cli("analyze", shop.file, "--expert")
    assert "Expert panel" not in plain.out
    assert "Expert panel" in asked.out


def test_analyze_prints_one_screen_and_the_rest_when_asked(cli: Command, shop: Shop) -> None:
    screen, full = (cli("analyze", shop.file, *more).out for more in ((), ("--full",)))
    for said in ("SHIP IT", "Did the extra carts become purchases?", "--|---", "checks passed"):
        assert said in screen
        assert said in full
    assert "Methods" in full
    assert "Methods" not in screen
    assert "abmicro analyze FILE --full" in screen
    assert len(screen.splitlines()) < 40


def test_a_coloured_screen_fits_eighty_columns(
    cli: Command, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abmicro.report.render.terminal.window", lambda: 80)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", cli("--color", "always", "analyze", shop.file).out)
    assert max(map(len, shown.splitlines())) <= 80
