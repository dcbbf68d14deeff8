"""Predictive probability: how likely the planned test ends in success, given the data now.

Success is the Bayesian rule: at the end the chance that treated has the higher rate exceeds a
threshold. What the remaining units will do follows the beta-binomial law of each arm.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike
from scipy.special import betaincinv, expit, logit

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import probability_better
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, whole, within

_FAR = 1e-13  # probability left out at either end of a predictive law
_EACH, _CELLS = 2**15, 2**11  # so many counts are looked at each; more in so many cells
_KNOTS = 24  # counts of control the boundary is solved for; between them it is a polynomial
_TIE = 1e-6  # a count that close to the boundary lies on it, and is no success
_BLOCK = 16  # comparisons worked on at once


def probability_of_success(
    treated: Beta,
    control: Beta,
    treated_left: ArrayLike,
    control_left: ArrayLike,
    *,
    threshold: float = 0.95,
) -> Floats:
    """Probability that the test, once all planned units are in, calls treated the better arm.

    treated, control: independent posteriors now. treated_left, control_left: units still to come in
        each arm. threshold: the chance to win asked for at the end, in (0, 1). Shapes broadcast.

    Returns the sum over all outcomes to come, exact up to rounding where their counts spread over
    fewer than 32,768 values in an arm; wider ones are summed in cells, to about 1e-5. Without units
    left it is 1 or 0: the test has ended.
    Raises ValueError for units that are negative or fractional, or a threshold outside (0, 1).

    Source: predictive power: Spiegelhalter, Freedman and Blackburn (1986), Controlled Clinical
    Trials 7:8-17; the boundary of success is solved for at few points, where it is smooth on the
    logit scale: derived here.

    >>> now = Beta(122.5, 9878.5), Beta(100.5, 9900.5)
    >>> round(float(probability_of_success(*now, 10_000, 10_000)), 4)
    0.676
    """
    laws = (treated.a, treated.b, control.a, control.b)
    ahead = whole(treated_left, "treated_left"), whole(control_left, "control_left")
    columns = np.broadcast_arrays(*laws, *ahead, within(threshold, "threshold", 0, 1))
    flat = [column.ravel() for column in columns]
    found = np.empty(flat[0].size)
    for start in range(0, found.size, _BLOCK):
        ta, tb, ca, cb, m, n, wanted = (column[start : start + _BLOCK, None] for column in flat)
        mine, other = _predicted(ta, tb, m), _predicted(ca, cb, n)
        least = _boundary(_Interim(ta, tb, m), _Interim(ca, cb, n), other.counts, wanted)
        won = mine.above(least)
        found[start : start + _BLOCK] = np.sum(other.chances * won, axis=-1)
    return np.minimum(found, 1).reshape(columns[0].shape)


@frozen(eq=False)
class _Interim:
    """The posterior now and the units to come; columns."""

    a: Floats
    b: Floats
    left: Floats

    @property
    def units(self) -> Floats:
        return self.a + self.b + self.left


@frozen(eq=False)
class _Predicted:
    """Counts to come and their chances, (pairs, counts); each stands for `step` from `first` on."""

    counts: Floats
    chances: Floats
    first: Floats
    step: Floats

    def above(self, bound: Floats) -> Floats:
        """Chance of more than `bound`, (pairs, any)."""
        none = np.zeros((len(self.chances), 1))
        beyond = np.concatenate([np.cumsum(self.chances[:, ::-1], axis=-1)[:, ::-1], none], axis=-1)
        place = (np.floor(bound + _TIE) + 1 - self.first) / self.step
        place = np.clip(place, 0, self.counts.shape[1])
        cell = np.minimum(place.astype(int), self.counts.shape[1] - 1)
        low, high = (np.take_along_axis(beyond, at, axis=-1) for at in (cell, cell + 1))
        return np.asarray(low + (high - low) * (place - cell))


def _predicted(a: Floats, b: Floats, left: Floats) -> _Predicted:
    """The beta-binomial law of the conversions among the units to come.

    Columns; all but about `_FAR` of the law.
    """
    low, high = left * betaincinv(a, b, _FAR), left * (1 - betaincinv(b, a, _FAR))
    low = np.floor(np.maximum(low - 8 * np.sqrt(low) - 20, 0))
    high = np.ceil(np.minimum(high + 8 * np.sqrt(high) + 20, left))
    width = high - low + 1
    step = np.where(width <= _EACH, 1, np.ceil(width / _CELLS))
    number = int(np.ceil(width / step).max())
    starts = low + step * np.arange(number)
    chances = np.where(starts <= high, _terms(a, b, left, np.minimum(starts, high)), 0)
    wide = np.flatnonzero(step > 1)
    chances[wide] = _masses(a[wide], b[wide], left[wide], starts[wide], step[wide])
    counts = np.minimum(starts + (step - 1) / 2, high)
    return _Predicted(counts, chances / chances.sum(axis=-1, keepdims=True), low, step)


def _terms(a: Floats, b: Floats, left: Floats, counts: Floats) -> Floats:
    """Chances of counts that follow one another, up to a factor: each from the one before."""
    left = np.maximum(left, 1)  # none to come: the one count is certain, and others are left out
    x = np.minimum(counts, left - 1)[:, :-1]
    ratio = (left - x) / (x + 1) * ((a + x) / (b + left - x - 1))
    logs = np.zeros_like(counts)
    logs[:, 1:] = np.cumsum(np.log(ratio), axis=-1)
    return np.asarray(np.exp(logs - logs.max(axis=-1, keepdims=True)))


def _masses(a: Floats, b: Floats, left: Floats, starts: Floats, step: Floats) -> Floats:
    """Chances of the counts from each start to the next.

    At least x of n units convert exactly where the rate exceeds the x-th smallest of n uniform
    numbers, which is of law Beta(x, n - x + 1).
    """
    edges = np.concatenate([starts, starts[:, -1:] + step], axis=-1)
    inner = np.clip(edges, 1, left)
    above = probability_better(Beta(a, b), Beta(inner, left - inner + 1))
    return -np.diff(np.where(edges < 1, 1, np.where(edges > left, 0, above)), axis=-1)


def _boundary(treated: _Interim, control: _Interim, counts: Floats, threshold: Floats) -> Floats:
    """The count of treated, not a whole one, from which on it wins, for counts of control.

    Solved for on the logit scale of the posterior means, where it is almost a straight line.
    """
    place = logit((control.a + counts) / control.units)
    low, high = place[:, :1], place[:, -1:]
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9)
    knots = middle + half * chebyshev.chebpts1(_KNOTS)
    solved = _solved(treated, control, knots, threshold)
    terms = np.moveaxis(solved @ _TO_SERIES, -1, 0)[..., None]
    series = chebyshev.chebval((place - middle) / half, terms, tensor=False)
    return np.asarray(treated.units * expit(series) - treated.a)


def _solved(treated: _Interim, control: _Interim, knots: Floats, threshold: Floats) -> Floats:
    """The logit of treated's final mean at which its chance to win is the threshold."""
    share = expit(knots)
    other = Beta(control.units * share, control.units * expit(-knots))
    tiny = 1e-3 * np.minimum(np.minimum(treated.a, treated.b), 1) / treated.units
    ends = np.broadcast_to(logit(tiny), knots.shape), np.broadcast_to(-logit(tiny), knots.shape)
    units, wanted = (
        np.broadcast_to(column, knots.shape).ravel() for column in (treated.units, threshold)
    )
    ca, cb = other.a.ravel(), other.b.ravel()

    def lead(place: Floats, numbers: Floats) -> Floats:
        at = numbers.astype(int)
        final = Beta(units[at] * expit(place), units[at] * expit(-place))
        return np.asarray(probability_better(final, Beta(ca[at], cb[at])) - wanted[at])

    found = root(lead, ends[0].ravel(), ends[1].ravel())
    return np.asarray(np.minimum(found, ends[1].ravel()).reshape(knots.shape))


_TO_SERIES = np.linalg.inv(chebyshev.chebvander(chebyshev.chebpts1(_KNOTS), _KNOTS - 1)).T
