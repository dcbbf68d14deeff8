"""The chance that several standard normal variables with correlations all stay below thresholds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from abmicro.stats.foundations.numerics.bivariate_normal import both_below
from abmicro.stats.foundations.validation import Floats

_POINTS, _GENERATOR = 16_381, 1_500  # of the lattice, which is the same on every call
_RIDGE = 1e-10  # lets dependent variables have a root
_LEAST, _MOST = 1e-300, 1 - 1e-16


def all_below(thresholds: ArrayLike, correlation: ArrayLike) -> Floats:
    """P(X_1 < t_1 and ... X_d < t_d) for standard normal variables with these correlations.

    thresholds: (..., d), finite or infinite. correlation: (..., d, d), symmetric with ones on the
    diagonal, positive semi-definite. Batch shapes broadcast.

    Returns the chance of the batch shape: to 1e-14 for one and two variables, else by a fixed
    lattice of points, to about 1e-5 for up to eight that are not nearly dependent. NaN where a
    threshold is.

    Raises ValueError for a matrix that is no correlation of so many variables.

    Source: Genz (1992), Journal of Computational and Graphical Statistics 1:141-149; lattice:
    Sloan and Joe (1994), Lattice Methods for Multiple Integration, ch. 4.

    >>> equal = (np.ones((3, 3)) + np.eye(3)) / 2
    >>> print(all_below([0.0, 0.0, 0.0], equal).round(4))  # 1 / (variables + 1)
    0.25
    """
    bounds, rho = (np.asarray(one, dtype=np.float64) for one in (thresholds, correlation))
    size = bounds.shape[-1]
    if rho.shape[-2:] != (size, size):
        raise ValueError(f"correlation must be {size} by {size}, got {rho.shape[-2:]}")
    batch = np.broadcast_shapes(bounds.shape[:-1], rho.shape[:-2])
    bounds = np.broadcast_to(bounds, (*batch, size))
    rho = np.broadcast_to(rho, (*batch, size, size))
    if size == 2 and np.all(np.abs(rho[..., 0, 1]) < 1):
        return both_below(bounds[..., 0], bounds[..., 1], rho[..., 0, 1])[()]
    order = np.argsort(bounds, axis=-1)  # the narrowest first, so that what follows varies least
    rho = np.take_along_axis(rho, order[..., None], axis=-2)
    root = _root(np.take_along_axis(rho, order[..., None, :], axis=-1))
    return _over_lattice(np.take_along_axis(bounds, order, axis=-1), root)


def _over_lattice(bounds: Floats, root: Floats) -> Floats:
    """The mean over the lattice of the product of the chances of each variable, given those before.

    bounds: (..., d). root: (..., d, d), lower triangle.
    """
    points = _lattice(bounds.shape[-1] - 1)
    chance = ndtr(bounds[..., :1] / root[..., :1, 0])
    joint, shifted = chance, bounds[..., None] + np.zeros(points.shape[-1])
    for at, point in enumerate(points):
        deviate = ndtri(np.clip(point * chance, _LEAST, _MOST))
        shifted = shifted - root[..., at, None] * deviate[..., None, :]
        chance = ndtr(shifted[..., at + 1, :] / root[..., at + 1, at + 1, None])
        joint = joint * chance
    return np.asarray(joint.mean(axis=-1))[()]


def _root(correlation: Floats) -> Floats:
    """The lower triangle whose product with itself is the correlation."""
    size = correlation.shape[-1]
    try:
        root = np.linalg.cholesky((1 - _RIDGE) * correlation + _RIDGE * np.eye(size))
    except np.linalg.LinAlgError:
        raise ValueError("correlation must be positive semi-definite") from None
    if not np.allclose(np.diagonal(correlation, axis1=-2, axis2=-1), 1):
        raise ValueError("correlation must have ones on its diagonal")
    return np.asarray(root)


@lru_cache(maxsize=16)
def _lattice(variables: int) -> Floats:
    """Points (variables, P) that fill the unit cube evenly, folded so that both ends meet."""
    steps = np.array([pow(_GENERATOR, at, _POINTS) for at in range(variables)], dtype=np.int64)
    even = (steps[:, None] * np.arange(_POINTS) % _POINTS + 0.5) / _POINTS
    return np.asarray(1 - np.abs(2 * even - 1))
