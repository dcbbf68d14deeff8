"""One running test: its definition, how it stands, and what is new since its recorded looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from abmicro.analysis.monitoring.looks_file import read_looks, write_looks
from abmicro.cli.definition import defined_in
from abmicro.cli.steps import evenings_of, tables_of
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from abmicro.analysis.results import Monitoring
    from abmicro.counts import Histograms, JointCounts, Snapshots
    from abmicro.experiment.model import Experiment


@frozen
class RunningTest:
    """One test and how it stands. news: what changed since the looks that were recorded."""

    file: Path
    experiment: Experiment
    monitoring: Monitoring
    news: tuple[str, ...]

    def broken(self, gates: Sequence[str]) -> list[str]:
        """The gates of `--fail-on` that this test does not pass."""
        kinds = {alarm.kind for alarm in self.monitoring.alarms}
        ready = {"ready"} if self.monitoring.state == "ready" else set()
        return [gate for gate in gates if gate in kinds | ready]


def watch(
    file: Path,
    counts_file: Path | None,
    as_of: date | None,
    *,
    reason: str,
    record: bool,
    snapshots: Path | None = None,
) -> RunningTest:
    """How the test of a definition stands; new looks are written down.

    A changed plan and a definition of one variant are refused before any data are read. What was
    counted while data were missing or had changed is no look to hold later data against, so it is
    not written down.

    reason: why its plan was changed. record: whether looks are written down. snapshots: a folder
    with the counts of each evening, in place of the data.
    """
    from abmicro.analysis.monitoring import running
    from abmicro.analysis.monitoring.news import news

    defined = defined_in(file)
    defined.require_comparison()
    known = read_looks(file, defined, reason)
    counts: JointCounts | Snapshots
    histograms: Histograms | None = None
    if snapshots is None:
        experiment, counts, histograms = tables_of(file, counts_file, None, as_of)
    else:
        experiment, counts = evenings_of(file, snapshots, as_of)
    found = running.monitor(experiment, counts, histograms, as_of=as_of, looks=known)
    if record and not any(alarm.kind == "data" for alarm in found.alarms):
        found = replace(found, recorded=found.recorded or len(found.path) == 1)
        write_looks(file, experiment, known, running.unrecorded(experiment, counts, found, known))
    return RunningTest(file, experiment, found, news(known, found))


def worst_first(tests: Iterable[RunningTest]) -> list[RunningTest]:
    """The tests in the order in which somebody should look at them."""
    from abmicro.analysis.monitoring.monitor import ORDER

    return sorted(tests, key=lambda one: (ORDER.index(one.monitoring.state), str(one.file)))
