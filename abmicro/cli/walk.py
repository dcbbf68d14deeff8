"""The walk from an experiment file to its analysis, as the commands take it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro.cli.console import log, misuse, waiting

if TYPE_CHECKING:
    from datetime import date

    from abmicro.analysis.results import Analysis
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


def experiment_of(file: Path) -> Experiment:
    """The experiment a file defines; its warnings are said on stderr."""
    from abmicro.experiment.advice import warnings
    from abmicro.experiment.toml import load

    experiment = load(file)
    for warning in warnings(experiment):
        log(f"abmicro: warning: {warning}")
    return experiment


def counts_of(
    experiment: Experiment, file: Path, counts_file: Path | None, as_of: date | None
) -> JointCounts:
    """The joint table of an experiment: collected from its data, or read from `counts_file`."""
    if counts_file is not None:
        return _saved(experiment, counts_file, as_of)
    from abmicro.sources.collect import collect

    begun = time.perf_counter()
    with waiting("counting"):
        counts = collect(experiment, folder=file.parent, as_of=as_of)
    engine = counts.origin.engine if counts.origin else "joint table"
    log(f"{engine}: {counts.rows_read:,} rows in {time.perf_counter() - begun:.2f} s", at=1)
    return counts


def analysis_of(
    file: Path,
    counts_file: Path | None,
    segment: str | None,
    as_of: date | None,
    *,
    expert: bool = False,
) -> Analysis:
    """The analysis of an experiment file, over all units or those of one segment level."""
    from abmicro.analysis.analyze import analyze

    experiment = experiment_of(file)
    counts = counts_of(experiment, file, counts_file, as_of)
    if segment is not None:
        experiment, counts = _only(experiment, counts, segment)
    return analyze(experiment, counts, expert=expert)


def _saved(experiment: Experiment, path: Path, as_of: date | None) -> JointCounts:
    from abmicro.sources.collect import read_joint

    if as_of is not None:
        what = "counts that are ready cannot be taken back to an earlier day"
        raise misuse("--as-of", what, "collect them with `abmicro collect FILE --as-of DATE`")
    return read_joint(experiment, path)


def _only(
    experiment: Experiment, counts: JointCounts, segment: str
) -> tuple[Experiment, JointCounts]:
    """The units of one segment level, and the experiment under a name that says so."""
    name, equals, level = (part.strip() for part in segment.partition("="))
    if not equals:
        known = ", ".join(counts.segment_names) or "none; add [segments] to the experiment file"
        raise misuse("--segment", f"{segment!r} is not NAME=LEVEL", f"segments: {known}")
    title = f"{experiment.name} ({name} = {level})"
    return experiment.model_copy(update={"name": title}), counts.only(name, level)
