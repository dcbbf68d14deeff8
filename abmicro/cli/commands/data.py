"""What is done with data before an analysis: checked, counted, accounted for."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from abmicro.cli.options import (
    Command,
    as_of,
    counts_from,
    definition,
    limits,
    output,
    text_or_json,
)
from abmicro.cli.output import blaming, give, granted, log, misuse, ready, say
from abmicro.cli.steps import Run, counted_aloud, counts_of, experiment_of

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment


@click.command(cls=Command)
@definition
@limits
@click.option("--no-data", is_flag=True, help="Look at the definition only.")
@text_or_json
def check(file: Path, no_data: bool, form: str) -> None:
    """Check the definition and its data; all problems at once."""
    experiment = experiment_of(file)
    units, unreached = (None, []) if no_data else _counted(experiment, file)
    for goal in unreached:
        log(f"abmicro: warning: goals.{goal}: nobody reached it")
    if form == "json":
        from abmicro.cli.data_records import check as record

        give(record(experiment, units, unreached))
    elif units is None:
        say(f"{file}: the definition is sound")
    else:
        listed = ", ".join(f"{count:,} {variant}" for variant, count in units.items())
        say(f"{file}: sound; {experiment.names.units} to analyse: {listed}")
    if units is not None and len(experiment.variants) == 1:
        log("one variant: nothing to compare; `abmicro health` reads it")


def _counted(experiment: Experiment, file: Path) -> tuple[dict[str, int], list[str]]:
    """The units to analyse of each variant, and the goals that nobody reached."""
    from abmicro.marginals.marginals import Marginals
    from abmicro.sources.engines.limits import Limits
    from abmicro.sources.validation.missing_events import refuse_missing_events

    refuse_missing_events(experiment, file.parent, Limits(**granted()))
    counts = counts_of(experiment, file, None, None)
    units = Marginals.of(experiment, counts).units_by_variant.tolist()
    goals = (*counts.goals, *counts.apart.names)
    unreached = [goal for goal in goals if not counts.reached(goal).any()]
    return dict(zip(counts.variants, units, strict=True)), unreached


@click.command(cls=Command)
@definition
@click.option("--dialect", default="duckdb", show_default=True, help="SQL dialect to write.")
@click.option("--histograms", is_flag=True, help="The SELECT of the histograms (events).")
@click.option("--dbt", "events", metavar="MODEL", help="As a model of dbt that asks this one.")
@as_of
def query(
    file: Path, dialect: str, histograms: bool, events: str | None, as_of: date | None
) -> None:
    """Print the one SELECT that makes the joint table."""
    from functools import partial

    from abmicro.errors import suggest
    from abmicro.sources.query import dbt_model, query
    from abmicro.sources.sql.dialects import known_dialects

    if dialect != "duckdb" and dialect not in (known := known_dialects()):
        raise misuse("--dialect", f"no dialect {dialect!r}", suggest(dialect, known))
    write = query if events is None else partial(dbt_model, events=events)
    give(write(experiment_of(file), dialect=dialect, as_of=as_of, histograms=histograms))


@click.command(cls=Command)
@definition
@output("counts.parquet", to_screen=False)
@limits
@click.option("--histograms", metavar="PATH", help="Save the histograms too (events).")
@as_of
def collect(file: Path, output: str, histograms: str | None, as_of: date | None) -> None:
    """Save the joint table (.parquet, .csv): counts, and no person."""
    from abmicro.cli.output_check import guard
    from abmicro.counts.storage import check_form
    from abmicro.errors import SourceError

    guard((output, histograms), file)
    for option, path in (("-o", output), ("--histograms", histograms)):
        if path is not None:
            with blaming(option):
                check_form(Path(path))
            ready(path)
    experiment = experiment_of(file)
    run = Run.begin(experiment, file, as_of)
    counts, found = run.both() if histograms else (run.counts(), None)
    if isinstance(found, SourceError):
        raise found
    counts.save(Path(output))
    log(f"wrote {output}: {counts.units.sum():,} units in {(counts.units > 0).sum():,} cells")
    if found is not None and histograms is not None:
        found.save(Path(histograms))
        log(f"wrote {histograms}: {len(found.cells):,} cells")


@click.command(cls=Command)
@definition
@counts_from
@as_of
@limits
@text_or_json
def explain(file: Path, counts_file: Path | None, as_of: date | None, form: str) -> None:
    """Say what became of every row of the data. The lines add up to the first.

    With -v also what the two questions to a log cost, and how often they read it.
    """
    from abmicro.marginals.marginals import Marginals

    experiment = experiment_of(file)
    if counts_file is None:
        counts = counted_aloud(experiment, file, as_of)
    else:
        counts = counts_of(experiment, file, counts_file, as_of)
    ledger = Marginals.of(experiment, counts).ledger
    if form == "json":
        from abmicro.cli.data_records import account

        give(account(experiment, ledger))
        return
    names = experiment.names
    say(f"{'rows':>15} {names.units:>15}")
    for line in ledger.account:
        of = f" ({names.variant(line.variant)})" if line.variant else ""
        say(f"{line.rows:>15,} {line.units:>15,}  {line.step}{of}: {names.in_words(line.meaning)}")
    booked = {line.step for line in ledger.account}
    for entry in ledger.entries:
        if entry.step not in booked:
            where = f" ({names.variant(entry.variant)})" if entry.variant else ""
            of, told = names.in_words(entry.of), names.in_words(entry.meaning)
            say(f"of these {entry.count:,} {of}{where}: {told}")
