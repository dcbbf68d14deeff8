"""Score intervals corrected for skewness (SCAS): equal tails also where the arms are not equal.

The default intervals of `proportions` miss in total about as often as they say, but at tiny rates
and uneven arms mostly on one side. Here an end lies where the estimate is as far from the effect as
the quantile of a slightly skewed normal law:

    distance = z sigma + (z^2 - 1) mu3 / (6 sigma^2),

with variance and third moment of the distance at the rates of largest likelihood. Along the
multiplier s of `score` these are closed forms and the distance is s times the uninflated variance,
so the ends are the largest roots of functions of one variable.

Source: Laud (2017), Pharmaceutical Statistics 16:334-348; Gart and Nam (1990), Biometrics
46:637-643.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.numerics import root_finding
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.proportions.miettinen_nurminen import inflation

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")  # empty arms, open ends


Places = NDArray[np.intp]


class _Law(NamedTuple):
    """Variance and third central moment of an estimate."""

    variance: Floats
    third: Floats


_LawAt = Callable[[Floats, Places], _Law]
"""Multipliers of some cells and their places to the laws there."""

_LAST = 1 - 1e-15  # a part of the way to an infinite multiplier that is as good as all


@_quiet
def skewed_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Difference of two rates with the score interval corrected for skewness.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0.5, 1); below it the correction means nothing.

    Returns treated minus control, of the broadcast shape, with N / (N - 1) as in the default. Where
    an arm has no units every field is NaN.

    Source: Laud (2017), Pharmaceutical Statistics 16:334-348.

    >>> effect = skewed_difference(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0534 0.3398
    """
    z = critical(within(level, "level", 0.5, 1))
    counts = two_arms(treated, control, level=z)
    estimate = score_statistic.difference_of_rates(*counts)
    x, y, n = _shrinking(*counts, z)
    shape = x.shape[1:]
    x, y, n = (cells.reshape(2, -1) for cells in (x, y, n))

    def law(s: Floats, at: Places) -> _Law:
        arms = score_statistic.pull(s, x[:, at], y[:, at], n[:, at])
        both = _moments(arms.rate, arms.missed, n[:, at])
        return _Law(both.variance.sum(axis=0), both.third.sum(axis=0))

    z, widening = (_each_end(part, shape) for part in (z, inflation(counts)))
    scale = score_statistic.pull_reaches(x, y, n, np.square(z) * widening).min(axis=0)
    s = _root(law, z, widening, scale)
    reach = np.where(np.isinf(s), (x / n).sum(axis=0), s * law(s, np.arange(len(s))).variance)
    below, above = reach.reshape(shape)
    low, high = np.maximum(estimate - below, -1), np.minimum(estimate + above, 1)
    return Effect(np.broadcast_to(estimate, np.shape(low))[()], low[()], high[()])


@_quiet
def skewed_lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with the score interval corrected for skewness.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0.5, 1); below it the correction means nothing.

    Returns treated / control - 1, of the broadcast shape, with N / (N - 1) and open ends as in
    `proportions.lift`. Where an arm has no units every field is NaN.

    Source: Laud (2017), Pharmaceutical Statistics 16:334-348.

    >>> effect = skewed_lift(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0794 0.6738
    """
    z = critical(within(level, "level", 0.5, 1))
    counts = two_arms(treated, control, level=z)
    facing = _facing(*counts, z)
    shape = facing.shape[1:]
    x, n, more, of = facing.reshape(4, -1)

    def ratio_and_law(s: Floats, at: Places) -> tuple[Floats, _Law]:
        falling = score_statistic.pull(s, x[at], n[at] - x[at], n[at])
        reached = more[at] + s * falling.rate
        units = of[at] + s * falling.rate
        rate, missed = reached / units, (of - more)[at] / units
        ratio = falling.rate / rate
        own = _moments(falling.rate, falling.missed, n[at])
        other = _moments(rate, missed, of[at])
        variance = own.variance + ratio**2 * other.variance
        return ratio, _Law(variance, own.third - ratio**3 * other.third)

    z, widening = (_each_end(part, shape) for part in (z, inflation(counts)))
    scale = score_statistic.pull_reaches(x, n - x, n, np.square(z) * widening)
    s = _root(lambda s, at: ratio_and_law(s, at)[1], z, widening, scale)
    ratio, _ = ratio_and_law(s, np.arange(len(s)))
    some = np.where((n > 0) & (of > 0), 1, np.nan)
    low, inverse = np.where((x == 0) | np.isinf(s), 0 * some, ratio).reshape(shape)
    estimate = score_statistic.lift_of_rates(*counts)
    return Effect(np.broadcast_to(estimate, np.shape(low))[()], (low - 1)[()], 1 / inverse - 1)


def _shrinking(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, target: Floats
) -> tuple[Floats, Floats, Floats]:
    """Counts that shrink, their complements and units: by arm, then below and above the estimate.

    Below its estimate a difference has fewer treated successes and fewer control failures. The
    target only lends its shape, since the arrays must not broadcast along their own two axes.
    """
    shape = np.broadcast(xt, nt, xc, nc, target).shape
    x, n = np.empty((2, 2, 2, *shape))
    x[0, 0], x[0, 1], n[0] = xt, nt - xt, nt
    x[1, 0], x[1, 1], n[1] = nc - xc, xc, nc
    return x, n - x, n


def _facing(xt: Floats, nt: Floats, xc: Floats, nc: Floats, target: Floats) -> Floats:
    """Reached and trials of the arm whose rate shrinks, then of the other: lower, then upper end.

    The target only lends its shape.
    """
    shape = np.broadcast(xt, nt, xc, nc, target).shape
    sides = np.empty((4, 2, *shape))
    sides[0, 0], sides[1, 0], sides[2, 0], sides[3, 0] = xt, nt, xc, nc
    sides[0, 1], sides[1, 1], sides[2, 1], sides[3, 1] = xc, nc, xt, nt
    return sides


def _moments(rate: Floats, missed: Floats, n: Floats) -> _Law:
    variance = rate * missed / n
    return _Law(variance, variance * (missed - rate) / n)


def _each_end(values: Floats, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(values, shape).ravel()


def _root(law: _LawAt, z: Floats, widening: Floats, scale: Floats) -> Floats:
    """The multiplier at which the corrected score is z; infinite where it never is.

    scale: about where that is. NaN or infinite, as where no unit can move, it is the answer.
    """
    known = np.flatnonzero(np.isfinite(scale))

    def excess(part: Floats, each: Floats) -> Floats:
        at = known[each.astype(np.intp)]
        s = _multiplier(part, scale[at])
        return _corrected(s, law(s, at), widening[at]) - z[at]

    part = root_finding.root(excess, np.zeros(len(known)), np.full(len(known), _LAST))
    s = scale.copy()
    s[known] = np.where(np.isinf(part), np.inf, _multiplier(part, scale[known]))
    return s


def _multiplier(part: Floats, scale: Floats) -> Floats:
    """From 0 to infinity as the part goes from 0 to 1."""
    return np.asarray(scale * part / (1 - part))


def _corrected(s: Floats, law: _Law, widening: Floats) -> Floats:
    """The z whose slightly skewed quantile is the distance, in standard errors.

    Where none is, beyond the quantile's turning point, it is that point. Without variance the limit
    is -1.
    """
    error = np.sqrt(widening * law.variance)
    skewness = law.third / (6 * error**3)
    total = s * law.variance / error + skewness
    square = 1 + 4 * skewness * total
    z = np.where(square > 0, 2 * total / (1 + np.sqrt(np.maximum(square, 0))), -0.5 / skewness)
    return np.where(law.variance > 0, z, -1)
