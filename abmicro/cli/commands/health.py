"""`abmicro health`: how funnel and traffic stand, without a test."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from abmicro.cli.fail_on import fail_on, status_of
from abmicro.cli.options import (
    Command,
    as_day,
    as_month,
    as_of,
    counts_from,
    definition,
    histograms_from,
    limits,
    output,
    segment,
)
from abmicro.cli.output import form_of, give_result, ready, waiting

KINDS = ("dip", "capture", "doubles", "source", "gap")


@click.command(cls=Command)
@definition
@counts_from
@histograms_from
@segment
@as_of
@click.option(
    "--since", callback=as_day, metavar="DATE", help="Only who entered on this day or later."
)
@click.option(
    "--compare",
    callback=as_month,
    metavar="MONTH",
    help="Set the last month against this one: 2026-10.",
)
@click.option(
    "--format", "form", metavar="NAME", help="text, md, html, json, csv; default: as -o says."
)
@fail_on(KINDS, f"at any of these: {', '.join(KINDS)}")
@limits
@output()
def health(
    file: Path,
    counts_file: Path | None,
    histograms_file: Path | None,
    segment: str | None,
    as_of: date | None,
    since: date | None,
    compare: str | None,
    form: str | None,
    gates: tuple[str, ...],
    output: str | None,
) -> int:
    """Say how funnel and traffic stand, without a test.

    Sources, steps, days, recording.
    """
    from abmicro.cli.output_check import guard
    from abmicro.cli.steps import only, tables_of
    from abmicro.traffic.health import health as look
    from abmicro.traffic.results import Health

    chosen = form_of(form, output, Health.FORMATS)
    guard((output,), file, counts=counts_file, histograms=histograms_file)
    ready(output)
    experiment, counts, histograms = tables_of(file, counts_file, histograms_file, as_of)
    if segment is not None:
        experiment, counts, histograms = only(experiment, counts, histograms, segment)
    with waiting("looking"):
        found = look(experiment, counts, histograms, since=since, compare=compare)
    give_result(found, chosen, output)
    return status_of(f"--fail-on {gate}" for gate in gates if found.fails(gate))
