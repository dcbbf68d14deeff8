"""Within what the variants are compared: everywhere at once, or by entry day and segment.

Where the variants' shares of the units changed over time (a ramp) or differ between segments,
pooled rates mix the season or the segment into the effect (Simpson's paradox). Then goals and
carry-through are judged within strata that are weighed alike in both variants: phases of days with
equal shares, and the levels of segments that are known before units are assigned. A level that is
recorded after it may differ by variant (a page that is taken for a phone's), and then it is the
figure within levels that errs, not the pooled one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from abmicro import formatting
from abmicro.counts import Apart
from abmicro.experiment.ramp import phase_on
from abmicro.frozen import frozen
from abmicro.stats.stratified.allocation import same_shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from abmicro.array_types import Integers
    from abmicro.counts import JointCounts
    from abmicro.experiment.ramp import Phase


Number = TypeVar("Number", np.int64, np.float64)

# As for the sample ratio: a false alarm costs little here, since strata are valid without need.
CHANGED = 0.001
# Once a change is certain, days are told apart more readily: a phase too many does no harm.
ANOTHER = 0.05


class Within(Protocol):
    """What adds cells of the joint table up within strata."""

    def total(self, cells: NDArray[Number]) -> NDArray[Number]:
        """Cells (V, S, P, ...) added up."""


@frozen(eq=False)
class Strata:
    """Which stratum each cell of the joint table belongs to, (S, P), and why there are any.

    over: what the shares changed between, in words; none: pooled.
    """

    of_cell: Integers
    over: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.of_cell.max()) + 1

    def total(self, cells: NDArray[Number]) -> NDArray[Number]:
        """Cells (V, S, P, ...) added up within strata: (V, N, ...)."""
        within = [cells[:, self.of_cell == stratum].sum(axis=1) for stratum in range(self.count)]
        return np.stack(within, axis=1)

    @property
    def over_time(self) -> bool:
        """Whether entry days are told apart."""
        return bool((self.of_cell != self.of_cell[:, :1]).any())

    @property
    def sentence(self) -> str:
        """Why and within what the variants are compared; empty where they are pooled."""
        if not self.over:
            return ""
        return (
            f" The shares of the variants differ between {' and '.join(self.over)}, so these "
            f"figures compare the variants within {self.count} strata and weigh each stratum "
            "alike in both variants."
        )


@frozen(eq=False)
class StrataOfTests:
    """The same where the segment cells (S) of the table are tests of their own.

    of_day: the stratum of each entry day: (P,).
    """

    of_day: Integers

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.of_day.max()) + 1

    def total(self, cells: NDArray[Number]) -> NDArray[Number]:
        """Cells (V, S, P, ...) added up within strata, test by test: (V, S, N, ...)."""
        within = [cells[:, :, self.of_day == one].sum(axis=2) for one in range(self.count)]
        return np.stack(within, axis=2)

    def of_cells(self, tests: int) -> Strata:
        """The stratum of each cell, (S, P), of so many tests."""
        return Strata(np.broadcast_to(self.of_day, (tests, len(self.of_day))))


def strata(
    counts: JointCounts, ramp: Sequence[Phase] = (), known_before: Sequence[str] = ()
) -> Strata:
    """One stratum where the shares stayed the same, else entry days, segment levels or both.

    ramp: the phases that were declared; without them days of equal shares are found by test.
    known_before: the segments that no variant can change.
    """
    units = counts.units.sum(axis=-1)
    over: list[str] = []
    days = np.array([phase_on(day, ramp) for day in counts.periods])
    days = np.unique(days, return_inverse=True)[1]
    if days.any():
        over.append("phases of the ramp")
    elif (p := float(same_shares(units.sum(axis=1)))) < CHANGED:
        over.append(f"entry days (p {formatting.p_equals(p)})")
        days = _phases(units.sum(axis=1))
    cells = _levels(counts, known_before)
    by_level = np.stack([units[:, cells == one].sum(axis=1) for one in range(cells.max() + 1)], 1)
    if (p := _same_in_segments(by_level, days)) < CHANGED:
        names = ", ".join(known_before)
        over.insert(0, f"levels of {names} (p {formatting.p_equals(p)})")
    else:
        cells = np.zeros_like(cells)
    return Strata(cells[:, None] * (int(days.max()) + 1) + days, tuple(over))


def _levels(counts: JointCounts, names: Sequence[str]) -> Integers:
    """Which combination of the levels of these segments each cell of the S axis has: (S,)."""
    places = [counts.segment_names.index(name) for name in names]
    held = [tuple(cell[place] for place in places) for cell in counts.segments]
    numbers = {levels: number for number, levels in enumerate(dict.fromkeys(held))}
    return np.array([numbers[levels] for levels in held], dtype=np.int64)


def tables_of_strata(counts: JointCounts, strata: Strata) -> Iterator[JointCounts]:
    """The joint table of every stratum, of the shape of the whole."""
    apart = counts.apart
    for stratum in range(strata.count):
        inside = (strata.of_cell == stratum)[..., None]
        yield replace(
            counts,
            units=counts.units * inside,
            rows=counts.rows * inside,
            sums=counts.sums * inside[..., None],
            products=counts.products * inside[..., None, None],
            apart=Apart(apart.names, apart.sums * inside, apart.squares * inside),
        )


def _same_in_segments(units: Integers, days: Integers) -> float:
    """P of "the levels had the same shares", phase by phase, by Bonferroni."""
    phases = np.stack([units[..., days == at].sum(axis=-1) for at in range(days.max() + 1)])
    return float(np.min(same_shares(phases)) * len(phases))


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
