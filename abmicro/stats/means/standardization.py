"""Difference of two rates adjusted by a logistic regression on a covariate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from abmicro.stats.foundations.validation import Floats, demand
from abmicro.stats.means.welch import MeanDifference, or_nan, with_t

_LONGEST, _SHORTEST = 4.0, 1e-9  # no step moves a log odds further; after one this short it ends
_STEPS = 60  # a fit takes seven or so
_RANK = 1e12  # information of a larger condition has lost its rank


def g_computation(
    treated: tuple[ArrayLike, ArrayLike],
    control: tuple[ArrayLike, ArrayLike],
    *,
    level: ArrayLike = 0.95,
) -> MeanDifference:
    """Mean over all units of the difference that a logistic model predicts, for experts.

    treated, control: the pair y, x of an arm: whether each unit reached the goal (0 or 1) and its
        covariate from before the exposure, units along the last axis; any batch axes before it.
    level: two-sided confidence level in (0, 1).

    Every unit's rate is predicted as treated and as control, and the differences are averaged. The
    model has main effects only. Its error comes from the model at the given covariates: where the
    covariate matters much it is a little too small. All is NaN where the model has no fit: x does
    not vary, or x and the variant tell who reaches the goal without error.

    Raises ValueError for y other than 0 and 1, x not finite, and an arm without units.

    Source: Ge, Durham, Meyer, Xie and Thomas (2011), Drug Information Journal 45:481-493.

    >>> treated = [1, 0, 1, 1, 0, 1], [0, 1, 2, 3, 1, 2]
    >>> control = [0, 0, 1, 0, 1, 0], [0, 1, 2, 3, 1, 0]
    >>> found = g_computation(treated, control)
    >>> round(float(found.estimate), 4), round(float(found.error), 4)
    (0.2874, 0.2722)
    """
    pairs = _arm(*treated, "treated"), _arm(*control, "control")
    (y_treated, x_treated), (y_control, x_control) = pairs
    x = _standard(np.concatenate([x_treated, x_control], axis=-1))
    y = np.concatenate([y_treated, y_control], axis=-1)
    variant = np.broadcast_to(np.arange(x.shape[-1]) < x_treated.shape[-1], x.shape)
    fit, information = _fit(_design(variant, x), y)
    as_treated, as_control = (_mean_rate(_design(np.full_like(x, to), x), fit) for to in (1, 0))
    gradient = (as_treated.gradient - as_control.gradient)[..., None]
    variance = (gradient * np.linalg.solve(information, gradient)).sum(axis=(-1, -2))
    return with_t(as_treated.rate - as_control.rate, np.sqrt(variance), np.inf, level=level)


class _MeanRate(NamedTuple):
    """A predicted rate averaged over units, and its gradient by the coefficients."""

    rate: Floats
    gradient: Floats


def _mean_rate(design: Floats, fit: Floats) -> _MeanRate:
    rate = expit(design @ fit)
    return _MeanRate(rate.mean(axis=(-1, -2)), (rate * (1 - rate) * design).mean(axis=-2))


def _design(variant: ArrayLike, x: Floats) -> Floats:
    return np.stack([np.ones_like(x), np.asarray(variant, dtype=np.float64), x], axis=-1)


def _fit(design: Floats, reached: Floats) -> tuple[Floats, Floats]:
    """Coefficients of largest likelihood and their information; NaN and 1 without a maximum.

    Newton's iteration with steps of bounded length. Without a maximum it wanders off, and either
    the information loses its rank on the way or the iteration does not end.
    """
    across, one = np.swapaxes(design, -1, -2), np.eye(design.shape[-1])
    fit = np.zeros((*design.shape[:-2], design.shape[-1], 1))
    lost = np.isnan(design).any(axis=(-1, -2), keepdims=True)
    for _ in range(_STEPS):
        rate = expit(design @ fit)
        information = np.where(lost, one, across @ (rate * (1 - rate) * design))
        lost = lost | (np.linalg.cond(information) > _RANK)[..., None, None]
        information = np.where(lost, one, information)
        step = np.linalg.solve(information, across @ (reached[..., None] - rate))
        length = np.abs(design @ step).max(axis=-2, keepdims=True)
        moves = ~lost & (length > _SHORTEST)
        if not moves.any():
            return np.where(lost, np.nan, fit), information
        fit = fit + np.where(moves, step * np.minimum(1, _LONGEST / np.maximum(length, 1)), 0)
    return np.where(lost | moves, np.nan, fit), np.where(lost | moves, one, information)


def _standard(x: Floats) -> Floats:
    """Covariate with mean 0 and deviation 1; NaN where it does not vary."""
    apart: Floats = x - x.mean(axis=-1, keepdims=True)
    return apart / or_nan(np.sqrt((apart**2).mean(axis=-1, keepdims=True)), 0)


def _arm(y: ArrayLike, x: ArrayLike, name: str) -> tuple[Floats, Floats]:
    y, x = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    if x.ndim == 0 or x.shape[-1] < 1:
        raise ValueError(f"{name} needs units along its last axis, got {x.shape}")
    demand((y == 0) | (y == 1), y, f"{name} y", "must be 0 or 1")
    demand(np.isfinite(x), x, f"{name} x", "must be finite")
    return y, x
