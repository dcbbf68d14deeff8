"""How likely two one-sided tests are to show that an effect lies between two margins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.validation import Floats
from abmicro.stats.power.power import (
    Design,
    Units,
    least_units,
    power_of,
    rounded_up,
    units_for,
    wanted_power,
)


def power_of_equivalence(
    low: Design, high: Design, control_units: ArrayLike, *, alpha: ArrayLike = 0.05
) -> Floats:
    """Probability that two one-sided tests find the effect above one margin and below another.

    low, high: the same truth as seen by the test against the low and against the high margin, for
        example two `farrington_manning` that differ in their null.
    control_units: positive. alpha: error rate of each test, in (0, 1).

    Returns the probability, of the broadcast shape; 0 where no data could show both.
    Raises ValueError as `power.findings`.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15:657-680.

    >>> from abmicro.stats.power.designs import unpooled
    >>> margins = unpooled(0.1, 0.1, null=-0.01), unpooled(0.1, 0.1, null=0.01)
    >>> round(float(power_of_equivalence(*margins, 15_415)), 4)
    0.8
    """
    above = power_of(low, control_units, alpha=alpha, alternative="greater")
    below = power_of(high, control_units, alpha=alpha, alternative="less")
    return np.maximum(above + below - 1, 0)


def units_for_equivalence(
    low: Design, high: Design, *, power: ArrayLike = 0.8, alpha: ArrayLike = 0.05
) -> Units:
    """Units from which two one-sided tests show equivalence with the wanted probability.

    low, high, alpha: as `power_of_equivalence`. power: in (0, 1), above alpha.

    Returns units of control and treated, of the broadcast shape; infinite where the effect does not
    lie between the margins. Raises ValueError for arguments out of range.

    >>> from abmicro.stats.power.designs import unpooled
    >>> margins = unpooled(0.1, 0.1, null=-0.01), unpooled(0.1, 0.1, null=0.01)
    >>> float(units_for_equivalence(*margins).control)
    15415.0
    """
    wanted = wanted_power(power, alpha)

    def both(power: Floats) -> Floats:
        above = units_for(low, power=power, alpha=alpha, alternative="greater")
        below = units_for(high, power=power, alpha=alpha, alternative="less")
        return np.maximum(above.exact, below.exact)

    # Each must have the power; that each misses half as often is enough.
    exact = least_units(
        lambda units: power_of_equivalence(low, high, units, alpha=alpha) >= wanted,
        both(wanted),
        both((1 + wanted) / 2),
    )
    return rounded_up(exact, low.ratio)
