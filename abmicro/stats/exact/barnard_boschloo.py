"""Exact tests of two rates that do not condition on their total: Barnard and Boschloo.

The tables are ordered by how far they speak for a difference; p is the largest probability, over
all common rates, of a table at least as extreme as the observed one. Three facts make it quick:

- Given its total, the probability of an extreme table does not depend on the rate
  (`abmicro.stats.exact.extreme_tables`).
- So at rate p the probability is the mean of that over the total, which is binomial: a polynomial
  in p.
- On the scale asin(sqrt(p)) the binomial law has one width everywhere, so features are never
  narrower than that: a grid a few times finer finds the highest peaks and Newton's iteration climbs
  them.

Tables whose arms have together as many units share their binomial laws and are worked on at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from abmicro.frozen import frozen
from abmicro.stats.exact.extreme_tables import (
    Nuisance,
    TablesOfUnits,
    alike,
    fisher_region,
    likely_rates,
    rate_of,
    share_no_likelier,
    z_share,
)
from abmicro.stats.exact.fisher_tests import conditional, one_of
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.numerics import binomial_distribution
from abmicro.stats.foundations.numerics.distinct import distinct_rows
from abmicro.stats.foundations.validation import Floats

_FINE = 2.5  # grid points per standard deviation of the total
_NEAR = 0.8  # of the highest point of the grid, from which a peak may be the highest
_CERTAIN = 1 - 1e-12
_CLIMB = 5  # Newton steps
_ROOM = 2**19  # about as many probabilities are worked on at once

Share = Callable[[TablesOfUnits, Nuisance], Floats]
"""Tables (R of them) and common rates to the extreme part of each total, (R, T)."""


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
    tests: dict[str, Share] = {
        "greater": lambda tables, _: z_share(tables, both_tails=False),
        "less": lambda tables, _: z_share(tables.exchanged, both_tails=False),
        "two-sided": lambda tables, _: z_share(tables, both_tails=True),
    }
    return _largest_of_each(tests[one_of(alternative)], treated, control)


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

    side = one_of(alternative)
    arms = {"greater": (treated, control), "less": (control, treated)}
    p = [
        _largest_of_each(_boschloo_share, *pair, forgone)
        for name, pair in arms.items()
        if side in (name, "two-sided")
    ]
    return p[0] if len(p) == 1 else np.minimum(2 * np.minimum(*p), 1)


def _boschloo_share(tables: TablesOfUnits, nuisance: Nuisance) -> Floats:
    return fisher_region(tables, nuisance.totals(tables.units)).share


def boschloo_no_likelier(treated: Binomial, control: Binomial, /) -> Floats:
    """Two-sided p-value of the unconditional exact test that orders tables by Fisher's two-sided p.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    Returns p of the broadcast shape; NaN where an arm has no units. The other two-sided version of
    Boschloo's test; its p can be below that of `boschloo`, but no interval belongs to it.

    Source: Boschloo (1970), Statistica Neerlandica 24:1-35.

    >>> print(boschloo_no_likelier(Binomial(14, 45), Binomial(5, 40)).round(4))
    0.0502
    """
    return _largest_of_each(lambda tables, _: share_no_likelier(tables), treated, control)


def _largest_of_each(
    share: Share, treated: Binomial, control: Binomial, forgone: float = 0.0
) -> Floats:
    """The largest probability over the common rates of each table's extreme ones.

    Distinct tables of as many units, and of one total if rates are forgone, take turns together.
    """
    xt, nt, nc, total = np.broadcast_arrays(*conditional(treated, control))
    columns = nt + nc, total if forgone else 0 * total, xt, nt, total - xt, nc
    rows, places = distinct_rows(np.stack(columns, axis=-1).reshape(-1, len(columns)))
    p = np.where(np.minimum(rows[:, 3], rows[:, 5]) > 0, 0.0, np.nan)
    for at in alike(rows, np.flatnonzero(p == 0), 2, _at_once):
        tables, (units, known) = TablesOfUnits(*rows[at, 2:].T[:, :, None]), rows[at[0], :2]
        nuisance = likely_rates(known, units, forgone)
        p[at] = _largest(share(tables, nuisance), units, nuisance)
    return np.asarray(p[places].reshape(xt.shape))[()]


def _at_once(units: float) -> int:
    return max(int(_ROOM // (32 * units + 256)), 1)


def _largest(share: Floats, units: float, nuisance: Nuisance) -> Floats:
    """Largest mean of each share over the common rates, by a grid and Newton on its peaks."""
    curves = _Curves(share, nuisance.totals(units)[0], units)
    angles = nuisance.angles(units, _FINE)
    height = curves.heights(angles)
    ends = curves.heights(np.array([nuisance.low, nuisance.high]))
    top = height.max(axis=1)
    inner = height[:, 1:-1]
    peak = (inner >= height[:, :-2]) & (inner >= height[:, 2:])
    rows, at = np.nonzero(peak & (inner >= _NEAR * top[:, None]) & (inner < _CERTAIN))
    np.maximum.at(top, rows, curves.climb(rows, angles[at + 1], angles[1] - angles[0]))
    return np.asarray(np.minimum(np.maximum(top, ends.max(axis=1)) + nuisance.forgone, 1))


@frozen(eq=False)
class _Curves:
    """Means of shares of totals, a row each, as functions of the angle of the common rate."""

    share: Floats
    first: float
    units: float

    def heights(self, angles: Floats) -> Floats:
        """Means at some angles (A,), the same for every share: (R, A)."""
        _, law, places = self._laws(rate_of(angles))
        return np.asarray(np.einsum("aw,raw->ra", law, self.share[:, places]))

    def climb(self, rows: NDArray[np.intp], start: Floats, step: float) -> Floats:
        """Heights near peaks (K,) of some rows by Newton's iteration within a step of the start."""
        angle, best = start, np.zeros(len(start))
        for _ in range(_CLIMB):
            rate = rate_of(angle)
            total, law, places = self._laws(rate)
            weight = law * self.share[rows[:, None], places]
            spread = np.sqrt(rate * (1 - rate))[:, None]
            score = (total - self.units * rate[:, None]) / spread
            slope = np.sum(weight * score, axis=1)
            tilt = (0.5 - rate[:, None]) / spread
            bend = np.sum(weight * (score * (score - tilt) - self.units), axis=1)
            best = np.maximum(best, weight.sum(axis=1))
            move = np.where(bend < 0, -slope / np.where(bend < 0, bend, 1), 0)
            angle = np.clip(angle + move, start - step, start + step)
        return best

    def _laws(self, rate: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Totals around their mode at each rate, their probabilities and places in a share."""
        spread = float(np.sqrt(self.units * rate * (1 - rate)).max(initial=0))
        half = min(binomial_distribution.half_width(spread), int(self.units) + 1)
        first, law = binomial_distribution.windows(self.units, rate, half)
        total = first[:, None] + np.arange(2 * half + 1)
        places = np.clip(total - self.first, 0, self.share.shape[1] - 1).astype(np.intp)
        return total, law, places
