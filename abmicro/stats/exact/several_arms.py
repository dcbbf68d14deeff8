"""Fisher's exact test for more than two arms."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.hypergeometric import TIE
from abmicro.stats.foundations.validation import Floats

LARGEST = 5_000_000  # tables that may be enumerated


def freeman_halton(arms: Binomial, /) -> Floats:
    """p-value of the exact test that all arms have one rate.

    arms: units that reached the goal and all units, arms along the last axis, any batch axes before
    it.

    Returns p of the batch shape: the probability, given the conversions of all arms together, of
    all tables no likelier than the observed one (a relative difference of 1e-7 is a tie). An arm
    without units says nothing. Every table is visited: for few conversions in few arms.

    Raises ValueError where the tables may be more than five million.

    Source: Freeman and Halton (1951), Biometrika 38:141-149.

    >>> print(freeman_halton(Binomial([5, 9, 2], [50, 51, 48])).round(5))
    0.08578
    """
    x, n = np.broadcast_arrays(np.atleast_1d(arms.reached), np.atleast_1d(arms.trials))
    rows = zip(x.reshape(-1, x.shape[-1]), n.reshape(-1, x.shape[-1]), strict=True)
    return np.reshape([_p(*row) for row in rows], x.shape[:-1])[()]


def _p(x: Floats, n: Floats) -> float:
    total = int(x.sum())
    count = math.prod(int(min(most, total)) + 1 for most in np.sort(n)[:-1])
    if count > LARGEST:
        raise ValueError(
            f"arms allow about {count:.1g} tables, too many to enumerate; test all arms with"
            " chi-square, or each against the control"
        )
    left, log = np.array([float(total)]), np.zeros(1)
    for most in np.sort(n):  # the largest arm last: it takes what is left
        taken = np.arange(min(most, total) + 1)
        left, log = (
            np.ravel(left[:, None] - taken),
            np.ravel(log[:, None] + _log_ways(taken, most)),
        )
        left, log = left[left >= 0], log[left >= 0]
    log = log[left == 0]
    observed = _log_ways(x, n).sum()
    weight = np.exp(log - log.max())
    return float(min(weight[log <= observed + TIE].sum() / weight.sum(), 1))


def _log_ways(x: Floats, n: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))
