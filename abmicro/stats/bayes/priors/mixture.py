"""A prior that doubts itself: an informative beta law mixed with a vague one.

Where the data agree with the informative part it keeps its weight and sharpens the posterior; where
they do not, the vague part takes over. The components of a mixture lie along the last axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, softmax

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import (
    expected_loss,
    lift_above,
    lift_interval,
    probability_better,
)
from abmicro.stats.bayes.priors.prior import UNIFORM
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, within

_SLACK = 1e-6  # components may agree but for rounding


@frozen(eq=False)
class Mixture:
    """Beta laws (..., K) of a rate with their weights (..., K), which sum to 1."""

    laws: Beta
    weights: Floats

    @property
    def mean(self) -> Floats:
        """Expected rate."""
        return np.asarray((self.weights * self.laws.mean).sum(axis=-1))


@frozen(eq=False)
class MixtureComparison:
    """Treated against control, of the batch shape.

    chance: that the treated rate is higher. lift: median and equal-tailed interval of treated /
    control - 1. loss, loss_control: rate lost on average by choosing treated, or control.
    """

    chance: Floats
    lift: Effect
    loss: Floats
    loss_control: Floats


def robust(informative: Beta, *, weight: ArrayLike = 0.8, vague: Beta = UNIFORM) -> Mixture:
    """An informative prior with some doubt.

    weight: probability in (0, 1) that the informative prior fits this experiment. Shapes broadcast.

    Source: Schmidli et al. (2014), Biometrics 70:1023-1032.

    >>> robust(Beta(9, 291)).weights
    array([0.8, 0.2])
    """
    trusted = within(weight, "weight", 0, 1)
    columns = (informative.a, vague.a, informative.b, vague.b, trusted, 1 - trusted)
    parts = np.broadcast_arrays(*columns)
    a, b, weights = (np.stack(parts[at : at + 2], axis=-1) for at in (0, 2, 4))
    return Mixture(Beta(a, b), weights)


def mixture_posterior(prior: Mixture, reached: ArrayLike, trials: ArrayLike) -> Mixture:
    """The mixture after the data: every law is updated, and weighted by how well it foresaw them.

    prior: of the rate. reached, trials: units that reached the goal and all units. Shapes broadcast
        with the batch shape of the prior.

    Raises ValueError for counts that are negative, fractional or above trials.

    >>> agree = mixture_posterior(robust(Beta(9, 291)), 30, 1000)
    >>> oppose = mixture_posterior(robust(Beta(9, 291)), 200, 1000)
    >>> agree.weights.round(2), oppose.weights.round(2)
    (array([0.99, 0.01]), array([0., 1.]))
    """
    data = Binomial(reached, trials)
    x, n = data.reached[..., None], data.trials[..., None]
    a, b = prior.laws.a + x, prior.laws.b + (n - x)
    foreseen = betaln(a, b) - betaln(prior.laws.a, prior.laws.b)
    return Mixture(Beta(a, b), softmax(np.log(prior.weights) + foreseen, axis=-1))


def compare_mixtures(
    treated: Mixture, control: Mixture, *, level: float = 0.95
) -> MixtureComparison:
    """Chance to win, losses and lift where both rates have mixtures for posteriors.

    treated, control: independent posteriors of batch shapes that broadcast. level: credible mass,
        a number.

    Raises ValueError for a level outside (0, 1).

    >>> prior = robust(Beta(9, 291))
    >>> arms = (mixture_posterior(prior, reached, 1000) for reached in (44, 30))
    >>> found = compare_mixtures(*arms)
    >>> round(float(found.chance), 3), round(float(found.lift.estimate), 3)
    (0.933, 0.364)
    """
    tail = (1 - float(within(level, "level", 0, 1))) / 2
    ours = Beta(treated.laws.a[..., :, None], treated.laws.b[..., :, None])
    theirs = Beta(control.laws.a[..., None, :], control.laws.b[..., None, :])
    weights = treated.weights[..., :, None] * control.weights[..., None, :]

    def mixed(figure: Floats) -> Floats:
        return np.asarray((weights * figure).sum(axis=(-2, -1)))

    return MixtureComparison(
        chance=mixed(probability_better(ours, theirs)),
        lift=_lift(ours, theirs, weights, tail),
        loss=mixed(expected_loss(ours, theirs)),
        loss_control=mixed(expected_loss(theirs, ours)),
    )


def _lift(ours: Beta, theirs: Beta, weights: Floats, tail: float) -> Effect:
    """Quantiles of the lift; each lies between the least and the largest of its components."""
    shape = weights.shape[:-2]
    flat = [
        np.broadcast_to(part, weights.shape).reshape(-1, weights.shape[-2] * weights.shape[-1])
        for part in (ours.a, ours.b, theirs.a, theirs.b, weights)
    ]

    def below(log_ratio: Floats, rows: Floats) -> Floats:
        a, b, ca, cb, weight = (part[rows.astype(np.intp)] for part in flat)
        above = lift_above(Beta(a, b), Beta(ca, cb), np.expm1(log_ratio)[:, None])
        return np.asarray((weight * (1 - above)).sum(axis=-1))

    def between(p: float, ends: Floats) -> Floats:
        logs = np.log1p(ends).reshape(flat[0].shape)
        low, high = logs.min(axis=-1) - _SLACK, logs.max(axis=-1) + _SLACK
        found = root(lambda x, rows: below(x, rows) - p, low, high)
        return np.expm1(found).reshape(shape)

    parts = lift_interval(ours, theirs, level=1 - 2 * tail)
    return Effect(*(between(p, ends) for p, ends in zip((0.5, tail, 1 - tail), parts, strict=True)))
