"""Beta priors of a rate: by name, from a baseline and its certainty; how well data agree with one.

A prior is a `Beta`, worth a + b units (`strength`); any `Beta(a, b)` will do. Experiments are read
with the same prior for all arms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import probability_better
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.validation import Floats, broadcastable, within

JEFFREYS = Beta(0.5, 0.5)
UNIFORM = Beta(1, 1)


@frozen(eq=False)
class Conflict:
    """How far data lie from what a prior led one to expect, before any of them came in.

    p: two-sided probability of counts at least as far out, in [0, 1].
    z: observed minus expected count in standard deviations of the prediction.
    """

    p: Floats
    z: Floats


def from_baseline(rate: ArrayLike, give_or_take: ArrayLike) -> Beta:
    """The beta prior of a known baseline, as in "3 % give or take 1 %".

    rate: its mean, in (0, 1). give_or_take: its standard deviation, a fraction of units too, above
        0 and below sqrt(rate (1 - rate)). Shapes broadcast.

    Returns the beta law of that mean and standard deviation. About two thirds of it lie within one
    give-or-take of the rate.
    Raises ValueError for a rate outside (0, 1), or a give-or-take no law of a rate can have.

    >>> prior = from_baseline(0.03, 0.01)
    >>> round(float(prior.a), 2), round(float(prior.b), 2), round(float(strength(prior)), 1)
    (8.7, 281.3, 290.0)
    """
    mean, sd = within(rate, "rate", 0, 1), within(give_or_take, "give_or_take", 0, 1)
    broadcastable(rate=mean, give_or_take=sd)
    mean, sd = np.broadcast_arrays(mean, sd)
    widest = np.sqrt(mean * (1 - mean))
    units = (widest / sd) ** 2 - 1
    if not (possible := np.asarray(units > 0)).all():
        worst = next(zip(sd[~possible], mean[~possible], widest[~possible], strict=True))
        raise ValueError(
            "give_or_take {:g} is more than a rate of {:g} can vary; below {:.4g} would do".format(
                *worst
            )
        )
    return Beta(mean * units, (1 - mean) * units)


def strength(prior: Beta) -> Floats:
    """How many units' worth of data a prior is: a + b.

    >>> float(strength(JEFFREYS)), float(strength(Beta(9, 291)))
    (1.0, 300.0)
    """
    return np.asarray(prior.a + prior.b)


def conflict(prior: Beta, reached: ArrayLike, trials: ArrayLike) -> Conflict:
    """Whether counts contradict a prior: where they lie in the beta-binomial law it predicts.

    prior: of the rate. reached, trials: units that reached the goal and all units. Shapes
        broadcast.

    Returns twice the smaller tail probability (at most 1) and a standardised distance. A p below
    0.05 says that prior and data disagree: the posterior then is a compromise between two things of
    which one is wrong. Without trials nothing can conflict: p is 1 and z is 0.
    Raises ValueError for counts that are negative, fractional or above trials.

    Source: prior-predictive p-value: Box (1980), Journal of the Royal Statistical Society A
    143:383-430. That X >= x in the beta-binomial law is as likely as that the prior rate exceeds a
    rate of law Beta(x, n - x + 1) follows from order statistics; one quadrature serves any n.

    >>> found = conflict(from_baseline(0.03, 0.01), 80, 1000)
    >>> round(float(found.p), 5), round(float(found.z), 2)
    (0.00098, 4.4)
    """
    data = Binomial(reached, trials)
    a, b, x, n = np.broadcast_arrays(prior.a, prior.b, data.reached, data.trials)
    # A law needs positive parameters; where x is 0 or n the tail is certain.
    at_least = np.where(x > 0, probability_better(Beta(a, b), Beta(x + (x == 0), n - x + 1)), 1)
    at_most = np.where(x < n, probability_better(Beta(x + 1, n - x + (x == n)), Beta(a, b)), 1)
    mean, units = a / (a + b), a + b
    sd = np.sqrt(n * mean * (1 - mean) * (units + n) / (units + 1))
    z = (x - n * mean) / np.where(n > 0, sd, 1)
    return Conflict(np.minimum(2 * np.minimum(at_least, at_most), 1), z)
