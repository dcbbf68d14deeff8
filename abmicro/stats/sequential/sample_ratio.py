"""Whether arms get their shares of units, asked every day: a sample ratio that survives looking."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from abmicro.stats.foundations.validation import Floats, demand

_MANY = 1e6  # units from which the differences of Stirling's series are the more exact


def sample_ratio_e(units: ArrayLike, shares: ArrayLike, *, concentration: float = 1000.0) -> Floats:
    """The log e-value against the planned shares at the end of each day, (..., days).

    units: new units of each day and arm, (..., days, arms). shares: planned, (arms,) or
        (days, arms); each day's add up to 1. From a day with other shares on a new mixture starts
        and the e-values multiply. concentration: of the Dirichlet mixture around the shares.

    An alarm where it ever reaches log(1/alpha) errs with a chance of at most alpha over the whole
    run, however often it is asked.

    Source: Lindon and Malek (2022), arXiv 2011.03567.

    >>> days = [[512, 488], [471, 560], [430, 601], [402, 580]]
    >>> sample_ratio_e(days, [0.5, 0.5]).round(2)
    array([-0.2 ,  0.14,  6.16, 16.2 ])
    """
    daily = np.asarray(units, dtype=np.float64)
    planned = np.broadcast_to(np.asarray(shares, dtype=np.float64), daily.shape[-2:])
    demand(np.asarray(daily >= 0), daily, "units", "must not be negative")
    demand(np.asarray(planned > 0), planned, "shares", "must be above 0")
    sums = planned.sum(axis=-1)
    demand(np.abs(sums - 1) < 1e-9, sums, "shares", "must add up to 1")
    changed = np.flatnonzero((np.diff(planned, axis=0) != 0).any(axis=-1)) + 1
    log_e = np.empty(daily.shape[:-1])
    before = np.zeros((*daily.shape[:-2], 1))
    for days in np.split(np.arange(len(planned)), changed):
        if len(days):
            theta = planned[days[0]]
            so_far = np.cumsum(daily[..., days, :], axis=-2)
            log_e[..., days] = before + _mixture(so_far, theta, concentration)
            before = log_e[..., days[-1:]]
    return log_e


def _mixture(sums: Floats, theta: Floats, concentration: float) -> Floats:
    """Log of the Dirichlet mixture of the counts over their likelihood at the shares theta."""
    prior = concentration * theta
    counts = prior + sums
    total = counts.sum(axis=-1)
    return np.asarray(
        (_against(counts, theta, total) - _against(prior, theta, prior.sum())).sum(axis=-1)
        - _log_gamma_rest(total)
        + _log_gamma_rest(prior.sum())
    )


def _against(counts: Floats, theta: Floats, total: ArrayLike) -> Floats:
    """What arms add: counts log(counts / (total theta)), and what log Gamma has beyond x log x."""
    return np.asarray(
        xlogy(counts, counts / (np.asarray(total)[..., None] * theta)) + _log_gamma_rest(counts)
    )


def _log_gamma_rest(x: ArrayLike) -> Floats:
    """Log Gamma(x) - x log x + x, which stays small where log Gamma itself is huge."""
    given = np.asarray(x, dtype=np.float64)
    series = np.log(2 * np.pi / given) / 2 + 1 / (12 * given)
    return np.where(given > _MANY, series, gammaln(given) - xlogy(given, given) + given)
