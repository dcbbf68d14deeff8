"""Rates of sources and days without an experiment: shrunken, and scored against the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, expit, logit, ndtri, softmax

from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics import hypergeometric
from abmicro.stats.foundations.numerics.fitted_nodes import fitted_nodes
from abmicro.stats.foundations.validation import Bools, Floats, demand, numbers, within

_FAR = 8.0  # standard errors to which the common rate is looked for
_FARTHEST = 37.0  # standard errors, beyond which a double holds no chance
_LEAST = 1e-10  # of the largest weight, below which a node is dropped
_MEDIAN = float(np.sqrt(2) * ndtri(0.75))  # size of a difference of two scores
_CLOSE = 1e-6  # of what a quantile lies within; after a step that short the next is below 1e-9
_FEWEST = 14  # days: two of each weekday
_NODES = 30  # of either axis


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


@frozen(eq=False)
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
        with np.errstate(invalid="ignore"):
            fit = (betaln(a + x, b + n - x) - betaln(a, b)).sum(axis=-1)
        # not finite: a common rate of nearly 0 or 1, which no source with both can have
        return np.where(np.isfinite(fit), fit + np.log(step[:, 0]), -np.inf)

    points, rule = fitted_nodes(log_density, [-_FAR, 0], [_FAR, 1], [_NODES, _NODES])
    weights = softmax(log_density(points) + rule)
    kept = weights >= _LEAST * weights.max()
    w = weights[kept] / weights[kept].sum()
    a, b, _ = law.parameters(points[:, kept])
    common = float((w * a / (a + b)).sum())
    a, b = a + x[:, None], b + (n - x)[:, None]

    rates = (w * a / (a + b)).sum(axis=-1)
    squares = (w * a * (a + 1) / ((a + b) * (a + b + 1))).sum(axis=-1)
    error = np.sqrt(np.maximum(squares - rates**2, 0))
    far = error / np.sqrt(tail)  # beyond it less than the tail lies
    ends = np.maximum(rates - far, 0), np.minimum(rates + far, 1)
    low, high = (
        _quantile(share, rates + ndtri(share) * error, ends, (w, a, b))
        for share in (tail, 1 - tail)
    )
    return SourceRates(rates, low, high, common)


def _quantile(
    share: float,
    start: Floats,
    ends: tuple[Floats, Floats],
    mixture: tuple[Floats, Floats, Floats],
) -> Floats:
    """Where mixtures of beta laws reach a share, between two ends, (S,).

    start: about there. mixture: weights (N,) and both parameters (S, N). Newton's iteration inside
    a bracket.
    """
    weights, a, b = mixture
    low, high = ends
    enough, answer, left = _CLOSE * (high - low), start.copy(), np.arange(len(start))
    place = np.where((start > low) & (start < high), start, (low + high) / 2)
    log_weights = np.log(weights) - betaln(a, b)
    while left.size:
        p = place[:, None]
        missed = (weights * betainc(a[left], b[left], p)).sum(axis=-1) - share
        logs = log_weights[left] + (a[left] - 1) * np.log(p) + (b[left] - 1) * np.log1p(-p)
        low, high = np.where(missed < 0, place, low), np.where(missed < 0, high, place)
        with np.errstate(divide="ignore"):
            moved = place - missed / np.exp(logs).sum(axis=-1)
        moved = np.where((moved > low) & (moved < high), moved, (low + high) / 2)
        answer[left] = moved
        on = np.abs(moved - place) > enough[left]
        left, (place, low, high) = left[on], (each[on] for each in (moved, low, high))
    return answer


def day_scores(days: Binomial, weekday: ArrayLike, /, *, false_alarm: float = 0.02) -> DayScores:
    """Each day against the other days of its weekday, for dips and peaks of a rate.

    days: (T,) units that reached the goal and all units of each day, at least 14 days in order.
    weekday: (T,) whole numbers, equal for days to be compared. false_alarm: chance in (0, 1) that
        any of the days is flagged though nothing happened.

    Given the total of a weekday, a day's count is hypergeometric if the rate stands still; its
    score is the normal score of its mid-P, at most 37. A day alone of its weekday has a score of
    0; of two days neither can be told to be the odd one.

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
    below, here, above = hypergeometric.parts(x, n, units - n, total)
    far = np.minimum(-ndtri(np.minimum(below, above) + here / 2), _FARTHEST)
    score = np.where(below < above, -far, far) + 0.0  # no zero below zero
    spread = max(1.0, float(np.median(np.abs(np.diff(score)))) / _MEDIAN)
    limit = float(-ndtri(false_alarm / (2 * x.size)))
    return DayScores(score, spread, limit, np.abs(score) / spread > limit)


class OddDays(NamedTuple):
    """Days that differ from the others of their weekday, found one after the other.

    score, expected: (T,) in standard errors, and conversions at the rate of the others. spread,
    limit: as `DayScores`, of what is left once the odd days are set aside. odd: (T,).
    """

    score: Floats
    expected: Floats
    spread: float
    limit: float
    odd: Bools


def odd_days(days: Binomial, weekday: ArrayLike, /, *, false_alarm: float = 0.02) -> OddDays:
    """The days that `day_scores` flags, the farthest first and each then set aside.

    A far dip makes the other days of its weekday look high; without it they are judged anew, as
    long as 14 days are left and at most a quarter is odd. days, weekday, false_alarm, errors: as
    there.

    >>> reached = [30, 31, 29, 30, 28, 32, 30] * 3
    >>> reached[9] = 5
    >>> found = odd_days(Binomial(reached, [300] * 21), [0, 1, 2, 3, 4, 5, 6] * 3)
    >>> np.flatnonzero(found.odd), found.expected[9]
    (array([9]), np.float64(29.0))
    """
    x, n = np.broadcast_arrays(days.reached, days.trials)
    day = numbers(weekday, "weekday")
    first = day_scores(days, day, false_alarm=false_alarm)
    score, spread, odd = first.score.copy(), first.spread, np.zeros(x.shape, dtype=bool)
    for _ in range(max(1, x.size // 4)):
        kept = np.flatnonzero(~odd)
        found = day_scores(Binomial(x[kept], n[kept]), day[kept], false_alarm=false_alarm)
        score[kept], spread = found.score, found.spread
        far = int(np.argmax(np.abs(found.score)))
        if np.abs(found.score[far]) / found.spread <= first.limit:
            break
        odd[kept[far]] = True
        if x.size - odd.sum() < _FEWEST:
            break
    others = (day[:, None] == day) & ~odd & ~np.eye(x.size, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = n * (others @ x) / (others @ n)
    return OddDays(score, np.asarray(expected), spread, first.limit, odd)


def smallest_dip(
    expected: float, rate: float, others: int, /, *, spread: float, limit: float, power: float = 0.8
) -> float:
    """The smallest fall of a rate on one day that `day_scores` flags with a given power.

    expected: conversions of a usual day; rate: of units; others: days of the same weekday beside
    it; spread, limit: as `DayScores`. NaN where not even a day without any conversion is.

    >>> round(smallest_dip(150, 0.05, 3, spread=1.0, limit=3.38), 2)
    0.36
    """
    fall = np.linspace(0.0, 1.0, 1001)[1:]
    left, part = 1 - fall, others / (others + 1)
    common = rate * (1 - fall / (others + 1))
    total = expected * (1 - fall / (others + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.sqrt(total * part * (1 - common))
        score = fall * expected * part / noise
        wobble = part * np.sqrt(expected * (left * (1 - rate * left) + (1 - rate) / others)) / noise
    found = score / spread - float(ndtri(power)) * wobble >= limit
    return float(fall[np.argmax(found)]) if found.any() else float("nan")
