"""Two beta laws of one conversion and thirty failures or more each, on even nodes.

On the axis y of log rates such a law is smooth and falls to nothing at both ends, so that sums over
evenly spaced nodes are exact to rounding, and so is the running sum of Whittaker's cardinal series
in place of the distribution function: no incomplete beta function is called. Quantiles start at
Cornish and Fisher's and are refined on the probit scale by steps of third order: one where the laws
are rich, of thirty conversions or more, three where they are not.

Numbers are floats, or arrays of one shape (B,); nodes come first in arrays: (N,) or (N, B), and
laws moved to quantiles before them: (3, N) or (3, N, B). Treated is the arm of the higher mean.

Sources: Stenger (1993), Numerical Methods Based on Sinc and Analytic Functions, section 3.6, for
the indefinite integral; Cornish and Fisher (1937), Revue de l'Institut International de Statistique
5:307-320; the arrangement is our own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri, sici

from abmicro.stats.foundations.numerics.beta_distribution import exchange, stirling_rest
from abmicro.stats.foundations.validation import Bools, Floats

LEVELS = 0.5, 0.99  # of intervals
_BATCH = 256  # pairs of rich laws worked on at once: their nodes fit into the processor's cache
_LEAST = 48  # pairs worth a call, whatever nodes they take

Number = Any  # a float or an array of floats; what is done with them is the same

_LARGE = 20.0  # from which on four terms of a series are exact
SETTLED = 1e-3  # of a standard deviation: a step of third order after one that short is exact
DROP, _DEEPER = 20.0, 27.0  # nodes reach down to exp(-20) of the highest density, or deeper
_FEW = 96  # nodes of rich laws
_STEP = 0.58  # of nodes, in standard deviations of the narrower law
_DENSITY = 1 / math.sqrt(2 * math.pi)
LOWEST = np.array(-1 + 1e-9)  # relative distance to the mode where a rate would leave (0, 1)
_SIDES = np.array([-1.0, 1.0, 1.0])  # a tail above too large: the quantile lies higher
_CURVES = np.array([[-1.5, -0.5, 0.5], [2, 0, -2], [-0.5, 0.5, 1.5]])  # slopes of a parabola


class Way(NamedTuple):
    """Which laws nodes serve, and how.

    a, b: least parameters. drop: of the log density, down to which nodes reach. nodes: at most.
    steps: of refinement.
    """

    a: float
    b: float
    drop: float
    nodes: int
    steps: int

    def takes(self, a: float, b: float) -> bool:
        """Whether both laws of a pair are rich enough, given their lesser parameters."""
        return a >= self.a and b >= self.b


RICH = Way(30.0, 30.0, DROP, _FEW, 1)
SURE = Way(30.0, 30.0, 30.0, 2 * _FEW, 1)  # for probabilities to 1e-12


class BetaLaw(NamedTuple):
    """A beta law, and its mode, spread and greatest density (height) on the axis of log rates.

    less: b - 1. units: a + b.
    """

    a: Number
    less: Number
    units: Number
    mean: Number
    mode: Number
    spread: Number
    height: Number


def law_of(a: Number, b: Number) -> BetaLaw:
    """The law of parameters a and b."""
    units, less = a + b, b - 1
    mode = a / (units - 1)
    spread = ((1 - mode) / a) ** 0.5
    rest = _rest(units - 1) - _rest(a) - _rest(less)
    exp = math.exp if isinstance(a, float) else np.exp
    return BetaLaw(a, less, units, a / units, mode, spread, _DENSITY / spread * exp(rest))


def _rest(x: Number) -> Number:
    """What Stirling's formula misses of log gamma(x)."""
    if x < _LARGE if isinstance(x, float) else (x < _LARGE).any():
        return stirling_rest(x)
    square = 1 / (x * x)
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x


def nodes_needed(treated: BetaLaw, control: BetaLaw, drop: float) -> Number:
    """How many nodes resolve both laws: the more, the less alike their widths are.

    drop: by how much the log density falls until the nodes end.
    """
    left, right, step = _extent(treated, control, drop)
    return (left + right) / step


def whole_nodes(needed: float) -> int:
    """At least so many nodes, a multiple of four, if many of 32: few matrices serve all."""
    step = 4 if needed <= _FEW else 32
    return step * math.ceil(needed / step)


class Nodes(NamedTuple):
    """Even nodes on the axis of log rates, and what control's law is there.

    offset: y minus control's mode. relative: rate / control's mode - 1.
    weight, below: control's mass at a node, and its distribution function there.
    """

    offset: Floats
    relative: Floats
    weight: Floats
    below: Floats
    step: Number


def nodes(treated: BetaLaw, control: BetaLaw, number: int, drop: float = DROP) -> Nodes:
    """So many nodes over what the laws cover, treated moved on to control."""
    left, right, _ = _extent(treated, control, drop)
    step = (left + right) / (number - 1)
    grid, integral = _cardinal(number)
    offset = (grid if isinstance(step, float) else grid[:, None]) * step
    offset -= left
    relative = np.expm1(offset)
    weight = bare_density(control.a, control, offset, relative)
    weight *= control.height * step
    return Nodes(offset, relative, weight, integral.dot(weight), step)


def turns(at: Nodes, way: Way) -> Sequence[Nodes]:
    """The nodes of each step: every second one until the last, which needs all of them."""
    if way.steps == 1:
        return (at,)
    offset, relative, weight, below = (part[::2] for part in at[:4])
    return *(Nodes(offset, relative, 2 * weight, below, 2 * at.step),) * (way.steps - 1), at


def _extent(treated: BetaLaw, control: BetaLaw, drop: float) -> tuple[Number, Number, Number]:
    """How far to either side of control's mode nodes must reach, and their spacing.

    A moved law is as wide as before on the axis of log rates where ratios are looked at, and wider
    by treated / control where differences are. The left tail is the longer one.
    """
    smaller, larger = (min, max) if isinstance(treated.a, float) else (np.minimum, np.maximum)
    wide = treated.spread * treated.mode / control.mode
    right = math.sqrt(2 * drop) * larger(wide, control.spread)
    skew = larger(_skewed(treated), _skewed(control))
    step = _STEP * smaller(treated.spread, control.spread)
    finer = 1 + 1.4 * control.spread + 2.5 / smaller(treated.a, control.a)
    return right + skew * (2 * drop / 3), right, step / finer


def _skewed(one: BetaLaw) -> Number:
    return (1 / one.a + 1 / one.less) * (1 - one.mode)


@cache
def _cardinal(number: int) -> tuple[Floats, Floats]:
    """0, 1 ... and the matrix of running integrals of what nodes at unit distance carry."""
    grid = np.arange(number, dtype=np.float64)
    return grid, 0.5 + sici(np.pi * (grid[:, None] - grid))[0] / np.pi


def bare_density(power: Number, one: BetaLaw, log_ratio: Floats, relative: Floats) -> Floats:
    """(rate / mode)^power times ((1 - rate) / (1 - mode))^(b - 1), 0 beyond a rate of 1.

    log_ratio, relative: log(rate / mode) and rate / mode - 1.
    """
    rest: Floats = relative * -(one.a / one.less)  # minus the odds of the mode
    np.maximum(rest, LOWEST, out=rest)
    np.log1p(rest, out=rest)
    rest *= one.less
    rest += log_ratio * power
    np.exp(rest, out=rest)
    return rest


def total(rows: Floats, weights: Floats) -> Floats:
    """Sums over the nodes, (..., N) or (..., N, B) by (N,) or (..., N, B)."""
    alone = weights.ndim == 1  # the quicker one
    found: Floats = rows.dot(weights) if alone else np.einsum("...nb,...nb->...b", rows, weights)
    return found


class Lead(NamedTuple):
    """What treated, the arm ahead, has over control.

    upset: chance that control has the higher rate. loss: mean of control's lead (0 where it lags).
    log_ratio: low, median and high quantile of log(treated / control), (3,) or (B, 3).
    """

    upset: Number
    loss: Number
    log_ratio: Floats


def lead(treated: BetaLaw, control: BetaLaw, number: int, z: float, way: Way = RICH) -> Lead:
    """Chance, loss and quantiles of the log ratio, from four moved laws on one set of nodes.

    Quantiles that are refined more than once are NaN where they have not settled.
    """
    at = nodes(treated, control, number, way.drop)
    low, median, high = cornish_fisher(*_log_ratio_cumulants(treated, control), z)
    moves = np.array([low, median, high, 0 * treated.a])
    for on in turns(at, way):
        above, height = 1 - on.below, treated.height * on.step
        log_ratio = on.offset + (moves + _log(control.mode / treated.mode))[:, None]
        moved = bare_density(treated.a, treated, log_ratio, np.expm1(log_ratio))
        tails, upper = total(moved, above), total(moved, on.below)
        upper[0] = tails[0]
        density = total(moved[:3], on.weight) * treated.height
        found = refined(moves[:3], upper[:3] * height, density, z)
        last, moves[:3] = found.T - moves[:3], found.T
    rate = (at.relative + 1) * control.mode
    density = at.weight * (1 / (at.step * control.units))
    part = density - rate * (density + above)
    loss = (control.mean * tails[3] + total(moved[3], part)) * height
    if way.steps > 1:
        settled = np.abs(last) < SETTLED * (treated.spread + control.spread)
        found = np.where(settled.T, found, np.nan)
    return Lead(tails[3] * height, loss, found)


def chance_above(
    treated: BetaLaw, control: BetaLaw, number: int, log_ratio: Floats, way: Way
) -> Floats:
    """P(log(treated / control) > log_ratio), (B,), to about 1e-12.

    The law that is moved far off leaves the nodes on the side that counts for nothing.
    """
    at = nodes(treated, control, number, way.drop)
    shift = log_ratio + _log(control.mode / treated.mode)
    y = at.offset + shift
    moved = bare_density(treated.a, treated, y, np.expm1(y))
    right = shift > 0
    part = total(moved, np.where(right, at.below, 1 - at.below)) * treated.height * at.step
    return np.asarray(np.where(right, part, 1 - part))


def refined(start: Floats, tails: Floats, density: Floats, z: float) -> Floats:
    """Quantiles after one step from where tails and densities were found.

    tails: below the low end, above the median, above the high end. On the probit scale quantiles
    are nearly a straight line, whose curvature follows from the slopes at all three.
    """
    probit = ndtri(tails).T
    slope = np.exp(probit * probit * -0.5) / density.T
    slope *= _DENSITY
    miss = (probit + np.array([z, 0, z])) * _SIDES
    found: Floats = start.T + miss * (slope + slope.dot(_CURVES) * (0.5 / z) * miss)
    return found


def cornish_fisher(
    mean: Number, variance: Number, third: Number, fourth: Number, z: float
) -> tuple[Number, Number, Number]:
    """Quantiles at -z, 0 and z from four cumulants, nearly."""
    spread = variance**0.5
    skew, excess = third / (variance * spread) / 6, fourth / (variance * variance) / 24
    square = z * z
    even = mean + spread * skew * (square - 1)
    odd = spread * z * (1 + excess * (square - 3) - skew * skew * (2 * square - 5))
    return even - odd, mean - spread * skew, even + odd


def _log_ratio_cumulants(
    treated: BetaLaw, control: BetaLaw
) -> tuple[Number, Number, Number, Number]:
    one, two, three, four = _log_cumulants(treated)
    other, second, third, fourth = _log_cumulants(control)
    ratio = _log(treated.mean / control.mean)
    return ratio + one - other, two + second, three - third, four + fourth


def _log_cumulants(one: BetaLaw) -> tuple[Number, Number, Number, Number]:
    """Cumulants of the log of a rate, the mean less the log of its mean: polygamma functions."""
    i, j = 1 / one.a, 1 / one.units
    ii, jj = i * i, j * j
    return (
        (j - i) / 2 - (ii - jj) / 12,
        i - j + (ii - jj) / 2 + (ii * i - jj * j) / 6,
        jj * (1 + j) - ii * (1 + i),
        ii * i * (2 + 3 * i) - jj * j * (2 + 3 * j),
    )


def _log(x: Number) -> Number:
    return math.log(x) if isinstance(x, float) else np.log(x)


def rich_laws(level: float) -> Way:
    """Laws rich enough for the ends of an interval of that level after one step.

    It then leaves errors below 1e-8 of the interval's width; further out than 99 % it does not.
    """
    if not LEVELS[0] <= level <= LEVELS[1]:
        return RICH._replace(a=math.inf)
    return RICH if level <= 0.95 else RICH._replace(a=120.0, b=120.0)


def ways(level: float) -> tuple[Way, Way]:
    """The quick way for rich laws, and that for poorer ones and less like pairs."""
    rich = rich_laws(level)
    return rich, rich if math.isinf(rich.a) else Way(1.5, 30.0, _DEEPER, 480, 3)


@cache
def score(level: float) -> float:
    """How many standard deviations an interval of that level reaches to either side."""
    return -float(ndtri((1 - level) / 2))


def ahead_first(
    ta: Floats, tb: Floats, ca: Floats, cb: Floats
) -> tuple[Bools, tuple[Floats, Floats, Floats, Floats]]:
    """Where the arm of the lower mean is treated, and the parameters with that arm last."""
    turned = np.asarray(ta * cb < ca * tb)
    (a, wa), (b, wb) = exchange(turned, ta, ca), exchange(turned, tb, cb)
    return turned, (a, b, wa, wb)


def in_batches(
    work: Callable[..., Floats],
    rows: int,
    columns: Sequence[Floats],
    way: Way,
    needed: Callable[[BetaLaw, BetaLaw, float], Number] = nodes_needed,
) -> Floats:
    """What `work` tells of many pairs, (rows, pairs); NaN where the way is not for their laws.

    work: (rows, B) for B pairs, from their laws, the arm ahead first, a number of nodes, and what
    else is given of each. columns: parameters of treated and control, then that, (pairs,) each.
    Pairs that need like numbers of nodes are worked on together.
    """
    found = np.full((rows, columns[0].size), np.nan)
    a, b = np.minimum(columns[0], columns[2]), np.minimum(columns[1], columns[3])
    rich = np.flatnonzero((a >= way.a) & (b >= way.b))
    if not rich.size:
        return found
    ta, tb, ca, cb, *others = (column[rich] for column in columns)
    laws = law_of(ta, tb), law_of(ca, cb)
    need = needed(*laws, way.drop)
    order = np.argsort(need)
    order = order[: np.searchsorted(need[order], way.nodes)]
    while order.size:
        many = max(int(_BATCH * min(_FEW / whole_nodes(need[order[-1]]), 1)), _LEAST)
        at, order = order[-many:], order[:-many]
        treated, control = (BetaLaw(*(number[at] for number in law)) for law in laws)
        number, each = whole_nodes(need[at[-1]]), (other[at] for other in others)
        found[:, rich[at]] = work(treated, control, number, *each)
    return found
