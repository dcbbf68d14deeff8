"""Is the rate of one source clearly another than that of all others together?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincinv

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.gauss_legendre import gauss_legendre
from abmicro.stats.foundations.validation import Floats, demand

_COUNT = 200  # nodes over the share of others that lies below


def chance_below(one: Binomial, others: Binomial, /, *, times: ArrayLike = 1.0) -> Floats:
    """Posterior probability that a rate lies below so many times the rate of others.

    one, others: units that reached and all units; shapes that broadcast. times: above 0.

    Both rates have Jeffreys' prior. One without units has that prior alone.

    Raises ValueError for `times` that is not above 0.

    >>> found = chance_below(Binomial([3, 12], 200), Binomial(100, 1_000), times=0.5)
    >>> found.round(3)
    array([0.994, 0.26 ])
    """
    factor = np.asarray(times, dtype=np.float64)
    demand(np.asarray(factor > 0), factor, "times", "must be above 0")
    x, n, y, m = np.broadcast_arrays(one.reached, one.trials, others.reached, others.trials)
    nodes, weights = gauss_legendre(_COUNT)
    theirs = betaincinv((y + 0.5)[..., None], (m - y + 0.5)[..., None], (nodes + 1) / 2)
    bound = np.minimum(factor[..., None] * theirs, 1.0)
    below = betainc((x + 0.5)[..., None], (n - x + 0.5)[..., None], bound)
    return np.asarray((below * weights / 2).sum(axis=-1))
