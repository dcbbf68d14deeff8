"""`Marginals` of snapshots: by day is what the totals gained, at a look what its evening told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from abmicro.counts import Snapshots
from abmicro.errors import CountsError, Problem
from abmicro.experiment.monitoring import window_days
from abmicro.marginals.daily_counts import DailyCounts, gains
from abmicro.marginals.exposed_units import ExposedUnits
from abmicro.marginals.marginals import Marginals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment


NOTHING = Snapshots((), ())


def marginals_of(experiment: Experiment, counts: JointCounts | Snapshots) -> Marginals:
    """The marginals of a table, or of tables evening by evening.

    Raises CountsError for snapshots of a test that waits for windows, or whose shares change.
    """
    if not isinstance(counts, Snapshots):
        return Marginals.of(experiment, counts)
    if window_days(experiment) or experiment.ramp:
        what = "totals do not tell when a unit entered, as windows and a ramp ask"
        raise CountsError(
            Problem("snapshots", what, "E361", "drop them, or count by day of entry (`period`)")
        )
    last = Marginals.of(experiment, counts.last)
    return SnapshotMarginals(experiment, counts.last, last.everyone, counts)


def last_table(counts: JointCounts | Snapshots) -> JointCounts:
    """The table of all units so far."""
    return counts.last if isinstance(counts, Snapshots) else counts


@dataclass(frozen=True, eq=False, repr=False)
class SnapshotMarginals(Marginals):
    """All parts are those of the last evening, but for what is asked by day or at a look."""

    snapshots: Snapshots = NOTHING

    @cached_property
    def units_by_day(self) -> Mapping[date, int]:
        """Units of all variants that came in on each day."""
        return dict(zip(self.daily.days, self.daily.units.sum(axis=0).astype(int), strict=True))

    @cached_property
    def daily(self) -> DailyCounts:
        """What units and conversions gained from evening to evening."""
        return gains(self.experiment, self.snapshots)

    @cached_property
    def exposed(self) -> ExposedUnits:
        """Units by the evening that first counted them."""
        return ExposedUnits((None,), self.daily.days, self.daily.units.astype(np.int64)[None])

    def at_look(self, experiment: Experiment, day: date) -> Marginals:
        """What stood in the last table up to a day."""
        return Marginals.of(experiment, self.snapshots.until(day).last)

    def under(self, experiment: Experiment) -> Marginals:
        """The last table under an experiment of another level."""
        return Marginals.of(experiment, self.snapshots.last)
