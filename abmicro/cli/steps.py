"""The walk from an experiment file to its analysis, as the commands take it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abmicro.analysis.monitoring.looks_file import read_looks, recorded_caps
from abmicro.cli.definition import defined_in
from abmicro.cli.output import console, earlier_caps, granted, log, misuse, waiting
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from datetime import date

    from abmicro.analysis.results import Analysis
    from abmicro.counts import Histograms, JointCounts, Snapshots
    from abmicro.errors import SourceError
    from abmicro.experiment.model import Experiment
    from abmicro.history import History


def experiment_of(file: Path) -> Experiment:
    """The experiment a file defines; its warnings are said on stderr."""
    from abmicro.experiment.lint import warnings

    experiment = defined_in(file)
    for warning in warnings(experiment):
        log(f"abmicro: warning: {warning}")
    return experiment


@frozen
class Run:
    """The data of an experiment and what both queries over them are told alike.

    folder: where relative sources start. as_of: ask only for what happened before this day.
    now: the moment of the run, for both queries, so that the same events lie in the future.
    """

    experiment: Experiment
    folder: Path
    as_of: date | None
    now: datetime

    @classmethod
    def begin(cls, experiment: Experiment, file: Path, as_of: date | None) -> Run:
        """A run over the data of an experiment file that begins at this moment."""
        return cls(experiment, file.parent, as_of, datetime.now(UTC))

    def counts(self) -> JointCounts:
        """The joint table of the experiment, collected from its data."""
        from abmicro.sources.collect import collect

        begun = time.perf_counter()
        with waiting("counting"):
            counts = collect(self.experiment, **self._asked())
        self._tell(counts, time.perf_counter() - begun)
        return counts

    def both(self) -> tuple[JointCounts, Histograms | SourceError]:
        """The joint table and the histograms, or why there are none, from one opening of the data.

        Raises SourceError where the data do not tell of time.
        """
        from abmicro.counts import Histograms
        from abmicro.sources.collect_both import collect_both

        clock = [time.perf_counter()]

        def lap(_: object) -> None:
            clock.append(time.perf_counter())

        with waiting("counting"):
            counts, found = collect_both(self.experiment, counted=lap, **self._asked())
        lap(found)
        begun, *_, counted, followed = clock
        self._tell(counts, counted - begun)
        if isinstance(found, Histograms):
            cells, read = f"{len(found.cells):,} cells", _read(self.experiment, histograms=True)
            log(f"histograms: {cells} in {followed - counted:.2f} s more{read}", at=1)
        return counts, found

    def _asked(self) -> dict[str, Any]:
        """What a query is told, beside the experiment."""
        caps = earlier_caps() or recorded_caps(self.folder, self.experiment)
        asked = {"folder": self.folder, "as_of": self.as_of, "now": self.now, "caps": caps}
        return asked | granted()

    def _tell(self, counts: JointCounts, seconds: float) -> None:
        """Say what a joint table took, and what its data were like."""
        engine = counts.origin.engine if counts.origin else "joint table"
        read = _read(self.experiment) if counts.origin else ""
        log(f"{engine}: {counts.rows_read:,} rows in {seconds:.2f} s{read}", at=1)
        for note in counts.origin.notes if counts.origin else ():
            log(f"abmicro: note: {note}")


def _read(experiment: Experiment, *, histograms: bool = False) -> str:
    """How often a log is read, where that is said; nothing of rows that are read once."""
    from abmicro.sources.query import times_read

    times = times_read(experiment, histograms=histograms) if console().verbosity else 1
    return f", read {times} times" if times > 1 else ""


def counted_aloud(experiment: Experiment, file: Path, as_of: date | None) -> JointCounts:
    """The joint table; under -v a log is asked for its histograms too, to say what both cost."""
    run = Run.begin(experiment, file, as_of)
    return _both(run)[0] if console().verbosity and _follows(experiment) else run.counts()


def counts_of(
    experiment: Experiment, file: Path, counts_file: Path | None, as_of: date | None
) -> JointCounts:
    """The joint table of an experiment: collected from its data, or read from `counts_file`."""
    if counts_file is not None:
        return _saved(experiment, counts_file, as_of)
    return Run.begin(experiment, file, as_of).counts()


def analysed(
    file: Path,
    counts_file: Path | None,
    histograms_file: Path | None,
    segment: str | None,
    as_of: date | None,
    *,
    expert: bool = False,
    history: Path | None = None,
) -> tuple[Analysis, JointCounts]:
    """The analysis of an experiment file and its counts, of all units or one segment level.

    A definition of one variant is refused before any data are read.
    """
    from abmicro.analysis.analyze import analyze

    defined_in(file).require_comparison()
    past = None if history is None else opened(history)
    experiment, counts, histograms = tables_of(file, counts_file, histograms_file, as_of)
    if segment is not None:
        experiment, counts, histograms = only(experiment, counts, histograms, segment)
    looks = read_looks(file, experiment)
    given = experiment, counts, histograms
    found = analyze(*given, expert=expert, as_of=as_of, looks=looks, history=past)
    return found, counts


def opened(folder: Path) -> History:
    """The history in a folder; its warnings are said on stderr."""
    from abmicro.history import History

    found = History.load(folder)
    for warning in found.warnings:
        log(f"abmicro: warning: {warning}")
    return found


def tables_of(
    file: Path, counts_file: Path | None, histograms_file: Path | None, as_of: date | None
) -> tuple[Experiment, JointCounts, Histograms | None]:
    """The experiment of a file with its joint table and, from events, its histograms."""
    experiment = experiment_of(file)
    run = Run.begin(experiment, file, as_of)
    if counts_file is None and histograms_file is None and _follows(experiment):
        return experiment, *_both(run)
    counts = _counts_until(run, counts_file)
    if histograms_file is not None:
        return experiment, counts, _saved_histograms(experiment, histograms_file, as_of)
    return experiment, counts, None


def _follows(experiment: Experiment) -> bool:
    """Whether the data say when units reached goals."""
    from abmicro.sources.collect_histograms import why_no_histograms

    return experiment.data is not None and why_no_histograms(experiment) is None


def _both(run: Run) -> tuple[JointCounts, Histograms | None]:
    """Both tables of a log; the joint table alone where there are too many cells of histograms.

    They add checks to an analysis that stands without them, so no fault of theirs stops it.
    """
    from abmicro.errors import SourceError

    counts, found = run.both()
    if isinstance(found, SourceError):
        log(f"abmicro: warning: no histograms: {found}")
        return counts, None
    return counts, found


def evenings_of(file: Path, folder: Path, as_of: date | None) -> tuple[Experiment, Snapshots]:
    """The experiment of a file with its counts evening by evening, those before a day."""
    from abmicro.counts import Snapshots
    from abmicro.sources.collect import check_fit

    experiment = experiment_of(file)
    names = [variant.name for variant in experiment.variants]
    found = Snapshots.load(folder, variants=names)
    if as_of is not None:
        found = found.until(as_of - timedelta(days=1))
    for table in found.tables:
        check_fit(experiment, table)
    return experiment, found


def _counts_until(run: Run, counts_file: Path | None) -> JointCounts:
    """The joint table, stopped at a day where data can be; else the analysis alone is told it."""
    from abmicro.sources.sql.time import has_clock

    if counts_file is not None:
        return _saved(run.experiment, counts_file, None)
    stops = run.experiment.data is not None and has_clock(run.experiment)
    return run.counts() if stops else replace(run, as_of=None).counts()


def _saved(experiment: Experiment, path: Path, as_of: date | None) -> JointCounts:
    from abmicro.sources.collect import read_joint

    _refuse_looking_back(as_of)
    return read_joint(experiment, path)


def _saved_histograms(experiment: Experiment, path: Path, as_of: date | None) -> Histograms:
    from abmicro.sources.collect_histograms import read_histograms

    _refuse_looking_back(as_of)
    return read_histograms(experiment, path)


def _refuse_looking_back(as_of: date | None) -> None:
    if as_of is not None:
        what = "counts that are ready cannot be taken back to an earlier day"
        raise misuse("--as-of", what, "collect them with `abmicro collect FILE --as-of DATE`")


def only(
    experiment: Experiment, counts: JointCounts, histograms: Histograms | None, segment: str
) -> tuple[Experiment, JointCounts, Histograms | None]:
    """The units of one segment level, and the experiment under a name that says so."""
    name, equals, level = (part.strip() for part in segment.partition("="))
    if not equals:
        known = ", ".join(counts.segment_names) or "none; add [segments] to the experiment file"
        raise misuse("--segment", f"{segment!r} is not NAME=LEVEL", f"segments: {known}")
    title = f"{experiment.name} ({name} = {level})"
    titled = experiment.model_copy(update={"name": title})
    narrowed = counts.only(name, level)
    return titled, narrowed, None if histograms is None else histograms.only(name, level)
