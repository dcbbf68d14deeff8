"""At which later steps of a funnel a micro gain got lost: named only where it is clear."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.validation import Floats
from abmicro.stats.multiplicity.stepwise import holm


def leaks(lift: ArrayLike, se: ArrayLike, *, loss: ArrayLike = False) -> Floats:
    """Adjusted one-sided p of "no smaller share passed this step", over the steps after the micro.

    lift, se: log lifts (..., J) of the steps after the micro goal with their standard errors, as
        `decompose` gives them.
    loss: whether the micro goal fell, (...); then a *larger* share is what keeps a loss from
        arriving, and that is tested.

    Returns p-values (..., J) by Holm over the J steps: the chance to name any step at which the
    arms pass equal shares on is at most the level they are compared with. NaN for a step without
    noise or entries. A step is a place where the arms differ, not a cause: the variant changed who
    reaches it.

    Source: design note "carry-through", sections 1a and 1e; Holm (1979), Scandinavian Journal of
    Statistics 6:65-70.

    >>> from abmicro.stats.carry_through.funnel_decomposition import decompose
    >>> from abmicro.stats.foundations.cells import NestedCounts
    >>> control = NestedCounts([200_000, 24_000, 12_000, 6_000])
    >>> steps = decompose(NestedCounts([200_000, 26_880, 12_365, 6_180]), control).steps
    >>> leaks(steps.estimate[1:], steps.se[1:]) < 0.05
    array([ True, False])
    """
    score = np.asarray(lift, dtype=np.float64) / np.asarray(se, dtype=np.float64)
    return holm(ndtr(np.where(np.asarray(loss)[..., None], -score, score)))
