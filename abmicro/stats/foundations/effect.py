"""What a method returns: an estimate with its interval, or a score with its p-value."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfinv, ndtr, stdtrit

from abmicro.stats.foundations.validation import Floats, within

Alternative = Literal["two-sided", "greater", "less"]

_TAILS = {
    "two-sided": lambda z: 2 * ndtr(-np.abs(z)),
    "greater": lambda z: ndtr(-z),
    "less": ndtr,
}
_ROOT_TWO = np.sqrt(2)
_FAR = 100.0  # standard errors from which the density is 0
_LEAST = 1e-100  # a quantile whose square does not vanish


class Effect(NamedTuple):
    """An estimate with the ends of its interval, each a float or an array of one shape."""

    estimate: Floats
    low: Floats
    high: Floats


def of_one_shape(estimate: Floats, low: Floats, high: Floats) -> Effect:
    """An effect from an estimate that may lack axes which its ends have, as those of levels.

    >>> of_one_shape(np.float64(0.5), np.array([0.4, 0.3]), np.array([0.6, 0.7])).estimate
    array([0.5, 0.5])
    """
    shape = np.shape(low)
    return Effect(np.broadcast_to(estimate, shape)[()] if shape else estimate, low, high)


class ScoreTest(NamedTuple):
    """A standard normal score, positive where the estimate lies above the null, and its p."""

    z: Floats
    p: Floats


def critical(level: ArrayLike, df: ArrayLike | None = None) -> Floats:
    """How many standard errors a two-sided interval reaches to either side.

    level: two-sided confidence level in (0, 1), any shape.
    df: degrees of freedom of Student's t; None for the normal law.

    >>> round(float(critical(0.95)), 6), round(float(critical(0.95, 10)), 6)
    (1.959964, 2.228139)
    """
    inside = within(level, "level", 0, 1)
    if df is None:
        return np.asarray(np.maximum(_ROOT_TWO * erfinv(inside), _LEAST))[()]
    return np.asarray(-stdtrit(df, (1 - inside) / 2), dtype=np.float64)


def scored(z: Floats, alternative: Alternative = "two-sided") -> ScoreTest:
    """A standard normal score with its p-value.

    Raises ValueError for another alternative.

    >>> round(float(scored(np.float64(1.96)).p), 4)
    0.05
    """
    return ScoreTest(z, tail(z, alternative))


def tail(z: Floats, alternative: Alternative) -> Floats:
    """The p-value of a standard normal score.

    Raises ValueError for another alternative.

    >>> round(float(tail(np.float64(1.96), "two-sided")), 4)
    0.05
    """
    if alternative not in _TAILS:
        raise ValueError(f"alternative must be one of {', '.join(_TAILS)}, got {alternative!r}")
    return np.asarray(_TAILS[alternative](z))[()]


def density(z: Floats) -> Floats:
    """The standard normal density.

    >>> round(float(density(np.array(0.0))), 6)
    0.398942
    """
    return np.asarray(np.exp(-np.square(np.clip(z, -_FAR, _FAR)) / 2) / np.sqrt(2 * np.pi))
