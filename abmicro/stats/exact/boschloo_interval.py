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
from scipy.special import ndtri

from abmicro.stats.exact.barnard_boschloo import TwoByTwo
from abmicro.stats.exact.extreme_tables import Nuisance, fisher_region, rate_of
from abmicro.stats.foundations.numerics.rejection_probability import Rejection
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats

_FINE = 2.0  # grid points per standard deviation of the total
_ZOOMS = 4
_ZOOM = 9  # points per zoom
_DIPS = 3  # lowest points around which a zoom looks
_LEAST, _MOST = 1e-300, 1 - 2.0**-53  # rates stay off 0 and 1


def lower_bounds(table: TwoByTwo, alpha: float, nuisance: Nuisance) -> tuple[float, float]:
    """Difference and ratio (treated over control) below which everything is rejected at alpha.

    table: its treated rate is the higher one. alpha: one-sided, above what `nuisance` forgoes.

    Meant for a table that Boschloo's test rejects; the order of tables that belongs to the
    hypothesis of equal rates says little about differences on the far side of it.

    Source: Buehler (1957), Journal of the American Statistical Association 52:482-493; nuisance
    parameters: Berger and Boos (1994), Journal of the American Statistical Association 89:1012.
    """
    curve = _Boundary(
        table, _rejection(table, nuisance.totals(table.units)), alpha - nuisance.forgone
    )
    return _smallest(curve, nuisance.angles(table.units, _FINE))


def _rejection(table: TwoByTwo, totals: Floats) -> Rejection:
    """The region of the table by its control conversions."""
    most_control = totals - fisher_region(table.alone, totals).least[0]
    first = max(totals[0] - table.nt, 0)
    control = np.arange(first, min(totals[-1], table.nc) + 1)
    at = np.searchsorted(most_control, control)
    total = totals[np.minimum(at, len(totals) - 1)]
    least = np.where(at < len(totals), np.maximum(total - control, 0), table.nt + 1)
    return Rejection(table.nt, table.nc, least[None], first)


class _Boundary(NamedTuple):
    """Where the region has the probability `alpha`, as a function of the pooled rate."""

    table: TwoByTwo
    region: Rejection
    alpha: float

    def at(self, angles: Floats) -> Floats:
        """Difference [0] and ratio [1] there; infinite where no difference gives so much."""
        pooled = rate_of(angles)
        to_treated, to_control = self.table.nc / self.table.units, self.table.nt / self.table.units

        def rates(difference: Floats, pooled: Floats) -> tuple[Floats, Floats]:
            treated, control = pooled + to_treated * difference, pooled - to_control * difference
            return np.clip(treated, _LEAST, _MOST), np.clip(control, _LEAST, _MOST)

        def excess(difference: Floats, at: Floats) -> Floats:
            treated, control = rates(difference, pooled[at.astype(np.intp)])
            p = self.region.probability(treated, control, np.zeros(len(at)))
            return np.asarray(ndtri(np.clip(p, _LEAST, _MOST)) - ndtri(self.alpha))

        low = -np.minimum(pooled / to_treated, (1 - pooled) / to_control)
        high = np.minimum(pooled / to_control, (1 - pooled) / to_treated)
        difference = root(excess, low, high)
        there = np.isfinite(difference)
        treated, control = rates(np.where(there, difference, 0), pooled)
        return np.stack([difference, np.where(there, treated / control, np.inf)])


def _smallest(curve: _Boundary, angles: Floats) -> tuple[float, float]:
    """The smallest difference and ratio on the curve, by a grid and finer ones at the low points.

    Both are sought at once: the curve is what costs time.
    """
    low, high, step = angles[0], angles[-1], angles[1] - angles[0]
    values = curve.at(angles)
    best = values.min(axis=1)
    for _ in range(_ZOOMS):
        lowest = angles[np.unique(np.argsort(values, axis=1)[:, :_DIPS])]
        around = lowest[:, None] + step * np.linspace(-1, 1, _ZOOM)
        angles, step = np.unique(np.clip(around, low, high)), 2 * step / (_ZOOM - 1)
        values = curve.at(angles)
        best = np.minimum(best, values.min(axis=1))
    return float(best[0]), float(best[1])
