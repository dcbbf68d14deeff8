"""`monitor`: how a running test stands today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.analyze import walk
from abmicro.analysis.monitoring.looks_record import new_looks
from abmicro.analysis.monitoring.monitor import monitoring_of
from abmicro.analysis.monitoring.watch import Watch
from abmicro.analysis.verdict.horizon import complete_until
from abmicro.marginals.by_snapshot.snapshot_marginals import last_table, marginals_of

if TYPE_CHECKING:
    from datetime import date

    from abmicro.analysis.monitoring.looks_record import LooksRecord, RecordedLook
    from abmicro.analysis.results import Monitoring
    from abmicro.counts import Histograms, JointCounts, Snapshots
    from abmicro.experiment.model import Experiment


def monitor(
    experiment: Experiment,
    counts: JointCounts | Snapshots,
    histograms: Histograms | None = None,
    *,
    as_of: date | None = None,
    looks: LooksRecord | None = None,
) -> Monitoring:
    """How a running test stands: its looks so far, claims that stand, alarms, one line of text.

    counts: with days of entry, or totals evening by evening. histograms, as_of, looks: as `analyze`
    takes them. Without `[monitoring]` in the definition, or in mode `fixed`, there are no looks,
    only alarms.

    Raises CountsError where the counts have no days of entry, and whatever `analyze` raises.
    """
    marginals, table = marginals_of(experiment, counts), last_table(counts)
    analysis = walk(experiment, table, histograms, as_of=as_of, looks=looks, added_up=marginals)
    if analysis.monitoring is not None:
        return analysis.monitoring
    until = complete_until(experiment, marginals, as_of)
    watch = Watch.of(experiment, marginals, until, histograms=histograms)
    return monitoring_of(watch, analysis.verdicts)


def unrecorded(
    experiment: Experiment,
    counts: JointCounts | Snapshots,
    monitoring: Monitoring,
    looks: LooksRecord,
) -> tuple[RecordedLook, ...]:
    """The looks of a monitored test that are not written down yet."""
    found = marginals_of(experiment, counts).daily
    return new_looks(looks, experiment, monitoring.path, found, dict(last_table(counts).caps))
