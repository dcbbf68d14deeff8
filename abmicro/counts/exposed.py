"""All exposed units, whether or not their windows have closed: what a sample ratio is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro.counts.row_format import IMMATURE, Columns

if TYPE_CHECKING:
    from abmicro.counts.joint_counts import JointCounts


def exposed(table: JointCounts) -> JointCounts:
    """The table without goals of the units analysed and those whose window is still open.

    Where a table has days, open units whose day is not told (tables of 0.1) are in neither.
    """
    if not any(out.step == IMMATURE for out in table.left_out):
        return table
    columns = Columns(table.segment_names, (), (), ())
    header = ("variant", *(f"segment__{name}" for name in columns.segments), "period", "units")
    rows = [*_analysed(table), *_open(table)]
    return type(table).from_rows(header, rows, variants=table.variants)


def _analysed(table: JointCounts) -> Iterator[tuple[Any, ...]]:
    units = table.units.sum(axis=-1)
    for v, s, p in np.argwhere(units).tolist():
        place = (table.variants[v], *table.segments[s], table.periods[p])
        yield (*place, int(units[v, s, p]))


def _open(table: JointCounts) -> Iterator[tuple[Any, ...]]:
    dated = any(day is not None for day in table.periods)
    for out in table.left_out:
        known = out.variant in table.variants and (out.period is not None or not dated)
        if out.step == IMMATURE and known:
            yield (out.variant, *out.segment, out.period, out.units)
