"""Units that a claim about a lift needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def units_for_lift(
    lift: ArrayLike,
    rate: ArrayLike,
    *,
    control_share: ArrayLike,
    treated_share: ArrayLike,
    alpha: float = 0.05,
    power: float = 0.8,
) -> NDArray[np.float64]:
    """Units of the whole test until a two-sided test of one log lift has the wanted power.

    lift: true relative difference, above -1 and not 0. rate: control's rate in (0, 1).
    control_share, treated_share: shares of all units that the two arms get, each in (0, 1).
    All four may be arrays of any shapes that broadcast.

    Returns total units over all arms, rounded up. Infinite where the lift is 0.
    Raises ValueError where an argument is outside its range.

    Source: delta method on the log rate, Var = (1 - p) / (p n) per arm, with the control's rate in
    both arms: N = (z_{1-alpha/2} + z_power)^2 (1/w_c + 1/w_t) (1 - p) / (p log(1 + lift)^2).

    >>> float(units_for_lift(0.10, 0.12, control_share=0.5, treated_share=0.5))
    25344.0
    """
    lift, rate = np.asarray(lift, dtype=float), np.asarray(rate, dtype=float)
    shares = np.asarray(control_share, dtype=float), np.asarray(treated_share, dtype=float)
    if not (lift > -1).all():
        raise ValueError(f"lift must be above -1, got {lift}")
    for name, value in (("rate", rate), ("control_share", shares[0]), ("treated_share", shares[1])):
        if not ((value > 0) & (value < 1)).all():
            raise ValueError(f"{name} must lie in (0, 1), got {value}")
    reach = (ndtri(1 - alpha / 2) + ndtri(power)) ** 2
    spread = (1 / shares[0] + 1 / shares[1]) * (1 - rate) / rate
    effect = np.log1p(lift) ** 2
    with np.errstate(divide="ignore"):
        return np.ceil(reach * spread / effect)
