"""Quantiles of the difference of two beta laws, and of that of their logarithms, without drawing.

The distribution function is one integral over the narrower law: the wider one enters through its
distribution function, which the nodes of the narrow law resolve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit, logit, ndtri

from abmicro.stats.arguments import Bools, Floats, within
from abmicro.stats.beta_law import Beta, exchange, in_blocks, logit_density, rich, tail_of, window
from abmicro.stats.effect import Effect

LAST_STEP = 1e-7  # in standard deviations; the secant's error after it is far smaller

Law = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Scale:
    """On which scale two rates are compared: their difference, or that of their logarithms.

    place, spread: mean and standard deviation of a beta law on the scale, about.
    moved: (u, q) -> the rate that lies q above the rate of logit u, cut to [0, 1].
    edges: q -> logits between which `moved` is not cut.
    reach: smaller parameter a -> no quantile lies further from zero.
    """

    place: Callable[[Floats, Floats], Floats]
    spread: Callable[[Floats, Floats], Floats]
    moved: Callable[[Floats, Floats], Floats]
    edges: Callable[[Floats], tuple[Floats, Floats]]
    reach: Callable[[Floats], Floats]


DIFFERENCE = Scale(
    place=lambda a, b: a / (a + b),
    spread=lambda a, b: np.sqrt(a * b / (a + b) ** 3),
    moved=lambda u, q: np.clip(expit(u) + q, 0, 1),
    edges=lambda q: (logit(np.maximum(-q, 0)), logit(np.minimum(1 - q, 1))),
    reach=np.ones_like,
)
LOG_RATIO = Scale(
    place=lambda a, b: np.log(a / (a + b)),
    spread=lambda a, b: np.sqrt(b / a / (a + b)),
    moved=lambda u, q: np.exp(np.minimum(log_expit(u) + q, 0)),
    edges=lambda q: (np.full_like(q, -np.inf), logit(np.exp(-np.maximum(q, 0)))),
    reach=lambda a: 1e3 * (1 + 1 / a),
)


def interval_on(scale: Scale, treated: Beta, control: Beta, level: ArrayLike) -> Effect:
    """Median, lower and upper quantile of treated minus control on a scale."""
    laws = (treated.a, treated.b, control.a, control.b)
    tail = (1 - within(level, "level", 0, 1)) / 2
    *laws_, tail = np.broadcast_arrays(*laws, tail)
    tails = np.stack([np.full_like(tail, 0.5), tail, tail])
    upper = np.reshape([False, False, True], (3,) + (1,) * tail.ndim)
    return Effect(*in_blocks(partial(quantile, scale), tails, upper, *laws_))


@np.errstate(under="ignore", divide="ignore", invalid="ignore", over="ignore")
def quantile(
    scale: Scale, tail: Floats, upper: Bools, ta: Floats, tb: Floats, ca: Floats, cb: Floats
) -> Floats:
    """Where treated minus control leaves `tail` above (upper) or below it; one-dimensional arrays.

    Solved for wide minus narrow on the probit scale, where a distribution function is nearly a
    straight line.
    """
    narrow_treated = scale.spread(ta, tb) < scale.spread(ca, cb)
    (a, wa), (b, wb) = exchange(narrow_treated, ca, ta), exchange(narrow_treated, cb, tb)
    narrow, wide = (a, b), (wa, wb)
    upper = upper ^ narrow_treated
    sign, target = np.where(upper, -1, 1), ndtri(tail)
    spread = np.hypot(scale.spread(*narrow), scale.spread(*wide))
    start = scale.place(*wide) - scale.place(*narrow) + sign * target * spread
    reach = scale.reach(np.minimum(a, wa))
    found = _root(
        lambda q: sign * (target - ndtri(_beyond(scale, q, upper, narrow, wide))),
        np.clip(start, -reach, reach),
        spread,
        reach,
    )
    return np.where(narrow_treated, -found, found)


def _root(miss: Callable[[Floats], Floats], start: Floats, spread: Floats, reach: Floats) -> Floats:
    """Zeros of decreasing functions by the secant, inside brackets that every eighth step halves.

    miss: falls by about 1 per `spread`. start, spread: one per function. Its zero lies within
    `reach` of 0.
    """
    low, high = -reach, reach
    at, missed = start, miss(start)
    slope, done, turn = spread, np.zeros(start.shape, dtype=bool), 0
    while not done.all():
        turn += 1
        low, high = np.where(missed > 0, at, low), np.where(missed < 0, at, high)
        secant = at + missed * slope
        trusted = (slope > 0) & (secant >= low) & (secant <= high) & (turn % 8 != 0)
        step = np.where(done, 0, np.where(trusted, secant, (low + high) / 2) - at)
        done |= (np.abs(step) <= LAST_STEP * spread) | (high - low <= 1e-10 * spread)
        at, before = at + step, missed
        missed = missed if done.all() else miss(at)
        slope = step / (before - missed)
    return at


def _beyond(
    scale: Scale,
    q: Floats,
    upper: Bools,
    narrow: Law,
    wide: Law,
) -> Floats:
    """P(wide - narrow > q) where upper, else P(wide - narrow < q)."""
    a, b, wa, wb, q = (column[:, None] for column in (*narrow, *wide, q))
    above = upper[:, None]
    unit, low, high = window(a, b)
    mode = np.log(a / b)
    edges = scale.edges(q)
    if rich(a, b, wa, wb):  # smooth even where it is cut
        (nodes, weights), left, right = _EVEN, low, high
    else:
        nodes, weights = _CROWDED
        left, right = (np.clip(np.arcsinh((edge - mode) / unit), low, high) for edge in edges)
    v = left + (right - left) * nodes
    u = mode + unit * np.sinh(v)
    weight = logit_density(a, b, u) * unit * np.cosh(v) * (right - left) * weights
    inside = np.sum(weight * tail_of(wa, wb, scale.moved(u, q), upper=above), axis=-1)
    edge = np.where(above, np.sinh(left), np.sinh(right)) * unit + mode
    cut = tail_of(a, b, expit(edge), upper=~above)
    return np.asarray(np.minimum(inside + cut[:, 0], 1))


def _gauss(count: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes on (0, 1), crowded towards both ends by a cubic step.

    Where a rate is cut at 0 or 1 the integrand has a root there, which the step makes smooth.
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    x = (node + 1) / 2
    return x * x * (3 - 2 * x), weight * 3 * x * (1 - x)


_CROWDED = _gauss(96)
_EVEN = np.linspace(0, 1, 44), np.full(44, 1 / 43)
