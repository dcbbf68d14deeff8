"""Symmetric two by two matrices, many at once: entries (1,1), (1,2), (2,2) along the first axis.

The two goals of a pair are micro, then macro; vectors (2, ...) have them along the first axis too.
"""

from __future__ import annotations

import numpy as np

from abmicro.stats.foundations.validation import Floats


def determinant(matrix: Floats) -> Floats:
    """Of matrices (3, ...).

    >>> print(determinant(np.array([2.0, 1.0, 3.0])))
    5.0
    """
    return np.asarray(matrix[0] * matrix[2] - matrix[1] ** 2)


def inverse(matrix: Floats) -> Floats:
    """Of matrices (3, ...) whose determinant is not 0.

    >>> inverse(np.array([2.0, 1.0, 3.0]))
    array([ 0.6, -0.2,  0.4])
    """
    return np.asarray(np.stack([matrix[2], -matrix[1], matrix[0]]) / determinant(matrix))


def applied(matrix: Floats, vector: Floats) -> Floats:
    """Matrices (3, ...) times vectors (2, ...) of shapes that broadcast.

    >>> applied(np.array([2.0, 1.0, 3.0]), np.array([1.0, 0.0]))
    array([2., 1.])
    """
    first, second = vector
    return np.stack(
        [matrix[0] * first + matrix[1] * second, matrix[1] * first + matrix[2] * second]
    )


def inner(one: Floats, other: Floats) -> Floats:
    """Inner products of vectors (2, ...).

    >>> print(inner(np.array([1.0, 2.0]), np.array([3.0, 4.0])))
    11.0
    """
    return np.asarray(one[0] * other[0] + one[1] * other[1])
