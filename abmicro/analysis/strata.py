"""Within what the arms are compared: everywhere at once, or by entry day and segment.

Where the arms' shares of the units changed over time (a ramp) or differ between segments, pooled
rates mix the season or the segment into the effect (Simpson's paradox). Then the carry-through is
judged within strata that are weighed alike in both arms: phases of days with equal shares, and
segment cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from abmicro import number
from abmicro.stats.allocation import same_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.counts import JointCounts

    Integers = NDArray[np.int64]

Number = TypeVar("Number", np.int64, np.float64)

# As for the sample ratio: a false alarm costs little here, since strata are valid without need.
CHANGED = 0.001
# Once a change is certain, days are told apart more readily: a phase too many does no harm.
ANOTHER = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Which stratum each cell of the joint table belongs to, (S, P), and why there are any.

    over: what the shares changed between, in words, with the p-value of no change; none: pooled.
    """

    of_cell: Integers
    over: tuple[tuple[str, float], ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.of_cell.max()) + 1

    def total(self, cells: NDArray[Number]) -> NDArray[Number]:
        """Cells (V, S, P, ...) added up within strata: (V, N, ...)."""
        within = [cells[:, self.of_cell == one].sum(axis=1) for one in range(self.count)]
        return np.stack(within, axis=1)

    @property
    def sentence(self) -> str:
        """Why and within what the arms are compared; empty where they are pooled."""
        if not self.over:
            return ""
        named = " and ".join(f"{name} (p {number.p_equals(p)})" for name, p in self.over)
        return (
            f" The arms' shares of the units differ between {named}, so these figures compare the "
            f"arms within {self.count} strata and weigh each stratum alike in both arms."
        )


def strata(counts: JointCounts) -> Strata:
    """One stratum where the shares stayed the same, else entry days, segment cells or both."""
    units = counts.units.sum(axis=-1)
    by_day, by_segment = units.sum(axis=1), units.sum(axis=2)
    over, shape = [], units.shape[1:]
    days, cells = np.zeros(shape[1], dtype=np.int64), np.zeros(shape[0], dtype=np.int64)
    if (p := float(same_shares(by_segment))) < CHANGED:
        over.append((f"levels of {', '.join(counts.segment_names)}", p))
        cells = np.arange(shape[0])
    if (p := float(same_shares(by_day))) < CHANGED:
        over.append(("entry days", p))
        days = _phases(by_day)
    return Strata(cells[:, None] * (int(days.max()) + 1) + days, tuple(over))


def _phases(by_day: Integers) -> Integers:
    """The phase of each day: a new one begins where the shares differ from those of the phase."""
    phase, current = np.zeros(by_day.shape[1], dtype=np.int64), 0
    held = by_day[:, 0]
    for day in range(1, by_day.shape[1]):
        if same_shares(np.stack([held, by_day[:, day]], axis=-1)) < ANOTHER:
            held, current = np.zeros_like(held), current + 1
        held = held + by_day[:, day]
        phase[day] = current
    return phase
