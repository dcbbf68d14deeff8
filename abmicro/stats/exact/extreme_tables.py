"""Which tables are at least as extreme as some, and how likely those are given their total.

Among the tables with the same total T the extreme ones are those with many treated conversions,
and given T their probability does not depend on the common rate: a hypergeometric tail. It is
reckoned for many tables at once, whose arms may differ but have together as many units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri

from abmicro.frozen import frozen
from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics import binomial_distribution, hypergeometric
from abmicro.stats.foundations.validation import Floats

_ROOM = 2**19  # probabilities worked on at once
_SMALLEST = 1e-290  # of Fisher's p that are told apart
_CERTAIN = 1 - 1e-12  # Fisher's p from which on it says little
_TIE = 1e-9  # in treated conversions: thresholds closer to a whole number include it


@frozen(eq=False)
class TablesOfUnits:
    """Tables whose arms have together as many units: conversions and units, columns (R, 1)."""

    xt: Floats
    nt: Floats
    xc: Floats
    nc: Floats

    @property
    def units(self) -> float:
        """Units of both arms, of every table."""
        return float(self.nt[0, 0] + self.nc[0, 0])

    @property
    def total(self) -> Floats:
        """Conversions of both arms."""
        return self.xt + self.xc

    @property
    def exchanged(self) -> TablesOfUnits:
        """The tables with the arms exchanged."""
        return TablesOfUnits(self.xc, self.nc, self.xt, self.nt)

    def at(self, places: NDArray[Any]) -> TablesOfUnits:
        """Some of the tables."""
        return TablesOfUnits(self.xt[places], self.nt[places], self.xc[places], self.nc[places])

    @property
    def arms(self) -> tuple[Binomial, Binomial]:
        """Treated and control."""
        return Binomial(self.xt, self.nt), Binomial(self.xc, self.nc)


def alike(
    rows: Floats, known: NDArray[np.intp], keys: int, most: Callable[[float], int]
) -> Iterator[NDArray[np.intp]]:
    """Places of some sorted rows, all that agree in their first columns, or a part of these.

    known: places of the rows. keys: how many columns. most: rows at once, from the first column.
    """
    begins = np.flatnonzero(np.any(np.diff(rows[known, :keys], axis=0) != 0, axis=1)) + 1
    for group in np.split(known, begins) if known.size else ():
        size = most(rows[group[0], 0])
        yield from np.split(group, range(size, len(group), size))


@frozen(eq=False)
class Region:
    """The tables at least as extreme as one, by their total; a row (T,) for each of R tables.

    totals: (T,) consecutive totals. least: (R, T) treated conversions from which a table of that
    total belongs to the region. share: (R, T) probability of the region given the total, when the
    rates are equal.
    """

    totals: Floats
    least: Floats
    share: Floats


@frozen
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


def likely_rates(total: float, units: float, forgone: float) -> Nuisance:
    """The common rates in the exact interval around total / units at level 1 - forgone.

    It also holds for the pooled rate of two arms whose rates differ: their total varies less than
    that of one arm of all units (Hoeffding 1956).

    Source: Berger and Boos (1994), Journal of the American Statistical Association 89:1012-1016.
    """
    if forgone == 0:
        return EVERY_RATE
    x, y = total, units - total
    low = betaincinv(x, y + 1, forgone / 2) if x > 0 else 0.0
    high = betaincinv(y, x + 1, forgone / 2) if y > 0 else 0.0
    ends = 2 * np.arcsin(np.sqrt(low)), np.pi - 2 * np.arcsin(np.sqrt(high))
    return Nuisance(float(ends[0]), float(ends[1]), forgone)


def rate_of(angle: Floats) -> Floats:
    """The rate whose angle 2 asin(sqrt(rate)) is given, kept off 0 and 1 by rounding."""
    return np.asarray(np.clip(np.sin(angle / 2) ** 2, 1e-300, 1 - 2**-53))


def fisher_region(tables: TablesOfUnits, totals: Floats) -> Region:
    """The tables whose one-sided Fisher p is at most that of each table.

    Where that is 1 it says little; among those tables likelier ones come first, given their total.
    """
    p = np.maximum(fisher(*tables.arms, alternative="greater"), _SMALLEST)
    bound = (p * (1 + hypergeometric.TIE) + 0 * totals).ravel()
    least, share, begin = [], [], 0
    for first, law in _laws(tables, totals, depth=-float(ndtri(p.min()))):
        upper = np.cumsum(law[:, ::-1], axis=1)[:, ::-1]
        at = (upper > bound[begin : begin + len(law), None]).sum(axis=1)
        least.append(first + at)
        share.append(_taken(upper, at))
        begin += len(law)
    shape = len(p), len(totals)
    region = Region(totals, *(np.concatenate(part).reshape(shape) for part in (least, share)))
    certain = p > _CERTAIN
    if not certain.any():
        return region
    edge = _edge_region(tables, totals)
    return Region(
        totals,
        np.where(certain, edge.least, region.least),
        np.where(certain, edge.share, region.share),
    )


def _edge_region(tables: TablesOfUnits, totals: Floats) -> Region:
    """The tables with more treated conversions than must be, and of the others the likelier."""
    must = np.maximum(totals - tables.nc, 0)
    chance = np.exp(hypergeometric.log_pmf(must, tables.nt, tables.nc, totals))
    place = np.searchsorted(totals, tables.total[:, 0])
    own = np.take_along_axis(chance, place[:, None], axis=1)
    belongs = chance >= own * (1 - hypergeometric.TIE)
    return Region(totals, must + ~belongs, np.where(belongs, 1, 1 - chance))


def z_share(tables: TablesOfUnits, *, both_tails: bool) -> Floats:
    """Given each total, the probability of a pooled z (or its size) at least that of the table.

    Returns (R, T) for the totals of every rate.
    """
    totals, units = EVERY_RATE.totals(tables.units), tables.units
    excess = tables.xt * tables.nc - tables.xc * tables.nt
    if both_tails:
        excess = np.abs(excess)
    spread = totals * (units - totals)
    own = np.maximum(tables.total * (units - tables.total), 1)
    reach = excess * np.sqrt(spread / own) - _TIE * units
    share = _tail(tables, totals, reach)
    if both_tails:
        share = np.where(excess == 0, 1, share + _tail(tables.exchanged, totals, reach))
    nobody_or_all = (totals == 0) | (totals == units)  # there z is 0
    return np.where((excess > 0) & nobody_or_all, 0, share)


def _tail(tables: TablesOfUnits, totals: Floats, reach: Floats) -> Floats:
    """Given each total, the probability that xt nc - xc nt is at least `reach`."""
    least, most = np.maximum(totals - tables.nc, 0), np.minimum(totals, tables.nt)
    x = np.ceil((tables.nt * totals + reach) / tables.units)
    there = np.clip(x, least, most)
    _, same, more = hypergeometric.parts(there, tables.nt, tables.nc, totals)
    return np.where(x <= least, 1, np.where(x > most, 0, same + more))


def share_no_likelier(tables: TablesOfUnits) -> Floats:
    """Given each total, the probability of a two-sided Fisher p at most that of the table.

    Returns (R, T) for the totals of every rate.
    """
    totals = EVERY_RATE.totals(tables.units)
    p = np.maximum(fisher(*tables.arms), _SMALLEST)
    bound = (p * (1 + hypergeometric.TIE) + 0 * totals).ravel()
    share, begin = [], 0
    for _, law in _laws(tables, totals, depth=-float(ndtri(p.min() / 2))):
        ordered = np.sort(law, axis=1, kind="stable")  # two runs to merge
        upto = np.cumsum(ordered, axis=1)
        tied = ordered[:, 1:] <= ordered[:, :-1] * (1 + hypergeometric.TIE)
        belongs = upto <= bound[begin : begin + len(law), None]
        belongs[:, :-1] &= ~tied
        share.append(np.where(belongs, upto, 0).max(axis=1))
        begin += len(law)
    return np.concatenate(share).reshape(len(p), len(totals))


def _laws(
    tables: TablesOfUnits, totals: Floats, *, depth: float
) -> Iterator[tuple[Floats, Floats]]:
    """Treated conversions given the total: first number and probabilities, some lines at a time.

    A line is a total of a table, all of a table's one after the other. depth: standard errors out
    to which the tails must keep their digits.
    """
    units = tables.units
    sizes = tables.nt * tables.nc
    variance = (totals * (units - totals)).max() * sizes.max() / (units**2 * max(units - 1, 1.0))
    half = binomial_distribution.half_width(float(np.sqrt(variance)), max(depth, 0))
    widest = ((tables.nt + 1) * (tables.nc + 1)).max() / (units + 2)  # from mode to end, about
    half = int(min(half, np.ceil(widest) + 1, totals[-1])) + 1
    lines = [(part + 0 * totals).ravel() for part in (tables.nt, tables.nc, 0 * tables.nt + totals)]
    rows = max(_ROOM // (2 * half + 1), 1)
    steps = np.arange(half)
    for begin in range(0, len(lines[0]), rows):
        nt, nc, total = (line[begin : begin + rows] for line in lines)
        mode = np.floor((total + 1) * (nt + 1) / (units + 2))
        centre = np.exp(hypergeometric.log_pmf(mode, nt, nc, total))
        of, spare, total = nt[:, None], (nc - total)[:, None], total[:, None]
        y, x = mode[:, None] + steps, mode[:, None] - steps
        up = (of - y) * (total - y) / ((y + 1) * (spare + y + 1))
        down = x * (spare + x) / ((of - x + 1) * (total - x + 1))
        yield mode - half, binomial_distribution.around(centre, down, up)


def _taken(upper: Floats, at: Floats) -> Floats:
    """One entry per row; before the first is the first, and past the last is 0."""
    width = upper.shape[1]
    places = np.clip(at, 0, width - 1).astype(np.intp)
    taken = np.take_along_axis(upper, places[:, None], axis=1)[:, 0]
    return np.where(at < width, taken, 0)
