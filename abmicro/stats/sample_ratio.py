"""Did the arms receive the shares of units that the design gave them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from abmicro.stats.arguments import Floats, demand, whole


@dataclass(frozen=True, slots=True, eq=False)
class SampleRatio:
    """Pearson's statistic, its degrees of freedom and the probability of one at least as large."""

    statistic: Floats
    df: int
    p: Floats


def sample_ratio(units: ArrayLike, shares: ArrayLike) -> SampleRatio:
    """Chi-square goodness of fit of the units per arm against the designed shares.

    units: units per arm, arms along the last axis (at least two), any batch axes before it.
    shares: positive weights per arm that broadcast against `units`; they need not sum to one.

    Returns statistic and p of the batch shape. Where no arm has units both are NaN. The law is that
    of large counts: with fewer than five units expected in an arm p is approximate.

    Raises ValueError for counts that are negative, fractional or not numbers, for weights that are
    not positive, and for fewer than two arms.

    Source: Pearson (1900), Philosophical Magazine 50:157-175; its use as the first check of an
    online experiment: Fabijan et al. (2019), KDD, "Diagnosing sample ratio mismatch".

    >>> found = sample_ratio([821_588, 815_482], [1, 1])
    >>> round(float(found.statistic), 4), float(f"{found.p:.2g}")
    (22.7744, 1.8e-06)
    """
    counts, weights = np.broadcast_arrays(whole(units, "units"), np.asarray(shares, dtype=float))
    demand((weights > 0) & np.isfinite(weights), weights, "shares", "must be positive and finite")
    if counts.ndim == 0 or counts.shape[-1] < 2:
        raise ValueError(f"units needs at least two arms along its last axis, got {counts.shape}")
    total = counts.sum(axis=-1, keepdims=True)
    total = np.where(total > 0, total, np.nan)
    weight = weights.sum(axis=-1, keepdims=True)
    # Both products are whole for whole weights, so that a deviation of one unit in 10**9 survives.
    deviation = counts * weight - total * weights
    statistic = (deviation**2 / (total * weight * weights)).sum(axis=-1)
    df = counts.shape[-1] - 1
    return SampleRatio(statistic, df, chdtrc(df, statistic))
