"""Does an effect fade or grow with the week in which units entered?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.effect import tail
from abmicro.stats.foundations.validation import Floats, numbers
from abmicro.stats.means.welch import or_nan


class Slope(NamedTuple):
    """Change of the estimate per unit of `at`, its standard error, score and two-sided p."""

    slope: Floats
    se: Floats
    z: Floats
    p: Floats


def trend(estimates: ArrayLike, variances: ArrayLike, at: ArrayLike) -> Slope:
    """Slope of independent estimates over time, weighted by their precision.

    estimates, variances: (..., T), for example log lifts of the cohorts of T weeks with the squares
        of their standard errors; at: (T,) when, for example the number of the week.

    Estimates whose variance is zero, infinite or NaN do not count. NaN where fewer than two count.

    Source: weighted least squares with known variances, Cochran (1937), Supplement to the Journal
    of the Royal Statistical Society 4:102-118.

    >>> found = trend([0.18, 0.10, 0.0, 0.01], [0.0004] * 4, [0, 1, 2, 3])
    >>> round(float(found.slope), 3), round(float(found.z), 2)
    (-0.061, -6.82)
    """
    y, v = (
        np.asarray(numbers(values, name), dtype=np.float64)
        for values, name in ((estimates, "estimates"), (variances, "variances"))
    )
    known = np.isfinite(y) & np.isfinite(v) & (v > 0)
    weight = np.where(known, 1 / np.where(known, v, 1), 0)
    y, t = np.where(known, y, 0), np.asarray(numbers(at, "at"), dtype=np.float64)
    total = or_nan(weight.sum(axis=-1, keepdims=True), 0)
    from_mean = t - (weight * t).sum(axis=-1, keepdims=True) / total
    spread = or_nan((weight * from_mean**2).sum(axis=-1), 1e-300)
    slope = np.where(known.sum(axis=-1) > 1, (weight * from_mean * y).sum(axis=-1) / spread, np.nan)
    se = np.where(np.isnan(slope), np.nan, np.sqrt(1 / spread))
    z = slope / se
    return Slope(slope, se, z, tail(z, "two-sided"))
