"""Integrals up to any point of smooth functions known at Chebyshev nodes of [-1, 1]."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev

from abmicro.stats.foundations.validation import Floats

COUNT = 96
NODES = np.cos(np.pi * (np.arange(COUNT) + 0.5) / COUNT)[::-1]


def _to_antiderivative() -> Floats:
    """The matrix from values at the nodes to coefficients of the integral from -1."""
    series = 2 / COUNT * chebyshev.chebvander(NODES, COUNT - 1).T
    series[0] /= 2
    return np.asarray(chebyshev.chebint(series, lbnd=-1))


_MATRIX = _to_antiderivative()


def antiderivative(values: Floats) -> Floats:
    """Coefficients (..., COUNT + 1) of the integral from -1, from values (..., COUNT) at the nodes.

    >>> whole = antiderivative(np.exp(NODES))
    >>> abs(float(at(whole, np.ones(()))) - (np.e - 1 / np.e)) < 1e-14
    True
    """
    return np.asarray(values @ _MATRIX.T)


def at(coefficients: Floats, t: Floats) -> Floats:
    """The integrals (..., COUNT + 1) at one point of [-1, 1] each, (...)."""
    angle = np.arccos(t)[..., None]
    return np.asarray((coefficients * np.cos(angle * np.arange(COUNT + 1))).sum(axis=-1))
