"""Looks without an end: critical values and e-values that hold at every moment at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.validation import Floats, demand, within
from abmicro.stats.sequential.boundaries import Boundary, level_of


def anytime_values(n: ArrayLike, *, tuned_for: float, alpha: float = 0.05) -> Boundary:
    """Critical values of a two-sided score that any number of looks leaves at `alpha`.

    n: units so far, 4 n0 n1 / (n0 + n1) for two arms, any shape. tuned_for: the n at which they are
        lowest, fixed before the data. spent is alpha everywhere.

    Source: Robbins (1970), Annals of Mathematical Statistics 41:1397 (normal mixture).

    >>> anytime_values([500, 14_751], tuned_for=14_751).z.round(3)
    array([5.421, 3.035])
    """
    units = np.asarray(n, dtype=np.float64)
    demand(np.asarray(units > 0), units, "n", "must be above 0")
    rho = mixture_scale(tuned_for, alpha=alpha)
    z = np.sqrt((1 + rho / units) * (np.log1p(units / rho) - 2 * np.log(alpha)))
    return Boundary(z, level_of(z), np.full(z.shape, float(alpha)))


def mixture_scale(tuned_for: float, *, alpha: float = 0.05) -> float:
    """The scale rho of the mixture that is tuned for so many units.

    >>> round(mixture_scale(14_751), 2)
    1858.71
    """
    within(alpha, "alpha", 0, 1)
    if not tuned_for > 0:
        raise ValueError(f"tuned_for must be above 0, got {tuned_for}")
    wanted = -2 * float(np.log(alpha))
    return tuned_for / (wanted + float(np.log1p(wanted)))


def mixture_log_e(z: ArrayLike, n: ArrayLike, *, rho: float) -> Floats:
    """The log e-value of a score: evidence against no effect, 1/alpha of which crosses.

    z, n: of shapes that broadcast. The p-value for any stopping time is min(1, 1/max e).

    >>> round(float(mixture_log_e(3.2, 14_751, rho=1858.71)), 3)
    3.452
    """
    scores, units = np.asarray(z, dtype=np.float64), np.asarray(n, dtype=np.float64)
    gain = scores**2 * units / (2 * (units + rho))
    return np.asarray(gain - np.log1p(units / rho) / 2)
