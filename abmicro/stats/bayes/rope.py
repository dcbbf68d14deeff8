"""Region of practical equivalence: how much of a posterior lies below, within and above it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.bayes.beta_binomial import difference_above
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.validation import Floats, demand


@frozen(eq=False)
class Rope:
    """Probabilities that an effect is too low, practically nothing, or too high; they sum to 1."""

    below: Floats
    within: Floats
    above: Floats


def difference_rope(treated: Beta, control: Beta, low: ArrayLike, high: ArrayLike) -> Rope:
    """Where treated minus control lies with regard to a region of practical equivalence.

    treated, control: independent posteriors. low, high: ends of the region as fractions of units,
        low <= high. Shapes broadcast.

    Returns three probabilities, each to about 1e-12.
    Raises ValueError for ends that are not finite, or a low end above the high one.

    Source: Kruschke (2018), Advances in Methods and Practices in Psychological Science 1:270-280.

    >>> found = difference_rope(Beta(245, 9757), Beta(201, 9801), -0.005, 0.005)
    >>> [round(float(part), 6) for part in (found.below, found.within, found.above)]
    [4e-06, 0.613924, 0.386073]
    """
    return _rope(difference_above, treated, control, low, high)


def _rope(
    above: Callable[[Beta, Beta, ArrayLike], Floats],
    treated: Beta,
    control: Beta,
    low: ArrayLike,
    high: ArrayLike,
) -> Rope:
    over_low, over_high = above(treated, control, low), above(treated, control, high)
    ends = np.broadcast_arrays(low, high)
    demand(np.asarray(ends[0] <= ends[1]), ends[0], "low", "must not exceed high")
    return Rope(1 - over_low, np.maximum(over_low - over_high, 0), over_high)
