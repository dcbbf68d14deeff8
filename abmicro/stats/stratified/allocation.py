"""Did the arms' shares of the units stay the same, over days or between segments?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from abmicro.stats.foundations.validation import Floats, whole


def same_shares(units: ArrayLike) -> Floats:
    """P-value of "every stratum gave the arms the same shares of its units".

    units: (..., V, S) units of V arms in S strata, for example entry days.

    Returns p of Pearson's chi-square of homogeneity, with the degrees of freedom of the arms and
    strata that hold units; 1 where fewer than two of either do. It asks no plan: a ramp from 10 to
    50 % is seen, an uneven split that stays as it is not. Fewer than five units expected in a cell
    make it rough.

    Raises ValueError for units that are negative or fractional, and without both axes.

    Source: Pearson (1900), Philosophical Magazine 50:157-175.

    >>> ramp = [[54_000, 30_000], [6_000, 30_000]]
    >>> steady = [[54_000, 30_100], [6_000, 3_300]]
    >>> float(same_shares(ramp)), round(float(same_shares(steady)), 2)
    (0.0, 0.56)
    """
    counts = whole(units, "units")
    if counts.ndim < 2:
        raise ValueError(f"units needs arms and strata along its last axes, got {counts.shape}")
    arms, strata = counts.sum(axis=-1, keepdims=True), counts.sum(axis=-2, keepdims=True)
    expected = arms * strata / np.maximum(arms.sum(axis=-2, keepdims=True), 1)
    off = (counts - expected) ** 2 / np.where(expected > 0, expected, 1)
    held = ((arms > 0).sum(axis=(-1, -2)) - 1) * ((strata > 0).sum(axis=(-1, -2)) - 1)
    df = np.maximum(held, 0)
    p = chdtrc(np.maximum(df, 1), off.sum(axis=(-1, -2)))
    return np.asarray(np.where(df > 0, p, 1.0))
