"""A joint table with fewer labels: entry days joined to blocks, segments added up."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from abmicro.counts.records import Apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.counts.joint_counts import JointCounts

Number = TypeVar("Number", np.int64, np.float64)


def summed(
    table: JointCounts, *, keep: Collection[str] = (), blocks: Sequence[int] | None = None
) -> JointCounts:
    """The units of a joint table added up, without what was left out and until when it was known.

    keep: names of the segments that stay; names that the table lacks are passed over.
    blocks: the block of each entry day, which bears the first of its days; None adds up all days,
        and the table has none.

    >>> from abmicro.counts import JointCounts
    >>> rows = [("A", "2026-10-05", 1, 3), ("A", "2026-10-06", 1, 4), ("B", "2026-10-05", 0, 9)]
    >>> table = JointCounts.from_rows(("variant", "period", "goal__cart", "units"), rows)
    >>> summed(table).reached("cart").ravel(), summed(table).periods
    (array([7, 0]), (None,))
    """
    kept = [at for at, name in enumerate(table.segment_names) if name in keep]
    levels = [tuple(cell[at] for at in kept) for cell in table.segments]
    days = [0] * len(table.periods) if blocks is None else list(blocks)
    segments, of_cell = _numbered(levels)
    firsts, of_day = _numbered(days)
    periods = tuple(table.periods[days.index(block)] for block in firsts)

    def added(cells: NDArray[Number]) -> NDArray[Number]:
        return _joined(_joined(cells, 1, of_cell), 2, of_day)

    return replace(
        table,
        segment_names=tuple(table.segment_names[at] for at in kept),
        segments=segments,
        periods=(None,) if blocks is None else periods,
        units=added(table.units),
        rows=added(table.rows),
        sums=added(table.sums),
        products=added(table.products),
        apart=Apart(table.apart.names, added(table.apart.sums), added(table.apart.squares)),
        left_out=(),
        origin=None,
        cut_off=None,
    )


Label = TypeVar("Label", bound=Hashable)


def _numbered(labels: Sequence[Label]) -> tuple[tuple[Label, ...], NDArray[np.intp]]:
    """Labels without repeats, in the order of their first, and the number of each given one."""
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return tuple(numbers), np.array([numbers[label] for label in labels], dtype=np.intp)


def _joined(cells: NDArray[Number], axis: int, of: NDArray[np.intp]) -> NDArray[Number]:
    """Cells added up along an axis, of which each place has a number."""
    parts = [cells.compress(of == number, axis).sum(axis=axis) for number in range(of.max() + 1)]
    return np.stack(parts, axis=axis)
