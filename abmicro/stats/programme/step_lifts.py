"""What usually becomes of a micro lift: the mean log lift of the step from micro to macro."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, demand, within
from abmicro.stats.programme.mixtures import LiftGuess


@frozen(eq=False)
class TypicalStep:
    """The mean log lift of a step over changes, of the batch shape.

    mean, from low to high, with standard error se; variance: of the true lifts from change to
    change; q: Cochran's Q of equal lifts; arms: K. Everything but `arms` is NaN for one arm.
    """

    mean: Floats
    low: Floats
    high: Floats
    se: Floats
    variance: Floats
    q: Floats
    arms: int


def typical_step(
    lift: ArrayLike,
    treated: ArrayLike,
    control: ArrayLike,
    test: ArrayLike,
    *,
    level: float = 0.95,
) -> TypicalStep:
    """The mean log lift of a step over past tests whose arms may share a control.

    lift: (..., K) log lifts of macro / micro, one of each treated arm. treated, control: (..., K)
        the parts of their variance from the treated arm and from the control, 1 / macro - 1 / micro
        of each. test: (K,) whole numbers, equal for arms of one test, which share its control.
    level: of the interval, in (0, 1).

    Source: Paule and Mandel (1982), Journal of Research of the NBS 87:377 (variance); Knapp and
    Hartung (2003), Statistics in Medicine 22:2693, modified so that the interval is never narrower
    than without (standard error, t with K - 1); shared controls enter through their covariance.

    >>> found = typical_step([-0.05, 0.02, 0.0], [1e-3] * 3, [1e-3] * 3, [0, 1, 2])
    >>> print(found.mean.round(3), found.low.round(3), found.high.round(3), found.variance)
    -0.01 -0.121 0.101 0.0
    """
    given = np.broadcast_arrays(
        *(np.asarray(one, dtype=np.float64) for one in (lift, treated, control))
    )
    demand(np.asarray(given[1] > 0), given[1], "treated", "must be above 0")
    demand(np.asarray(given[2] >= 0), given[2], "control", "must not be below 0")
    *batch, arms = given[0].shape
    order = np.argsort(test, kind="stable")
    starts = np.unique(np.asarray(test)[order], return_index=True)[1]
    lifts, inner, outer = (each[..., order].reshape(-1, arms) for each in given)
    outer, freedom = outer[:, starts], arms - 1
    if freedom < 1:
        none = np.full(batch, np.nan)
        return TypicalStep(none, none, none, none, none, none, arms)

    def excess(variance: Floats, at: Floats) -> Floats:
        numbers = at.astype(np.int64)
        taken = lifts[numbers], inner[numbers], outer[numbers]
        return np.asarray(freedom - _pooled(variance, *taken, starts)[2])

    largest = ((lifts - lifts.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1) / freedom
    variance = np.minimum(root(excess, np.zeros(len(largest)), largest), largest)
    mean, information, q = _pooled(variance, lifts, inner, outer, starts)
    se = np.sqrt(np.maximum(1, q / freedom) / information)
    reach = critical(within(level, "level", 0, 1), freedom) * se
    zero = _pooled(np.zeros(len(mean)), lifts, inner, outer, starts)[2]
    found = (mean, mean - reach, mean + reach, se, variance, zero)
    mean, low, high, se, variance, zero = (each.reshape(batch) for each in found)
    return TypicalStep(mean, low, high, se, variance, zero, arms)


def carried_macro(
    step: TypicalStep, micro: ArrayLike, variance: ArrayLike, *, level: float = 0.95
) -> LiftGuess:
    """The macro log lift of a new test from its micro log lift and what such steps usually do.

    micro, variance: log lift and its variance, of shapes that broadcast with the step.

    The law is Student's t with K - 2, shifted and scaled (`sd` is the scale); NaN below 3 arms.

    >>> step = typical_step([-0.05, 0.02, 0.0], [1e-3] * 3, [1e-3] * 3, [0, 1, 2])
    >>> print(carried_macro(step, 0.1, 0.001).mean.round(3))
    0.09
    """
    freedom = step.arms - 2
    mean = np.asarray(step.mean + np.asarray(micro, dtype=np.float64))
    scale = np.asarray(np.sqrt(np.asarray(variance) + step.variance + step.se**2))
    if freedom < 1:
        return LiftGuess(*(np.full(np.broadcast(mean, scale).shape, np.nan) for _ in range(5)))
    reach = critical(level, freedom) * scale
    return LiftGuess(mean, scale, mean - reach, mean + reach, stdtr(freedom, mean / scale))


def _pooled(
    variance: Floats, lift: Floats, own: Floats, shared: Floats, starts: NDArray[np.intp]
) -> tuple[Floats, Floats, Floats]:
    """Mean, its information and the weighted square of deviations, of rows (G, K)."""
    w = 1 / (variance[:, None] + own)
    g, h, square = (np.add.reduceat(w * lift**n, starts, axis=-1) for n in range(3))
    d = 1 + g * shared
    information = (g / d).sum(axis=-1)
    toward = (h / d).sum(axis=-1)
    mean = toward / information
    return mean, information, (square - shared * h**2 / d).sum(axis=-1) - mean * toward
