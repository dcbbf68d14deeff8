"""Nodes and weights of a posterior on a box that shrinks to where the posterior lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Floats

_COARSE = 12  # nodes per axis of a look at the box
_DEPTH = 15.0  # log density below its top from which a node does not count
_FILLED = 0.7  # share of an axis that shall count
_LOOKS = 8


def fitted_nodes(
    log_density: Callable[[Floats], Floats],
    low: Sequence[float],
    high: Sequence[float],
    counts: Sequence[int],
) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes where a density lies, with the logs of their weights.

    log_density: of points (D, N), returns (N,). low, high: (D,) ends of the box that holds it.
    counts: (D,) nodes of each axis.

    Returns nodes (D, N) and log weights (N,) of the rule, the density not included.

    >>> nodes, weights = fitted_nodes(lambda x: -(x[0] ** 2) * 5e5, [-1], [1], [40])
    >>> area = np.exp(weights - nodes[0] ** 2 * 5e5).sum()
    >>> print((area / np.sqrt(np.pi / 5e5)).round(8))
    1.0
    """
    ends = np.array([low, high], dtype=np.float64)
    for _ in range(_LOOKS):
        axes, points, _ = _product_rule(ends, [_COARSE] * len(counts))
        heights = log_density(points)
        counted = (heights > heights.max() - _DEPTH).reshape([_COARSE] * len(counts))
        spans = [_span(counted, axis) for axis in range(len(counts))]
        if all(last - first + 1 >= _FILLED * _COARSE for first, last in spans):
            break
        for axis, (first, last) in enumerate(spans):
            wider = np.concatenate([[ends[0, axis]], axes[axis], [ends[1, axis]]])
            ends[:, axis] = wider[first], wider[last + 2]
    _, points, weights = _product_rule(ends, counts)
    return points, weights


def _product_rule(ends: Floats, counts: Sequence[int]) -> tuple[list[Floats], Floats, Floats]:
    """The nodes of each axis, all points (D, N) and the logs of their weights (N,)."""
    axes, logs = [], []
    for low, high, count in zip(*ends, counts, strict=True):
        nodes, weights = gauss_legendre(count)
        axes.append(low + (high - low) * (nodes + 1) / 2)
        logs.append(np.log(weights * (high - low) / 2))
    points = np.stack([each.ravel() for each in np.meshgrid(*axes, indexing="ij")])
    total = sum(each.ravel() for each in np.meshgrid(*logs, indexing="ij"))
    return axes, points, np.asarray(total)


def _span(counted: np.ndarray, axis: int) -> tuple[int, int]:
    """First and last node of an axis that counts anywhere."""
    others = tuple(other for other in range(counted.ndim) if other != axis)
    found = np.flatnonzero(counted.any(axis=others))
    return int(found[0]), int(found[-1])
