"""Nodes and weights of Gauss and Legendre, reckoned when they are first asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from abmicro.stats.foundations.validation import Floats


@cache
def gauss_legendre(count: int) -> tuple[Floats, Floats]:
    """Nodes on (-1, 1) and their weights, (count,) each; exact for polynomials up to 2 count - 1.

    Many nodes take the eigenvalues of a large matrix, so nothing is reckoned at import. The arrays
    are shared and cannot be written to.

    Source: Golub and Welsch (1969), Mathematics of Computation 23:221.

    >>> nodes, weights = gauss_legendre(2)
    >>> nodes.round(6), weights
    (array([-0.57735,  0.57735]), array([1., 1.]))
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    nodes.flags.writeable = weights.flags.writeable = False
    return nodes, weights
