"""Results that are a folder of files: charts, and one table per section."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro.atomic_files import write_content
from abmicro.cli.output import log
from abmicro.errors import OutputError, Problem

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis

SHARED_TEXT = "summary.txt"


def give_charts(analysis: Analysis, folder: Path, form: str) -> None:
    """Write every chart of an analysis into a folder, as `svg` or `png`."""
    from abmicro.report.charts.export import pictures

    _fill(folder, pictures(analysis, form))


def give_tables(analysis: Analysis, folder: Path) -> None:
    """Write every section of an analysis into a folder as CSV."""
    from abmicro.report.render.json_csv import csv

    _fill(folder, ((f"{name}.csv", text) for name, text in csv(analysis).items()))


def give_shared(analysis: Analysis, folder: Path) -> None:
    """Write what is passed on into a folder: the first screen as text, the ruler and the funnel."""
    from abmicro.report.charts.export import shared
    from abmicro.report.render.slack import render

    _fill(folder, [(SHARED_TEXT, render(analysis)), *shared(analysis)])


def ready_folder(folder: Path | None) -> None:
    """Make the folder now, not after the work; OutputError where it cannot be made."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {(error.strerror or str(error)).lower()}"
        raise OutputError(Problem(str(folder), what, "E501", "name another folder")) from error


def _fill(folder: Path, files: Iterable[tuple[str, str | bytes]]) -> None:
    written = 0
    for name, content in files:
        write_content(folder / name, content)
        written += 1
    log(f"wrote {written} file{'s' * (written != 1)} into {folder}")
