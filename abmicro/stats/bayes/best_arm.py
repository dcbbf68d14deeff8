"""Several arms: each one's chance to have the highest rate, and what choosing it loses.

One set of nodes serves all arms: panels on the logit axis as fine as the narrowest law there asks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from abmicro.stats.foundations.numerics.beta_distribution import (
    Beta,
    logit_density,
    outer_tail,
    window,
)
from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Floats

_PANEL = 0.7  # length of a panel, with the local width of the narrowest law as unit
_ROWS = 64  # times arms: rows worked on at once
_NODES = 12
_FLOOR = 1e-300  # a probability whose logarithm is finite


def probability_best(arms: Beta) -> Floats:
    """Probability of each arm that its rate is the highest of all.

    arms: independent posteriors, the arms along the last axis, (..., k), k at least 1.

    Returns probabilities of the same shape to about 1e-10; they sum to 1 along the last axis. A
    single arm is the best for sure. Rates are continuous, so there are no ties.
    Raises ValueError for laws without an axis of arms.

    Source: one-dimensional form; derived here.

    >>> probability_best(Beta([101, 121, 111], [901, 881, 891])).round(6)
    array([0.046208, 0.726886, 0.226905])
    """
    return _by_rows(_best, arms)


def expected_losses(arms: Beta) -> Floats:
    """How much of the rate is lost on average by choosing each arm: E max over arms - own rate.

    arms: independent posteriors, the arms along the last axis, (..., k), k at least 1.

    Returns losses as fractions of units, of the same shape; no two large numbers are subtracted, so
    that small ones keep their digits. A single arm loses nothing.
    Raises ValueError for laws without an axis of arms.

    Source: the integral of P(own rate < x, some other rate > x); derived here.

    >>> expected_losses(Beta([101, 121, 111], [901, 881, 891])).round(6)
    array([0.022253, 0.002293, 0.012273])
    """
    return _by_rows(_losses, arms)


def _by_rows(work: Callable[[Floats, Floats], Floats], arms: Beta) -> Floats:
    """Work on a few rows of arms at a time."""
    a, b = np.broadcast_arrays(arms.a, arms.b)
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(f"arms must lie along the last axis, got shape {a.shape}")
    rows = [law.reshape(-1, a.shape[-1]) for law in (a, b)]
    step = max(1, _ROWS // a.shape[-1])
    parts = [
        work(*(law[start : start + step] for law in rows)) for start in range(0, len(rows[0]), step)
    ]
    return np.concatenate([np.empty((0, a.shape[-1])), *parts]).reshape(a.shape)


@np.errstate(under="ignore")
def _best(a: Floats, b: Floats) -> Floats:
    """Mean over the own law of the chance that no other arm lies higher."""
    u, weight = _nodes(a, b)
    _, others = _log_below(a, b, u)
    return np.asarray(
        np.sum(weight * logit_density(a[..., None], b[..., None], u) * np.exp(others), axis=-1)
    )


@np.errstate(under="ignore")
def _losses(a: Floats, b: Floats) -> Floats:
    """Integral over rates of the chance that the own one lies below and some other above."""
    u, weight = _nodes(a, b)
    own, others = _log_below(a, b, u)
    weight = weight * expit(u) * expit(-u)
    return np.asarray(np.sum(weight * np.exp(own) * -np.expm1(others), axis=-1))


def _log_below(a: Floats, b: Floats, u: Floats) -> tuple[Floats, Floats]:
    """Logarithms of the chances that an arm, and that all the others, lie below logit u."""
    tail, right = outer_tail(a[..., None], b[..., None], u)
    own = np.where(right, np.log1p(-tail), np.log(np.maximum(tail, _FLOOR)))
    return own, np.minimum(own.sum(axis=-2, keepdims=True) - own, 0)


def _nodes(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Logits and weights of integrals over all that the laws of a row cover, (rows, 1, nodes).

    A panel is about `_PANEL` times as long as the distance to the nearest law, or as that law is
    wide: laws of very different widths are all resolved, and equal ones share their panels.
    """
    scale, low, high = window(a, b)
    mode = np.log(a / b)
    start = (mode + scale * np.sinh(low)).min(axis=-1, keepdims=True)
    stop = (mode + scale * np.sinh(high)).max(axis=-1, keepdims=True)
    scale = np.minimum(scale, 1)  # a wide law too turns from one exponential to the other within 1
    first, last = (np.arcsinh((end - mode) / scale) for end in (start, stop))
    share = np.linspace(0, 1, int(np.ceil((last - first).max() / _PANEL)) + 1)
    own = mode + scale * np.sinh(first + (last - first) * share[:, None, None])
    edges = np.sort(np.moveaxis(own, 0, -1).reshape(len(a), -1), axis=-1)
    middle = (edges[:, 1:] + edges[:, :-1]) / 2
    spacing = np.hypot(scale[..., None], middle[:, None] - mode[..., None]).min(axis=1)
    edges = _evened(edges, np.cumsum(np.diff(edges) / spacing, axis=-1))
    half = np.diff(edges)[..., None] / 2
    places, weights = gauss_legendre(_NODES)
    u = edges[:, :-1, None] + half * (1 + places)
    return u.reshape(len(a), 1, -1), (half * weights).reshape(len(a), 1, -1)


def _evened(edges: Floats, cost: Floats) -> Floats:
    """Edges from the first to the last of each row between which about equal costs lie.

    cost: of all up to the next edge, (rows, edges - 1).
    """
    panels = int(np.ceil(cost[:, -1].max() / _PANEL))
    row = np.arange(len(edges))[:, None]
    known = np.concatenate([np.zeros_like(row), cost / cost[:, -1:]], axis=-1) + row
    wanted = np.linspace(0, 1, panels + 1) + row
    found = np.interp(wanted, known.ravel(), edges.ravel())
    found[:, [0, -1]] = edges[:, [0, -1]]
    return found
