"""How far counts lie from the shares they should have: two statistics, kept exact at large counts.

Both take counts and positive weights of one shape, classes along the last axis, checked by the
caller, and give the statistic of the batch shape: 0 where there is nothing to count.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from abmicro.stats.foundations.numerics.beta_distribution import stirling_rest
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.validation import Floats

_NEAR = 0.1  # count and mean this close: their deviance would cancel, its series does not
_SERIES = [1 / power for power in range(17, 1, -2)]  # (artanh(v) - v) / v^3 by powers of v^2


def pearson(counts: Floats, weights: Floats) -> Floats:
    """Pearson's statistic: squared surpluses over the expected counts.

    >>> float(pearson(np.array([60.0, 40.0]), np.array([1.0, 1.0])))
    4.0
    """
    surplus, expected = _surplus(counts, weights)
    statistic: Floats = (surplus**2 / np.where(expected > 0, expected, 1)).sum(axis=-1)
    return statistic


def likelihood_ratio(counts: Floats, weights: Floats) -> Floats:
    """The statistic G: twice the log likelihood that the expected counts give away.

    >>> round(float(likelihood_ratio(np.array([10.0, 0.0]), np.array([1.0, 1.0]))), 6)
    13.862944
    """
    surplus, expected = _surplus(counts, weights)
    return np.asarray(2 * deviance(counts, expected, surplus).sum(axis=-1))


def deviance(count: Floats, mean: Floats, surplus: Floats) -> Floats:
    """Return count log(count / mean) - surplus, with surplus = count - mean known more exactly.

    Source: Loader (2000), "Fast and accurate computation of binomial probabilities", section 3.

    >>> float(deviance(np.array(1e9), np.array(1e9 - 1), np.array(1.0)))
    5.000000003333333e-10
    """
    both = count + mean
    v = surplus / choose(both > 0, both, 1)
    near = np.abs(v) < _NEAR
    square = np.square(choose(near, v, 0))
    series: Floats | float = 0.0
    for term in _SERIES:
        series = series * square + term
    ratio = choose(near | (mean <= 0), 1, count / choose(mean > 0, mean, 1))
    apart = xlogy(count, ratio) - surplus
    return choose(near, surplus * v + 2 * count * v * square * series, apart)


def log_poisson(count: Floats, mean: Floats, surplus: Floats | None = None) -> Floats:
    """Logarithm of the probability of a count under Poisson's law of a mean, positive or both 0.

    surplus: count - mean, where it is known more exactly.

    Source: Loader (2000), section 4: Stirling's formula with its remainder, less the deviance.

    >>> round(float(np.exp(log_poisson(np.array(2.0), np.array(1.0)))), 12)
    0.183939720586
    """
    apart = deviance(count, mean, count - mean if surplus is None else surplus)
    return choose(count > 0, log_peak(count) - apart, -mean)


def log_peak(count: Floats) -> Floats:
    """Logarithm of the probability of a count under Poisson's law of which it is the mean.

    >>> round(float(np.exp(log_peak(np.array(2.0)))), 12)
    0.270670566473
    """
    some = np.maximum(count, 1)
    return choose(count > 0, -(np.log(2 * np.pi * some) / 2 + stirling_rest(some)), 0.0)


def _surplus(counts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Observed less expected counts, and the expected ones.

    Both products are whole for whole weights, so that a surplus of one unit in 10**9 survives.
    """
    total = counts.sum(axis=-1, keepdims=True)
    weight = weights.sum(axis=-1, keepdims=True)
    weight = np.where(weight > 0, weight, 1)
    return (counts * weight - total * weights) / weight, total * weights / weight
