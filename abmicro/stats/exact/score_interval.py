"""Exact intervals of difference and ratio that invert a score test for every effect.

For each effect the tables are ordered by their score at it; the effect is kept if, at some rates
with that effect, the tables at least as high as the observed one have a probability above
alpha / 2. Such intervals cover at least with their level at any counts, and reach from the
smallest effect kept to the largest, whatever is rejected between. They are for small tables: each
effect tried needs an order of its own. Tables whose arms have together as many units are worked on
at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.exact.extreme_tables import TablesOfUnits, alike, rate_of
from abmicro.stats.exact.fisher_tests import conditional
from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.distinct import distinct_rows
from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.numerics.rejection_probability import Rejection
from abmicro.stats.foundations.validation import Bools, Floats, within

_SCAN = 33  # effects between which is searched first
_PARTS = 4  # into which a gap is split that may hold an effect that is kept
_ROUNDS = 16
_FINE = 2.5  # grid points of the control rate per standard deviation
_PEAKS = 3
_ZOOMS, _ZOOM = 2, 9
_NEAR = 0.8  # of a bound, from which a peak between two points of the grid may exceed it
_TIE = 1e-9  # scores closer than that are equal
_LEAST, _MOST = 1e-300, 1 - 2.0**-53
_ROOM = 2**19  # about as many pairs of an effect and a rate are worked on at once

Places = NDArray[np.intp]
Statistic = Callable[[Floats, Floats, Floats, Floats, Floats], Floats]


def exact_difference(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with the exact unconditional interval ordered by the score.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control as a fraction, of the broadcast shape. Each end misses with at
    most half of 1 - level. Where an arm has no units every field is NaN. Equal tables are computed
    once; in a batch a table of 10 per arm takes 50 ms, one of 200 per arm a second.

    Source: Chan and Zhang (1999), Biometrics 55:1202-1209.

    >>> effect = exact_difference(Binomial(9, 10), Binomial(3, 10))
    >>> print(effect.low.round(3), effect.high.round(3))
    0.161 0.879
    """
    xt, nt, nc, total = conditional(treated, control)
    tail = (1 - within(level, "level", 0, 1)) / 2
    low, high = _ends(_lowest_difference, xt, nt, total - xt, nc, tail)
    high = -high
    return Effect(score_statistic.difference_of_rates(xt, nt, total - xt, nc) + 0 * low, low, high)


def exact_lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with the exact unconditional interval ordered by the score.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1 as a fraction, of the broadcast shape. Each end misses with at
    most half of 1 - level; the lower one is -1 where no treated unit reached the goal, the upper
    infinite where no control unit did. Where an arm has no units every field is NaN. Equal tables
    are computed once; in a batch a table of 10 per arm takes 50 ms, one of 200 per arm a second.

    Source: Chan and Zhang (1999), Biometrics 55:1202-1209, with the score of a ratio.

    >>> effect = exact_lift(Binomial(9, 10), Binomial(3, 10))
    >>> print(effect.low.round(2), effect.high.round(1))
    0.25 13.3
    """
    xt, nt, nc, total = conditional(treated, control)
    tail = (1 - within(level, "level", 0, 1)) / 2
    low, high = _ends(_lowest_ratio, xt, nt, total - xt, nc, tail)
    with np.errstate(invalid="ignore", divide="ignore"):  # an infinite estimate, an end at 0
        estimate = score_statistic.lift_of_rates(xt, nt, total - xt, nc) + 0 * tail
        return Effect(estimate, low - 1, 1 / high - 1)


def _ends(
    lowest: Callable[[TablesOfUnits, Floats], Floats],
    xt: Floats,
    nt: Floats,
    xc: Floats,
    nc: Floats,
    tail: Floats,
) -> Floats:
    """The lowest effect kept, and that with the arms exchanged: (2, ...); NaN without units.

    Distinct tables of as many units take turns together.
    """
    together = np.broadcast_arrays(nt + nc, xt, nt, xc, nc, tail)
    rows, places = distinct_rows(np.stack(together, axis=-1).reshape(-1, len(together)))
    found = np.where(np.minimum(rows[:, 2], rows[:, 4]) > 0, 0.0, np.nan) * np.ones((2, 1))
    for at in alike(rows, np.flatnonzero(found[0] == 0), 1, _at_once):
        tables, tails = TablesOfUnits(*rows[at, 1:5].T[:, :, None]), rows[at, 5]
        found[:, at] = lowest(tables, tails), lowest(tables.exchanged, tails)
    return found[:, places].reshape(2, *together[0].shape)


def _points(units: float) -> int:
    """Rates that are looked at for an effect."""
    return int(np.ceil(_FINE * np.pi * np.sqrt(units))) + 8


def _at_once(units: float) -> int:
    return max(_ROOM // (2 * _SCAN * _points(units)), 1)


def _lowest_difference(tables: TablesOfUnits, tail: Floats) -> Floats:
    def rates(null: Floats, share: Floats) -> tuple[Floats, Floats]:
        room = 1 - np.abs(null)
        return np.maximum(null, 0) + room * share, np.maximum(-null, 0) + room * share

    estimate = np.clip(tables.xt / tables.nt - tables.xc / tables.nc, 1e-9 - 1, 1 - 1e-9)[:, 0]
    test = _ScoreTest(tables, score_statistic.difference_statistic, rates)
    return _lowest(test, np.linspace(-1, estimate, _SCAN, axis=1), tail)


def _lowest_ratio(tables: TablesOfUnits, tail: Floats) -> Floats:
    def rates(null: Floats, share: Floats) -> tuple[Floats, Floats]:
        larger = np.maximum(null, 1)
        return null / larger * share, share / larger

    some = tables.xt[:, 0] > 0
    found, tables = np.zeros(len(some)), tables.at(some)
    if not some.any():
        return found
    estimate = tables.xt / tables.nt * tables.nc / np.maximum(tables.xc, 0.5)
    grid = np.insert(estimate * np.geomspace(1e-6, 1, 2 * _SCAN), 0, 0, axis=1)
    test = _ScoreTest(tables, score_statistic.ratio_statistic, rates)
    found[some] = _lowest(test, grid, tail[some])
    return found


def _lowest(test: _ScoreTest, grid: Floats, tail: Floats) -> Floats:
    """The smallest effects that are kept (R,), up to the last ones of the grid (R, N), estimates.

    p does not fall steadily away from the estimate: it jumps where the order of tables changes, so
    that effects beyond a rejected one may be kept. Hence no gap is passed over unless all its
    effects are rejected at once; the others are split again, up to the first effect that is kept.
    """
    low, high, found = grid[:, :-1].ravel(), grid[:, 1:].ravel(), grid[:, -1].copy()
    of = np.repeat(np.arange(len(grid)), grid.shape[1] - 1)
    for _ in range(_ROUNDS):
        may_keep = test.exceeds(tail, low, high, of)
        low, high, of = low[may_keep], high[may_keep], of[may_keep]
        upto = _up_to_first(test.exceeds(tail, high, high, of), of)
        steps, of = np.linspace(low[upto], high[upto], _PARTS + 1, axis=1), of[upto]
        low, high, of = steps[:, :-1].ravel(), steps[:, 1:].ravel(), np.repeat(of, _PARTS)
    left, first = np.unique(of, return_index=True)
    found[left] = high[first]
    return found


def _any_above(
    height: Callable[[Floats, Places], Floats], angles: Floats, step: float, bound: Floats
) -> Bools:
    """Whether a function of each row rises above its bound, by a grid and finer ones at its peaks.

    height: at angles (G, A) of some rows (G,). step: of the grid, so fine that no peak is much
    higher than its highest point. Only rows that come near their bounds are looked at again.
    """
    rows, found = np.arange(len(angles)), np.zeros(len(angles), dtype=bool)
    for _ in range(_ZOOMS + 1):
        heights = height(angles, rows)
        best = heights.max(axis=1, initial=0)
        found[rows] = best > bound[rows]
        near = (best <= bound[rows]) & (best > _NEAR * bound[rows])
        rows, angles, heights = rows[near], angles[near], heights[near]
        peaks = np.argsort(heights, axis=1)[:, -_PEAKS:]
        around = np.take_along_axis(angles, peaks, axis=1)[:, :, None]
        around = np.clip(around + step * np.linspace(-1, 1, _ZOOM), 0, np.pi)
        angles, step = around.reshape(len(rows), _PEAKS * _ZOOM), 2 * step / (_ZOOM - 1)
    return found


def _up_to_first(kept: Bools, of: Places) -> Bools:
    """Which gaps of each table come no later than its first that is kept; tables one by one."""
    places = np.flatnonzero(kept)
    tables, first = np.unique(of[places], return_index=True)
    last = np.full(of.max(initial=0) + 1, len(of))
    last[tables] = places[first]
    return np.arange(len(of)) <= last[of]


@frozen(eq=False)
class _ScoreTest:
    """One-sided exact tests of effects: R observed tables, their score, and rates of an effect.

    rates: treated and control rate from the effect and a share in (0, 1) of what it leaves free.
    """

    tables: TablesOfUnits
    statistic: Statistic
    rates: Callable[[Floats, Floats], tuple[Floats, Floats]]

    def exceeds(self, tail: Floats, low: Floats, high: Floats, of: Places) -> Bools:
        """Whether a score as high as the observed one is likelier than `tail`, per gap of effects.

        tail: (R,) per table. low, high, of: ends of G gaps, and the table of each.

        Scores fall with the effect. So the tables whose score at the low end is as high as the
        observed one's at the high end are all that come into question within the gap, and their
        probability is largest at the high end. Where both ends agree it is that effect's p; else
        it is no smaller than that of any effect between.
        """
        tables, tail = self.tables.at(of), tail[of]
        nt, nc, none = tables.nt[:, 0], tables.nc[:, 0], np.zeros(len(of))
        region = Rejection(nt, nc, self._least(tables, low, high), none)

        def height(angles: Floats, gaps: Places) -> Floats:
            null = np.repeat(high[gaps], angles.shape[1])
            row = np.repeat(gaps.astype(np.float64), angles.shape[1])
            treated, control = self.rates(null, rate_of(angles.ravel()))
            treated, control = np.clip([treated, control], _LEAST, _MOST)
            return region.probability(treated, control, row.astype(np.float64)).reshape(
                angles.shape
            )

        points = _points(self.tables.units)
        angles, step = np.linspace(0, np.pi, points), np.pi / (points - 1)
        return _any_above(height, np.tile(angles, (len(of), 1)), step, tail)

    def _least(self, tables: TablesOfUnits, low: Floats, high: Floats) -> Floats:
        """Treated conversions from which the score is as high, per gap and control conversions."""
        nt, nc = tables.nt, tables.nc
        control = np.minimum(np.arange(nc.max(initial=0) + 1), nc)

        def at(xt: Floats, xc: Floats, null: Floats) -> Floats:
            return self.statistic(xt, nt, xc, nc, null[:, None])

        observed = at(tables.xt, tables.xc, high) - _TIE

        def as_high(xt: Floats) -> Bools:
            return np.asarray(at(xt, control, low) >= observed)

        return first_whole(as_high, np.zeros(control.shape), nt + 1 + 0 * control)
