"""One figure each, by scipy or statsmodels: plain numbers in, plain numbers out, no code of ours.

Speed is no aim here; that nothing of `abmicro.stats` is imported is held by a test.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from math import inf, log, sqrt
from typing import NamedTuple

import numpy as np


class Count(NamedTuple):
    """Units that reached a goal, and all units."""

    reached: int
    units: int


class Sample(NamedTuple):
    """Units, mean and standard deviation (of n - 1) of a value per unit."""

    units: int
    mean: float
    sd: float


class TwoValues(NamedTuple):
    """Units of an arm; sums of a value y, of one from before x, of their squares and products."""

    units: float
    y: float
    x: float
    yy: float
    xx: float
    xy: float


def score_p(treated: Count, control: Count) -> float:
    """Two-sided p of the Miettinen-Nurminen score test of equal rates, by statsmodels.

    >>> round(score_p(Count(12, 40), Count(3, 41)), 6)
    0.009021
    """
    from statsmodels.stats.proportion import test_proportions_2indep

    with _quietly():
        found = test_proportions_2indep(*treated, *control, compare="diff", method="score")
    return float(found.pvalue)


def lift_ends(treated: Count, control: Count, level: float) -> tuple[float, float]:
    """Ends of the Miettinen-Nurminen interval of the relative lift, by statsmodels.

    >>> [round(end, 4) for end in lift_ends(Count(12, 40), Count(3, 41), 0.95)]
    [0.3617, 11.9688]
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    with _quietly():
        low, high = confint_proportions_2indep(
            *treated, *control, compare="ratio", method="score", alpha=1 - level
        )
    return float(low) - 1, float(high) - 1


def difference_ends(treated: Count, control: Count, level: float) -> tuple[float, float]:
    """Ends of the Miettinen-Nurminen interval of the difference.

    The constrained estimate is found by maximising the likelihood, not by the cubic of the paper
    (whose form in statsmodels does not hold everywhere), the ends by bisection.

    >>> [round(end, 4) for end in difference_ends(Count(12, 40), Count(3, 41), 0.95)]
    [0.0611, 0.395]
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    far = float(norm.isf((1 - level) / 2))
    observed = treated.reached / treated.units - control.reached / control.units

    def beyond(difference: float) -> float:
        return _difference_z(treated, control, difference) ** 2 - far**2

    edge = 1 - 1e-9
    low = -1.0 if beyond(-edge) < 0 else brentq(beyond, -edge, observed, xtol=1e-13)
    high = 1.0 if beyond(edge) < 0 else brentq(beyond, observed, edge, xtol=1e-13)
    return float(low), float(high)


def _difference_z(treated: Count, control: Count, difference: float) -> float:
    """The score statistic at a difference: distance over its deviation at the constrained rates."""
    rate = _constrained_rate(treated, control, difference)
    total = treated.units + control.units
    variance = (rate + difference) * (1 - rate - difference) / treated.units
    variance += rate * (1 - rate) / control.units
    distance = treated.reached / treated.units - control.reached / control.units - difference
    if distance == 0:
        return 0.0
    spread = sqrt(max(variance, 0.0) * total / (total - 1))
    return distance / spread if spread else inf if distance > 0 else -inf


def _constrained_rate(treated: Count, control: Count, difference: float) -> float:
    """The control's rate where the likelihood is largest among rates that differ so much.

    The derivative of the log likelihood falls in the rate, so its root is found between the ends.
    """
    from scipy.optimize import brentq

    low, high = max(0.0, -difference), min(1.0, 1 - difference)

    def slope(rate: float) -> float:
        return _slope(treated, rate + difference) + _slope(control, rate)

    tiny = 1e-15 * max(high - low, 1e-3)
    if slope(low + tiny) <= 0:
        return low
    if slope(high - tiny) >= 0:
        return high
    return float(brentq(slope, low + tiny, high - tiny, xtol=1e-16, rtol=1e-15))


def _slope(count: Count, rate: float) -> float:
    """Derivative of a log likelihood in the rate."""
    rate = min(max(rate, 1e-300), 1 - 1e-16)
    return count.reached / rate - (count.units - count.reached) / (1 - rate)


def mean_p(treated: Sample, control: Sample, *, equal_variances: bool) -> float:
    """Two-sided p of Student's test, or of Welch's, by scipy.

    >>> round(mean_p(Sample(5, 6, 1.5), Sample(5, 4, 1.5), equal_variances=False), 4)
    0.0681
    """
    from scipy.stats import ttest_ind_from_stats

    first, second = ((one.mean, one.sd, one.units) for one in (treated, control))
    return float(ttest_ind_from_stats(*first, *second, equal_var=equal_variances).pvalue)


def mean_ends(
    treated: Sample, control: Sample, level: float, *, equal_variances: bool
) -> tuple[float, float]:
    """Ends of the interval of the difference of two means, by statsmodels.

    >>> ends = mean_ends(Sample(5, 6, 1.5), Sample(5, 4, 1.5), 0.95, equal_variances=True)
    >>> [round(end, 3) for end in ends]
    [-0.188, 4.188]
    """
    from statsmodels.stats.weightstats import CompareMeans

    both = CompareMeans(_of_two_values(treated), _of_two_values(control))
    low, high = both.tconfint_diff(
        alpha=1 - level, usevar="pooled" if equal_variances else "unequal"
    )
    return float(low), float(high)


def _of_two_values(sample: Sample) -> object:
    """Data of two values with the mean and the deviation of a sample, as statsmodels takes them."""
    from statsmodels.stats.weightstats import DescrStatsW

    away = sample.sd * sqrt((sample.units - 1) / sample.units)
    half = sample.units / 2
    return DescrStatsW(np.array([sample.mean - away, sample.mean + away]), np.array([half, half]))


def past_slope(arms: Sequence[TwoValues]) -> float:
    """The coefficient of a value from before, the arms apart, by statsmodels' least squares.

    Four weighted points of each arm have its means, variances and covariance.

    >>> one = TwoValues(5, 7, 7, 13, 13, 12)
    >>> round(past_slope([one, one]), 4)
    0.6875
    """
    from statsmodels.regression.linear_model import WLS

    rows, weights = [], []
    for at, arm in enumerate(arms):
        means = np.array([arm.y, arm.x]) / arm.units
        second = np.array([[arm.yy, arm.xy], [arm.xy, arm.xx]]) / arm.units
        spread = np.linalg.cholesky(second - np.outer(means, means) + 1e-18 * np.eye(2))
        own = np.eye(len(arms))[at]
        for step in (*spread.T, *-spread.T):
            y, x = means + sqrt(2) * step
            rows.append([y, x, *own])
            weights.append(arm.units / 4)
    table = np.array(rows)
    return float(WLS(table[:, 0], table[:, 1:], weights=np.array(weights)).fit().params[0])


def chance_to_win(treated: Count, control: Count, a: float, b: float) -> float:
    """The chance that the treated rate is the higher one, by scipy's quadrature.

    a, b: of the beta prior of both rates.

    >>> round(chance_to_win(Count(12, 40), Count(3, 41), 1, 1), 4)
    0.9954
    """
    from scipy.integrate import quad
    from scipy.stats import beta

    mine, other = (beta(a + one.reached, b + one.units - one.reached) for one in (treated, control))
    low, high = float(mine.ppf(1e-15)), float(mine.isf(1e-15))
    middle = [float(law.ppf(at)) for law in (mine, other) for at in (0.01, 0.5, 0.99)]
    inside = sorted(at for at in middle if low < at < high)
    with _quietly():
        found, _ = quad(
            lambda rate: float(mine.pdf(rate) * other.cdf(rate)),
            *(low, high),
            points=inside,
            limit=500,
            epsabs=1e-13,
        )
    return float(found)


def split_p(units: Sequence[int], shares: Sequence[float]) -> float:
    """P of the units per variant under planned shares, by scipy: exact for two, else chi-square.

    >>> round(split_p([10, 0], [0.5, 0.5]), 6)
    0.001953
    """
    from scipy.stats import binomtest, chisquare

    total, whole = sum(units), sum(shares)
    if len(units) == 2:
        return float(binomtest(units[0], total, shares[0] / whole).pvalue)
    expected = [total * share / whole for share in shares]
    return float(chisquare(list(units), expected).pvalue)


def power(baseline: float, lift: float, units: tuple[float, float], alpha: float) -> float:
    """Power to find a lift of a rate, two-sided, by statsmodels' normal approximation.

    units: of the treated variant and of the control.

    >>> round(power(0.12, 0.1, (10_000, 10_000), 0.05), 3)
    0.725
    """
    from statsmodels.stats.proportion import power_proportions_2indep

    treated, control = units
    found = power_proportions_2indep(
        baseline * lift,
        baseline,
        nobs1=treated,
        ratio=control / treated,
        alpha=alpha,
        return_results=False,
    )
    return float(found)


def distance(ours: float, theirs: float) -> float:
    """How far two figures lie apart: of their size above 1, else as they are; 0 where both are NaN.

    >>> distance(2.0, 2.1), distance(float("nan"), float("nan")), distance(1e-9, 0)
    (0.05, 0.0, 1e-09)
    """
    if (np.isnan(ours) and np.isnan(theirs)) or ours == theirs:
        return 0.0
    return round(abs(ours - theirs) / max(1.0, abs(ours)), 15)


def log_distance(ours: float, theirs: float) -> float:
    """The same of small probabilities: how far their logarithms lie apart, for they span decades.

    >>> log_distance(1e-112, 1e-112)
    0.0
    """
    if ours <= 0 or theirs <= 0 or np.isnan(ours) or np.isnan(theirs):
        return distance(ours, theirs)
    return abs(log(ours) - log(theirs))


def _quietly() -> warnings.catch_warnings[None]:
    return warnings.catch_warnings(action="ignore")


Measure = Callable[[float, float], float]
