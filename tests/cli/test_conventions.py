"""What every command does alike: the file it takes, where it writes, how its help ends."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import click
import pytest

from abmicro import datasets
from abmicro.cli import run
from abmicro.cli.commands.group import app
from abmicro.cli.options import examples

from .conftest import Command, Shop

pytestmark = pytest.mark.journey

SHOWN_ONLY = {"app", "monitor"}
"""Commands of which only the help is asked here: one serves for ever, one needs data with days."""


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, (*path, name))
        else:
            yield " ".join((*path, name))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `examples.toml` speaks of."""
    shop = Shop(tmp_path_factory.mktemp("told"))
    shop.fill()
    shop.define('kind = "milestone"', 'kind = "milestone"\nmde = 0.05')
    with shop.file.open("a", encoding="utf-8") as file:
        file.write('\n[plan]\ntraffic = "900/day"\n')
    assert run(["history", "add", str(shop.file), "--dir", str(shop.folder / "history")]) == 0
    assert run(["collect", str(shop.file), "-o", str(shop.folder / "counts.parquet")]) == 0
    (shop.folder / "results.csv").write_text(
        "variant,visitors,cart,orders\nold,10000,1200,300\nnew,10050,1350,318\n", encoding="utf-8"
    )
    (shop.folder / "past.csv").write_text(datasets.past_tests(), encoding="utf-8")
    (shop.folder / "tests").mkdir()
    inner = shop.file.read_text("utf-8").replace('source = "', 'source = "../')
    (shop.folder / "tests" / "one.toml").write_text(inner, encoding="utf-8")
    return shop.folder


@pytest.fixture
def here(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like that one, as the working folder."""
    copytree(told, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", list(commands(app)))
def test_the_help_of_every_command_ends_with_lines_that_run(
    name: str, cli: Command, here: Path
) -> None:
    lines = examples()[name]
    assert f"\nExamples:\n  {lines[0]}\n" in cli(*name.split(), "--help").out
    for line in lines:
        program, *arguments = shlex.split(line.partition(" > ")[0])
        assert program == "abmicro"
        if name in SHOWN_ONLY:
            assert cli(*arguments, "--help").status == 0
            continue
        paths = [
            str(path)
            for one in arguments
            for path in (sorted(here.glob(one)) if "*" in one else [one])
        ]
        done = cli(*paths)
        assert done.status == 0, done.err


def test_no_example_is_of_a_command_that_is_not_there() -> None:
    assert set(examples()) <= {"", *commands(app)}


def test_the_definition_of_the_folder_is_the_default(cli: Command, here: Path) -> None:
    assert cli("analyze").out == cli("analyze", "experiment.toml").out
    assert cli("plan").out == cli("plan", "experiment.toml").out
    weeks = ("--weeks", "3")
    assert cli("plan", *weeks).out == cli("plan", "experiment.toml", *weeks).out
    assert cli("plan", "--baseline", "3%", "--lift", "9%").out != cli("plan").out
    assert cli("monitor").err == cli("monitor", "experiment.toml").err


def test_a_folder_without_a_definition_says_how_to_get_one(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = cli("analyze")
    assert found.status == 2
    assert "experiment.toml: no such file (E002)" in found.err
    assert "`abmicro init` writes" in found.err


def test_a_dash_is_standard_input_and_output(
    cli: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (here / "experiment.toml").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    found = cli("analyze", "-", "--format", "md", "-o", "-")
    assert found.status == 0
    assert found.out == cli("analyze", "experiment.toml", "--format", "md").out
    assert not Path("-").exists()


def test_what_is_no_text_on_standard_input_is_refused(
    cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00")))
    found = cli("check", "-")
    assert found.status == 2
    assert "stdin: is not UTF-8 text (byte 0) (E003)" in found.err


def test_json_has_a_short_name(cli: Command, here: Path) -> None:
    short, long = cli("analyze", "--json").out, cli("analyze", "--format", "json").out
    assert json.loads(short)["verdicts"] == json.loads(long)["verdicts"]
    assert json.loads(cli("quick", "500/10000", "560/10000", "--json").out)


def test_colour_is_asked_for_or_forbidden(cli: Command, here: Path) -> None:
    assert "\x1b[" in cli("analyze", "--color", "always").out
    assert "\x1b[" not in cli("--color", "always", "analyze", "--color", "never").out


def test_help_tells_of_a_command_as_its_option_does(cli: Command) -> None:
    assert cli("help", "history", "add").out == cli("history", "add", "--help").out
    assert "did you mean 'analyze'" in cli("help", "analyse").err
    for group in ((), ("history",)):
        assert cli(*group) == cli(*group, "--help")


@pytest.mark.parametrize("group", [(), ("history",)])
def test_a_list_of_commands_cuts_no_sentence(cli: Command, group: tuple[str, ...]) -> None:
    assert (
        "..." not in cli(*group, "--help").out.partition("Commands:")[2].partition("Examples:")[0]
    )


@pytest.mark.parametrize("command", ["analyze", "check", "report", "monitor"])
def test_data_in_place_of_a_definition_lead_to_init(cli: Command, here: Path, command: str) -> None:
    (here / "results.csv").rename(here / "our results.csv")
    found = cli(command, "our results.csv")
    assert found.status == 2
    assert "our results.csv: holds data, and is no definition (E634)" in found.err
    (told,) = re.findall("`abmicro (.*?)`", found.err)
    assert cli(*shlex.split(told)).status == 0


def test_a_file_of_counts_given_to_quick_leads_to_init(cli: Command, here: Path) -> None:
    found = cli("quick", "results.csv")
    assert found.status == 2
    (told,) = re.findall("`abmicro (.*?)`", found.err)
    assert cli(*shlex.split(told)).status == 0


def test_the_next_command_that_init_names_runs_in_any_folder(cli: Command, here: Path) -> None:
    told = cli("init", "my test", "--from", "results.csv").err
    assert cli(*shlex.split(told.partition("then: abmicro ")[2])).status == 0


def test_an_example_that_is_not_there_is_answered_with_all_there_are(cli: Command) -> None:
    found = cli("demo", "hilstrom")
    assert found.status == 2
    assert "did you mean 'hillstrom'?" in found.err
    assert "thirty_tests" in found.err


@pytest.mark.parametrize(
    ("command", "file"), [("demo", "demo.html"), ("collect", "counts.parquet")]
)
def test_what_the_screen_cannot_show_is_refused_by_what_it_is(
    cli: Command, here: Path, command: str, file: str
) -> None:
    found = cli(command, "-o", "-")
    assert found.status == 2
    assert f"-o: the screen cannot show it (E600)\n  name a file, e.g. {file}" in found.err
    assert not Path("-").exists()


def test_a_dialect_that_nobody_speaks_is_a_wrong_option(cli: Command, here: Path) -> None:
    found = cli("query", "--dialect", "bigqery")
    assert found.status == 2
    assert "--dialect: no dialect 'bigqery' (E600)\n  did you mean 'bigquery'?" in found.err


@pytest.mark.parametrize("command", ["analyze", "report", "plan", "collect"])
def test_an_output_that_is_a_folder_is_refused_whether_it_is_there_or_not(
    cli: Command, here: Path, command: str
) -> None:
    found = cli(command, "-o", "reports/")
    assert found.status == 2
    assert "-o: reports/ is a folder (E600)" in found.err
    assert not (here / "reports").exists()


def test_what_is_passed_on_is_told_once(cli: Command, here: Path) -> None:
    assert cli("report", "--share", "slides").err.splitlines()[-1].startswith("wrote 5 files into")


@pytest.mark.parametrize("name", ["report.md", "report.pdf", "report.xlsx"])
def test_a_page_is_not_called_what_it_is_not(cli: Command, here: Path, name: str) -> None:
    found = cli("report", "-o", name)
    assert found.status == 2
    assert f"-o: {name} would hold a page of HTML (E600)" in found.err
    assert not (here / name).exists()
    assert cli("analyze", "--full", "-o", "report.md").status == 0
