"""Joint tables of many tests of one experiment in one: its segment cells are the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from abmicro.counts.joint_counts import JointCounts
from abmicro.counts.records import Apart

if TYPE_CHECKING:
    from datetime import date


def table_of_tests(
    variants: Sequence[str],
    goals: Sequence[str],
    patterns: ArrayLike,
    units: ArrayLike,
    *,
    measures: Sequence[str] = (),
    sums: ArrayLike | None = None,
    products: ArrayLike | None = None,
    days: Sequence[date] = (),
) -> JointCounts:
    """One table whose cells along `segments` are T tests, such as simulated ones.

    variants: V names, control first. goals: G labels; patterns: bool (K, G), each row once.
    units: (T, V, K), or (T, V, P, K) with P entry `days`.
    measures: M labels of values; sums: (T, V, P, K, M) and products (T, V, P, K, M, M) as in
    `JointCounts`, the axis of days left out where units have none.

    Raises CountsError as `JointCounts`.

    >>> units = [[[90, 8, 2], [88, 9, 3]], [[91, 7, 2], [92, 6, 2]]]
    >>> table = table_of_tests(("A", "B"), ("cart", "order"), [[0, 0], [1, 0], [1, 1]], units)
    >>> table.units.shape
    (2, 2, 1, 3)
    """
    shape = np.shape(units)
    by_day = np.asarray(units, dtype=np.int64).reshape(*shape[:2], max(len(days), 1), shape[-1])
    cells = by_day.swapaxes(0, 1)
    size = len(measures)
    added = (
        np.zeros((*cells.shape, *more))
        if given is None
        else np.asarray(given, dtype=np.float64).reshape(*by_day.shape, *more).swapaxes(0, 1)
        for given, more in ((sums, (size,)), (products, (size, size)))
    )
    nothing = np.zeros((*cells.shape[:3], 0))
    return JointCounts(
        variants=tuple(variants),
        segment_names=("test",),
        segments=tuple((str(at),) for at in range(shape[0])),
        periods=tuple(days) or (None,),
        goals=tuple(goals),
        patterns=np.asarray(patterns, dtype=bool),
        units=cells,
        rows=cells,
        measures=tuple(measures),
        sums=next(added),
        products=next(added),
        apart=Apart((), nothing, nothing),
    )
