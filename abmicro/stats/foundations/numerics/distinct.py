"""The distinct rows of a batch, so that like cases are reckoned once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abmicro.stats.foundations.validation import Floats


def distinct_rows(rows: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The distinct rows of (R, C), sorted, and the place among them of every row.

    >>> distinct_rows(np.array([[2.0, 1.0], [0.0, 3.0], [2.0, 1.0]]))
    (array([[0., 3.],
           [2., 1.]]), array([1, 0, 1]))
    """
    if len(rows) == 1:
        return rows, np.zeros(1, dtype=np.intp)
    order = np.lexsort(rows.T[::-1])
    found = rows[order]
    first = np.concatenate([[True], (found[1:] != found[:-1]).any(axis=1)])
    places = np.empty(len(rows), dtype=np.intp)
    places[order] = np.cumsum(first) - 1
    return found[first], places
