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
    found, places = np.unique(rows, axis=0, return_inverse=True)
    return found, places.ravel()
