"""Amounts without what their past predicts (CUPED), from sums of any number of arms and strata."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations.validation import Floats
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.welch import Moments

WHOLE = 1 - 1e-9
"""From this share of the variance on a past tells amounts wholly, and is those amounts itself."""


class Prediction(NamedTuple):
    """What a value from before predicts of an amount: slope (past value - center)."""

    slope: Floats
    center: Floats

    def off(self, arms: PairMoments) -> Moments:
        """Moments of the amounts without what is predicted; strata along the last axis."""
        return arms.without(self.slope[..., None], self.center[..., None])


def prediction(arms: PairMoments) -> Prediction:
    """The slope of an amount on its past within arms and strata, one for all of them.

    arms: moments of y, the amount, and x, the value from before, of all arms along the first axis
        and strata along the last, (V, ..., S).

    Returns slope and center of the shape between. Neither the variant nor a stratum can move the
    slope: it is the sum of the products around the means of each arm and stratum over that of the
    squares; 0 where the past does not vary, and where it tells the amounts wholly: a copy of them
    was not known before. The center is the mean past of all units; it moves means alike, and no
    difference.

    Source: Deng, Xu, Kohavi and Walker (2013), WSDM, section 3, with the pooled slope of Fisher
    (1932), Statistical Methods for Research Workers, section 49.1.

    >>> arms = PairMoments.of([[[0, 2, 1, 3, 2]], [[1, 2, 4, 3, 1]]],
    ...                       [[[0, 2, 1, 2, 2]], [[0, 1, 3, 2, 1]]])
    >>> found = prediction(arms)
    >>> round(float(found.slope[()]), 4), round(float(found.center[()]), 4)
    (1.119, 1.4)
    """
    units = np.maximum(arms.units, 1)
    spread, squares = (
        np.maximum(one.squares - one.total**2 / units, 0).sum(axis=(0, -1))
        for one in (arms.y, arms.x)
    )
    products = (arms.products - arms.x.total * arms.y.total / units).sum(axis=(0, -1))
    known = (squares > 0) & (products**2 < WHOLE * spread * squares)
    slope = np.where(known, products, 0) / np.where(known, squares, 1)
    total, of = arms.x.total.sum(axis=(0, -1)), np.broadcast_to(arms.units, arms.x.total.shape)
    return Prediction(slope, total / np.maximum(of.sum(axis=(0, -1)), 1))
