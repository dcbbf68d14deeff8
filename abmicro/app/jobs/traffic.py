"""Funnel and traffic of a file, or of a test in the folder, without a test."""

from __future__ import annotations

from pathlib import Path

from abmicro.app.jobs.judge import tables
from abmicro.app.runs.worker import Tell, quiet
from abmicro.app.shelf import opened, shelved_as
from abmicro.counts import Histograms
from abmicro.errors import Problem, SourceError
from abmicro.experiment.file.toml import loads
from abmicro.frozen import frozen
from abmicro.report.health import document
from abmicro.report.health.charts import draw
from abmicro.report.render.html_page import sections
from abmicro.traffic.health import health


@frozen
class TrafficPage:
    """What a page shows: sections as HTML; the whole report lies in the folder of the run."""

    name: str
    told: str
    facts: str


def traffic(
    folder: Path,
    tell: Tell,
    definition: str = "",
    path: str = "",
    page: str = "",
    root: str = "",
    name: str = "",
    stamp: str = "",  # noqa: ARG001
) -> TrafficPage:
    """Look at funnel and traffic.

    definition, path, page: of a file that was chosen; or root, name: of a test in the folder,
    whose stamp changes when its files do.
    """
    histograms: Histograms | None = None
    with quiet():
        tell("Counting")
        if root:
            one = shelved_as(Path(root), name)
            if one is None:
                what, hint = f"{name} is no longer in the folder", "choose another one"
                raise SourceError(Problem("folder", what, "E301", hint))
            experiment, counts = opened(Path(root), one)
        else:
            experiment = loads(definition)
            counts, histograms = tables(experiment, Path(path), page or None, tell)
        tell("Looking at sources and days")
        found = health(experiment, counts, histograms)
        told = document.of(found)
        (folder / "health.html").write_text(found.render("html"), encoding="utf-8")
        return TrafficPage(experiment.name, sections(told, draw), told.facts)
