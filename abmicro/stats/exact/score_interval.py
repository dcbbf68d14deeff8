"""Exact intervals of difference and ratio that invert a score test for every effect.

For each effect the tables are ordered by their score at it; the effect is kept if, at some rates
with that effect, the tables at least as high as the observed one have a probability above
alpha / 2. Such intervals cover at least with their level at any counts, and reach from the
smallest effect kept to the largest, whatever is rejected between. They are for small tables: each
effect tried needs an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.exact.barnard_boschloo import TwoByTwo, one_by_one
from abmicro.stats.exact.extreme_tables import rate_of
from abmicro.stats.exact.fisher_tests import conditional
from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.numerics.rejection_probability import Rejection
from abmicro.stats.foundations.validation import Bools, Floats, within

_SCAN = 33  # effects between which is searched first
_PARTS = 4  # into which a gap is split that may hold an effect that is kept
_ROUNDS = 16
_FINE = 2.5  # grid points of the control rate per standard deviation
_PEAKS = 3
_ZOOM = 9
_TIE = 1e-9  # scores closer than that are equal
_LEAST, _MOST = 1e-300, 1 - 2.0**-53

Statistic = Callable[[Floats, Floats, Floats, Floats, Floats], Floats]


def exact_difference(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with the exact unconditional interval ordered by the score.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control as a fraction, of the broadcast shape. Each end misses with at
    most half of 1 - level. Where an arm has no units every field is NaN. Equal tables are computed
    once; the time grows with the units, one to two seconds at 200 per arm.

    Source: Chan and Zhang (1999), Biometrics 55:1202-1209.

    >>> effect = exact_difference(Binomial(9, 10), Binomial(3, 10))
    >>> print(effect.low.round(3), effect.high.round(3))
    0.161 0.879
    """

    def ends(*row: float) -> tuple[float, float]:
        table = TwoByTwo(*row[:4])
        return _lowest_difference(table, row[4]), -_lowest_difference(table.exchanged, row[4])

    xt, nt, nc, total = conditional(treated, control)
    tail = (1 - within(level, "level", 0, 1)) / 2
    low, high = one_by_one(ends, 2, xt, nt, total - xt, nc, tail)
    return Effect(score_statistic.difference_of_rates(xt, nt, total - xt, nc) + 0 * low, low, high)


def exact_lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with the exact unconditional interval ordered by the score.

    treated, control: units that reached the goal and all units, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1 as a fraction, of the broadcast shape. Each end misses with at
    most half of 1 - level; the lower one is -1 where no treated unit reached the goal, the upper
    infinite where no control unit did. Where an arm has no units every field is NaN. Equal tables
    are computed once; the time grows with the units, one to two seconds at 200 per arm.

    Source: Chan and Zhang (1999), Biometrics 55:1202-1209, with the score of a ratio.

    >>> effect = exact_lift(Binomial(9, 10), Binomial(3, 10))
    >>> print(effect.low.round(2), effect.high.round(1))
    0.25 13.3
    """

    def ends(*row: float) -> tuple[float, float]:
        table = TwoByTwo(*row[:4])
        least = _lowest_ratio(table.exchanged, row[4])
        return _lowest_ratio(table, row[4]) - 1, (1 / least if least > 0 else np.inf) - 1

    xt, nt, nc, total = conditional(treated, control)
    tail = (1 - within(level, "level", 0, 1)) / 2
    low, high = one_by_one(ends, 2, xt, nt, total - xt, nc, tail)
    with np.errstate(invalid="ignore"):  # an infinite estimate
        return Effect(score_statistic.lift_of_rates(xt, nt, total - xt, nc) + 0 * tail, low, high)


def _lowest_difference(table: TwoByTwo, tail: float) -> float:
    def rates(null: Floats, share: Floats) -> tuple[Floats, Floats]:
        room = 1 - np.abs(null)
        return np.maximum(null, 0) + room * share, np.maximum(-null, 0) + room * share

    estimate = max(table.xt / table.nt - table.xc / table.nc, 1e-9 - 1)
    test = _ScoreTest(table, score_statistic.difference_statistic, rates)
    return _lowest(test, np.linspace(-1, min(estimate, 1 - 1e-9), _SCAN), tail)


def _lowest_ratio(table: TwoByTwo, tail: float) -> float:
    def rates(null: Floats, share: Floats) -> tuple[Floats, Floats]:
        larger = np.maximum(null, 1)
        return null / larger * share, share / larger

    if table.xt == 0:
        return 0.0
    estimate = table.xt / table.nt * table.nc / max(table.xc, 0.5)
    test = _ScoreTest(table, score_statistic.ratio_statistic, rates)
    return _lowest(test, np.append(0, estimate * np.geomspace(1e-6, 1, 2 * _SCAN)), tail)


def _lowest(test: _ScoreTest, grid: Floats, tail: float) -> float:
    """The smallest effect that is kept, up to the last one of the grid, the estimate.

    p does not fall steadily away from the estimate: it jumps where the order of tables changes, so
    that effects beyond a rejected one may be kept. Hence no gap is passed over unless all its
    effects are rejected at once; the others are split again, up to the first effect that is kept.
    """
    low, high, least = grid[:-1], grid[1:], grid[-1]
    for _ in range(_ROUNDS):
        may_keep = test.p(low, high) > tail
        low, high = low[may_keep], high[may_keep]
        if len(low) == 0:
            return float(least)
        kept = np.append(np.flatnonzero(test.p(high, high) > tail), len(high))[0] + 1
        low, high = low[:kept], high[:kept]
        steps = np.linspace(low, high, _PARTS + 1, axis=1)
        low, high = steps[:, :-1].ravel(), steps[:, 1:].ravel()
    return float(high[0])


@frozen(eq=False)
class _ScoreTest:
    """One-sided exact test of an effect: the observed table, its score, and rates of that effect.

    rates: treated and control rate from the effect and a share in (0, 1) of what it leaves free.
    """

    table: TwoByTwo
    statistic: Statistic
    rates: Callable[[Floats, Floats], tuple[Floats, Floats]]

    def p(self, low: Floats, high: Floats) -> Floats:
        """Largest probability of a score at least as high as the observed one, per gap of effects.

        Scores fall with the effect. So the tables whose score at the low end is as high as the
        observed one's at the high end are all that come into question within the gap, and their
        probability is largest at the high end. Where both ends agree it is that effect's p; else
        it is no smaller than that of any effect between.
        """
        table = self.table
        sizes = np.asarray(table.nt), np.asarray(table.nc)
        region = Rejection(*sizes, self._least(low, high), np.asarray(0.0))

        def height(angles: Floats) -> Floats:
            null = np.broadcast_to(high[:, None], angles.shape).ravel()
            rows = np.broadcast_to(np.arange(float(len(high)))[:, None], angles.shape).ravel()
            treated, control = self.rates(null, rate_of(angles.ravel()))
            treated, control = np.clip([treated, control], _LEAST, _MOST)
            return region.probability(treated, control, rows).reshape(angles.shape)

        points = int(np.ceil(_FINE * np.pi * np.sqrt(table.units))) + 8
        angles = np.tile(np.linspace(0, np.pi, points), (len(high), 1))
        heights, step = height(angles), np.pi / (points - 1)
        best = heights.max(axis=1)
        for _ in range(2):
            peaks = np.argsort(heights, axis=1)[:, -_PEAKS:]
            around = np.take_along_axis(angles, peaks, axis=1)[:, :, None]
            angles = np.clip(around + step * np.linspace(-1, 1, _ZOOM), 0, np.pi)
            angles, step = angles.reshape(len(high), -1), 2 * step / (_ZOOM - 1)
            heights = height(angles)
            best = np.maximum(best, heights.max(axis=1))
        return np.asarray(best)

    def _least(self, low: Floats, high: Floats) -> Floats:
        """Treated conversions from which the score is as high, per gap and control conversions."""
        table = self.table
        control = np.arange(table.nc + 1)
        sizes = np.asarray(table.nt), np.asarray(table.nc)

        def at(xt: Floats, xc: Floats, null: Floats) -> Floats:
            return self.statistic(xt, sizes[0], xc, sizes[1], null[:, None])

        observed = at(np.asarray(table.xt), np.asarray(table.xc), high) - _TIE

        def as_high(xt: Floats) -> Bools:
            return np.asarray(at(xt, control, low) >= observed)

        shape = len(high), len(control)
        return first_whole(as_high, np.zeros(shape), np.full(shape, table.nt + 1))
