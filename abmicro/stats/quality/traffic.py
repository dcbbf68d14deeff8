"""Rates of sources and days without an experiment: shrunken, and scored against the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, expit, logit, ndtri, softmax

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics import hypergeometric
from abmicro.stats.foundations.numerics.fitted_nodes import fitted_nodes
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Bools, Floats, demand, numbers, within

_FAR = 8.0  # standard errors to which the common rate is looked for
_LEAST = 1e-10  # of the largest weight, below which a node is dropped
_MEDIAN = float(np.sqrt(2) * ndtri(0.75))  # size of a difference of two scores
_FEWEST = 14  # days: two of each weekday


class SourceRates(NamedTuple):
    """Rates of sources (S,) with their intervals, and the rate toward which they are drawn."""

    rate: Floats
    low: Floats
    high: Floats
    common: float


class DayScores(NamedTuple):
    """How far each day lies from the others of its weekday.

    score: (T,) standard normal where the rate of a weekday stands still. spread: at least 1, the
    spread of scores from one day to the next. limit: of score / spread; flagged: (T,) beyond it.
    """

    score: Floats
    spread: float
    limit: float
    flagged: Bools


@dataclass(frozen=True, slots=True, eq=False)
class _Strength:
    """A beta law of rates, by its mean on the logit axis and its strength, at (N,) nodes."""

    units: float
    pooled: float
    size: float
    sources: int

    def parameters(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Both parameters of the law and the step of the first axis, at points (2, N)."""
        away, part = points
        strength = self.units * (1 - part) / part
        spread = self.pooled * (1 - self.pooled)
        step = np.sqrt((1 / self.size + 1 / (self.sources * (strength + 1))) / spread)
        place = logit(self.pooled) + away * step
        return strength * expit(place), strength * expit(-place), step


def source_rates(sources: Binomial, /, *, level: float = 0.95) -> SourceRates:
    """Rates of several sources, each drawn toward the common rate as far as its size asks.

    sources: (S,) units that reached the goal and all units of each source, units above 0.
    level: of the intervals, in (0, 1).

    The rates come from a beta law whose mean is flat on the logit axis; n / (n + strength) is
    uniform, n the median of the units. NaN where no unit reached the goal, or every one: the mean
    then has no end.

    Raises ValueError for other shapes.

    >>> found = source_rates(Binomial([12, 40], [400, 380]))
    >>> found.rate.round(3), found.low.round(3)
    (array([0.035, 0.098]), array([0.019, 0.07 ]))
    """
    x, n = np.broadcast_arrays(sources.reached, sources.trials)
    if x.ndim != 1 or not x.size:
        raise ValueError(f"sources must be of shape (S,), got {x.shape}")
    demand(np.asarray(n > 0), n, "units", "must be above 0")
    tail = (1 - float(within(level, "level", 0, 1))) / 2
    if x.sum() in (0, n.sum()):
        none = np.full(x.shape, np.nan)
        return SourceRates(none, none, none, float("nan"))
    law = _Strength(float(np.median(n)), float(x.sum() / n.sum()), float(n.sum()), x.size)

    def log_density(points: Floats) -> Floats:
        a, b, step = (each[:, None] for each in law.parameters(points))
        fit = betaln(a + x, b + n - x) - betaln(a, b)
        return np.asarray(fit.sum(axis=-1) + np.log(step[:, 0]))

    points, rule = fitted_nodes(log_density, [-_FAR, 0], [_FAR, 1], [60, 60])
    weights = softmax(log_density(points) + rule)
    kept = weights >= _LEAST * weights.max()
    w = weights[kept] / weights[kept].sum()
    a, b, _ = law.parameters(points[:, kept])
    common = float((w * a / (a + b)).sum())
    a, b = a + x[:, None], b + (n - x)[:, None]

    rates = (w * a / (a + b)).sum(axis=-1)
    low, high = (_quantile(share, w, a, b) for share in (tail, 1 - tail))
    return SourceRates(rates, low, high, common)


def _quantile(share: float, weights: Floats, a: Floats, b: Floats) -> Floats:
    """Where mixtures of beta laws (S, N) reach a share, (S,)."""

    def above(p: Floats, at: Floats) -> Floats:
        rows = at.astype(np.int64)
        below = betainc(a[rows], b[rows], p[:, None])
        return np.asarray((weights * below).sum(axis=-1) - share)

    return root(above, np.zeros(len(a)), np.ones(len(a)), width=1e-9)


def day_scores(days: Binomial, weekday: ArrayLike, /, *, false_alarm: float = 0.02) -> DayScores:
    """Each day against the other days of its weekday, for dips and peaks of a rate.

    days: (T,) units that reached the goal and all units of each day, at least 14 days in order.
    weekday: (T,) whole numbers, equal for days to be compared. false_alarm: chance in (0, 1) that
        any of the days is flagged though nothing happened.

    Given the total of a weekday, a day's count is hypergeometric if the rate stands still; its
    score is the normal score of its mid-P. A day alone of its weekday has a score of 0; of
    two days neither can be told to be the odd one.

    A far dip makes the other days of its weekday look high: look at the farthest first.

    Raises ValueError for less than 14 days or shapes that differ.

    Source: the spread from moving ranges as in charts for large samples, Laney (2002), Quality
    Engineering 14:531.

    >>> reached = [30, 31, 29, 30, 28, 32, 30, 30, 29, 5, 30, 31, 30, 29]
    >>> found = day_scores(Binomial(reached, [300] * 14), [0, 1, 2, 3, 4, 5, 6] * 2)
    >>> print(np.flatnonzero(found.flagged), found.score[9].round(2))
    [2 9] -4.35
    """
    x, n = np.broadcast_arrays(days.reached, days.trials)
    day = numbers(weekday, "weekday")
    if x.ndim != 1 or x.shape != day.shape or x.size < _FEWEST:
        raise ValueError(
            f"days and weekday must be of one shape (T,), T at least {_FEWEST}, "
            f"got {x.shape} and {day.shape}"
        )
    within(false_alarm, "false_alarm", 0, 1)
    same = (day[:, None] == day).astype(np.float64)
    total, units = same @ x, same @ n
    below, here, _ = hypergeometric.parts(x, n, units - n, total)
    score = np.asarray(ndtri(below + here / 2))
    spread = max(1.0, float(np.median(np.abs(np.diff(score)))) / _MEDIAN)
    limit = float(-ndtri(false_alarm / (2 * x.size)))
    return DayScores(score, spread, limit, np.abs(score) / spread > limit)
