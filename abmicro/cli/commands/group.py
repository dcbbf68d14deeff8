"""The commands, one function each; every import that costs time stands inside the command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from abmicro import __version__
from abmicro.cli.commands.data import check, collect, explain, query
from abmicro.cli.commands.goals import goals
from abmicro.cli.commands.health import health
from abmicro.cli.commands.help import help_of
from abmicro.cli.commands.history import history, record
from abmicro.cli.commands.init import init
from abmicro.cli.commands.monitor import monitor
from abmicro.cli.commands.pages import pages
from abmicro.cli.commands.plan import plan
from abmicro.cli.commands.simulate import simulate
from abmicro.cli.fail_on import fail_on, failed, status_of
from abmicro.cli.options import (
    FILE,
    Group,
    as_of,
    counts_from,
    definition,
    expert,
    histograms_from,
    history_from,
    limits,
    opened,
    output,
    percentage,
    segment,
    text_or_json,
    verbosity,
)
from abmicro.cli.output import (
    TERMINAL,
    form_of,
    give,
    log,
    misuse,
    open_file,
    ready,
    say,
    screen,
    waiting,
)
from abmicro.cli.second_opinion import OPTION, give_second_opinion, refuse_second_opinion
from abmicro.cli.steps import analysed

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis
    from abmicro.portfolio.results import Portfolio

GATES = ("health", "guardrail", "primary")


@click.group(
    cls=Group,
    invoke_without_command=True,
    params=verbosity(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="abmicro")
@click.pass_context
def app(context: click.Context) -> None:
    """A/B tests on micro conversions: did the gain reach the till?

    Start with `abmicro demo`, then `abmicro init`.
    """
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command()
@click.argument("name", default="hillstrom")
@click.option("--list", "listing", is_flag=True, help="Name the examples.")
@output("demo.html", to_screen=False)
@opened
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def demo(name: str, listing: bool, output: str, opening: bool, force: bool) -> None:
    """Analyse a shipped real test: verdict here, report in a file."""
    from abmicro import datasets

    if listing:
        for example in (*datasets.names(), *datasets.histories()):
            say(f"{example:14}{datasets.headline(example)}")
        return
    from abmicro.atomic_files import write_text
    from abmicro.cli.output_check import keep
    from abmicro.portfolio.results import Portfolio
    from abmicro.report.one_screen import render as one_screen

    form = form_of(None, output)
    ready(output)
    analysis = _example(name)
    with waiting("drawing"):
        page = analysis.render(form)
    if not force:
        keep(output, page)
    write_text(output, page)
    coloured = (shown := screen()) == TERMINAL
    if isinstance(analysis, Portfolio):
        give(analysis.render(shown), coloured=coloured)
    else:
        give(one_screen(analysis, coloured=coloured, of_file=False), coloured=coloured)
    log(f"the report lies at {Path(output).resolve()}")
    if opening:
        open_file(output)


def _example(name: str) -> Analysis | Portfolio:
    """What a shipped test says, or many of them together."""
    from abmicro import datasets
    from abmicro.analysis.analyze import analyze as analyze_counts
    from abmicro.errors import suggest
    from abmicro.portfolio.review_history import review_history

    if name in datasets.histories():
        return review_history(datasets.load_history(name))
    if name not in datasets.names():
        known = [*datasets.names(), *datasets.histories()]
        raise misuse("demo", f"there is no example {name!r}", suggest(name, known))
    return analyze_counts(*datasets.load(name))


app.add_command(init)
app.add_command(check)
app.add_command(query)
app.add_command(collect)


@app.command()
@definition
@counts_from
@histograms_from
@segment
@as_of
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help="text, md, html, summary, json, csv (the goals), xlsx (all tables) or a format of "
    "yours; default: as the output file is called, else text.",
)
@expert
@click.option("--full", is_flag=True, help="Every section, not the first screen only.")
@history_from
@limits
@output()
@click.option(
    "--csv", "tables", type=FILE, metavar="FOLDER", help="Write every section as CSV too."
)
@fail_on(GATES, "where `health` (a check) fails, a `guardrail` is harmed, `primary` not better")
@click.option(
    "--record", "kept", type=FILE, metavar="DIR", help="Keep the finished test in this history too."
)
@click.option(
    OPTION, "twice", is_flag=True, help="Only compare each figure with that of another library."
)
def analyze(
    file: Path,
    counts_file: Path | None,
    histograms_file: Path | None,
    segment: str | None,
    as_of: date | None,
    form: str | None,
    expert: bool,
    full: bool,
    history_folder: Path | None,
    output: str | None,
    tables: Path | None,
    gates: tuple[str, ...],
    kept: Path | None,
    twice: bool,
) -> int:
    """Give the verdict on one screen. With --full every table behind it."""
    from abmicro.analysis.rendering import FILES, GROUP
    from abmicro.cli.folder_output import give_tables, ready_folder
    from abmicro.cli.output_check import guard, tables_in
    from abmicro.report.one_screen import render as one_screen

    if kept is not None and segment is not None:
        raise misuse("--record", "a segment is not the test", "record it without --segment")
    if twice:
        refuse_second_opinion(segment)
    chosen = form_of(form, output, GROUP, FILES)
    written = [output, *map(str, tables_in(tables))]
    guard(written, file, counts=counts_file, histograms=histograms_file)
    ready(output)
    ready_folder(tables)
    given = file, counts_file, histograms_file, segment, as_of
    analysis, counts = analysed(*given, expert=expert, history=history_folder)
    if twice:
        return give_second_opinion(analysis, counts, output)
    coloured = chosen == TERMINAL
    whole = full or expert or form or output
    page = analysis.render_file(chosen) if whole else one_screen(analysis, coloured=coloured)
    give(page, output, coloured=coloured)
    if tables is not None:
        give_tables(analysis, tables)
    if kept is not None:
        record(analysis, counts, kept)
    return status_of(f"--fail-on {gate}" for gate in gates if failed(analysis, gate))


app.add_command(monitor)
app.add_command(history)


@app.command()
@definition
@counts_from
@histograms_from
@segment
@as_of
@expert
@history_from
@limits
@output("report.html")
@opened
@click.option("--summary", is_flag=True, help="One printed page: verdict, trust, carry-through.")
@click.option("--charts", type=FILE, metavar="FOLDER", help="Write every chart as a file too.")
@click.option(
    "--chart-format",
    type=click.Choice(("svg", "png")),
    default="svg",
    show_default=True,
    help="What --charts writes.",
)
@click.option(
    "--share",
    type=FILE,
    metavar="FOLDER",
    help="Write a text, the ruler and the funnel to pass on.",
)
def report(
    file: Path,
    counts_file: Path | None,
    histograms_file: Path | None,
    segment: str | None,
    as_of: date | None,
    expert: bool,
    history_folder: Path | None,
    output: str | None,
    opening: bool,
    summary: bool,
    charts: Path | None,
    chart_format: str,
    share: Path | None,
) -> None:
    """Write the one-file report."""
    from abmicro.cli.folder_output import give_charts, give_shared, ready_folder
    from abmicro.cli.output_check import charts_in, guard, shared_in

    written = [output, *map(str, (*charts_in(charts, chart_format), *shared_in(share)))]
    guard(written, file, counts=counts_file, histograms=histograms_file)
    if output is not None and Path(output).suffix.lower() not in ("", ".html", ".htm"):
        hint = "name it .html; `abmicro analyze FILE --full -o report.md` writes other forms"
        raise misuse("-o", f"{output} would hold a page of HTML", hint)
    ready(output)
    ready_folder(charts)
    ready_folder(share)
    given = file, counts_file, histograms_file, segment, as_of
    analysis, _ = analysed(*given, expert=expert, history=history_folder)
    with waiting("drawing"):
        page = analysis.render("summary" if summary else "html")
    give(page, output)
    if charts is not None:
        with waiting("drawing"):
            give_charts(analysis, charts, chart_format)
    if share is not None:
        give_shared(analysis, share)
    if opening:
        open_file(output)


app.add_command(plan)
app.add_command(goals)
app.add_command(health)
app.add_command(simulate)


@app.command()
@click.argument("variants", nargs=-1, required=True, metavar="REACHED/UNITS REACHED/UNITS ...")
@click.option(
    "--level", type=percentage, default="95%", show_default=True, help="Confidence level."
)
@click.option("--shares", metavar="90/10", help="Planned shares of the variants; default equal.")
@text_or_json
def quick(variants: tuple[str, ...], level: float, shares: str | None, form: str) -> None:
    """Compare counts at once: abmicro quick 500/10000 560/10000.

    Also 500 10000 560 10000, "500/10000 vs 560/10k", "5% of 10000", named variants, and a path from
    units over the micro goal to the macro goal: A=12480/1612/311 B=12391/1799/322.
    """
    from abmicro.cli.options import shares_of

    for one in variants:
        if Path(one).is_file():
            hint = f"`abmicro init test --from {quote(one)}` reads the counts of a file"
            raise misuse("quick", f"{one!r} is a file", hint)
    from abmicro.comparison.quick import quick as compare
    from abmicro.report.quick import render

    analysis = compare(*variants, level=level, shares=shares_of(shares))
    give(render(analysis) if form == "text" else analysis.render(form))


app.add_command(explain)
app.add_command(pages)


@app.command()
@click.option("--record", is_flag=True, help="The schema of the JSON record instead.")
def schema(record: bool) -> None:
    """Print the JSON Schema of the experiment file, for editors."""
    import json

    if record:
        from abmicro.report.render.record_schema import record_schema as made
    else:
        from abmicro.experiment.file.json_schema import schema as made
    give(json.dumps(made(), indent=2))


app.add_command(help_of)
