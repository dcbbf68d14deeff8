"""The joint law of two standard normal variables with a correlation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Floats, within

_NODES = 32


def both_below(first: ArrayLike, second: ArrayLike, correlation: ArrayLike) -> Floats:
    """P(X < first and Y < second) for standard normal X and Y with a correlation.

    first, second: finite thresholds or -inf and inf; correlation: in (-1, 1). Shapes broadcast.

    Returns the chance to about 1e-14 for correlations up to 0.9 in size, and for any correlation
    where both thresholds are equal; to 1e-6 or better for other thresholds at 0.99.

    Raises ValueError for correlations outside (-1, 1).

    Source: Sheppard's integral over the angle whose sine is the correlation, as in Drezner and
    Wesolowsky (1990), Journal of Statistical Computation and Simulation 35:101-107.

    >>> round(float(both_below(0, 0, 0.5)), 12)
    0.333333333333
    """
    rho = within(correlation, "correlation", -1, 1)
    h, k, angle = np.broadcast_arrays(
        *(np.asarray(given, dtype=np.float64) for given in (first, second)), np.arcsin(rho)
    )
    finite = np.isfinite(h) & np.isfinite(k)
    x, y = np.where(finite, h, 0)[..., None], np.where(finite, k, 0)[..., None]
    places, weights = gauss_legendre(_NODES)
    theta = angle[..., None] * (1 + places) / 2
    height = np.exp(-((x - y) ** 2 / 2 / np.cos(theta) ** 2 + x * y / (1 + np.sin(theta))))
    joint = (height * weights).sum(axis=-1) * angle / (4 * np.pi)
    return np.asarray(ndtr(h) * ndtr(k) + np.where(finite, joint, 0))
