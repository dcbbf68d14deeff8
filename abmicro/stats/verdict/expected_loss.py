"""What a decision costs on average if it is the wrong one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.validation import Floats

_quiet = np.errstate(divide="ignore", invalid="ignore")  # no noise, no estimate: NaN


class Losses(NamedTuple):
    """Expected loss, per unit, of the treated arm and of the control, if it is the worse one."""

    treated: Floats
    control: Floats


@_quiet
def expected_losses(difference: ArrayLike, error: ArrayLike) -> Losses:
    """The expected loss of either choice where the difference is normal around its estimate.

    difference: treated minus control, in the good direction. error: its standard error, above 0.

    Returns both losses, of the broadcast shape, in the unit of the difference; their difference is
    the estimate. NaN where the error is not above zero.

    Source: design note "verdict", section 4; the integrals of the normal density: Raiffa and
    Schlaifer (1961), Applied Statistical Decision Theory, 5.4.

    >>> losses = expected_losses(0.003, 0.002)
    >>> print(losses.treated.round(6), losses.control.round(6))
    5.9e-05 0.003059
    """
    estimate, noise = np.broadcast_arrays(
        np.asarray(difference, dtype=np.float64), np.asarray(error, dtype=np.float64)
    )
    z = estimate / np.where(noise > 0, noise, np.nan)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return Losses(noise * (density - z * ndtr(-z)), noise * (density + z * ndtr(z)))
