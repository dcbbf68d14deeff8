"""Units that a claim about a lift needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from abmicro.stats.arguments import Floats, demand, within
from abmicro.stats.effect import critical


def units_for_lift(
    lift: ArrayLike,
    rate: ArrayLike,
    *,
    control_share: ArrayLike,
    treated_share: ArrayLike,
    alpha: ArrayLike = 0.05,
    power: ArrayLike = 0.8,
) -> Floats:
    """Units of the whole test until a two-sided test of one log lift has the wanted power.

    lift: true relative difference, above -1. rate: the control's rate in (0, 1).
    control_share, treated_share: shares of all units that the two arms get, each in (0, 1).
    alpha, power: two-sided error and probability of a finding, each in (0, 1).
    All arguments may be arrays of any shapes that broadcast.

    Returns total units over all arms, rounded up; infinite where the lift is 0.
    Raises ValueError where an argument is outside its range.

    Source: delta method on the log rate, Var = (1 - p) / (p n) per arm, with the control's rate in
    both arms: N = (z_{1-alpha/2} + z_power)^2 (1/w_c + 1/w_t) (1 - p) / (p log(1 + lift)^2); design
    note "carry-through", section 1f.

    >>> float(units_for_lift(0.10, 0.12, control_share=0.5, treated_share=0.5))
    25345.0
    """
    lift = np.asarray(lift, dtype=np.float64)
    demand(lift > -1, lift, "lift", "must be above -1")
    rate = within(rate, "rate", 0, 1)
    control_share = within(control_share, "control_share", 0, 1)
    treated_share = within(treated_share, "treated_share", 0, 1)
    reach = critical(1 - within(alpha, "alpha", 0, 1)) + ndtri(within(power, "power", 0, 1))
    spread = (1 / control_share + 1 / treated_share) * (1 - rate) / rate
    with np.errstate(divide="ignore"):
        return np.asarray(np.ceil(reach**2 * spread / np.log1p(lift) ** 2))
