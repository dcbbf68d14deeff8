"""Log rates of the goals of an arm with the noise of their estimates, also within strata."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.validation import Floats, demand, whole


class GoalRates(NamedTuple):
    """Logs of the rates of G goals in an arm (..., G), and their covariance matrix (..., G, G)."""

    rates: Floats
    noise: Floats


def goal_rates(units: ArrayLike, together: ArrayLike, shares: ArrayLike) -> GoalRates:
    """Log rates of the goals of an arm, every stratum counting with its share.

    units: (..., N) of the arm in N strata. together: (..., N, G, G) units with both of two goals,
        on the diagonal units with a goal. shares: (N,) of the strata, alike in all arms that are
        compared, which add up to 1; a stratum of share 0 is left out and may be empty.

    Where a goal has no units in any stratum, half a unit is added to each goal, a quarter to both
    of two and one to units, spread over the strata.

    Raises ValueError for more of a part than of its whole, and a stratum with a share and no units.

    Source: design note "carry-through", section 0: variance of a weighted sum of strata, by the
    delta method on logarithms.

    >>> found = goal_rates([10_000], [[[1_200, 300], [300, 300]]], [1.0])
    >>> found.rates.round(3), found.noise.round(5)
    (array([-2.12 , -3.507]), array([[0.00073, 0.00073],
           [0.00073, 0.00323]]))
    """
    n, joint = whole(units, "units"), whole(together, "together")
    share = np.asarray(shares, dtype=np.float64)
    own = np.diagonal(joint, axis1=-2, axis2=-1)
    fits = (joint <= np.minimum(own[..., :, None], own[..., None, :])) & (
        own[..., :, None] + own[..., None, :] - joint <= n[..., None, None]
    )
    demand(np.asarray(fits), joint, "together", "must be of units, some of them in each goal")
    demand(np.asarray((n > 0) | (share == 0)), n, "units", "must be above 0 where strata count")
    kept = share > 0
    reached = np.where(kept[..., None], own, 0).sum(axis=-2)
    more = np.where((reached == 0).any(axis=-1)[..., None], share, 0)
    half = (np.eye(own.shape[-1]) + 1) / 4
    size = np.where(kept, n + more, 1)[..., None, None]
    rate = np.where(kept[..., None, None], joint + more[..., None, None] * half, 0) / size
    part = np.diagonal(rate, axis1=-2, axis2=-1)
    mean = (share[..., None] * part).sum(axis=-2)
    spread = share[..., None, None] ** 2 * (rate - part[..., :, None] * part[..., None, :]) / size
    noise = spread.sum(axis=-3) / (mean[..., :, None] * mean[..., None, :])
    return GoalRates(np.log(mean), noise)
