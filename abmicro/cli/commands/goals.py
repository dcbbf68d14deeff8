"""`abmicro goals`: which goals of a log to watch."""

from __future__ import annotations

from pathlib import Path

import click

from abmicro.cli.options import FILE, Command, counts_from, definition, limits, output
from abmicro.cli.output import TERMINAL, form_of, give, ready, waiting
from abmicro.cli.steps import opened


@click.command(cls=Command)
@definition
@counts_from
@click.option(
    "--history",
    "folder",
    type=FILE,
    metavar="DIR",
    help="Learn from past tests in this folder.",
)
@click.option(
    "--units", type=float, metavar="N", help="Visitors of one test, all its variants together."
)
@click.option("--acts", metavar="STEP", help="Step of the path that your changes act on.")
@click.option("--control-only", is_flag=True, help="Count the control's visitors only.")
@click.option("--format", "form", metavar="NAME", help="text, md, html, json; default: as -o says.")
@limits
@output()
def goals(
    file: Path,
    counts_file: Path | None,
    folder: Path | None,
    units: float | None,
    acts: str | None,
    control_only: bool,
    form: str | None,
    output: str | None,
) -> None:
    """Say which goals of a log to watch, and what they tell of the macro goal."""
    from abmicro.cli.output_check import guard
    from abmicro.cli.steps import counts_of, experiment_of
    from abmicro.goal_choice.choose_goals import choose_goals
    from abmicro.goal_choice.results import FORMATS

    chosen = form_of(form, output, FORMATS)
    guard((output,), file, counts=counts_file)
    ready(output)
    experiment = experiment_of(file)
    found = choose_goals(
        experiment,
        counts_of(experiment, file, counts_file, None),
        None if folder is None else opened(folder),
        units=units,
        acts=acts,
        control_only=control_only,
        folder=file.parent,
    )
    with waiting("drawing"):
        page = found.render(chosen)
    give(page, output, coloured=chosen == TERMINAL)
