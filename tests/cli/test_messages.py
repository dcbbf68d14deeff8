"""What a user reads when something is wrong: one line with the fault and its code, one that helps.

The texts are pinned, since they are the part of the tool that is met first.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import DEFINITION, Command, Outcome, Shop


def said(outcome: Outcome) -> list[str]:
    """The lines on stderr, with nothing on stdout."""
    assert outcome.out == ""
    return outcome.err.splitlines()


def test_no_such_experiment_file(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.folder / "experimnt.toml")
    assert shown.status == 2
    assert said(shown) == [
        f"abmicro: {shop.folder / 'experimnt.toml'}: no such file (E002)",
        "  did you mean 'experiment.toml'? known: experiment.toml",
    ]


def test_several_problems_of_a_definition_come_together(cli: Command, shop: Shop) -> None:
    faulty = DEFINITION.replace("macro", "makro").replace("source", "sorce")
    shop.file.write_text(faulty)
    shown = cli("check", shop.file)
    assert shown.status == 2
    assert said(shown) == [
        "abmicro: data.sorce (line 9): 'sorce' is not a key here (E010)",
        "  did you mean 'source'? known: shape, source, table, preset, time_unit, day_first, "
        "time_format, time_zone, decimal, thousands, where, repeats and 6 more",
        "abmicro: goals.buy.kind (line 17): 'makro' is not one of milestone, action, macro (E012)",
        "  did you mean 'macro'?",
    ]


def test_no_such_data_file(cli: Command, shop: Shop) -> None:
    shop.data.unlink()
    shown = cli("analyze", shop.file)
    assert shown.status == 3
    assert said(shown) == [
        "abmicro: data.source: no such file: 'units.csv' (E301)",
        f"  looked in {shop.folder}",
    ]


def test_an_empty_data_file(cli: Command, shop: Shop) -> None:
    shop.data.write_text("")
    shown = cli("analyze", shop.file)
    assert shown.status == 3
    assert said(shown) == [
        "abmicro: data.source: units.csv is empty (E302)",
        "  export it again",
    ]


def test_a_header_without_rows(cli: Command, shop: Shop) -> None:
    shop.data.write_text("arm,device,cart,buy\n")
    shown = cli("analyze", shop.file)
    assert shown.status == 3
    assert said(shown) == [
        "abmicro: data: the data hold no rows (E302)",
        "  name other data in [data] source, or export them again",
    ]


FAULTY_DATA = {
    "a wrong column": (
        ("arm,device,cart,buy", "arm,device,carts,buy"),
        "goals.cart.column: no column 'cart' in the data (E305)",
        "did you mean 'carts'? known: arm, device, carts, buy",
    ),
    "text where 0 or 1 is asked": (
        ("sticky,desktop,1,1", "sticky,desktop,maybe,1"),
        "goals.cart.column: column 'cart' holds 'maybe' (60 units) where 0 or 1 is asked (E307)",
        "say in `where` what counts as reached",
    ),
    "a number that is no truth": (
        ("sticky,desktop,1,1", "sticky,desktop,1,2"),
        "goals.buy.column: column 'buy' holds '2' (60 units) where 0 or 1 is asked (E307)",
        "say in `where` what counts as reached",
    ),
    "nulls in the variant": (
        ("sticky,desktop,1,1", ",desktop,1,1"),
        "data.columns.variant: no variant on 60 of 2,000 units (E306)",
        "find out why; a unit that was not randomised has no place in the test",
    ),
    "an unknown variant": (
        ("sticky,desktop,1,1", "stiky,desktop,1,1"),
        "data.columns.variant: 'stiky' is not one of the variants (60 units) (E306)",
        "did you mean 'sticky'? known: control, sticky",
    ),
    "a variant without data": (
        ("sticky", "control"),
        "variants: no unit carries 'sticky' (E308)",
        "the data have control",
    ),
}


@pytest.mark.parametrize(("change", "fault", "hint"), FAULTY_DATA.values(), ids=list(FAULTY_DATA))
def test_data_that_do_not_fit(
    cli: Command, shop: Shop, change: tuple[str, str], fault: str, hint: str
) -> None:
    shown = cli("analyze", shop.fill(*change))
    assert shown.status == 3
    assert said(shown) == [f"abmicro: {fault}", f"  {hint}"]


def test_units_that_stand_in_several_rows_are_named(cli: Command, shop: Shop) -> None:
    shop.define('variant = "arm"', 'variant = "arm"\nunit = "id"')
    rows = ["id,arm,device,cart,buy", "007,control,phone,0,0", "007,sticky,phone,0,0"]
    rows += ["8,control,phone,0,0", "8,control,phone,1,0", "9,sticky,phone,1,1"]
    shop.data.write_text("\n".join(rows) + "\n")
    shown = cli("analyze", shop.file)
    assert shown.status == 3
    assert said(shown) == [
        "abmicro: data.columns.unit: 2 units stand in more than one row: 007 (2 rows), 8 (2 rows) "
        "(E312)",
        '  write repeats = "sum" in [data] where they add up; else keep one row of each',
    ]


def test_a_goal_that_never_fires_is_a_warning(cli: Command, shop: Shop) -> None:
    shown = cli("check", shop.fill(",1,1\n", ",1,0\n"))
    assert shown.status == 0
    assert shown.err == "abmicro: warning: goals.buy: nobody reached it\n"


def test_buyers_without_the_step_before_withhold_the_verdict(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.fill(",1,1\n", ",0,1\n"))
    assert shown.status == 0
    assert "DO NOT TRUST YET" in shown.out
    assert "210 of 210 visitors with purchases lack carts" in shown.out


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("buy IN (SELECT 1)", "holds a subquery"),
        ("read_text('/etc/passwd') = 'x'", "holds the function read_text"),
        ("buy = 1; DROP TABLE x", "holds a semicolon"),
    ],
)
def test_a_condition_that_reaches_out(cli: Command, shop: Shop, where: str, what: str) -> None:
    shop.define('[goals.buy]\nkind = "macro"', f'[goals.buy]\nkind = "macro"\nwhere = "{where}"')
    shown = cli("analyze", shop.file)
    assert shown.status == 2
    assert said(shown)[0] == f"abmicro: goals.buy.where (line 18): {what} (E039)"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("control,100,120,5", "120 units reached 'cart', but only 100 exposed"),
        ("control,100,12,50", "50 units reached 'buy', but only 12 'cart'"),
    ],
)
def test_counts_that_contradict_themselves(cli: Command, shop: Shop, row: str, fault: str) -> None:
    shop.data.write_text(f"variant,units,cart,buy\n{row}\nsticky,100,20,5\n")
    definition = DEFINITION.replace('"units"', '"counts"').partition("[segments]")[0]
    shop.file.write_text(definition.replace('variant = "arm"', ""))
    shown = cli("analyze", shop.file)
    assert shown.status == 3
    assert said(shown) == [f"abmicro: row of 'control': {fault} (E407)"]


def test_a_window_longer_than_the_test_is_a_warning(cli: Command, shop: Shop) -> None:
    roles = 'variant = "arm"\nunit = "id"\ntime = "ts"\nevent = "event"'
    text = DEFINITION.replace('"units"', '"events"').replace('variant = "arm"', roles)
    text = text.replace('button"', 'button"\nstart = 2026-10-05\nend = 2026-10-12')
    for kind in ("milestone", "macro"):
        text = text.replace(f'"{kind}"', f'"{kind}"\nwindow = "14d"')
    shop.file.write_text(text)
    shown = cli("check", "--no-data", shop.file)
    assert shown.status == 0
    assert shown.err == (
        "abmicro: warning: goals.cart.window: 14d are longer than the runtime of 7d, so no unit is "
        "watched to the end (W003); run longer or shorten the window\n"
    )


def test_a_truncated_parquet(cli: Command, shop: Shop) -> None:
    counts = shop.folder / "counts.parquet"
    cli("collect", shop.file, "-o", counts)
    counts.write_bytes(counts.read_bytes()[:-100])
    shown = cli("analyze", shop.file, "--counts", counts)
    assert shown.status == 3
    assert said(shown)[0].startswith(f"abmicro: {counts}: cannot be read: ")
    assert said(shown)[0].endswith("(E304)")


def test_counts_of_another_experiment(cli: Command, shop: Shop) -> None:
    counts = shop.folder / "counts.csv"
    cli("collect", shop.file, "-o", counts)
    counts.write_text(counts.read_text().replace("sticky", "stiky"))
    shown = cli("analyze", shop.file, "--counts", counts)
    assert shown.status == 3
    assert said(shown) == [
        "abmicro: variant: 1,000 units carry 'stiky' (E409)",
        "  did you mean 'sticky'? known: control, sticky",
    ]


def test_ready_counts_cannot_be_taken_back_in_time(cli: Command, shop: Shop) -> None:
    shown = cli("explain", shop.file, "--counts", "counts.csv", "--as-of", "2026-10-05")
    assert shown.status == 2
    assert said(shown) == [
        "abmicro: --as-of: counts that are ready cannot be taken back to an earlier day (E600)",
        "  collect them with `abmicro collect FILE --as-of DATE`",
    ]


def test_an_output_folder_that_is_a_file(cli: Command, shop: Shop) -> None:
    path = shop.data / "report.html"
    for command in ("report", "analyze", "demo"):
        shown = cli(command, *([] if command == "demo" else [shop.file]), "-o", path)
        assert shown.status == 3
        assert said(shown) == [
            f"abmicro: {path}: cannot be written: not a directory (E501)",
            f"  make the folder '{shop.data}' first",
        ]


def test_an_output_that_cannot_be_written_is_told_before_the_data_are_read(
    cli: Command, shop: Shop
) -> None:
    shop.data.unlink()
    shown = cli("collect", shop.file, "-o", shop.folder / "none" / "counts.csv")
    assert "E501" in said(shown)[0]


MISUSE = {
    "an unknown command": (
        ["analyse"],
        "No such command 'analyse'",
        "`abmicro --help` says more",
    ),
    "an unknown segment": (
        ["analyze", "FILE", "--segment", "device"],
        "--segment: 'device' is not NAME=LEVEL (E600)",
        "segments: device",
    ),
    "an impossible day": (
        ["analyze", "FILE", "--as-of", "2026-13-01"],
        "Invalid value for '--as-of': '2026-13-01' is not a day such as 2026-10-05 (E600)",
        "`abmicro analyze --help` says more",
    ),
    "an unknown format": (
        ["analyze", "FILE", "--format", "jsn"],
        "--format: 'jsn' is not a format (E600)",
        "did you mean 'json'? known: csv, html, json, md, notebook, summary, terminal, text, xlsx",
    ),
    "an output of no known format": (
        ["analyze", "FILE", "-o", "out.pdf"],
        "-o: 'pdf' is not a format (E600)",
        "known: csv, html, json, md, notebook, summary, terminal, text, xlsx",
    ),
    "a size that is none": (
        ["analyze", "FILE", "--memory", "lots"],
        "--memory: 'lots' is not a size (E313)",
        "write 4GB or 500MB",
    ),
    "no threads": (
        ["collect", "FILE", "--threads", "0"],
        "--threads: 0 is too few (E313)",
        "at least 1",
    ),
    "a table of no form": (
        ["collect", "FILE", "-o", "counts.txt"],
        "-o: a table of counts is saved as .csv or .parquet, not as '.txt' (E502)",
        "name it counts.csv or counts.parquet",
    ),
    "a month in words": (
        ["health", "FILE", "--compare", "october"],
        "Invalid value for '--compare': 'october' is not a month such as 2026-10 (E600)",
        "`abmicro health --help` says more",
    ),
    "a control alone": (
        ["plan", "--baseline", "3%", "--lift", "10%", "--variants", "1"],
        "--variants: 1 is not 2 to 26, control included (E600)",
        "e.g. --variants 3: a control and two others",
    ),
    "a preset that does not exist": (
        ["init", "--preset", "ga5"],
        "--preset: 'ga5' is not a preset (E600)",
        "did you mean 'ga4'? known: amplitude, ga4, mixpanel, posthog, segment, snowplow",
    ),
}


@pytest.mark.parametrize(("arguments", "fault", "hint"), MISUSE.values(), ids=list(MISUSE))
def test_a_command_that_is_used_wrongly(
    cli: Command, shop: Shop, arguments: list[str], fault: str, hint: str
) -> None:
    shown = cli(*(shop.file if one == "FILE" else one for one in arguments))
    assert shown.status == 2
    first, second = said(shown)
    assert first.startswith(f"abmicro: {fault}")
    assert second == f"  {hint}"


def test_a_segment_that_is_not_there_is_refused_with_the_nearest(cli: Command, shop: Shop) -> None:
    shown = cli("analyze", shop.file, "--segment", "device=phon")
    assert shown.status == 3
    assert said(shown) == [
        "abmicro: segments.device: no 'phon' here (E408)",
        "  did you mean 'phone'? known: desktop, phone",
    ]


def test_two_vs_show_where_an_error_was_raised(cli: Command, tmp_path: Path) -> None:
    quiet, loud = (cli("check", *vs, tmp_path / "none.toml") for vs in ([], ["-vv"]))
    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err
    assert loud.err.endswith(quiet.err)
