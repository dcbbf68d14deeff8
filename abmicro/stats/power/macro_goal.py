"""What a planned micro lift leads one to expect of the macro test, and the units that needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from abmicro.stats.foundations.effect import critical
from abmicro.stats.foundations.validation import Floats, demand, within


class MacroPower(NamedTuple):
    """Power to claim that the macro moved if all carries, and how many times the units it needs."""

    power: Floats
    times: Floats


def macro_power(
    lift: ArrayLike, variance: ArrayLike, *, level: ArrayLike = 0.95, power: ArrayLike = 0.8
) -> MacroPower:
    """Could a test that came out open have told, had the planned micro lift carried in full?

    lift: the *planned* relative lift of the macro at full carry-through (on a path the micro's
        planned lift, else its dilution times that), above -1; never the observed one.
    variance: of the estimated log lift of the macro, which shrinks as units are added.
    level: two-sided level of the claim. power: the wanted one, in (0, 1).

    Returns arrays of the broadcast shape: the power at the present units, and by which factor the
    units must grow to reach the wanted power (below 1 where it is reached; infinite for no lift).
    NaN where the variance is not above zero.

    Raises ValueError where lift, level or power is outside its range.

    Source: design note "carry-through", sections 1e and 1f; why not the observed lift: Hoenig and
    Heisey (2001), The American Statistician 55:19-24.

    >>> found = macro_power(0.1, 0.001617)  # 40,000 units per arm at a macro rate of 3 %
    >>> round(float(found.power), 3), round(float(found.times), 3)
    (0.659, 1.397)
    """
    planned = np.asarray(lift, dtype=np.float64)
    demand(planned > -1, planned, "lift", "must be above -1")
    expected, reach = np.abs(np.log1p(planned)), critical(level)
    noise = np.asarray(variance, dtype=np.float64)
    error = np.sqrt(np.where(noise > 0, noise, np.nan))
    wanted = reach + ndtri(within(power, "power", 0, 1))
    with np.errstate(divide="ignore"):
        times = (wanted * error / expected) ** 2
    return MacroPower(np.asarray(ndtr(expected / error - reach)), np.asarray(times))
