"""Search among whole numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from abmicro.stats.foundations.validation import Bools, Floats


def first_whole(holds: Callable[[Floats], Bools], low: Floats, high: Floats) -> Floats:
    """Smallest whole number from low on at which `holds`; high where it holds at none below.

    holds: true from some number on, for each element on its own; never asked at high.
    low, high: whole numbers of one shape, low <= high.

    >>> first_whole(lambda k: k**2 >= np.array([10, 100]), np.zeros(2), np.array([9.0, 9.0]))
    array([4., 9.])
    """
    last = high - 1
    while np.any(open_ := low < high):
        middle = np.minimum(np.floor((low + high) / 2), last)
        found = holds(middle)
        low, high = (
            np.where(open_ & ~found, middle + 1, low),
            np.where(open_ & found, middle, high),
        )
    return low
