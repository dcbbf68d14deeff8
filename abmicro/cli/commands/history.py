"""`abmicro history`: finished tests kept in a folder, one command a function."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from abmicro.cli.options import (
    FILE,
    Group,
    as_of,
    counts_from,
    definition,
    histograms_from,
    limits,
    output,
)
from abmicro.cli.output import form_of, give_result, log, misuse, ready, say, waiting
from abmicro.cli.steps import analysed, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.analysis.results import Analysis
    from abmicro.counts import JointCounts
    from abmicro.history import PastTest
    from abmicro.importing.past_tests import Imported

FOLDER = "history"

folder = click.option(
    "--dir",
    "folder",
    type=FILE,
    default=FOLDER,
    show_default=True,
    metavar="DIR",
    help="The folder of the history.",
)


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def history(context: click.Context) -> None:
    """Keep finished tests, and say what they tell together."""
    if context.invoked_subcommand is None:
        say(context.get_help())


@history.command()
@definition
@counts_from
@histograms_from
@as_of
@limits
@click.option(
    "--dir", "folder", type=FILE, metavar="DIR", help="The folder; default: history beside FILE."
)
@click.option("--shipped", metavar="VARIANT", help="The variant that went live, or control.")
@click.option("--replace", "replacing", is_flag=True, help="Take the place of the test of its key.")
def add(
    file: Path,
    counts_file: Path | None,
    histograms_file: Path | None,
    as_of: date | None,
    folder: Path | None,
    shipped: str | None,
    replacing: bool,
) -> None:
    """Analyse a finished test and keep it.

    Its counts, its definition and what came of it.
    """
    analysis, counts = analysed(file, counts_file, histograms_file, None, as_of)
    into = folder or file.parent / FOLDER
    record(analysis, counts, into, shipped=shipped, replacing=replacing)


def _columns(context: click.Context, parameter: click.Parameter, text: str | None) -> Any:
    """Callback of an option that names columns by their roles."""
    pairs = [pair.partition("=") for pair in (text or "").split(",") if pair]
    if any(not equals for _, equals, _ in pairs):
        what = f"{text!r} is not ROLE=COLUMN,..., e.g. test=Kampagne,visitors=Besucher"
        raise click.BadParameter(what, context, parameter)
    return {role.strip(): name.strip() for role, _, name in pairs}


def _names(context: click.Context, parameter: click.Parameter, text: str | None) -> Any:  # noqa: ARG001
    """Callback of an option that lists names."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


@history.command("import")
@click.argument("file", type=FILE)
@folder
@click.option("--sheet", "page", metavar="NAME", help="The sheet of a workbook (.xlsx).")
@click.option(
    "--columns",
    "called",
    callback=_columns,
    metavar="ROLE=NAME,...",
    help="Columns by what they are: test, variant, visitors, date, end, shipped, allocation.",
)
@click.option("--macro", metavar="GOAL", help="The goal that pays; default: the rarest called so.")
@click.option(
    "--path", callback=_names, metavar="A,B", help="Goals on the path, in order; default: nested."
)
@click.option("--not-path", callback=_names, metavar="A,B", help="Goals that are not on the path.")
@click.option("--control", metavar="VARIANT", help="The control, where no name tells it.")
@click.option("--site", default="", metavar="NAME", help="Whose visitors these are.")
@click.option("--add-up", is_flag=True, help="Add up rows of one variant and test.")
@click.option("--replace", "replacing", is_flag=True, help="Take the place of tests of their keys.")
def imported(file: Path, folder: Path, page: str | None, replacing: bool, **choices: Any) -> None:
    """Keep the tests of a spreadsheet, in whatever layout it has them."""
    from abmicro.cli.folder_output import ready_folder
    from abmicro.importing.past_tests import import_tests
    from abmicro.sources.sheets.cells import page_of_file

    def tests_of(rows: Sequence[Sequence[object]]) -> Imported:
        return import_tests(rows, title=file.stem, **choices)

    if not file.is_file():
        raise misuse(str(file), "no such file", f"looked in {file.parent.resolve()}")
    with waiting("reading"):
        whole = page_of_file(file, page)
        found = tests_of(whole.rows)
        whole.refuse_hidden(found, tests_of, lambda made: made.kept)
    for note in (*found.notes, *whole.notes):
        log(f"abmicro: note: {note}")
    ready_folder(folder)
    before = opened(folder)
    grown = before.with_tests(found.tests, replacing=replacing)
    added = len(grown.tests) - len(before.tests)
    log(found.summary)
    log(f"added {added} of them to {folder}, {len(found.tests) - added} were there already")


@history.command("list")
@folder
def listed(folder: Path) -> None:
    """Name the tests of a history, a line each."""
    found = opened(folder)
    rows = [("test", "from", "units", "variants", "decision", "shipped"), *map(_row, found.tests)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


@history.command("check")
@folder
def checked(folder: Path) -> None:
    """Read every file of a history; all problems at once."""
    found = opened(folder)
    arms = sum(len(test.experiment.treated) for test in found.tests)
    for test in found.tests:
        if test.failed_checks:
            log(f"abmicro: note: {test.key} is left out: failed {', '.join(test.failed_checks)}")
    tests = f"{len(found.tests):,} test{'s' * (len(found.tests) != 1)}"
    say(f"{folder}: sound; {tests}, {arms:,} treated variant{'s' * (arms != 1)}")


@history.command("report")
@folder
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help="text, md, html, json, csv (all lifts), xlsx (all tables); default: as -o says.",
)
@output()
def reported(folder: Path, form: str | None, output: str | None) -> None:
    """Say what all tests tell together.

    Wins, gains kept, and whether micro lifts foretell macro lifts.
    """
    from abmicro.portfolio.results import Portfolio
    from abmicro.portfolio.review_history import review_history

    chosen = form_of(form, output, Portfolio.FORMATS, Portfolio.FILES)
    ready(output)
    found = review_history(opened(folder))
    give_result(found, chosen, output)


def record(
    analysis: Analysis,
    counts: JointCounts,
    folder: Path,
    *,
    shipped: str | None = None,
    replacing: bool = False,
) -> None:
    """Add an analysed test to the history in a folder, which is made where there is none."""
    from abmicro.cli.folder_output import ready_folder
    from abmicro.history import finished_test

    key = finished_test(analysis, counts, shipped=shipped).key  # refused before a folder is made
    ready_folder(folder)
    before = opened(folder)
    grown = before.add(analysis, counts, shipped=shipped, replacing=replacing)
    tests = f"{len(grown.tests)} test{'s' * (len(grown.tests) != 1)}"
    if grown is before:
        log(f"{key} is there already")
    elif len(grown.tests) == len(before.tests) and not replacing:
        log(f"{key} is there already, and says now that {shipped} shipped")
    else:
        log(f"added {key}: {tests}")


def _row(test: PastTest) -> tuple[str, ...]:
    """A test on a line of the list."""
    day = test.experiment.start or test.added
    decisions = dict.fromkeys(test.verdicts.values())
    told = ", ".join(decision.replace("_", " ") for decision in decisions)
    failed = f"left out: failed {', '.join(test.failed_checks)}" if test.failed_checks else told
    units, variants = f"{test.counts.units.sum():,}", str(len(test.experiment.variants))
    return test.key, day.isoformat(), units, variants, failed or "-", test.shipped or "-"
