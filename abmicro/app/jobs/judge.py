"""From a definition and its data to a verdict, with every file that a page gives away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from abmicro.analysis.analyze import analyze
from abmicro.analysis.monitoring.looks_file import read_looks
from abmicro.analysis.results import Analysis
from abmicro.app.jobs.endless import refuse_endless
from abmicro.app.runs.worker import Tell, quiet
from abmicro.app.shelf import opened, shelved_as
from abmicro.comparison.pasted import counts_of
from abmicro.counts import Histograms, JointCounts
from abmicro.errors import OutputError, Problem, SourceError
from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import Experiment, Shape
from abmicro.frozen import frozen
from abmicro.report.charts.export import shared
from abmicro.report.render import html
from abmicro.report.render.slack import render as slack_text
from abmicro.sources.collect import collect, read_joint
from abmicro.sources.collect_both import collect_both
from abmicro.sources.collect_histograms import why_no_histograms
from abmicro.sources.inspection.sheets import sheet_among


@frozen
class JudgedTest:
    """What a page shows of a verdict; the files lie in the folder of the run.

    first: the first screen as HTML. slack: as lines of text. files: names of those that are there.
    pictures: names without ending, each with what it shows. rows: read, where that is known.
    definition: as text.
    """

    name: str
    key: str
    first: str
    slack: str
    files: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...]
    rows: int | None
    notes: tuple[str, ...]
    definition: str
    page: str


def judge(
    folder: Path, tell: Tell, definition: str, path: str, page: str = "", as_of: str = ""
) -> JudgedTest:
    """Judge a test.

    definition: text of an experiment file. path: its data. page: of a workbook.
    """
    experiment = loads(definition)
    with quiet():
        tell("Counting")
        counts, histograms = tables(experiment, Path(path), page or None, tell)
        tell("Judging")
        day = date.fromisoformat(as_of) if as_of else None
        analysis = analyze(experiment, counts, histograms, as_of=day)
    return _judged(folder, tell, analysis, counts, definition, page)


def judge_saved(folder: Path, tell: Tell, root: str, name: str, stamp: str) -> JudgedTest:  # noqa: ARG001
    """Judge a test in the folder, with the looks that were written down.

    stamp: changes when its files do.
    """
    one = shelved_as(Path(root), name)
    if one is None:
        what, hint = f"{name} is no longer in the folder", "choose another one"
        raise SourceError(Problem("folder", what, "E301", hint))
    with quiet():
        tell("Counting")
        experiment, counts = opened(Path(root), one)
        tell("Judging")
        analysis = analyze(experiment, counts, looks=read_looks(one.file, experiment))
    return _judged(folder, tell, analysis, counts, one.file.read_text("utf-8"))


def _judged(
    folder: Path,
    tell: Tell,
    analysis: Analysis,
    counts: JointCounts,
    definition: str,
    page: str = "",
) -> JudgedTest:
    """What a page shows, and the files of it in the folder."""
    tell("Drawing")
    with quiet():
        pictures = dict(shared(analysis))
        files = _write(folder, analysis, counts, definition, pictures)
        first = html.render_sections(analysis, is_short=True)
    return JudgedTest(
        name=analysis.experiment.name,
        key=analysis.experiment.key,
        first=first,
        slack=slack_text(analysis),
        files=files,
        pictures=tuple(_told(analysis, pictures)),
        rows=counts.rows_read,
        notes=counts.origin.notes if counts.origin else (),
        definition=definition,
        page=page,
    )


def _told(analysis: Analysis, pictures: Collection[str]) -> Iterator[tuple[str, str]]:
    """The name of each picture without its ending, and what it shows."""
    names = [analysis.experiment.names.variant(one.variant) for one in analysis.verdicts]
    for stem in dict.fromkeys(one.rpartition(".")[0] for one in pictures):
        kind, _, number = stem.partition("-")
        shown = names[int(number.partition("-")[0]) - 1] if number else ""
        yield stem, f"Ruler: {shown}" if kind == "ruler" else "Funnel"


def _counted(experiment: Experiment, path: Path, page: str | None) -> JointCounts:
    """The joint table of a file; `page` of a workbook."""
    shape = experiment.require_data().shape
    if shape is Shape.JOINT:
        return read_joint(experiment, path)
    if shape is Shape.COUNTS and (sheet := sheet_among([path], Shape.COUNTS, page)) is not None:
        return counts_of(sheet, experiment)
    return collect(experiment, path, now=datetime.now(UTC))


def tables(
    experiment: Experiment, path: Path, page: str | None, tell: Tell
) -> tuple[JointCounts, Histograms | None]:
    """The joint table of a file and, of a log, what follows people over time, if it can be had."""
    refuse_endless(path)
    if why_no_histograms(experiment):
        return _counted(experiment, path, page), None
    counts, found = collect_both(
        experiment,
        path,
        now=datetime.now(UTC),
        counted=lambda _: tell("Following people over the days"),
    )
    return counts, found if isinstance(found, Histograms) else None


def _write(
    folder: Path,
    analysis: Analysis,
    counts: JointCounts,
    definition: str,
    pictures: Mapping[str, bytes],
) -> tuple[str, ...]:
    files: dict[str, str | bytes] = {
        "report.html": html.render(analysis),
        "summary.html": html.render_summary(analysis),
        "experiment.toml": definition,
        "record.json": analysis.render("json"),
        **pictures,
    }
    with suppress(OutputError):  # where the writer of workbooks is not installed
        from abmicro.report.render.workbook import render

        files["result.xlsx"] = render(analysis)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    counts.save(folder / "counts.csv")
    return (*files, "counts.csv")
