"""Days on which a rate fell: in both arms together, or in one of them only."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, stdtr

from abmicro.stats.foundations.validation import Floats

FEWEST_DAYS = 7  # earlier days that a day is compared with


def dip_p(reached: ArrayLike, units: ArrayLike) -> Floats:
    """One-sided p of "the day's rate is no lower than that of all days before it": (..., D).

    reached, units: of each day, (..., D). The log odds of a day are compared with the mean of all
    earlier days; their noise is the largest of what the days vary by, what counts vary by on
    average, and what the day's count varies by. NaN before there are seven earlier days, and on
    days without units.

    Source: design note "Looking while the test runs", section 6.

    >>> days = [80, 84, 79, 82, 78, 81, 85, 40]
    >>> p = dip_p(days, [1000] * 8)
    >>> int(np.isnan(p).sum()), round(float(p[-1]), 4)
    (7, 0.0024)
    """
    x, n = np.broadcast_arrays(np.asarray(reached, float), np.asarray(units, float))
    seen = n > 0
    noise = 1 / (x + 0.5) + 1 / (n - x + 0.5)
    logit = np.log((x + 0.5) / (n - x + 0.5))
    before = _before(seen.astype(np.float64))
    days = np.maximum(before, 1)
    mean, square, usual = (
        _before(np.where(seen, each, 0)) / days for each in (logit, logit**2, noise)
    )
    spread = np.maximum(square - mean**2, 0) * before / np.maximum(before - 1, 1)
    scale = np.sqrt(np.maximum(np.maximum(spread, usual), noise))
    t = (logit - mean) / (scale * np.sqrt(1 + 1 / days))
    p = stdtr(np.maximum(before - 1, 1), t)
    return np.where((before >= FEWEST_DAYS) & seen, p, np.nan)


def one_arm_p(
    reached_treated: ArrayLike,
    units_treated: ArrayLike,
    reached_control: ArrayLike,
    units_control: ArrayLike,
) -> Floats:
    """Two-sided exact p that a day's conversions fell on the arms by their units; any shape.

    A small p on one day means that something happened in one arm only. NaN without conversions.

    >>> float(one_arm_p(20, 500, 60, 500).round(7))
    8.6e-06
    """
    xt, nt, xc, nc = np.broadcast_arrays(
        *(
            np.asarray(each, dtype=np.float64)
            for each in (reached_treated, units_treated, reached_control, units_control)
        )
    )
    total, units = xt + xc, nt + nc
    share = np.divide(nt, units, out=np.full(units.shape, np.nan), where=units > 0)
    low = np.where(xc == 0, 1.0, betainc(np.maximum(xc, 1), xt + 1, 1 - share))
    high = np.where(xt == 0, 1.0, betainc(np.maximum(xt, 1), xc + 1, share))
    return np.where(total > 0, np.minimum(1, 2 * np.minimum(low, high)), np.nan)


def _before(values: Floats) -> Floats:
    """Sums of all earlier days."""
    return np.asarray(np.cumsum(values, axis=-1) - values)
