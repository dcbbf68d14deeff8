"""How large the true lifts of past changes were, once the noise of their estimates is taken off."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, softmax

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.fitted_nodes import fitted_nodes
from abmicro.stats.foundations.validation import Floats, broadcastable, demand
from abmicro.stats.programme.mixtures import LiftGuess, mixed

_NODES = 100
_LARGEST = 5.0  # prior standard deviations to which the spread is looked for


@frozen(eq=False)
class LiftLaw:
    """Posterior of a normal law of true log lifts.

    mean, mean_sd: of the average change; sd: posterior mean of the spread from change to change;
    positive: share of true lifts above 0; lifts: what is thought of each, (K,).
    """

    mean: float
    mean_sd: float
    sd: float
    positive: float
    lifts: LiftGuess


def lift_law(
    lift: ArrayLike, variance: ArrayLike, *, prior_sd: float = 0.10, level: float = 0.95
) -> LiftLaw:
    """The law of true lifts behind the estimates of one goal in many tests.

    lift, variance: (K,) estimated log lifts and the variances of the estimates, above 0. The
        estimates are taken as independent.
    prior_sd: of the half-normal prior of the spread; the average has a flat one.
    level: of the intervals of `lifts`.

    Raises ValueError without any lift.

    >>> found = lift_law([0.06, -0.05, 0.01, 0.12], [0.001] * 4)
    >>> round(found.mean, 3), round(found.sd, 3), found.lifts.mean.round(3)
    (0.035, 0.079, array([ 0.055, -0.033,  0.015,  0.103]))
    """
    x, v = (np.atleast_1d(np.asarray(given, dtype=np.float64)) for given in (lift, variance))
    broadcastable(lift=x, variance=v)
    demand(np.asarray(v > 0), v, "variance", "must be above 0")
    if not x.size:
        raise ValueError("lift needs at least one test, got none")
    x, v = np.broadcast_arrays(x, v)

    def fitted(u: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        sd = _LARGEST * prior_sd * u[0] ** 2
        w = 1 / (sd[:, None] ** 2 + v)
        total = w.sum(axis=-1)
        mean = (w * x).sum(axis=-1) / total
        squares = (w * (x - mean[:, None]) ** 2).sum(axis=-1)
        log = (np.log(w).sum(axis=-1) - np.log(total) - squares - (sd / prior_sd) ** 2) / 2
        return log + np.log(u[0]), sd, mean, 1 / total

    nodes, rule = fitted_nodes(lambda u: fitted(u)[0], [0], [1], [_NODES])
    log, sd, mean, error = fitted(nodes)
    weights = softmax(log + rule)
    average = mixed(weights, mean, error, level=level)
    kept = sd[:, None] ** 2 / (sd[:, None] ** 2 + v)
    means = mean[:, None] + kept * (x - mean[:, None])
    variances = kept * v + (1 - kept) ** 2 * error[:, None]
    positive = (weights * ndtr(mean / np.sqrt(sd**2 + error))).sum()
    return LiftLaw(
        float(average.mean),
        float(average.sd),
        float((weights * sd).sum()),
        float(positive),
        mixed(weights, means.T, variances.T, level=level),
    )
