"""Exact intervals of difference and ratio that invert a score test for every effect.

For each effect the tables are ordered by their score at it; the effect is kept if, at some rates
with that effect, the tables at least as high as the observed one have a probability above
alpha / 2. Such intervals cover at least with their level at any counts. They are for small tables:
each effect tried needs an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.exact.barnard_boschloo import Table, one_by_one, rate_of
from abmicro.stats.exact.fisher_tests import conditional
from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.numerics.rejection_probability import Rejection
from abmicro.stats.foundations.validation import Bools, Floats, within

_SCAN = 33  # effects tried first
_SCAN_FINELY = 513  # effects tried before the first that is kept
_BEFORE = 3  # over how many gaps of the first scan
_HALVINGS = 30
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
    once; the time grows with the product of the units, about a second at 200 per arm.

    Source: Chan and Zhang (1999), Biometrics 55:1202-1209.

    >>> effect = exact_difference(Binomial(9, 10), Binomial(3, 10))
    >>> print(effect.low.round(3), effect.high.round(3))
    0.161 0.879
    """

    def ends(*row: float) -> tuple[float, float]:
        table = Table(*row[:4])
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
    are computed once; the time grows with the product of the units, about a second at 200 per arm.

    Source: Chan and Zhang (1999), Biometrics 55:1202-1209, with the score of a ratio.

    >>> effect = exact_lift(Binomial(9, 10), Binomial(3, 10))
    >>> print(effect.low.round(2), effect.high.round(1))
    0.25 13.3
    """

    def ends(*row: float) -> tuple[float, float]:
        table = Table(*row[:4])
        least = _lowest_ratio(table.exchanged, row[4])
        return _lowest_ratio(table, row[4]) - 1, (1 / least if least > 0 else np.inf) - 1

    xt, nt, nc, total = conditional(treated, control)
    tail = (1 - within(level, "level", 0, 1)) / 2
    low, high = one_by_one(ends, 2, xt, nt, total - xt, nc, tail)
    with np.errstate(invalid="ignore"):  # an infinite estimate
        return Effect(score_statistic.lift_of_rates(xt, nt, total - xt, nc) + 0 * tail, low, high)


def _lowest_difference(table: Table, tail: float) -> float:
    def rates(null: Floats, share: Floats) -> tuple[Floats, Floats]:
        room = 1 - np.abs(null)
        return np.maximum(null, 0) + room * share, np.maximum(-null, 0) + room * share

    estimate = max(table.xt / table.nt - table.xc / table.nc, 1e-9 - 1)
    test = _ScoreTest(table, score_statistic.difference_statistic, rates)
    nulls = np.linspace(-1, min(estimate, 1 - 1e-9), _SCAN)[1:]
    return _lowest(test, nulls, -1.0, tail)


def _lowest_ratio(table: Table, tail: float) -> float:
    def rates(null: Floats, share: Floats) -> tuple[Floats, Floats]:
        larger = np.maximum(null, 1)
        return null / larger * share, share / larger

    if table.xt == 0:
        return 0.0
    estimate = table.xt / table.nt * table.nc / max(table.xc, 0.5)
    test = _ScoreTest(table, score_statistic.ratio_statistic, rates)
    return _lowest(test, estimate * np.geomspace(1e-6, 1, 2 * _SCAN), 0.0, tail)


def _lowest(test: _ScoreTest, nulls: Floats, end: float, tail: float) -> float:
    """The smallest effect that is kept.

    p does not fall steadily away from the estimate: it jumps where the order of tables changes, so
    that effects beyond a rejected one may be kept. Hence a coarse scan, a fine one before the first
    effect that the coarse one keeps, and at last halving the gap.
    """
    grid = np.concatenate([[end], nulls])
    at = _first_kept(test, nulls, tail) + 1
    grid = np.linspace(grid[max(at - _BEFORE, 0)], grid[at], _SCAN_FINELY)
    at = _first_kept(test, grid[1:], tail) + 1
    low, high = grid[at - 1], grid[at]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        keeps = test.p(np.array([middle]))[0] > tail
        low, high = (low, middle) if keeps else (middle, high)
    return float(high)


def _first_kept(test: _ScoreTest, nulls: Floats, tail: float) -> int:
    """Place of the first effect that is kept; of the last, next to the estimate, if none is."""
    kept = np.flatnonzero(test.p(nulls) > tail)
    return int(kept[0]) if len(kept) else len(nulls) - 1


@dataclass(frozen=True, slots=True, eq=False)
class _ScoreTest:
    """One-sided exact test of an effect: the observed table, its score, and rates of that effect.

    rates: treated and control rate from the effect and a share in (0, 1) of what it leaves free.
    """

    table: Table
    statistic: Statistic
    rates: Callable[[Floats, Floats], tuple[Floats, Floats]]

    def p(self, nulls: Floats) -> Floats:
        """Largest probability of a score at least as high as the observed one, per null."""
        table = self.table
        region = Rejection(table.nt, table.nc, self._least(nulls))

        def height(angles: Floats) -> Floats:
            null = np.broadcast_to(nulls[:, None], angles.shape).ravel()
            rows = np.broadcast_to(np.arange(float(len(nulls)))[:, None], angles.shape).ravel()
            treated, control = self.rates(null, rate_of(angles.ravel()))
            treated, control = np.clip([treated, control], _LEAST, _MOST)
            return region.probability(treated, control, rows).reshape(angles.shape)

        points = int(np.ceil(_FINE * np.pi * np.sqrt(table.units))) + 8
        angles = np.tile(np.linspace(0, np.pi, points), (len(nulls), 1))
        heights, step = height(angles), np.pi / (points - 1)
        best = heights.max(axis=1)
        for _ in range(2):
            peaks = np.argsort(heights, axis=1)[:, -_PEAKS:]
            around = np.take_along_axis(angles, peaks, axis=1)[:, :, None]
            angles = np.clip(around + step * np.linspace(-1, 1, _ZOOM), 0, np.pi)
            angles, step = angles.reshape(len(nulls), -1), 2 * step / (_ZOOM - 1)
            heights = height(angles)
            best = np.maximum(best, heights.max(axis=1))
        return np.asarray(best)

    def _least(self, nulls: Floats) -> Floats:
        """Treated conversions from which the score is as high, per null and control conversions."""
        table, null = self.table, nulls[:, None]
        control = np.arange(table.nc + 1)
        sizes = np.asarray(table.nt), np.asarray(table.nc)

        def at(xt: Floats, xc: Floats) -> Floats:
            return self.statistic(xt, sizes[0], xc, sizes[1], null)

        observed = at(np.asarray(table.xt), np.asarray(table.xc)) - _TIE

        def as_high(xt: Floats) -> Bools:
            return np.asarray(at(xt, control) >= observed)

        shape = len(nulls), len(control)
        return first_whole(as_high, np.zeros(shape), np.full(shape, table.nt + 1))
