"""Exact tests of two rates that do not condition on their total: Barnard and Boschloo.

The tables are ordered by how far they speak for a difference; p is the largest probability, over
all common rates, of a table at least as extreme as the observed one. Three facts make it quick:

- Among the tables with the same total T the extreme ones are those with many treated conversions,
  and given T their probability c(T) does not depend on the rate: a hypergeometric tail.
- So at rate p the probability is the mean of c(T) with T binomial, a polynomial in p.
- On the scale asin(sqrt(p)) the binomial law has one width everywhere, so features are never
  narrower than that: a grid a few times finer finds the highest peaks and Newton's iteration climbs
  them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri

from abmicro.stats.exact.fisher_tests import conditional, fisher, one_of
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.numerics import binomial_distribution, hypergeometric
from abmicro.stats.foundations.validation import Floats

_FINE = 2.5  # grid points per standard deviation of the total
_PEAKS = 6  # how many are climbed
_CLIMB = 5  # Newton steps
_ROOM = 2**19  # probabilities worked on at once
_SMALLEST = 1e-290  # of Fisher's p that are told apart
_TIE = 1e-9  # in treated conversions: thresholds closer to a whole number include it


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """One table: treated and control conversions and units, all whole."""

    xt: float
    nt: float
    xc: float
    nc: float

    @property
    def units(self) -> float:
        """Units of both arms."""
        return self.nt + self.nc

    @property
    def total(self) -> float:
        """Conversions of both arms."""
        return self.xt + self.xc

    @property
    def exchanged(self) -> TwoByTwo:
        """The table with the arms exchanged."""
        return TwoByTwo(self.xc, self.nc, self.xt, self.nt)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The tables at least as extreme as one, by their total.

    totals: consecutive totals. least: treated conversions from which a table of that total belongs
    to the region. share: probability of the region given the total, when the rates are equal.
    """

    totals: Floats
    least: Floats
    share: Floats


@dataclass(frozen=True, slots=True)
class Nuisance:
    """The common rates over which the largest p is sought, as angles 2 asin(sqrt(rate)).

    low, high: range of the angle. forgone: probability that the rate lies outside, added to p.
    """

    low: float = 0.0
    high: float = np.pi
    forgone: float = 0.0

    def totals(self, units: float) -> Floats:
        """The totals that have any chance at these rates."""
        low, high = (units * float(rate_of(np.asarray(end))) for end in (self.low, self.high))
        widest = min(max(low, units / 2), high)
        slack = binomial_distribution.half_width(float(np.sqrt(widest * (1 - widest / units))))
        first, last = max(np.floor(low) - slack, 0), min(np.ceil(high) + slack, units)
        return np.arange(first, last + 1)

    def angles(self, units: float, per_deviation: float) -> Floats:
        """A grid over the range, its points between the ends."""
        points = int(np.ceil(per_deviation * np.sqrt(units) * (self.high - self.low))) + 8
        return np.asarray(self.low + (np.arange(points) + 0.5) * (self.high - self.low) / points)


EVERY_RATE = Nuisance()


def likely_rates(table: TwoByTwo, forgone: float) -> Nuisance:
    """The common rates in the exact interval around the observed one at level 1 - forgone.

    It also holds for the pooled rate of two arms whose rates differ: their total varies less than
    that of one arm of all units (Hoeffding 1956).

    Source: Berger and Boos (1994), Journal of the American Statistical Association 89:1012-1016.
    """
    if forgone == 0:
        return EVERY_RATE
    x, y = table.total, table.units - table.total
    low = betaincinv(x, y + 1, forgone / 2) if x > 0 else 0.0
    high = betaincinv(y, x + 1, forgone / 2) if y > 0 else 0.0
    ends = 2 * np.arcsin(np.sqrt(low)), np.pi - 2 * np.arcsin(np.sqrt(high))
    return Nuisance(float(ends[0]), float(ends[1]), forgone)


def barnard(
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> Floats:
    """p-value of the unconditional exact test that orders tables by the pooled z.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one, "two-sided"
    orders by |z|.

    Returns p of the broadcast shape, exact to about nine digits; 1 (two-sided) where z is 0, NaN
    where an arm has no units. Tables whose z ties with the observed one belong to the region; scipy
    drops some of them. Equal tables are computed once; 1,000 units per arm take milliseconds.

    Source: Barnard (1947), Biometrika 34:123-138; Suissa and Shuster (1985), Journal of the Royal
    Statistical Society A 148:317-327.

    >>> print(barnard(Binomial(9, 10), Binomial(3, 10)).round(5))
    0.00796
    """
    tests = {
        "greater": lambda table: _largest(table, _z_share(table, both_tails=False)),
        "less": lambda table: _largest(table, _z_share(table.exchanged, both_tails=False)),
        "two-sided": lambda table: _largest(table, _z_share(table, both_tails=True)),
    }
    return _each_table(tests[one_of(alternative)], treated, control)


def boschloo(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    alternative: Alternative = "two-sided",
    forgone: float = 0.0,
) -> Floats:
    """p-value of the unconditional exact test that orders tables by Fisher's p.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one; "two-sided" is
    twice the smaller of the two.
    forgone: probability in [0, 1) that the common rate lies outside the rates searched, added to
    the one-sided p; 0 searches all. A little, e.g. 1e-6, gains power and takes any size of arm.

    Returns p of the broadcast shape, exact to about nine digits; NaN where an arm has no units.
    With none forgone it is never above Fisher's one-sided p, or its double. Equal tables are
    computed once; 1,000 units per arm take hundredths of a second.

    Source: Boschloo (1970), Statistica Neerlandica 24:1-35; forgone rates: Berger and Boos (1994),
    Journal of the American Statistical Association 89:1012-1016.

    >>> print(boschloo(Binomial(7, 34), Binomial(1, 34), alternative="greater").round(5))
    0.01923
    """
    if not 0 <= forgone < 1:
        raise ValueError(f"forgone must lie in [0, 1), got {forgone}")

    def upper(table: TwoByTwo) -> float:
        return upper_p(table, likely_rates(table, forgone))

    tests = {
        "greater": upper,
        "less": lambda table: upper(table.exchanged),
        "two-sided": lambda table: min(2 * upper(table), 2 * upper(table.exchanged), 1.0),
    }
    return _each_table(tests[one_of(alternative)], treated, control)


def boschloo_no_likelier(treated: Binomial, control: Binomial, /) -> Floats:
    """Two-sided p-value of the unconditional exact test that orders tables by Fisher's two-sided p.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    Returns p of the broadcast shape; NaN where an arm has no units. The other two-sided version of
    Boschloo's test; its p can be below that of `boschloo`, but no interval belongs to it.

    Source: Boschloo (1970), Statistica Neerlandica 24:1-35.

    >>> print(boschloo_no_likelier(Binomial(14, 45), Binomial(5, 40)).round(4))
    0.0502
    """
    return _each_table(lambda table: _largest(table, _share_no_likelier(table)), treated, control)


def upper_p(table: TwoByTwo, nuisance: Nuisance = EVERY_RATE) -> float:
    """Boschloo's p that the treated rate is higher."""
    region = fisher_region(table, nuisance.totals(table.units))
    return _largest(table, region.share, nuisance)


def fisher_region(table: TwoByTwo, totals: Floats) -> Region:
    """The tables whose one-sided Fisher p is at most that of the table.

    Where that is 1 it says little; among those tables likelier ones come first, given their total.
    """
    p = max(float(fisher(*_arms(table), alternative="greater")), _SMALLEST)
    if p > 1 - 1e-12:
        return _edge_region(table, totals)
    least, share = [], []
    for first, law in _laws(table, totals, depth=-float(ndtri(p))):
        upper = _upper(law)
        at = (upper > p * (1 + hypergeometric.TIE)).sum(axis=1)
        least.append(first + at)
        share.append(_taken(upper, at))
    return Region(totals, np.concatenate(least), np.concatenate(share))


def _edge_region(table: TwoByTwo, totals: Floats) -> Region:
    """The tables with more treated conversions than must be, and of the others the likelier."""
    must = np.maximum(totals - table.nc, 0)
    sizes = np.asarray(table.nt), np.asarray(table.nc)
    chance = np.exp(hypergeometric.log_pmf(must, *sizes, totals))
    own = chance[np.searchsorted(totals, table.total)]
    belongs = chance >= own * (1 - hypergeometric.TIE)
    return Region(totals, must + ~belongs, np.where(belongs, 1, 1 - chance))


def _z_share(table: TwoByTwo, *, both_tails: bool) -> Floats:
    """Given each total, the probability of a pooled z (or its size) at least that of the table."""
    totals = EVERY_RATE.totals(table.units)
    excess = table.xt * table.nc - table.xc * table.nt
    if both_tails:
        excess = abs(excess)
    if both_tails and excess == 0:
        return np.ones(len(totals))
    spread = totals * (table.units - totals)
    own = max(table.total * (table.units - table.total), 1.0)
    reach = excess * np.sqrt(spread / own) - _TIE * table.units
    share = _tail(table, totals, reach)
    if both_tails:
        share = share + _tail(table.exchanged, totals, reach)
    if excess > 0:
        share[[0, -1]] = 0  # none or all reached: z is 0
    return share


def _tail(table: TwoByTwo, totals: Floats, reach: Floats) -> Floats:
    """Given each total, the probability that xt nc - xc nt is at least `reach`."""
    least, most = np.maximum(totals - table.nc, 0), np.minimum(totals, table.nt)
    x = np.ceil((table.nt * totals + reach) / table.units)
    there = np.clip(x, least, most)
    sizes = np.full(len(totals), table.nt), np.full(len(totals), table.nc)
    _, same, more = hypergeometric.parts(there, *sizes, totals)
    return np.where(x <= least, 1, np.where(x > most, 0, same + more))


def _share_no_likelier(table: TwoByTwo) -> Floats:
    """Given each total, the probability of a two-sided Fisher p at most that of the table."""
    p = max(float(fisher(*_arms(table))), _SMALLEST)
    share = []
    for _, law in _laws(table, EVERY_RATE.totals(table.units), depth=-float(ndtri(p / 2))):
        ordered = np.sort(law, axis=1, kind="stable")  # two runs to merge
        upto = np.cumsum(ordered, axis=1)
        tied = ordered[:, 1:] <= ordered[:, :-1] * (1 + hypergeometric.TIE)
        belongs = upto <= p * (1 + hypergeometric.TIE)
        belongs[:, :-1] &= ~tied
        share.append(np.where(belongs, upto, 0).max(axis=1))
    return np.concatenate(share)


def _laws(table: TwoByTwo, totals: Floats, *, depth: float) -> Iterator[tuple[Floats, Floats]]:
    """Treated conversions given the total: first number and probabilities, some totals at a time.

    depth: standard errors out to which the tails must keep their digits.
    """
    nt, nc, units = table.nt, table.nc, table.units
    variance = (totals * (units - totals)).max() * nt * nc / (units**2 * max(units - 1, 1.0))
    half = binomial_distribution.half_width(float(np.sqrt(variance)), max(depth, 0))
    half = int(min(half, nt, nc, totals[-1])) + 1
    rows = max(_ROOM // (2 * half + 1), 1)
    steps = np.arange(half)
    for begin in range(0, len(totals), rows):
        total = totals[begin : begin + rows]
        mode = np.floor((total + 1) * (nt + 1) / (units + 2))
        spare = nc - total[:, None]
        y, x = mode[:, None] + steps, mode[:, None] - steps
        up = (nt - y) * (total[:, None] - y) / ((y + 1) * (spare + y + 1))
        down = x * (spare + x) / ((nt - x + 1) * (total[:, None] - x + 1))
        centre = np.exp(hypergeometric.log_pmf(mode, np.asarray(nt), np.asarray(nc), total))
        yield mode - half, binomial_distribution.around(centre, down, up)


def _upper(law: Floats) -> Floats:
    """P(that number or more)."""
    return np.cumsum(law[:, ::-1], axis=1)[:, ::-1]


def _taken(upper: Floats, at: Floats) -> Floats:
    """One entry per row; before the first is the first, and past the last is 0."""
    width = upper.shape[1]
    places = np.clip(at, 0, width - 1).astype(np.intp)
    taken = np.take_along_axis(upper, places[:, None], axis=1)[:, 0]
    return np.where(at < width, taken, 0)


def _largest(table: TwoByTwo, share: Floats, nuisance: Nuisance = EVERY_RATE) -> float:
    """Largest mean of the share over the common rates, by a grid and Newton on its peaks."""
    curve = _Curve(share, nuisance.totals(table.units)[0], table.units)
    angles = nuisance.angles(table.units, _FINE)
    height = curve.heights(angles)
    ends = curve.heights(np.array([nuisance.low, nuisance.high]))
    inner = np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] >= height[2:])) + 1
    peaks = angles[inner[np.argsort(height[inner])[-_PEAKS:]]]
    tops = curve.climb(peaks, angles[1] - angles[0])
    return float(min(np.concatenate([height, ends, tops]).max() + nuisance.forgone, 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """Mean of a share of totals as a function of the angle of the common rate."""

    share: Floats
    first: float
    units: float

    def heights(self, angles: Floats) -> Floats:
        """Means at some angles."""
        _, weight = self._weights(rate_of(angles))
        return np.asarray(weight.sum(axis=1))

    def climb(self, start: Floats, step: float) -> Floats:
        """Heights near the peaks by Newton's iteration within a step of the start."""
        angle, best = start, np.zeros(len(start))
        for _ in range(_CLIMB):
            rate = rate_of(angle)
            total, weight = self._weights(rate)
            spread = np.sqrt(rate * (1 - rate))[:, None]
            score = (total - self.units * rate[:, None]) / spread
            slope = np.sum(weight * score, axis=1)
            tilt = (0.5 - rate[:, None]) / spread
            bend = np.sum(weight * (score * (score - tilt) - self.units), axis=1)
            best = np.maximum(best, weight.sum(axis=1))
            move = np.where(bend < 0, -slope / np.where(bend < 0, bend, 1), 0)
            angle = np.clip(angle + move, start - step, start + step)
        return best

    def _weights(self, rate: Floats) -> tuple[Floats, Floats]:
        """Totals around their mode at each rate, and their probability times the share."""
        spread = float(np.sqrt(self.units * rate * (1 - rate)).max(initial=0))
        half = min(binomial_distribution.half_width(spread), int(self.units) + 1)
        first, law = binomial_distribution.windows(self.units, rate, half)
        total = first[:, None] + np.arange(2 * half + 1)
        places = np.clip(total - self.first, 0, len(self.share) - 1).astype(np.intp)
        return total, law * self.share[places]


def rate_of(angle: Floats) -> Floats:
    """The rate whose angle 2 asin(sqrt(rate)) is given, kept off 0 and 1 by rounding."""
    return np.asarray(np.clip(np.sin(angle / 2) ** 2, 1e-300, 1 - 2**-53))


def _arms(table: TwoByTwo) -> tuple[Binomial, Binomial]:
    return Binomial(table.xt, table.nt), Binomial(table.xc, table.nc)


def _each_table(test: Callable[[TwoByTwo], float], treated: Binomial, control: Binomial) -> Floats:
    xt, nt, nc, total = conditional(treated, control)
    return one_by_one(lambda *row: (test(TwoByTwo(*row)),), 1, xt, nt, total - xt, nc)[0]


def one_by_one(
    work: Callable[..., tuple[float, ...]], results: int, *columns: Floats
) -> tuple[Floats, ...]:
    """What `work` makes of each distinct row, in arrays of the shape the columns broadcast to.

    results: how many numbers `work` returns. columns: the counts of a `TwoByTwo`, then others.
    Where an arm has no units the results are NaN.
    """
    together = np.broadcast_arrays(*columns)
    rows = np.stack(together, axis=-1).reshape(-1, len(columns))
    distinct, places = np.unique(rows, axis=0, return_inverse=True)
    filled = (distinct[:, 1] > 0) & (distinct[:, 3] > 0)
    found = np.full((len(distinct), results), np.nan)
    for row in np.flatnonzero(filled):
        found[row] = work(*distinct[row].tolist())
    return tuple(column[places].reshape(together[0].shape) for column in found.T)
