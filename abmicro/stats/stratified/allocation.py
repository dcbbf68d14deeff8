"""Did the arms' shares of the units stay the same, over days or between segments?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from abmicro.stats.foundations.validation import Floats, whole

_EXPECTED = 5  # units of every arm in every group of strata


def same_shares(units: ArrayLike) -> Floats:
    """P-value of "every stratum gave the arms the same shares of its units".

    units: (..., V, S) units of V arms in S strata, for example entry days.

    Returns p of Pearson's chi-square of homogeneity, with the degrees of freedom of the arms and
    strata that hold units; 1 where fewer than two of either do. It asks no plan: a ramp from 10 to
    50 % is seen, an uneven split that stays as it is not. Neighbouring strata are added up, in
    their order, until every arm expects five units in each; an arm of fewer than ten is left out.

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
    counts = _merged(np.where(counts.sum(axis=-1, keepdims=True) < 2 * _EXPECTED, 0, counts))
    arms, strata = counts.sum(axis=-1, keepdims=True), counts.sum(axis=-2, keepdims=True)
    expected = arms * strata / np.maximum(arms.sum(axis=-2, keepdims=True), 1)
    off = (counts - expected) ** 2 / np.where(expected > 0, expected, 1)
    held = ((arms > 0).sum(axis=(-1, -2)) - 1) * ((strata > 0).sum(axis=(-1, -2)) - 1)
    df = np.maximum(held, 0)
    p = chdtrc(np.maximum(df, 1), off.sum(axis=(-1, -2)))
    return np.asarray(np.where(df > 0, p, 1.0))


def _merged(counts: Floats) -> Floats:
    """Strata added up into groups in which every arm expects enough units, the rest empty."""
    arms, strata = counts.sum(axis=-1), counts.sum(axis=-2)
    smallest = np.min(arms, axis=-1, where=arms > 0, initial=np.inf)[..., None]
    smallest, need = np.where(np.isinf(smallest), 0, smallest), _EXPECTED * arms.sum(axis=-1)
    if ((strata * smallest >= need[..., None]) | (strata == 0)).all():
        return counts
    group = _groups(strata * smallest, need)
    rows = np.arange(arms.size).reshape(*arms.shape, 1) * counts.shape[-1]
    places = np.broadcast_to(rows + group[..., None, :], counts.shape)
    merged = np.bincount(places.ravel(), weights=counts.ravel(), minlength=counts.size)
    return np.asarray(merged.reshape(counts.shape))


def _groups(strata: Floats, need: Floats) -> NDArray[np.int64]:
    """The group of every stratum: neighbours until they reach the need, the rest to the last."""
    group = np.zeros(strata.shape, dtype=np.int64)
    held, full = np.zeros(need.shape), np.zeros(need.shape, dtype=np.int64)
    for at in range(strata.shape[-1]):
        group[..., at] = full
        held = held + strata[..., at]
        full = full + (held >= need)
        held = np.where(held >= need, 0, held)
    return np.minimum(group, np.maximum(full - 1, 0)[..., None])
