"""Beta laws on the logit scale, where their densities are log-concave, and how to integrate them.

With u = centre + scale sinh(v) both normal and exponential tails are short in v, so that one fixed
set of nodes serves one trial and a thousand million.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, expit, gammaln

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.validation import Bools, Floats, demand

DROP = 40.0  # the integrals leave out what lies below exp(-40) times the highest density
LEAST = 1e-3  # parameters for which the nodes are fine enough
RICH = 30.0  # with all parameters at least that, a density is close to normal: few nodes do
POOR = 0.4  # with a parameter below that, a density is wide and its distribution function is not
_HALF_LOG_TURN = np.log(2 * np.pi) / 2
_FURTHEST = 700.0  # of logits whose rates are doubles
BLOCK = 256  # comparisons worked on at once: their nodes fit into the processor's cache


@frozen(eq=False)
class Beta:
    """The law of a rate; both parameters positive and finite, of shapes that broadcast."""

    a: Floats
    b: Floats

    def __init__(self, a: ArrayLike, b: ArrayLike) -> None:
        for name, given in (("a", a), ("b", b)):
            value = np.asarray(given, dtype=np.float64)
            if not (value.ndim == 0 and 0 < value < np.inf):  # a single one is seen at a glance
                demand((value > 0) & np.isfinite(value), value, name, "must be positive and finite")
            object.__setattr__(self, name, value)

    @property
    def mean(self) -> Floats:
        """Expected rate."""
        return np.asarray(self.a / (self.a + self.b))


def exchange(places: Bools, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Both arrays, with their values exchanged in some places."""
    return np.where(places, second, first), np.where(places, first, second)


def rich(*parameters: Floats) -> bool:
    """Whether all laws of a block are close to normal."""
    return min(float(parameter.min()) for parameter in parameters) >= RICH


def poor(*parameters: Floats) -> bool:
    """Whether a law of a block is so far from normal that it takes many nodes."""
    return min(float(parameter.min()) for parameter in parameters) < POOR


def window(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    """Scale of a beta law on the logit axis, and the range of v outside which nothing is left."""
    scale = np.sqrt(1 / a + 1 / b)
    low, high = (np.arcsinh(np.sqrt(2 * DROP) + DROP / (tail * scale)) for tail in (a, b))
    return scale, -low, high


def logit_density(a: Floats, b: Floats, u: Floats) -> Floats:
    """Density of the logit of a beta law at u, from its distance to the mode (no large terms)."""
    distance = u - np.log(a / b)
    fall = -np.abs(distance)  # the exponential of the distance itself would overflow
    slope = np.where(distance > 0, b, a)
    drop = slope * fall - (a + b) * np.log1p(slope / (a + b) * np.expm1(fall))
    height = stirling_rest(a + b) - stirling_rest(a) - stirling_rest(b)
    return np.exp(drop + height) / np.sqrt(2 * np.pi * (1 / a + 1 / b))


def stirling_rest(x: Floats) -> Floats:
    """What Stirling's formula misses of log gamma(x)."""
    small = np.minimum(x, 20)
    exact = gammaln(small) - (small - 0.5) * np.log(small) + small - _HALF_LOG_TURN
    square = x**2
    far = 1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square
    series = (1 / 12 - (1 / 360 - far / square) / square) / x
    return choose(x < 20, exact, series)


def tail_at(a: Floats, b: Floats, u: Floats, *, upper: Bools) -> Floats:
    """P(logit of the law > u) where upper, else P(it is < u)."""
    outer, right = outer_tail(a, b, u)
    return np.asarray(np.where(right ^ upper, 1 - outer, outer))


def outer_tail(a: Floats, b: Floats, u: Floats) -> tuple[Floats, Bools]:
    """Probability beyond logit u on the side away from the mean, and whether that is the right one.

    Rates below exp(-700), where doubles end, follow the power law that every beta law becomes long
    before.
    """
    right = np.asarray(u > np.log(a / b))
    power, edge = np.where(right, b, a), np.where(right, -u, u)
    tail = betainc(power, np.where(right, a, b), expit(np.maximum(edge, -_FURTHEST)))
    if (edge < -_FURTHEST).any():
        tail = tail * np.exp(power * np.minimum(edge + _FURTHEST, 0))
    return tail, right


def in_blocks(work: Callable[..., Floats], *columns: ArrayLike) -> Floats:
    """Work on a few hundred comparisons at a time; all of the shape the columns broadcast to."""
    together = np.broadcast_arrays(*columns)
    flat = [column.ravel() for column in together]
    result = np.empty(flat[0].size)
    for start in range(0, result.size, BLOCK):
        block = slice(start, start + BLOCK)
        result[block] = work(*(column[block] for column in flat))
    return result.reshape(together[0].shape)
