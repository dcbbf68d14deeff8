"""Posteriors of the steps of a funnel: independent betas, so that lifts add up in closed form."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import polygamma, psi

from abmicro.stats.bayes.beta_binomial import probability_better
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.validation import Floats


class StepPosterior(NamedTuple):
    """Of every step (..., K): mean and standard deviation of its log lift, chance that it is up.

    Means and variances add up to those of the macro's log lift, since the steps are independent.
    """

    mean: Floats
    sd: Floats
    up: Floats


def step_posterior(
    treated: NestedCounts, control: NestedCounts, /, *, prior: Beta = JEFFREYS
) -> StepPosterior:
    """What the data say of the lift of every step of a funnel.

    treated, control: (..., K + 1) units, units that reached step 1, ..., macro.
    prior: of the rate of every step in either arm.

    A step is where the arms differ, not what the variant did: from the second on it compares units
    that the variant itself selected.

    Source: design note "carry-through", section 1a: nested betas, Connor and Mosimann (1969),
    Journal of the American Statistical Association 64:194-206; moments of the logarithm of a beta:
    E log q = psi(a) - psi(a + b), Var log q = psi'(a) - psi'(a + b).

    >>> control = NestedCounts([24310, 2917, 1458, 729])
    >>> found = step_posterior(NestedCounts([24187, 3217, 1544, 756]), control)
    >>> found.mean.round(6), found.up.round(5)
    (array([ 0.102966, -0.040567, -0.020924]), array([0.99999, 0.05993, 0.28516]))
    """
    one, other = (
        Beta(prior.a + steps[..., 1:], prior.b + steps[..., :-1] - steps[..., 1:])
        for steps in (control.steps, treated.steps)
    )
    variance = _variance(one) + _variance(other)
    return StepPosterior(
        _mean(other) - _mean(one), np.sqrt(variance), probability_better(other, one)
    )


def _mean(law: Beta) -> Floats:
    return np.asarray(psi(law.a) - psi(law.a + law.b))


def _variance(law: Beta) -> Floats:
    return np.asarray(polygamma(1, law.a) - polygamma(1, law.a + law.b))
