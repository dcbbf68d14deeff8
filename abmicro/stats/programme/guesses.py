"""What a programme of past tests says: about changes in general, and about a new test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, softmax

from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.numerics.bivariate_normal import both_below
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, broadcastable, demand
from abmicro.stats.programme.mixtures import LiftGuess, mixed
from abmicro.stats.programme.model import Programme
from abmicro.stats.programme.pairs import applied, determinant, inner, inverse

VAGUE = (0.04, 0.04, 0.08)  # true lifts of a path: both steps with a standard deviation of 0.2
_HIGHEST = 0.5  # a micro log lift beyond which no threshold is looked for
_LOOKS = 101
_ALMOST = 1 - 1e-12  # a correlation that still is one of two lifts


class ProgrammeSummary(NamedTuple):
    """Posterior means over changes, with intervals of the slope and of R squared.

    r2: share of the variance of true macro lifts that true micro lifts explain; lift_sd, around_sd:
    of true micro lifts, and of macro lifts around the line; micro, macro: the average lifts.
    """

    slope: float
    slope_sd: float
    slope_low: float
    slope_high: float
    r2: float
    r2_low: float
    r2_high: float
    lift_sd: float
    around_sd: float
    micro: float
    macro: float


class ProxyQuality(NamedTuple):
    """Correlation of a guess with the true macro lift, by what the guess has seen."""

    micro: Floats
    macro: Floats
    both: Floats


class RobustGuess(NamedTuple):
    """A guess, and the weight that past tests have in it after the data of the new one."""

    guess: LiftGuess
    trust: Floats


class GainKept(NamedTuple):
    """Log lifts of chosen arms added up: as observed, and as they are thought to be."""

    claimed: float
    kept: LiftGuess


def summary(learnt: Programme, *, level: float = 0.95) -> ProgrammeSummary:
    """How micro and macro lifts go together over changes.

    level: of the intervals: normal for the slope, of equal tails for R squared.

    >>> from abmicro.stats.programme import programme
    >>> found = summary(programme([], [], [], []))
    >>> round(found.slope, 3), round(found.r2, 2), round(found.around_sd, 3)
    (0.7, 0.53, 0.04)
    """
    w, slope = learnt.weights, learnt.slope
    centre = float((w * slope).sum())
    sd = float(np.sqrt((w * (slope - centre) ** 2).sum()))
    reach = float(critical(level)) * sd
    explained = 1 - learnt.around_sd**2 / learnt.omega[2]
    order = np.argsort(explained)
    below = np.cumsum(w[order]) - w[order] / 2
    low, high = np.interp([(1 - level) / 2, (1 + level) / 2], below, explained[order])
    means = (w * np.stack([learnt.lift_sd, learnt.around_sd, *learnt.mean])).sum(axis=-1)
    return ProgrammeSummary(
        *(centre, sd, centre - reach, centre + reach),
        *(float((w * explained).sum()), float(low), float(high)),
        *means.tolist(),
    )


def micro_only(
    learnt: Programme, micro: ArrayLike, variance: ArrayLike, *, level: float = 0.95
) -> LiftGuess:
    """The true macro log lift of a new change from its micro log lift alone.

    micro, variance: the estimate and its variance, of shapes that broadcast.

    >>> from abmicro.stats.programme import programme
    >>> print(micro_only(programme([], [], [], []), 0.1, 0.0059).mean.round(4))
    0.0305
    """
    return mixed(*_after_micro(learnt, micro, variance), level=level)


def blended(
    learnt: Programme, lift: ArrayLike, noise: ArrayLike, *, level: float = 0.95
) -> LiftGuess:
    """The true macro log lift of a new change from both its log lifts.

    lift, noise: (..., 2) micro and macro, and (..., 3) the noise of both, treated and control
        together; leading axes broadcast.

    >>> from abmicro.stats.programme import programme
    >>> found = blended(programme([], [], [], []), [0.1, 0.02], [0.0059, 0.0059, 0.0259])
    >>> print(found.mean.round(4), found.p_up.round(3))
    0.0228 0.64
    """
    log, means, variances = _after_both(learnt.omega + learnt.error, learnt.mean, lift, noise)
    return mixed(softmax(log + np.log(learnt.weights), axis=-1), means, variances, level=level)


def robust_blend(
    learnt: Programme,
    lift: ArrayLike,
    noise: ArrayLike,
    *,
    trust: float = 0.8,
    vague: ArrayLike = VAGUE,
    level: float = 0.95,
) -> RobustGuess:
    """The same where past tests may be of another kind than the new one.

    lift, noise: as in `blended`. trust: in (0, 1], the chance beforehand that they are of its kind.
    vague: (3,) covariance of true lifts around 0 if they are not.

    Source: Schmidli et al. (2014), Biometrics 70:1023-1032.

    >>> from abmicro.stats.programme import programme
    >>> learnt = programme([], [], [], [])
    >>> print(robust_blend(learnt, [0.1, 0.02], [0.0059, 0.0059, 0.0259]).trust.round(3))
    0.89
    """
    demand(np.asarray(0 < trust <= 1), np.asarray(trust), "trust", "must lie above 0, at most 1")
    like = _after_both(learnt.omega + learnt.error, learnt.mean, lift, noise)
    unlike = np.asarray(vague, dtype=np.float64)[:, None]
    other = _after_both(unlike, np.zeros((2, 1)), lift, noise)
    with np.errstate(divide="ignore"):
        logs = like[0] + np.log(trust * learnt.weights), other[0] + np.log(1 - trust)
    weights = softmax(np.concatenate(logs, axis=-1), axis=-1)
    means, variances = (
        np.concatenate(parts, axis=-1) for parts in zip(like[1:], other[1:], strict=True)
    )
    return RobustGuess(mixed(weights, means, variances, level=level), 1 - weights[..., -1])


def conflict(learnt: Programme, lift: ArrayLike, noise: ArrayLike) -> Floats:
    """How far the macro lift of a new test lies from what its micro lift foretells, in sds.

    lift, noise: as in `blended`. The noise that both estimates share is allowed for.

    >>> from abmicro.stats.programme import programme
    >>> print(conflict(programme([], [], [], []), [0.1, -0.4], [0.0059, 0.0059, 0.0259]).round(2))
    -3.13
    """
    (micro, macro), (vm, shared, vy) = _new(lift, noise)
    p, mean = learnt.omega + learnt.error, learnt.mean
    k = (p[1] + shared) / (p[0] + vm)
    means = mean[1] + k * (micro - mean[0])
    weights = _weights_after(learnt, micro, vm)
    foretold = (weights * means).sum(axis=-1)
    around = p[2] + vy - k * (p[1] + shared) + (means - foretold[..., None]) ** 2
    return np.asarray((macro[..., 0] - foretold) / np.sqrt((weights * around).sum(axis=-1)))


def threshold(learnt: Programme, variance: ArrayLike, *, level: float = 0.95) -> Floats:
    """The smallest micro log lift, from 0 up, that makes a macro gain as good as certain.

    variance: of the estimate of the micro log lift, any shape. Macro losses then have a chance of
    at most (1 - level) / 2.

    NaN where no micro lift up to 0.5 (65 %) would do.

    >>> from abmicro.stats.programme import programme
    >>> print(threshold(programme([], [], [], []), 0.0059))
    nan
    """
    noise = np.asarray(variance, dtype=np.float64)
    flat = noise.reshape(-1)
    wanted = (1 + float(level)) / 2

    def short(micro: Floats, at: Floats) -> Floats:
        weights, means, variances = _after_micro(learnt, micro, flat[at.astype(np.int64)])
        return np.asarray((weights * ndtr(means / np.sqrt(variances))).sum(axis=-1) - wanted)

    lifts = np.linspace(0, _HIGHEST, _LOOKS)
    every = np.arange(len(flat), dtype=np.float64)
    enough = np.stack([short(np.full(len(flat), lift), every) >= 0 for lift in lifts])
    first = enough.argmax(axis=0)
    found = root(short, lifts[np.maximum(first - 1, 0)], lifts[first])
    return np.where(enough.any(axis=0), found, np.nan).reshape(noise.shape)


def proxy_quality(learnt: Programme, noise: ArrayLike) -> ProxyQuality:
    """How well micro, macro and both tell the true macro lift in tests of this noise.

    noise: (..., 3) of both estimates, treated and control together. Each result is a posterior
    mean of the batch shape; the first is negative where the micro goal misleads.

    >>> from abmicro.stats.programme import programme
    >>> found = proxy_quality(programme([], [], [], []), [0.0059, 0.0059, 0.0259])
    >>> print(found.micro.round(2), found.macro.round(2), found.both.round(2))
    0.4 0.4 0.54
    """
    w = learnt.weights
    return ProxyQuality(*((w * each).sum(axis=-1) for each in qualities(learnt.omega, noise)))


def qualities(omega: Floats, noise: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """The same at each of N laws of true lifts, (..., N): by micro, by macro, by both.

    omega: (3, N) covariances of true lifts. noise: (..., 3).

    >>> law = np.array([[0.0025], [0.00175], [0.002125]])
    >>> [float(one[0].round(2)) for one in qualities(law, [0.0059, 0.0059, 0.0259])]
    [0.41, 0.28, 0.42]
    """
    errors = np.moveaxis(np.asarray(noise, dtype=np.float64), -1, 0)[..., None]
    own = omega[1:]
    total = omega.reshape(3, *[1] * (errors.ndim - 2), -1) + errors
    micro = own[0] / np.sqrt(own[1] * total[0])
    macro = np.sqrt(own[1] / total[2])
    both = np.sqrt(inner(own, applied(inverse(total), own)) / own[1])
    return micro, macro, both


def true_sign_agreement(learnt: Programme) -> float:
    """How often the true micro and macro lifts of a change have the same sign.

    >>> from abmicro.stats.programme import programme
    >>> round(true_sign_agreement(programme([], [], [], [])), 2)
    0.74
    """
    omega = learnt.omega
    micro, macro = learnt.mean / np.sqrt(omega[::2])
    together = np.clip(omega[1] / np.sqrt(omega[0] * omega[2]), -_ALMOST, _ALMOST)
    up, down = both_below(micro, macro, together), both_below(-micro, -macro, together)
    return float((learnt.weights * (up + down)).sum())


def gain(learnt: Programme, chosen: ArrayLike, *, level: float = 0.95) -> GainKept:
    """What the chosen past arms gain in macro log lift together, as observed and once shrunken.

    chosen: (C,) numbers of arms in the order in which `programme` got them. Arms of one test count
        as independent here. Gains are taken to add up and to last.

    Raises ValueError for no arm.

    >>> from abmicro.stats.programme import arm_rates, programme
    >>> arms = arm_rates([[[5000, 600, 150, 150], [5000, 640, 165, 165]]] * 3)
    >>> lifts, control = arms.rates[:, 1] - arms.rates[:, 0], arms.noise[:, 0]
    >>> found = gain(programme(lifts, arms.noise[:, 1], control, [0, 1, 2]), [0, 2])
    >>> print(round(found.claimed, 3), found.kept.mean.round(3))
    0.191 0.063
    """
    arms = np.asarray(chosen, dtype=np.int64).reshape(-1)
    if not arms.size:
        raise ValueError("chosen must name an arm at least, got none")
    lifts, noise = learnt.lifts[arms].T[:, None, :], learnt.noise[arms].T[:, None, :]
    own = learnt.omega[1:, :, None]
    k = applied(inverse(learnt.omega[:, :, None] + noise), own)
    mean = learnt.mean[:, :, None]
    means = (mean[1] + inner(k, lifts - mean)).sum(axis=-1)
    left = np.stack([-k[0].sum(axis=-1), (1 - k[1]).sum(axis=-1)])
    variances = (own[1] - inner(k, own)).sum(axis=-1) + inner(left, applied(learnt.error, left))
    claimed = float(learnt.lifts[arms, 1].sum())
    return GainKept(claimed, mixed(learnt.weights, means, variances, level=level))


def _new(lift: ArrayLike, noise: ArrayLike) -> tuple[Floats, Floats]:
    """Lifts (2, ..., 1) and noise (3, ..., 1) of new tests, an axis of nodes last."""
    x, errors = (np.asarray(given, dtype=np.float64) for given in (lift, noise))
    broadcastable(lift=x[..., 0], noise=errors[..., 0])
    shape = np.broadcast_shapes(x.shape[:-1], errors.shape[:-1])
    return (
        np.moveaxis(np.broadcast_to(x, (*shape, 2)), -1, 0)[..., None],
        np.moveaxis(np.broadcast_to(errors, (*shape, 3)), -1, 0)[..., None],
    )


def _weights_after(learnt: Programme, micro: Floats, variance: Floats) -> Floats:
    """Weights (..., N) of the nodes once a micro lift (..., 1) is seen."""
    spread = learnt.omega[0] + learnt.error[0] + variance
    log = np.log(learnt.weights) - ((micro - learnt.mean[0]) ** 2 / spread + np.log(spread)) / 2
    return np.asarray(softmax(log, axis=-1))


def _after_micro(
    learnt: Programme, micro: ArrayLike, variance: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Weights, means and variances (..., N) of the macro's true lift once a micro lift is seen."""
    x, v = (np.asarray(given, dtype=np.float64)[..., None] for given in (micro, variance))
    p = learnt.omega + learnt.error
    k = p[1] / (p[0] + v)
    means = learnt.mean[1] + k * (x - learnt.mean[0])
    return _weights_after(learnt, x, v), means, p[2] - k * p[1]


def _after_both(
    spread: Floats, mean: Floats, lift: ArrayLike, noise: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Log evidence, means and variances (..., N) of the macro's true lift once both are seen.

    spread, mean: (3, N) and (2, N) of the true lifts beforehand.
    """
    x, errors = _new(lift, noise)
    more = [1] * (x.ndim - 2)
    p, centre = spread.reshape(3, *more, -1), mean.reshape(2, *more, -1)
    total, away = p + errors, x - centre
    toward = applied(inverse(total), away)
    log = -(np.log(determinant(total)) + inner(away, toward)) / 2
    k = applied(inverse(total), p[1:])
    return log, centre[1] + inner(p[1:], toward), p[2] - inner(k, p[1:])
