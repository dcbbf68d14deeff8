"""`abmicro goals`: which goals of a log to watch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from abmicro.cli.options import (
    FILE,
    Command,
    counts_from,
    definition,
    histograms_from,
    limits,
    output,
)
from abmicro.cli.output import form_of, give_result, ready
from abmicro.cli.steps import opened

if TYPE_CHECKING:
    from abmicro.counts import Histograms, JointCounts
    from abmicro.experiment.model import Experiment
    from abmicro.history import History


@click.command(cls=Command)
@definition
@counts_from
@histograms_from
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
    histograms_file: Path | None,
    folder: Path | None,
    units: float | None,
    acts: str | None,
    control_only: bool,
    form: str | None,
    output: str | None,
) -> None:
    """Say which goals of a log to watch: what each tells of what pays.

    FILE may be the folder of a history: then the visitors of all past tests are the log.
    """
    from abmicro.cli.output_check import guard
    from abmicro.goal_choice.choose_goals import choose_goals
    from abmicro.goal_choice.results import GoalChoice

    chosen = form_of(form, output, GoalChoice.FORMATS)
    meant = None if file.is_dir() else file
    guard((output,), meant, counts=counts_file, histograms=histograms_file)
    ready(output)
    experiment, counts, histograms, past = _log(file, counts_file, histograms_file, folder)
    found = choose_goals(
        *(experiment, counts, past),
        histograms=histograms,
        units=units,
        acts=acts,
        control_only=control_only,
        folder=file.parent,
    )
    give_result(found, chosen, output)


def _log(
    file: Path, counts_file: Path | None, histograms_file: Path | None, folder: Path | None
) -> tuple[Experiment, JointCounts, Histograms | None, History | None]:
    """The goals, who reached them and when, and past tests: of a definition, or of a history."""
    from abmicro.cli.steps import tables_of

    if file.is_dir():
        past = opened(file)
        return *past.as_log(), None, past
    tables = tables_of(file, counts_file, histograms_file, None)
    return *tables, None if folder is None else opened(folder)
