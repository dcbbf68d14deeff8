"""The commands, one function each; every import that costs time stands inside the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from abmicro import __version__
from abmicro.cli.console import give, log, waiting

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

FORMATS = ("text", "json", "md", "csv", "html")
SHAPES = ("events", "units", "counts", "joint")

definition = click.argument("file", type=click.Path(path_type=Path))
counts_from = click.option(
    "--counts",
    "counts_file",
    type=click.Path(path_type=Path),
    help="Joint table from `abmicro collect`, or what `abmicro query` gave in a warehouse.",
)
as_of = click.option(
    "--as-of", metavar="DATE", help="Look at the data as they were at the start of this day."
)
segment = click.option(
    "--segment", metavar="NAME=LEVEL", help="Only units of this segment, e.g. device=mobile."
)
output = click.option("-o", "--output", metavar="PATH", help="Write here instead of to the screen.")
form = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="abmicro")
@click.option("-q", "--quiet", "quiet", is_flag=True, help="Only results and errors.")
@click.option("-v", "--verbose", "loud", count=True, help="Say more; -vv shows tracebacks.")
@click.pass_context
def app(context: click.Context, quiet: bool, loud: int) -> None:
    """A/B tests on micro conversions: did the gain reach the till?

    Start with `abmicro demo`, then `abmicro init`.
    """
    context.params["verbosity"] = -1 if quiet else loud


@app.command()
@click.argument("name", default="hillstrom")
@click.option("--list", "listing", is_flag=True, help="Name the examples.")
@click.option("-o", "--output", metavar="PATH", default="report.html", show_default=True)
def demo(name: str, listing: bool, output: str) -> None:
    """Run a shipped real example: the verdict here, the report beside it."""
    from abmicro import datasets

    if listing:
        for example in datasets.names():
            click.echo(f"{example:12}{datasets.headline(example)}")
        return
    experiment, counts = datasets.load(name)
    analysis = _analysis(experiment, counts)
    _show(analysis)
    give(analysis.render("html"), output)


@app.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--from", "data", metavar="FILE", help="Take columns from this data file.")
@click.option("--shape", type=click.Choice(SHAPES), default="events", show_default=True)
@click.option("--preset", help="A named mapping of a known export.")
def init(folder: Path, data: str | None, shape: str, preset: str | None) -> None:
    """Write a commented experiment.toml to start from."""
    from abmicro.cli.init import starting_file

    path = folder / "experiment.toml"
    if path.exists():
        raise click.UsageError(f"{path} is there already; move it or name another folder")
    give(starting_file(data, shape, preset), str(path))


@app.command()
@definition
@click.option("--no-data", is_flag=True, help="Look at the definition only.")
def check(file: Path, no_data: bool) -> None:
    """Check the definition and that its data are there; all problems at once."""
    experiment = _experiment(file)
    if no_data:
        click.echo(f"{file}: the definition is sound")
        return
    counts = _collected(experiment, file, as_of=None)
    click.echo(f"{file}: sound; {counts.units.sum():,} units would be analysed")


@app.command()
@definition
@click.option("--dialect", default="duckdb", show_default=True, help="SQL dialect to write.")
@as_of
def query(file: Path, dialect: str, as_of: str | None) -> None:
    """Print the one SELECT that makes the joint table."""
    from abmicro.sources.query import select

    click.echo(select(_experiment(file), dialect=dialect, as_of=as_of))


@app.command()
@definition
@click.option("-o", "--output", metavar="PATH", default="counts.parquet", show_default=True)
@as_of
def collect(file: Path, output: str, as_of: str | None) -> None:
    """Save the joint table (.parquet or .csv): all an analysis needs, and nobody in it."""
    counts = _collected(_experiment(file), file, as_of)
    counts.save(Path(output))
    log(f"wrote {output}: {counts.units.sum():,} units in {(counts.units > 0).sum():,} cells")


@app.command()
@definition
@counts_from
@segment
@as_of
@form
@output
@click.option(
    "--fail-on",
    "gates",
    multiple=True,
    type=click.Choice(("health", "guardrail", "primary")),
    help="Exit with 1 when a check fails, a guardrail is harmed or the primary is not better.",
)
def analyze(
    file: Path,
    counts_file: Path | None,
    segment: str | None,
    as_of: str | None,
    form: str,
    output: str | None,
    gates: tuple[str, ...],
) -> int:
    """Give the verdict and the tables behind it."""
    from abmicro.cli.gates import failed

    analysis = _from_file(file, counts_file, segment, as_of)
    if form == "text" and output is None:
        _show(analysis)
    else:
        give(analysis.render(form), output)
    broken = [gate for gate in gates if failed(analysis, gate)]
    for gate in broken:
        log(f"--fail-on {gate}: failed", at=-1)
    return int(bool(broken))


@app.command()
@definition
@counts_from
@segment
@as_of
@click.option("-o", "--output", metavar="PATH", default="report.html", show_default=True)
@click.option("--summary", is_flag=True, help="One printed page: verdict, trust, carry-through.")
def report(
    file: Path,
    counts_file: Path | None,
    segment: str | None,
    as_of: str | None,
    output: str,
    summary: bool,
) -> None:
    """Write the one-file report."""
    analysis = _from_file(file, counts_file, segment, as_of)
    give(analysis.render("summary" if summary else "html"), output)


@app.command()
@click.argument("arms", nargs=-1, required=True, metavar="REACHED/UNITS REACHED/UNITS ...")
@click.option("--level", default=0.95, show_default=True, help="Confidence level.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
def quick(arms: tuple[str, ...], level: float, form: str) -> None:
    """Compare counts at once, control first: abmicro quick 500/10000 560/10000."""
    from abmicro.cli.quick import comparison

    analysis = comparison(arms, level)
    if form == "json":
        give(analysis.render("json"), None)
    else:
        give(analysis.render("quick"), None)


@app.command()
@definition
@counts_from
@as_of
def explain(file: Path, counts_file: Path | None, as_of: str | None) -> None:
    """Say what became of every row: why is there no data, why do counts differ."""
    from abmicro.analysis.ledger import ledger_lines

    experiment = _experiment(file)
    counts = _counts(experiment, file, counts_file, as_of)
    for line in ledger_lines(counts):
        arm = f" ({line.variant})" if line.variant else ""
        click.echo(f"{line.count:>15,} {line.of:<5}  {line.step}{arm}: {line.sentence}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the experiment file, for editors."""
    import json

    from abmicro.experiment.schema import schema as json_schema

    click.echo(json.dumps(json_schema(), indent=2))


def _experiment(file: Path) -> Experiment:
    from abmicro.experiment.advice import warnings
    from abmicro.experiment.toml import load

    experiment = load(file)
    for warning in warnings(experiment):
        log(f"abmicro: warning: {warning}")
    return experiment


def _collected(experiment: Experiment, file: Path, as_of: str | None) -> JointCounts:
    from abmicro.sources.collect import collect as collect_counts

    with waiting("counting"):
        return collect_counts(experiment, folder=file.parent, as_of=as_of)


def _counts(
    experiment: Experiment, file: Path, counts_file: Path | None, as_of: str | None
) -> JointCounts:
    if counts_file is None:
        return _collected(experiment, file, as_of)
    from abmicro.sources.collect import read_joint

    return read_joint(experiment, counts_file)


def _from_file(
    file: Path, counts_file: Path | None, segment: str | None, as_of: str | None
) -> Analysis:
    experiment = _experiment(file)
    counts = _counts(experiment, file, counts_file, as_of)
    if segment is not None:
        name, equals, level = segment.partition("=")
        if not equals:
            raise click.UsageError(f"--segment wants NAME=LEVEL, not {segment!r}")
        counts = counts.only(name, level)
    return _analysis(experiment, counts)


def _analysis(experiment: Experiment, counts: JointCounts) -> Analysis:
    from abmicro.analysis.analyze import analyze as analyze_counts

    return analyze_counts(experiment, counts)


def _show(analysis: Analysis) -> None:
    """Print for people: with colour on a terminal, plain when piped or under NO_COLOR."""
    import os
    import sys

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    give(analysis.render("terminal" if colour else "text"), None)
