"""Posterior of a lift under a prior of the lift itself: a normal law of its logarithm.

Independent beta priors of both rates say nothing modest about their ratio. Here control's rate has
a beta prior and log(treated / control) a normal one, so that small lifts can be held likely. The
posterior is an integral over control's rate for each lift, and then one over the lift.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from abmicro.frozen import frozen
from abmicro.stats.bayes.numerics.chebyshev import COUNT, NODES, antiderivative, at
from abmicro.stats.bayes.priors.prior import JEFFREYS
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, demand, numbers, within

WIDEST = 3.0  # standard deviation of the log lift: a factor of 20 either way
_LEAST = np.nextafter(-1, 0)  # a lift whose logarithm is finite
_DROP = 45.0  # below exp(-45) times the peak nothing is summed
_BLOCK = 16
_STEPS = np.linspace(0, 1, 64)
_SEARCH, _TURNS = np.linspace(0, 1, 65), 4


@frozen(eq=False)
class LiftPosterior:
    """Treated against control, of the batch shape.

    chance: that the treated rate is higher. lift: median and equal-tailed interval of treated /
    control - 1. loss, loss_control: rate lost on average by choosing treated, or control.
    """

    chance: Floats
    lift: Effect
    loss: Floats
    loss_control: Floats


@frozen(eq=False)
class _Model:
    """Counts and priors, (rows, 1); log lifts are (rows, K)."""

    x1: Floats
    n1: Floats
    x0: Floats
    n0: Floats
    a: Floats
    b: Floats
    centre: Floats
    sd: Floats


def lift_posterior(
    treated: Binomial,
    control: Binomial,
    *,
    lift_sd: ArrayLike,
    centre: ArrayLike = 0.0,
    prior: Beta = JEFFREYS,
    level: float = 0.95,
) -> LiftPosterior:
    """The lift of treated over control under a normal prior of its logarithm.

    treated, control: counts. lift_sd: standard deviation of the log lift before the data, positive
        and at most 3; 0.1 holds lifts beyond 20 % for unlikely. centre: its mean.
    prior: of control's rate. level: credible mass, a number. All other shapes broadcast.

    The lift is cut where treated's rate would pass 1. Accurate to about 1e-8 (1e-6 beyond 10^8
    units). The interval lies above zero exactly where `chance` exceeds (1 + level) / 2.

    Raises ValueError for a standard deviation outside (0, 3], a centre that is not finite and a
    level outside (0, 1).

    Source: two nested quadratures, derived here; log lifts as the scale of prior knowledge:
    Deng (2015), WWW '15 Companion, 923-928.

    >>> arms = Binomial(244, 10_000), Binomial(200, 10_000)
    >>> found = lift_posterior(*arms, lift_sd=0.1)
    >>> round(float(found.chance), 3), round(float(found.lift.estimate), 3)
    (0.936, 0.11)
    """
    tail = (1 - float(within(level, "level", 0, 1))) / 2
    models, shape = _models(treated, control, lift_sd, centre, prior)
    parts = [_figures(model, tail) for model in models]
    figures = np.concatenate([np.empty((6, 0)), *parts], axis=1).reshape(6, *shape)
    chance, median, low, high, loss, loss_control = figures
    return LiftPosterior(chance, Effect(median, low, high), loss, loss_control)


def lift_prior_above(
    treated: Binomial,
    control: Binomial,
    lift: ArrayLike,
    *,
    lift_sd: ArrayLike,
    centre: ArrayLike = 0.0,
    prior: Beta = JEFFREYS,
) -> Floats:
    """Probability that the lift exceeds a bound, under the same priors.

    lift: bounds, (..., *batch) or of fewer axes, where batch is the shape the other arguments
        broadcast to; all bounds of a comparison share one integral. At -1 and below it is 1.

    Returns probabilities of shape (..., *batch), accurate as `lift_posterior` is.
    Raises ValueError for bounds that are not finite, and as `lift_posterior`.

    >>> arms = Binomial(244, 10_000), Binomial(200, 10_000)
    >>> lift_prior_above(*arms, [0.0, 0.11], lift_sd=0.1).round(3)
    array([0.936, 0.499])
    """
    bound = np.asarray(numbers(lift, "lift"), np.float64)
    demand(np.isfinite(bound), bound, "lift", "must be finite")
    models, shape = _models(treated, control, lift_sd, centre, prior)
    more = bound.shape[: max(bound.ndim - len(shape), 0)]
    places = np.log1p(np.maximum(np.broadcast_to(bound, (*more, *shape)), _LEAST))
    return _above(models, places.reshape((*more, -1))).reshape((*more, *shape))


@np.errstate(under="ignore")
def _above(models: list[_Model], places: Floats) -> Floats:
    """The share of the mass above log lifts (..., rows), by the row."""
    parts, start = [np.empty((*places.shape[:-1], 0))], 0
    for model in models:
        found, rows = _Integrals.of(model), np.arange(model.sd.size)
        flat = places[..., start + rows].reshape(-1, rows.size)
        shares = [1 - found.below(x, rows) for x in flat]
        parts.append(np.reshape(shares, (*places.shape[:-1], rows.size)))
        start += rows.size
    return np.concatenate(parts, axis=-1)


def _models(
    treated: Binomial, control: Binomial, lift_sd: ArrayLike, centre: ArrayLike, prior: Beta
) -> tuple[list[_Model], tuple[int, ...]]:
    """The checked arguments, a few rows at a time, and the shape of the batch."""
    mean, sd = (
        np.asarray(numbers(v, n), np.float64) for v, n in ((centre, "centre"), (lift_sd, "lift_sd"))
    )
    demand(np.isfinite(mean), mean, "centre", "must be finite")
    demand(
        np.asarray((sd > 0) & (sd <= WIDEST)),
        sd,
        "lift_sd",
        f"must be positive and at most {WIDEST:g}",
    )
    counts = two_arms(treated, control, a=prior.a, b=prior.b, centre=mean, lift_sd=sd)
    columns = np.broadcast_arrays(*counts, prior.a, prior.b, mean, sd)
    flat = [column.ravel()[:, None] for column in columns]
    blocks = (slice(start, start + _BLOCK) for start in range(0, columns[0].size, _BLOCK))
    models = [_Model(*(column[block] for column in flat)) for block in blocks]
    return models, columns[0].shape


@frozen(eq=False)
class _Integrals:
    """Mass of the log lift, and lead of treated, from a low end to zero and from there to a high.

    Where few failures are known the density has a bend at zero, as beyond it the lift is cut.
    starts, halves: (2, rows), where either stretch begins and half its length. mass, lead:
    (2, rows, coefficients). masses: (2, rows), all of either stretch.
    """

    starts: Floats
    halves: Floats
    mass: Floats
    lead: Floats
    masses: Floats

    @classmethod
    def of(cls, model: _Model) -> _Integrals:
        """Both integrals for a few rows."""
        low, high = _range(model)
        zero = np.clip(0, low, high)
        starts, halves = np.stack([low, zero]), np.stack([zero - low, high - zero]) / 2
        log_lifts = starts[..., None] + halves[..., None] * (1 + NODES)
        logs, control_rate = (
            np.moveaxis(part.reshape(-1, 2, COUNT), 1, 0)
            for part in _over_rates(model, np.concatenate(list(log_lifts), axis=-1))
        )
        density = np.exp(logs - logs.max(axis=(0, -1), keepdims=True)) * halves[..., None]
        mass, lead = (
            antiderivative(f) for f in (density, density * control_rate * np.expm1(log_lifts))
        )
        return cls(starts, halves, mass, lead, at(mass, np.ones_like(halves)))

    def below(self, x: Floats, rows: NDArray[np.intp]) -> Floats:
        """Share of the mass of some rows that lies below log lifts x."""
        half = self.halves[:, rows]
        t = (x - self.starts[:, rows]) / np.where(half > 0, half, 1) - 1
        total = self.masses.sum(axis=0)[rows]
        return np.asarray(at(self.mass[:, rows], np.clip(t, -1, 1)).sum(axis=0) / total)


@np.errstate(under="ignore")
def _figures(model: _Model, tail: float) -> list[Floats]:
    """Chance, median, low, high and both losses."""
    found = _Integrals.of(model)
    below, above = np.abs(found.masses)
    total = below + above
    lost, won = np.abs(at(found.lead, np.ones_like(found.halves))) / total
    low, high = found.starts[0], found.starts[1] + 2 * found.halves[1]

    shares, rows = np.array([0.5, tail, 1 - tail]), len(low)

    def short(x: Floats, number: Floats) -> Floats:
        which, row = np.divmod(number.astype(np.intp), rows)
        return np.asarray(found.below(x, row) - shares[which])

    quantiles = np.expm1(root(short, np.tile(low, 3), np.tile(high, 3))).reshape(3, rows)
    return [above / total, *quantiles, lost, won]


def _range(model: _Model) -> tuple[Floats, Floats]:
    """Between which log lifts the posterior is not negligible: searched from the prior's reach in.

    Each turn keeps the grid points that count and their neighbours.
    """
    reach = np.sqrt(2 * _DROP) * model.sd
    seen = np.log((model.x1 + 0.5) / (model.n1 + 1)) - np.log((model.x0 + 0.5) / (model.n0 + 1))
    low = np.minimum(model.centre, seen) - reach
    high = np.maximum(model.centre, seen) + reach
    rows = np.arange(model.sd.size)
    for _ in range(_TURNS):
        grid = low + (high - low) * _SEARCH
        height = _height(model, grid)[0]
        count = height > height.max(axis=-1, keepdims=True) - _DROP
        first, last = count.argmax(axis=-1), count.shape[-1] - 1 - count[:, ::-1].argmax(axis=-1)
        ends = np.maximum(first - 1, 0), np.minimum(last + 1, count.shape[-1] - 1)
        low, high = (grid[rows, end][:, None] for end in ends)
    return low[:, 0], high[:, 0]


def _height(model: _Model, log_lifts: Floats) -> tuple[Floats, ...]:
    """The peak of the joint density over rates at each log lift, and what is needed beside it.

    The larger rate w runs from 0 to 1 and the other is c w, c = exp(-|log lift|). With z the odds
    of w and k = 1 - c, the density on the logit scale is w^X (1 - w)^R (1 - c w)^F, and 1 - c w is
    (1 + k z) / (1 + z). Its one peak is the positive root of R k z^2 + (R + F c - X k) z = X.

    Returns log height, z, k and X, R, F.
    """
    up, size = log_lifts > 0, np.abs(log_lifts)
    c, k = np.exp(-size), -np.expm1(-size)
    hits = model.a + model.x0 + model.x1
    misses0, misses1 = model.b + model.n0 - model.x0, model.n1 - model.x1
    right = np.where(up, misses1 + 1, misses0)
    other = np.where(up, misses0 - 1, misses1)
    linear, square = right + other * c - hits * k, np.maximum(right * k, 1e-300)
    wide = np.sqrt(linear**2 + 4 * square * hits)
    z = np.where(linear > 0, 2 * hits / (np.abs(linear) + wide), (wide - linear) / (2 * square))
    height = -hits * np.log1p(1 / z) - (right + other) * np.log1p(z) + other * np.log1p(k * z)
    # What the smaller rate's hits carry beside those of the larger one.
    height = height - size * np.where(up, hits - model.x1, model.x1)
    return height - ((log_lifts - model.centre) / model.sd) ** 2 / 2, z, k, hits, right, other


def _over_rates(model: _Model, log_lifts: Floats) -> tuple[Floats, Floats]:
    """Log density of each log lift, without constants, and control's mean rate given it."""
    height, z, k, hits, right, other = (part[..., None] for part in _height(model, log_lifts))
    bend = (hits + right + other) * z / (1 + z) ** 2 - other * k * z / (1 + k * z) ** 2
    width = 1 / np.sqrt(bend)
    left, far = (np.arcsinh(np.sqrt(2 * _DROP) + _DROP / (tail * width)) for tail in (hits, right))
    v = -left + (left + far) * _STEPS
    away = width * np.sinh(v)
    grown = np.expm1(away)
    logs = hits * away - (hits + right + other) * np.log1p(z / (1 + z) * grown)
    weights = np.exp(logs + other * np.log1p(k * z / (1 + k * z) * grown)) * np.cosh(v)
    total = weights.sum(axis=-1)
    mean = (weights * expit(np.log(z) + away)).sum(axis=-1) / total
    area = np.log(total * (width * (left + far))[..., 0])
    smaller = np.where(log_lifts > 0, np.exp(-np.abs(log_lifts)), 1)
    return height[..., 0] + area, mean * smaller
