"""Units and conversions by day of entry: what is watched while a test runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DailyCounts:
    """Mature units (V, P) of P days of entry, and those that reached each rate: name to (V, P)."""

    days: tuple[date, ...]
    units: Floats
    reached: dict[str, Floats]


def daily_counts(experiment: Experiment, counts: JointCounts) -> DailyCounts:
    """Add up a joint table by day of entry; cells without a day are left out."""
    kept = [at for at, day in enumerate(counts.periods) if day is not None]
    names = [goal.name for goal in experiment.compared if goal.is_rate and not goal.is_derived]
    known = {*counts.goals, *counts.apart.names}
    return DailyCounts(
        days=tuple(day for day in counts.periods if day is not None),
        units=counts.units.sum(axis=(1, 3))[:, kept].astype(np.float64),
        reached={
            name: counts.reached(name).sum(axis=1)[:, kept].astype(np.float64)
            for name in names
            if name in known
        },
    )
