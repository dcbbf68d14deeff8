"""One figure picked out of arrays: where numbers become labelled results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.results import Interval

if TYPE_CHECKING:
    from abmicro.stats.effect import Effect


def interval_at(effect: Effect, at: tuple[int, ...], level: float) -> Interval:
    """The estimate and its ends at one place of the arrays of an effect.

    >>> import numpy as np
    >>> from abmicro.stats.effect import Effect
    >>> interval_at(Effect(*np.array([[0.1], [0.0], [0.2]])), (0,), 0.95)
    Interval(estimate=0.1, low=0.0, high=0.2, level=0.95)
    """
    return Interval(
        float(effect.estimate[at]), float(effect.low[at]), float(effect.high[at]), level
    )
