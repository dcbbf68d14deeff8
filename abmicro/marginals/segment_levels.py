"""The levels of segments, and which cells of the joint table belong to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from abmicro.counts import JointCounts


Number = TypeVar("Number", np.int64, np.float64)


class Levels(Protocol):
    """What adds segment cells up to levels."""

    def total(self, by_cell: NDArray[Number]) -> NDArray[Number]:
        """Sums over the cells of each level: (V, S) to (V, L)."""


@frozen
class Level:
    """One level of one segment, for example device = mobile."""

    segment: str
    level: str


class SegmentLevels(NamedTuple):
    """L levels and the segment cells (S) of each: 0 or 1, (L, S).

    The first level, None, is all units.
    """

    labels: tuple[Level | None, ...]
    cells: NDArray[np.int64]

    def total(self, by_cell: NDArray[Number]) -> NDArray[Number]:
        """Sums over the cells of each level: (V, S) to (V, L)."""
        return np.asarray(by_cell @ self.cells.T, dtype=by_cell.dtype)


class EachCell(NamedTuple):
    """Every segment cell (S) by itself, where the cells are tests of their own."""

    labels: tuple[None, ...]

    def total(self, by_cell: NDArray[Number]) -> NDArray[Number]:
        """As they are: (V, S)."""
        return by_cell


def segment_levels(counts: JointCounts) -> SegmentLevels:
    """All units, then every level of every segment of the table."""
    labels, masks = counts.levels()
    cells = np.concatenate([np.ones((1, masks.shape[1]), dtype=bool), masks]).astype(np.int64)
    return SegmentLevels((None, *(Level(*label) for label in labels)), cells)


def places_by_segment(levels: Sequence[Level | None]) -> dict[str, list[int]]:
    """Where on the level axis the levels of each segment stand.

    >>> places_by_segment((None, Level("device", "mobile"), Level("device", "desktop")))
    {'device': [1, 2]}
    """
    places: dict[str, list[int]] = {}
    for place, level in enumerate(levels):
        if level is not None:
            places.setdefault(level.segment, []).append(place)
    return places
