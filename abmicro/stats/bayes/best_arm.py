"""Several arms: each one's chance to have the highest rate, and what choosing it loses.

One set of nodes serves all arms: panels on the logit axis as fine as the narrowest law there asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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
    return _by_rows(arms, _best)[0]


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
    return _by_rows(arms, _losses)[0]


def standings(arms: Beta) -> tuple[Floats, Floats]:
    """What `probability_best` and `expected_losses` tell, by one set of nodes.

    >>> best, losses = standings(Beta([101, 121, 111], [901, 881, 891]))
    >>> best.round(3), losses.round(3)
    (array([0.046, 0.727, 0.227]), array([0.022, 0.002, 0.012]))
    """
    best, losses = _by_rows(arms, _best, _losses)
    return best, losses


class _Below(NamedTuple):
    """Chances that arms (rows, arms, 1) lie below logits u (rows, 1, nodes), on the log scale.

    weight: of the nodes. own, others: of an arm, and of all others, (rows, arms, nodes).
    """

    a: Floats
    b: Floats
    u: Floats
    weight: Floats
    own: Floats
    others: Floats


@np.errstate(under="ignore")
def _by_rows(arms: Beta, *figures: Callable[[_Below], Floats]) -> list[Floats]:
    """Figures of every arm, a few rows of arms at a time."""
    a, b = np.broadcast_arrays(arms.a, arms.b)
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(f"arms must lie along the last axis, got shape {a.shape}")
    rows = [law.reshape(-1, a.shape[-1]) for law in (a, b)]
    step = max(1, _ROWS // a.shape[-1])
    found = np.empty((len(figures), *rows[0].shape))
    for start in range(0, len(rows[0]), step):
        block = slice(start, start + step)
        at = _below(*(law[block] for law in rows))
        found[:, block] = [figure(at) for figure in figures]
    return list(found.reshape(len(figures), *a.shape))


def _best(at: _Below) -> Floats:
    """Mean over the own law of the chance that no other arm lies higher."""
    density = logit_density(at.a, at.b, at.u)
    return np.asarray(np.sum(at.weight * density * np.exp(at.others), axis=-1))


def _losses(at: _Below) -> Floats:
    """Integral over rates of the chance that the own one lies below and some other above."""
    weight = at.weight * expit(at.u) * expit(-at.u)
    return np.asarray(np.sum(weight * np.exp(at.own) * -np.expm1(at.others), axis=-1))


def _below(a: Floats, b: Floats) -> _Below:
    u, weight = _nodes(a, b)
    a, b = a[..., None], b[..., None]
    tail, right = outer_tail(a, b, u)
    own = np.where(right, np.log1p(-tail), np.log(np.maximum(tail, _FLOOR)))
    others = np.minimum(own.sum(axis=-2, keepdims=True) - own, 0)
    return _Below(a, b, u, weight, own, others)


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
