"""A joint table as it stood on an earlier day, as far as its days of entry tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from abmicro.counts.joint_counts import JointCounts


def entered_by(table: JointCounts, day: date) -> JointCounts:
    """The table of the units that entered up to a day, that day included.

    Units without a day are left out, and so are lines of the account that bear a later one.
    """
    return _entered(table, lambda period: period <= day)


def entered_since(table: JointCounts, day: date) -> JointCounts:
    """The table of the units that entered on a day or later; what has no day is left out."""
    return _entered(table, lambda period: period >= day)


def _entered(table: JointCounts, kept_on: Callable[[date], bool]) -> JointCounts:
    kept = np.array([period is not None and kept_on(period) for period in table.periods])
    return replace(
        table,
        periods=tuple(one for one, stays in zip(table.periods, kept, strict=True) if stays),
        units=table.units[:, :, kept],
        rows=table.rows[:, :, kept],
        sums=table.sums[:, :, kept],
        products=table.products[:, :, kept],
        apart=replace(
            table.apart,
            sums=table.apart.sums[:, :, kept],
            squares=table.apart.squares[:, :, kept],
        ),
        left_out=tuple(
            line for line in table.left_out if line.period is None or kept_on(line.period)
        ),
    )
