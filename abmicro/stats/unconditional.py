"""Exact tests of two rates that do not condition on the conversions of both arms: Barnard, Boschloo.

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

from abmicro.stats import binomial_law, hypergeometric
from abmicro.stats.arguments import Floats
from abmicro.stats.fisher import conditional, fisher, one_of
from abmicro.stats.proportions import Alternative, Binomial

_FINE = 2.5  # grid points per standard deviation of the total
_PEAKS = 6  # how many are climbed
_CLIMB = 5  # Newton steps
_ROOM = 2**19  # probabilities worked on at once
_TIE = 1e-9  # in treated conversions: thresholds closer to a whole number include it


@dataclass(frozen=True, slots=True)
class Table:
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
    def exchanged(self) -> Table:
        """The table with the arms exchanged."""
        return Table(self.xc, self.nc, self.xt, self.nt)


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
        low, high = (units * np.sin(angle / 2) ** 2 for angle in (self.low, self.high))
        slack = binomial_law.half_width(float(np.sqrt(max(low, high))))
        first, last = max(np.floor(low) - slack, 0), min(np.ceil(high) + slack, units)
        return np.arange(first, last + 1)

    def angles(self, units: float, per_deviation: float) -> Floats:
        """A grid over the range, its points between the ends."""
        points = int(np.ceil(per_deviation * np.sqrt(units) * (self.high - self.low))) + 8
        return self.low + (np.arange(points) + 0.5) * ((self.high - self.low) / points)


EVERY_RATE = Nuisance()


def likely_rates(table: Table, forgone: float) -> Nuisance:
    """The common rates in the exact interval around the observed one at level 1 - forgone.

    Source: Berger and Boos (1994), Journal of the American Statistical Association 89:1012-1016.
    """
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
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> Floats:
    """p-value of the unconditional exact test that orders tables by Fisher's p.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one; "two-sided" is
    twice the smaller of the two, the test that the intervals of `boschloo_interval` invert.

    Returns p of the broadcast shape, exact to about nine digits, never above Fisher's one-sided p
    or its double; NaN where an arm has no units. Equal tables are computed once; 1,000 units per
    arm take milliseconds.

    Source: Boschloo (1970), Statistica Neerlandica 24:1-35.

    >>> print(boschloo(Binomial(7, 34), Binomial(1, 34), alternative="greater").round(5))
    0.01923
    """
    tests = {
        "greater": upper_p,
        "less": lambda table: upper_p(table.exchanged),
        "two-sided": lambda table: min(2 * upper_p(table), 2 * upper_p(table.exchanged), 1.0),
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


def upper_p(table: Table, nuisance: Nuisance = EVERY_RATE) -> float:
    """Boschloo's p that the treated rate is higher."""
    region = fisher_region(table, nuisance.totals(table.units))
    return _largest(table, region.share, nuisance)


def fisher_region(table: Table, totals: Floats) -> Region:
    """The tables whose one-sided Fisher p is at most that of the table.

    Where that is 1 it says little; among those tables likelier ones come first, given their total.
    """
    p = float(fisher(*_arms(table), alternative="greater"))
    if p > 1 - 1e-12:
        return _edge_region(table, totals)
    least, share = [], []
    for first, law in _laws(table, totals, depth=-float(ndtri(p))):
        upper = _upper(law)
        at = (upper > p * (1 + hypergeometric.TIE)).sum(axis=1)
        least.append(first + at)
        share.append(_taken(upper, at))
    return Region(totals, np.concatenate(least), np.concatenate(share))


def _edge_region(table: Table, totals: Floats) -> Region:
    """The tables with more treated conversions than must be, and of the others the likelier."""
    must = np.maximum(totals - table.nc, 0)
    chance = np.exp(hypergeometric.log_pmf(must, table.nt, table.nc, totals))
    own = totals[np.searchsorted(totals, table.total)] == totals
    belongs = chance >= chance[own] * (1 - hypergeometric.TIE)
    return Region(totals, must + ~belongs, np.where(belongs, 1, 1 - chance))


def _z_share(table: Table, *, both_tails: bool) -> Floats:
    """Given each total, the probability of a pooled z (or its size) at least that of the table."""
    totals = EVERY_RATE.totals(table.units)
    units, total = table.units, table.total
    excess = table.xt * table.nc - table.xc * table.nt
    if both_tails:
        excess = abs(excess)
        if excess == 0:
            return np.ones(len(totals))
    own = max(total * (units - total), 1.0)
    reach = excess * np.sqrt(totals * (units - totals) / own)
    z = excess * np.sqrt(units / (own * table.nt * table.nc))
    share, done = [], 0
    for first, law in _laws(table, totals, depth=z):
        rows = slice(done, done := done + len(first))
        centre = table.nt * totals[rows]
        at = np.ceil((centre + reach[rows]) / units - _TIE) - first
        extreme = _taken(_upper(law), at)
        if both_tails:
            at = law.shape[1] - 1 - (np.floor((centre - reach[rows]) / units + _TIE) - first)
            extreme += _taken(_upper(law[:, ::-1]), at)
        share.append(extreme)
    together = np.concatenate(share)
    if excess > 0:
        together[[0, -1]] = 0  # none or all reached: z is 0
    return together


def _share_no_likelier(table: Table) -> Floats:
    """Given each total, the probability of a two-sided Fisher p at most that of the table."""
    p = float(fisher(*_arms(table)))
    share = []
    for _, law in _laws(table, EVERY_RATE.totals(table.units), depth=-float(ndtri(p / 2))):
        ordered = np.sort(law, axis=1, kind="stable")  # two runs to merge
        upto = np.cumsum(ordered, axis=1)
        tied = ordered[:, 1:] <= ordered[:, :-1] * (1 + hypergeometric.TIE)
        belongs = upto <= p * (1 + hypergeometric.TIE)
        belongs[:, :-1] &= ~tied
        share.append(np.where(belongs, upto, 0).max(axis=1))
    return np.concatenate(share)


def _laws(table: Table, totals: Floats, *, depth: float) -> Iterator[tuple[Floats, Floats]]:
    """Treated conversions given the total: first number and probabilities, some totals at a time.

    depth: standard errors out to which the tails must keep their digits.
    """
    nt, nc, units = table.nt, table.nc, table.units
    variance = (totals * (units - totals)).max() * nt * nc / (units**2 * max(units - 1, 1.0))
    half = binomial_law.half_width(float(np.sqrt(variance)), max(depth, 0))
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
        yield mode - half, binomial_law.around(centre, down, up)


def _upper(law: Floats) -> Floats:
    """P(that number or more)."""
    return np.cumsum(law[:, ::-1], axis=1)[:, ::-1]


def _taken(upper: Floats, at: Floats) -> Floats:
    """One entry per row; before the first is the first, and past the last is 0."""
    width = upper.shape[1]
    places = np.clip(at, 0, width - 1).astype(np.intp)
    return np.take_along_axis(upper, places[:, None], axis=1)[:, 0] * (at < width)


def _largest(table: Table, share: Floats, nuisance: Nuisance = EVERY_RATE) -> float:
    """Largest mean of the share over the common rates, by a grid and Newton on its peaks."""
    units = table.units
    totals = nuisance.totals(units)
    curve = _Curve(share, totals[0], units)
    angles = nuisance.angles(units, _FINE)
    height = curve.at(angles)[0]
    ends = curve.at(np.array([nuisance.low, nuisance.high]))[0]
    inner = np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] >= height[2:])) + 1
    peaks = inner[np.argsort(height[inner])[-_PEAKS:]]
    best = max(height.max(), ends.max())
    step = angles[1] - angles[0]
    angle = low = angles[peaks]
    for _ in range(_CLIMB):
        top, slope, bend = curve.at(angle)
        best = max(best, top.max(initial=0))
        move = np.where(bend < 0, -slope / np.where(bend < 0, bend, 1), 0)
        angle = np.clip(angle + move, low - step, low + step)
    return float(min(best + nuisance.forgone, 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """Mean of a share of totals as a function of the angle of the common rate."""

    share: Floats
    first: float
    units: float

    def at(self, angles: Floats) -> Floats:
        """Height, slope and bend, (3, G)."""
        rate = rate_of(angles)
        spread = np.sqrt(rate * (1 - rate))
        half = binomial_law.half_width(float(spread.max(initial=0)) * np.sqrt(self.units))
        half = int(min(half, self.units)) + 1
        first, law = binomial_law.windows(self.units, rate, half)
        total = first[:, None] + np.arange(2 * half + 1)
        places = np.clip(total - self.first, 0, len(self.share) - 1).astype(np.intp)
        weight = law * self.share[places]
        score = (total - (self.units * rate)[:, None]) / spread[:, None]
        tilt = ((0.5 - rate) / spread)[:, None]
        bend = score * (score - tilt) - self.units
        return np.stack([np.sum(weight, 1), np.sum(weight * score, 1), np.sum(weight * bend, 1)])


def rate_of(angle: Floats) -> Floats:
    """The rate whose angle 2 asin(sqrt(rate)) is given, kept off 0 and 1 by rounding."""
    return np.clip(np.sin(angle / 2) ** 2, 1e-300, 1 - 2**-53)


def _arms(table: Table) -> tuple[Binomial, Binomial]:
    return Binomial(table.xt, table.nt), Binomial(table.xc, table.nc)


def _each_table(test: Callable[[Table], float], treated: Binomial, control: Binomial) -> Floats:
    """The test of every table, equal ones once."""
    xt, nt, nc, total = conditional(treated, control)
    tables = np.stack([xt, nt, total - xt, nc], axis=-1)
    unique, places = np.unique(tables.reshape(-1, 4), axis=0, return_inverse=True)
    p = [test(Table(*row)) if min(row[1], row[3]) > 0 else np.nan for row in unique.tolist()]
    return np.asarray(p, dtype=np.float64)[places.reshape(xt.shape)]
