"""Units that a rule leaves out, taken out of the cells of a joint table and put on its account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from abmicro.counts.records import LeftOut
from abmicro.counts.row_format import EXCLUDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.counts.joint_counts import JointCounts


def leave_out(table: JointCounts, label: str) -> JointCounts:
    """The table without the units of the patterns that bear a label.

    They stand in its account as `excluded`, with their segment and day. The units left whose window
    was open are there already, since no pattern is known of them.

    Raises CountsError where the table has no such label.
    """
    gone = table.truth(label)
    keep = ~gone
    return replace(
        table,
        units=table.units * keep,
        rows=table.rows * keep,
        sums=table.sums * keep[:, None],
        products=table.products * keep[:, None, None],
        left_out=(*table.left_out, *_left(table, gone)),
    )


def _left(table: JointCounts, gone: NDArray[np.bool_]) -> Iterator[LeftOut]:
    units, rows = table.units[..., gone].sum(axis=-1), table.rows[..., gone].sum(axis=-1)
    for v, s, p in np.argwhere(units).tolist():
        yield LeftOut(
            step=EXCLUDED,
            variant=table.variants[v],
            units=int(units[v, s, p]),
            rows=int(rows[v, s, p]),
            segment=table.segments[s],
            period=table.periods[p],
        )
