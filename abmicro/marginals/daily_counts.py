"""Units and conversions day by day: what is watched while a test runs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.array_types import Floats, Integers
    from abmicro.counts import Histograms, JointCounts, Snapshots
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.exposed_units import ExposedUnits


EPOCH = date(1970, 1, 1)


@frozen(eq=False)
class DailyCounts:
    """Units (V, P) by P days of entry, and those that reached each rate: name to (V, P).

    Conversions are those of the units of a day, or those made on it (`counts_so_far`).
    """

    days: tuple[date, ...]
    units: Floats
    reached: dict[str, Floats]

    def until(self, last: date) -> DailyCounts:
        """The same up to a day, that day included."""
        kept = [at for at, day in enumerate(self.days) if day <= last]
        return DailyCounts(
            days=tuple(self.days[at] for at in kept),
            units=self.units[:, kept],
            reached={name: found[:, kept] for name, found in self.reached.items()},
        )


def daily_counts(experiment: Experiment, counts: JointCounts) -> DailyCounts:
    """Add up a joint table by day of entry; cells without a day are left out."""
    kept = [at for at, day in enumerate(counts.periods) if day is not None]
    known = {*counts.goals, *counts.apart.names}
    return DailyCounts(
        days=tuple(day for day in counts.periods if day is not None),
        units=counts.units.sum(axis=(1, 3))[:, kept].astype(np.float64),
        reached={
            name: counts.reached(name).sum(axis=1)[:, kept].astype(np.float64)
            for name in _rates(experiment)
            if name in known
        },
    )


def gains(experiment: Experiment, snapshots: Snapshots) -> DailyCounts:
    """What the totals gained from evening to evening."""
    tables = snapshots.tables
    names = [
        name for name in _rates(experiment) if name in {*tables[-1].goals, *tables[-1].apart.names}
    ]
    units = [table.units.sum(axis=(1, 2, 3)) for table in tables]
    return DailyCounts(
        days=snapshots.days,
        units=_gained(units),
        reached={
            name: _gained([table.reached(name).sum(axis=(1, 2)) for table in tables])
            for name in names
        },
    )


def _gained(totals: Sequence[Integers]) -> Floats:
    """Totals (V,) of P evenings as what each added: (V, P)."""
    return np.diff(np.stack(totals, axis=-1).astype(np.float64), prepend=0)


def counts_so_far(
    experiment: Experiment, exposed: ExposedUnits, histograms: Histograms
) -> DailyCounts:
    """All exposed units by day of entry, and conversions by the day on which they were made.

    Goals of which the histograms do not tell the day are left out.
    """
    entered = {day: units for day, units in zip(exposed.days, exposed.by_day.T, strict=True) if day}
    made = {
        name: found
        for name in _rates(experiment)
        if name in histograms.goals and len((found := histograms.of("day", name)).bins)
    }
    ends = [(day - EPOCH).days for day in entered]
    ends += [int(end) for found in made.values() for end in (found.bins[0], found.bins[-1])]
    numbers = range(min(ends), max(ends) + 1) if ends else range(0)
    nobody = np.zeros(len(exposed.by_day))
    days = tuple(EPOCH + timedelta(days=number) for number in numbers)
    return DailyCounts(
        days=days,
        units=np.array([entered.get(day, nobody) for day in days], dtype=np.float64).T,
        reached={name: _spread(found.bins, found.units, numbers) for name, found in made.items()},
    )


def _spread(bins: Integers, units: Integers, numbers: Sequence[int]) -> Floats:
    """Units (V, N) of N days as those of every day: (V, P)."""
    found = np.zeros((len(units), len(numbers)))
    found[:, bins - numbers[0]] = units
    return found


def _rates(experiment: Experiment) -> list[str]:
    """Goals that a unit reaches or not, as recorded."""
    return [goal.name for goal in experiment.compared if goal.is_rate and not goal.is_derived]
