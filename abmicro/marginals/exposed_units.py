"""All exposed units by segment level and entry day: what a sample ratio is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abmicro.counts import exposed
from abmicro.frozen import frozen
from abmicro.marginals.segment_levels import segment_levels

if TYPE_CHECKING:
    from datetime import date

    from abmicro.array_types import Integers
    from abmicro.counts import JointCounts
    from abmicro.marginals.segment_levels import Level


@frozen(eq=False)
class ExposedUnits:
    """Exposed units of V variants, whether or not their window has closed.

    levels: None, which stands for all units, then every level of every segment.
    days: P entry days, None where the day is not known. by_level: (L, V, P).
    """

    levels: tuple[Level | None, ...]
    days: tuple[date | None, ...]
    by_level: Integers

    @property
    def by_day(self) -> Integers:
        """Units of all levels: (V, P)."""
        return np.asarray(self.by_level[0])


def exposed_units(counts: JointCounts) -> ExposedUnits:
    """Add up the units of a joint table and those that wait for their window to close."""
    table = exposed(counts)
    levels = segment_levels(table)
    by_cell = np.moveaxis(table.units.sum(axis=-1), 0, 1)
    return ExposedUnits(levels.labels, table.periods, np.tensordot(levels.cells, by_cell, axes=1))
