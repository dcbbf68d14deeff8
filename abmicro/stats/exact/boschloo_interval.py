"""The smallest difference and the smallest ratio that Boschloo's one-sided test does not reject.

The tables that the test calls at least as extreme as the observed one do not depend on the
hypothesis. Their probability rises with the treated rate and falls with the control's. So at every
pooled rate there is one difference at which it is alpha; the smallest of these differences is the
bound of the difference, and the smallest ratio on the same curve that of the ratio (Buehler 1957).
The whole curve lies above 0 exactly if no common rate gives alpha, that is, if p is below alpha:
bounds and test cannot disagree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from abmicro.stats.exact.extreme_tables import (
    Nuisance,
    TablesOfUnits,
    fisher_region,
    likely_rates,
    rate_of,
)
from abmicro.stats.foundations.numerics.rejection_probability import Rejection
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats

_FINE = 2.0  # grid points per standard deviation of the total
_ZOOMS = 4
_ZOOM = np.linspace(-1, 1, 9)  # points per zoom, in steps of the grid before
_DIPS = 3  # lowest points around which a zoom looks
_LEAST, _MOST = 1e-300, 1 - 2.0**-53  # rates stay off 0 and 1


def lower_bounds(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, alpha: Floats, *, forgone: float
) -> Floats:
    """Differences [0] and ratios [1] below which everything is rejected at alpha, (2, R).

    xt, nt, xc, nc: counts of R distinct tables whose treated rate is the higher one. alpha: (R,),
    one-sided, above what is forgone.

    Meant for tables that Boschloo's test rejects; the order of tables that belongs to the
    hypothesis of equal rates says little about differences on the far side of it.

    Source: Buehler (1957), Journal of the American Statistical Association 52:482-493; nuisance
    parameters: Berger and Boos (1994), Journal of the American Statistical Association 89:1012.
    """
    cells = zip(xt, nt, xc, nc, strict=True)
    tables = [TablesOfUnits(*(np.full((1, 1), count) for count in cell)) for cell in cells]
    rates = [likely_rates(float(each.total[0, 0]), each.units, forgone) for each in tables]
    curve = _Boundary(nt, nc, _rejection(nt, nc, tables, rates), alpha - forgone)
    angles = [each.angles(table.units, _FINE) for each, table in zip(rates, tables, strict=True)]
    return _smallest(curve, angles)


def _rejection(
    nt: Floats, nc: Floats, tables: list[TablesOfUnits], rates: list[Nuisance]
) -> Rejection:
    """The regions of the tables by their control conversions."""
    regions = [_region(table, each) for table, each in zip(tables, rates, strict=True)]
    width = max(len(least) for _, least in regions)
    padded = [np.append(least, np.repeat(least[-1], width - len(least))) for _, least in regions]
    first = np.array([first for first, _ in regions])
    return Rejection(nt, nc, np.array(padded), first)


def _region(table: TablesOfUnits, rates: Nuisance) -> tuple[float, Floats]:
    """First control conversions, and treated ones from which a table is extreme beside them."""
    totals, (nt, nc) = rates.totals(table.units), (float(n[0, 0]) for n in (table.nt, table.nc))
    most_control = totals - fisher_region(table, totals).least[0]
    first = max(totals[0] - nt, 0)
    control = np.arange(first, min(totals[-1], nc) + 1)
    at = np.searchsorted(most_control, control)
    total = totals[np.minimum(at, len(totals) - 1)]
    return first, np.where(at < len(totals), np.maximum(total - control, 0), nt + 1)


class _Boundary(NamedTuple):
    """Where each region has the probability `alpha`, as a function of the pooled rate."""

    nt: Floats
    nc: Floats
    region: Rejection
    alpha: Floats

    def at(self, angles: Floats, row: NDArray[np.intp]) -> Floats:
        """Difference [0] and ratio [1] there; infinite where no difference gives so much."""
        pooled, goal, units = rate_of(angles), ndtri(self.alpha)[row], (self.nt + self.nc)[row]
        to_treated, to_control = self.nc[row] / units, self.nt[row] / units

        def rates(difference: Floats, at: NDArray[np.intp]) -> tuple[Floats, Floats]:
            treated = pooled[at] + to_treated[at] * difference
            control = pooled[at] - to_control[at] * difference
            return np.clip(treated, _LEAST, _MOST), np.clip(control, _LEAST, _MOST)

        def excess(difference: Floats, which: Floats) -> Floats:
            at = which.astype(np.intp)
            p = self.region.probability(*rates(difference, at), row[at].astype(np.float64))
            return np.asarray(ndtri(np.clip(p, _LEAST, _MOST)) - goal[at])

        low = -np.minimum(pooled / to_treated, (1 - pooled) / to_control)
        high = np.minimum(pooled / to_control, (1 - pooled) / to_treated)
        difference = root(excess, low, high)
        there = np.isfinite(difference)
        treated, control = rates(np.where(there, difference, 0), np.arange(len(row)))
        return np.stack([difference, np.where(there, treated / control, np.inf)])


def _smallest(curve: _Boundary, grids: list[Floats]) -> Floats:
    """The smallest differences and ratios on the curves (2, R), by grids and finer ones at dips.

    Both are sought at once: the curve is what costs time. NaN stands where no point is looked at.
    """
    each = np.arange(len(grids))[:, None]
    angles = np.full((len(grids), max(map(len, grids))), np.nan)
    for row, grid in enumerate(grids):
        angles[row, : len(grid)] = grid
    low, high, step = angles[:, :1], np.nanmax(angles, axis=1)[:, None], np.diff(angles[:, :2])
    values = _values(curve, angles)
    best = values.min(axis=2)
    for _ in range(_ZOOMS):
        dips = angles[each, np.argsort(values, axis=2)[:, :, :_DIPS]]
        around = np.concatenate(dips, axis=1)[:, :, None] + step[:, :, None] * _ZOOM
        angles = np.sort(np.clip(around.reshape(len(grids), -1), low, high), axis=1)
        angles[:, 1:][np.diff(angles) == 0] = np.nan
        values, step = _values(curve, angles), step * (_ZOOM[1] - _ZOOM[0])
        best = np.minimum(best, values.min(axis=2))
    return np.asarray(best)


def _values(curve: _Boundary, angles: Floats) -> Floats:
    """Differences and ratios (2, R, A) at the angles (R, A); infinite where one is NaN."""
    values = np.full((2, *angles.shape), np.inf)
    there = ~np.isnan(angles)
    values[:, there] = curve.at(angles[there], np.nonzero(there)[0])
    return values
