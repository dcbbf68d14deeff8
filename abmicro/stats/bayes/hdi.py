"""Credible intervals of one rate, highest density intervals of one rate and of a lift.

A highest density interval has equal densities at both ends and is the shortest of its mass. It
depends on the scale: that of the lift is not that of the log ratio carried over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from abmicro.stats.bayes.difference_distribution import (
    LOG_RATIO,
    Scale,
    density,
    lift_of,
    quantile,
)
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import Beta, in_blocks
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, within

_LEAST = 1e-9  # share of the mass left out: an end that leaves less beyond it is the very end
_NOTHING = np.finfo(np.float64).tiny  # a density whose logarithm is finite

Ends = Callable[..., tuple[Floats, Floats]]


def rate_interval(law: Beta, *, level: ArrayLike = 0.95) -> Effect:
    """Median and equal-tailed credible interval of a rate.

    law: its posterior; level: credible mass in (0, 1). Shapes broadcast.

    >>> [round(float(value), 6) for value in rate_interval(Beta(11, 91))]
    [0.10528, 0.055637, 0.174553]
    """
    tail = (1 - within(level, "level", 0, 1)) / 2
    low, high = _rate_ends(tail, tail, law.a, law.b)
    return Effect(_median(law), low, high)


def rate_density_interval(law: Beta, *, level: ArrayLike = 0.95) -> Effect:
    """Median and highest density interval of a rate.

    law: its posterior; level: credible mass in (0, 1). Shapes broadcast.

    Returns ends to about 1e-9. An end is 0 or 1 where the density rises towards it. Without a peak
    (neither parameter above 1) it is the shorter of the intervals at one end, at 0 if they tie.

    Source: Box and Tiao (1973), Bayesian Inference in Statistical Analysis, section 2.8.

    >>> [round(float(value), 6) for value in rate_density_interval(Beta(11, 91))]
    [0.10528, 0.05147, 0.168664]
    >>> float(rate_density_interval(Beta(0.5, 20.5)).low)
    0.0
    """
    share = _balanced(_rate_log_density, _rate_ends, level, law.a, law.b)
    left_out = 1 - within(level, "level", 0, 1)
    share = np.where((law.a <= 1) & (law.b < law.a), 1, share)
    low, high = _rate_ends(share * left_out, (1 - share) * left_out, law.a, law.b)
    return Effect(_median(law), low, high)


def lift_density_interval(treated: Beta, control: Beta, *, level: ArrayLike = 0.95) -> Effect:
    """Median and highest density interval of treated / control - 1.

    treated, control: independent posteriors; level: credible mass in (0, 1). Shapes broadcast.

    Returns ends to about 1e-8 of the interval's width; the lower one is -1 where the density rises
    towards it, as it does for a treated parameter a below 1.

    Source: as `rate_density_interval`; the density is one integral.

    >>> found = lift_density_interval(Beta(16, 86), Beta(11, 91))
    >>> [round(float(value), 6) for value in found]
    [0.467556, -0.409338, 1.827063]
    """
    return lift_of(_shortest(LOG_RATIO, 1, treated, control, level))


def _median(law: Beta) -> Floats:
    return np.asarray(betaincinv(law.a, law.b, 0.5))


def _rate_ends(below: Floats, above: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Quantiles that leave so much below and above them."""
    return np.asarray(betaincinv(a, b, below)), np.asarray(1 - betaincinv(b, a, above))


def _rate_log_density(rate: Floats, a: Floats, b: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return (a - 1) * np.log(rate) + (b - 1) * np.log1p(-rate)


def _shortest(scale: Scale, tilt: float, treated: Beta, control: Beta, level: ArrayLike) -> Effect:
    """On the scale q; the density is that of a quantity that moves with q as exp(tilt q) does."""
    laws = (treated.a, treated.b, control.a, control.b)

    def ends(below: Floats, above: Floats, *laws: Floats) -> tuple[Floats, Floats]:
        tails, upper = np.stack([below, above]), np.reshape([False, True], (2,) + (1,) * below.ndim)
        low, high = in_blocks(partial(quantile, scale), tails, upper, *laws)
        return low, high

    def log_density(at: Floats, *laws: Floats) -> Floats:
        height = in_blocks(partial(density, scale), at, *laws)
        return np.log(np.maximum(height, _NOTHING)) - tilt * at

    share = _balanced(log_density, ends, level, *laws)
    left_out = 1 - within(level, "level", 0, 1)
    low, high = ends(*np.broadcast_arrays(share * left_out, (1 - share) * left_out), *laws)
    median = in_blocks(partial(quantile, scale), np.full_like(low, 0.5), False, *laws)
    return Effect(median, low, high)


def _balanced(
    log_density: Callable[..., Floats], ends: Ends, level: ArrayLike, *laws: Floats
) -> Floats:
    """Share of what is left out that lies below the interval with equal densities at its ends.

    log_density, ends: functions of a place, and of two tails, and of the parameters. The density
    at the lower end, compared with that at the upper one, rises with the share.
    """
    left_out, *columns = np.broadcast_arrays(1 - within(level, "level", 0, 1), *laws)
    flat, out = [column.ravel() for column in columns], left_out.ravel()

    def lead(share: Floats, numbers: Floats) -> Floats:
        at = numbers.astype(int)
        own = [column[at] for column in flat]
        low, high = ends(share * out[at], (1 - share) * out[at], *own)
        return log_density(low, *own) - log_density(high, *own)

    share = root(lead, np.full(out.size, _LEAST), np.full(out.size, 1 - _LEAST))
    share = np.where(share <= _LEAST, 0, np.minimum(share, 1))
    return share.reshape(left_out.shape)
