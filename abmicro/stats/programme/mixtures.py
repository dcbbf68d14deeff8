"""Mixtures of normal laws: mean, sd, interval and chance of a gain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, within

_WIDTH = 1e-9  # of a quantile, as a part of where it may lie


class LiftGuess(NamedTuple):
    """What is thought of a true log lift, each of the batch shape: p_up is P(lift > 0)."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    p_up: Floats


def mixed(weights: Floats, means: Floats, variances: Floats, *, level: float = 0.95) -> LiftGuess:
    """The mixture of normal laws with these weights along the last axis, which add up to 1.

    weights, means, variances: (..., N) of shapes that broadcast. low, high: equal tails.

    >>> print(mixed(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.ones(2)).sd.round(4))
    1.4142
    """
    tail = (1 - float(within(level, "level", 0, 1))) / 2
    w, m, v = np.broadcast_arrays(weights, means, variances)
    mean = (w * m).sum(axis=-1)
    sd = np.sqrt((w * (v + (m - mean[..., None]) ** 2)).sum(axis=-1))
    rows = [each.reshape(-1, w.shape[-1]) for each in (w, m, np.sqrt(v))]
    reach = sd * np.sqrt((1 - tail) / tail)  # no quantile lies farther (Cantelli)
    ends = [end.reshape(-1) for end in (mean - reach, mean + reach)]
    low, high = (_quantile(share, *rows, *ends).reshape(mean.shape) for share in (tail, 1 - tail))
    return LiftGuess(mean, sd, low, high, (w * ndtr(m / np.sqrt(v))).sum(axis=-1))


def _quantile(
    share: float, weights: Floats, means: Floats, sds: Floats, low: Floats, high: Floats
) -> Floats:
    """Where the distribution function of each row (G, N) reaches a share, between ends (G,)."""

    def above(x: Floats, at: Floats) -> Floats:
        rows = at.astype(np.int64)
        below = ndtr((x[:, None] - means[rows]) / sds[rows])
        return np.asarray((weights[rows] * below).sum(axis=-1) - share)

    return root(above, low, high, width=_WIDTH)
