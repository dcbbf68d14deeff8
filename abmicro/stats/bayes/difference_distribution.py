"""The law of the difference of two rates, of their logarithms or of their logits; no draws.

The distribution function is one integral over the narrower law: the wider one enters through its
distribution function, which the nodes of the narrow law resolve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit, logit, ndtri

from abmicro.frozen import frozen
from abmicro.stats.bayes.numerics import difference_nodes
from abmicro.stats.bayes.numerics.sinc_nodes import (
    SURE,
    BetaLaw,
    Number,
    Way,
    ahead_first,
    chance_above,
    in_batches,
    lead,
    nodes_needed,
    score,
    ways,
)
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import (
    Beta,
    exchange,
    in_blocks,
    logit_density,
    poor,
    rich,
    tail_at,
    window,
)
from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Bools, Floats, within

LAST_STEP = 1e-7  # in standard deviations; the secant's error after it is far smaller
_SMALL = 1e-3  # smaller chances keep as many digits, by the longer way

BetaParameters = tuple[Floats, Floats]
Quick = Callable[[BetaLaw, BetaLaw, int, float, Way], Floats]
Chance = Callable[[BetaLaw, BetaLaw, int, Floats, Way], Floats]


@frozen
class Scale:
    """On which scale two rates are compared: their difference, that of their logarithms or logits.

    place, spread: mean and standard deviation of a beta law on the scale, about.
    moved: (u, q) -> the logit of the rate that lies q above that of logit u, infinite beyond 0, 1.
    edges: q -> logits between which `moved` is not cut.
    steepness: logit -> how fast `moved` rises there with q.
    reach: smaller parameters a and b -> no quantile lies further from zero.
    quick: laws of the arms, that ahead first, number of nodes, z, way -> quantiles, where there is
        a quicker way for ordinary counts.
    ways, needed: level -> the ways to go in turn; how many nodes laws take.
    chance: laws of the arms, that ahead first, number of nodes, q, way -> probability above q, to
        1e-12, where there is such a way.
    """

    place: Callable[[Floats, Floats], Floats]
    spread: Callable[[Floats, Floats], Floats]
    moved: Callable[[Floats, Floats], Floats]
    edges: Callable[[Floats], tuple[Floats, Floats]]
    steepness: Callable[[Floats], Floats]
    reach: Callable[[Floats, Floats], Floats]
    quick: Quick | None = None
    ways: Callable[[float], Sequence[Way]] = ways
    needed: Callable[[BetaLaw, BetaLaw, float], Number] = nodes_needed
    chance: Chance | None = None


DIFFERENCE = Scale(
    place=lambda a, b: a / (a + b),
    spread=lambda a, b: np.sqrt(a * b / (a + b) ** 3),
    moved=lambda u, q: np.where(q == 0, u, _log_odds(expit(u) + q, expit(-u) - q)),
    edges=lambda q: (logit(np.maximum(-q, 0)), -logit(np.maximum(q, 0))),
    steepness=lambda u: 1 / (expit(u) * expit(-u)),
    reach=lambda a, _: np.ones_like(a),
    quick=difference_nodes.difference,
    needed=difference_nodes.needed,
)
LOG_RATIO = Scale(
    place=lambda a, b: np.log(a / (a + b)),
    spread=lambda a, b: np.sqrt(b / a / (a + b)),
    moved=lambda u, q: np.where(q == 0, u, _logit_of_log(log_expit(u) + q)),
    edges=lambda q: (np.full_like(q, -np.inf), _logit_of_log(-np.maximum(q, 0))),
    steepness=lambda u: 1 / expit(-u),
    reach=lambda a, _: 1e3 * (1 + 1 / a),
    quick=lambda *laws_and_nodes: lead(*laws_and_nodes).log_ratio,
    ways=lambda level: ways(level)[:1],  # the second way loses a digit
    chance=chance_above,
)


def _log_odds(rate: Floats, rest: Floats) -> Floats:
    """Of a rate and its complement, given apart so that neither loses digits; cut at 0 and 1."""
    return np.asarray(np.log(np.maximum(rate, 0)) - np.log(np.maximum(rest, 0)))


def _logit_of_log(y: Floats) -> Floats:
    """Logit of the rate exp(y), cut at 1."""
    y = np.minimum(y, 0)
    return np.asarray(y - np.log(-np.expm1(y)))


def interval_on(scale: Scale, treated: Beta, control: Beta, level: ArrayLike) -> Effect:
    """Median, lower and upper quantile of treated minus control on a scale."""
    laws = (treated.a, treated.b, control.a, control.b)
    *together, mass = np.broadcast_arrays(*laws, within(level, "level", 0, 1))
    *columns, masses = [array.ravel() for array in (*together, mass)]
    found = _quick(scale, columns, masses)
    left = np.isnan(found[0])
    if left.any():
        tail, own = (1 - masses[left]) / 2, [column[left] for column in columns]
        tails, upper = np.stack([tail, np.full_like(tail, 0.5), tail]), [[False], [False], [True]]
        found[:, left] = in_blocks(partial(quantile, scale), tails, upper, *own)
    found.sort(axis=0)  # where a law leaps, they may agree but for rounding
    low, median, high = found.reshape(3, *mass.shape)
    return Effect(median, low, high)


@np.errstate(over="ignore")
def lift_of(log_ratio: Effect) -> Effect:
    """The same as a relative difference; infinite where doubles end."""
    return Effect(*(np.expm1(end) for end in log_ratio))


def _quick(scale: Scale, columns: list[Floats], levels: Floats) -> Floats:
    """Low, median and high quantile, (3, pairs), NaN where the quick way does not hold."""
    level = float(levels[0]) if levels.size else np.nan
    quick = scale.quick
    if quick is None or (levels != level).any():
        return np.full((3, levels.size), np.nan)
    z = score(level)
    turned, pairs = ahead_first(*columns)
    found, left = np.empty((3, levels.size)), np.arange(levels.size)
    for way in scale.ways(level):
        if left.size:
            work = partial(_quantiles, quick, z, way)
            own = [column[left] for column in pairs]
            found[:, left] = in_batches(work, 3, own, way, scale.needed)
            left = left[np.isnan(found[:, left]).any(axis=0)]
    return np.where(turned, -found[::-1], found)


def _quantiles(
    quick: Quick, z: float, way: Way, ahead: BetaLaw, behind: BetaLaw, number: int
) -> Floats:
    return quick(ahead, behind, number, z, way).T


def above_on(scale: Scale, treated: Beta, control: Beta, at: ArrayLike, *, upper: bool) -> Floats:
    """P(treated minus control > at) on a scale where upper, else P(it is < at)."""
    laws = (treated.a, treated.b, control.a, control.b)
    places, *columns = np.broadcast_arrays(at, *laws)
    if scale.chance is None:
        return in_blocks(partial(_tail, scale, upper), places, *columns)
    flat = [column.ravel() for column in (places, *columns)]
    found = _quick_chance(scale.chance, *flat)
    found = found if upper else 1 - found
    left = ~((found > _SMALL) & (found < 1 - _SMALL))
    found[left] = in_blocks(partial(_tail, scale, upper), *(column[left] for column in flat))
    return found.reshape(places.shape)


@np.errstate(over="ignore")
def _quick_chance(chance: Chance, at: Floats, *laws: Floats) -> Floats:
    """P(treated minus control > at), (pairs,), NaN where the quick way does not hold."""
    turned, pairs = ahead_first(*laws)
    moves = np.where(turned, -at, at)
    there = np.isfinite(moves)
    found = np.full(moves.size, np.nan)
    own = [column[there] for column in (*pairs, moves)]
    found[there] = in_batches(lambda a, b, n, q: chance(a, b, n, q, SURE)[None], 1, own, SURE)[0]
    return np.where(turned, 1 - found, found)


@np.errstate(under="ignore", divide="ignore", invalid="ignore", over="ignore")
def _tail(
    scale: Scale, upper: bool, at: Floats, ta: Floats, tb: Floats, ca: Floats, cb: Floats
) -> Floats:
    """The same for one-dimensional arrays, as a tail of wide minus narrow."""
    narrow_treated = scale.spread(ta, tb) < scale.spread(ca, cb)
    (a, wa), (b, wb) = exchange(narrow_treated, ca, ta), exchange(narrow_treated, cb, tb)
    q = np.where(narrow_treated, -at, at)
    return _beyond(scale, q, upper ^ narrow_treated, (a, b), (wa, wb))


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
    reach = scale.reach(np.minimum(a, wa), np.minimum(b, wb))
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
    scale: Scale, q: Floats, upper: Bools, narrow: BetaParameters, wide: BetaParameters
) -> Floats:
    """P(wide - narrow > q) where upper, else P(wide - narrow < q)."""
    (a, b), (wa, wb), q, above = _columns(narrow), _columns(wide), q[:, None], upper[:, None]
    u, weight, left, right = _nodes(scale, q, (a, b), (wa, wb))
    inside = np.sum(weight * tail_at(wa, wb, scale.moved(u, q), upper=above), axis=-1)
    cut = tail_at(a, b, np.where(above, left, right), upper=~above)
    return np.asarray(np.minimum(inside + cut[:, 0], 1))


@np.errstate(under="ignore", divide="ignore", invalid="ignore", over="ignore")
def density(scale: Scale, at: Floats, ta: Floats, tb: Floats, ca: Floats, cb: Floats) -> Floats:
    """Density of treated minus control on a scale; one-dimensional arrays."""
    narrow_treated = scale.spread(ta, tb) < scale.spread(ca, cb)
    (a, wa), (b, wb) = exchange(narrow_treated, ca, ta), exchange(narrow_treated, cb, tb)
    (a, b), (wa, wb), q = _columns((a, b)), _columns((wa, wb)), np.where(narrow_treated, -at, at)
    u, weight, _, _ = _nodes(scale, q[:, None], (a, b), (wa, wb))
    at_wide = scale.moved(u, q[:, None])
    height = logit_density(wa, wb, at_wide) * scale.steepness(at_wide)
    return np.asarray(np.sum(weight * np.where(np.isfinite(at_wide), height, 0), axis=-1))


def _columns(law: BetaParameters) -> BetaParameters:
    return law[0][:, None], law[1][:, None]


def _nodes(
    scale: Scale, q: Floats, narrow: BetaParameters, wide: BetaParameters
) -> tuple[Floats, ...]:
    """Logits and weights for means over the narrow law where `moved` is not cut, and both ends."""
    a, b = narrow
    unit, low, high = window(a, b)
    mode = np.log(a / b)
    if rich(*narrow, *wide):  # smooth even where it is cut
        (nodes, weights), left, right = _EVEN, low, high
    else:
        nodes, weights = _gauss(_MOST if poor(*narrow, *wide) else _CROWDED)
        left, right = (
            np.clip(np.arcsinh((edge - mode) / unit), low, high) for edge in scale.edges(q)
        )
    v = left + (right - left) * nodes
    u = mode + unit * np.sinh(v)
    weight = logit_density(a, b, u) * unit * np.cosh(v) * (right - left) * weights
    return u, weight, mode + unit * np.sinh(left), mode + unit * np.sinh(right)


@cache
def _gauss(count: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes on (0, 1), crowded towards both ends by a cubic step.

    Where a rate is cut at 0 or 1 the integrand has a root there, which the step makes smooth.
    """
    node, weight = gauss_legendre(count)
    x = (node + 1) / 2
    return x * x * (3 - 2 * x), weight * 3 * x * (1 - x)


_CROWDED, _MOST = 96, 768
_EVEN = np.linspace(0, 1, 44), np.full(44, 1 / 43)
