"""Power of several tests at once: a decision that asks for all of their findings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from abmicro.stats.foundations.numerics.normal_orthant import all_below
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within


def joint_power(powers: ArrayLike, correlation: ArrayLike) -> Floats:
    """Probability that every test finds what it looks for, from the power of each alone.

    powers: (..., tests), each in [0, 1]. correlation: (..., tests, tests), of the statistics, each
        turned so that a finding lies above its bar.

    Returns the probability of the batch shape, between 1 - sum(1 - powers) and the least power; to
    about 1e-5 for up to eight tests. Raises ValueError for powers out of range and a matrix that is
    no correlation.

    Source: design note "verdict", section 6; the statistics are normal, and what a test's own power
    knows of few conversions stays in it.

    >>> print(joint_power([0.9, 0.9], np.eye(2)).round(6))
    0.81
    >>> print(joint_power([0.9, 0.9], [[1, 0.5], [0.5, 1]]).round(4))
    0.8324
    """
    given = np.asarray(numbers(powers, "powers"), dtype=np.float64)
    demand(~((given < 0) | (given > 1)), given, "powers", "must lie between 0 and 1")
    return all_below(ndtri(given), correlation)


def path_correlation(
    micro: tuple[ArrayLike, ArrayLike],
    macro: tuple[ArrayLike, ArrayLike],
    ratio: ArrayLike = 1.0,
) -> Floats:
    """Correlation of the tests of a micro goal and of a macro goal that nobody reaches without it.

    micro, macro: rates of control and treated, 0 < macro <= micro < 1.
    ratio: treated units for each control unit.

    Returns the correlation of the two differences, of the broadcast shape.
    Raises ValueError for arguments out of range.

    Source: design note "verdict", section 6.

    >>> print(path_correlation((0.12, 0.132), (0.03, 0.033)).round(4))
    0.4749
    """
    m, y = _rates(micro, "micro"), _rates(macro, "macro")
    k = within(ratio, "ratio", 0, np.inf)
    broadcastable(micro=m[0], macro=y[0], ratio=k)
    for of_micro, of_macro in zip(m, y, strict=True):
        demand(np.asarray(of_macro <= of_micro), of_macro, "macro", "must not be above micro")

    def noise(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Floats:
        """Covariance, or variance, of the differences, by one unit of the control."""
        of_control, of_treated = (b * (1 - a) for a, b in zip(first, second, strict=True))
        return np.asarray(of_control + of_treated / k)

    return np.asarray(noise(m, y) / np.sqrt(noise(m, m) * noise(y, y)))[()]


def _rates(both: tuple[ArrayLike, ArrayLike], name: str) -> tuple[Floats, Floats]:
    control, treated = both
    return within(control, name, 0, 1), within(treated, name, 0, 1)
