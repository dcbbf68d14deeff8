"""Figures picked out of arrays, one or all: where numbers become labelled results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro.analysis.results import Drawn, Interval

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from abmicro.array_types import Floats
    from abmicro.stats.foundations.effect import Effect
    from abmicro.stats.foundations.numerics import monte_carlo


def interval_at(effect: Effect, at: tuple[int, ...], level: float) -> Interval:
    """The estimate and its ends at one place of the arrays of an effect.

    >>> import numpy as np
    >>> from abmicro.stats.foundations.effect import Effect
    >>> interval_at(Effect(*np.array([[0.1], [0.0], [0.2]])), (0,), 0.95)
    Interval(estimate=0.1, low=0.0, high=0.2, level=0.95)
    """
    return Interval(
        float(effect.estimate[at]), float(effect.low[at]), float(effect.high[at]), level
    )


def intervals(effect: Effect, level: Floats | float) -> list[Interval]:
    """All of them with their levels, of the shape of the estimates or one, as a flat list.

    >>> import numpy as np
    >>> from abmicro.stats.foundations.effect import Effect
    >>> intervals(Effect(*np.array([[0.1], [0.0], [0.2]])), 0.95)
    [Interval(estimate=0.1, low=0.0, high=0.2, level=0.95)]
    """
    shape = np.shape(effect.estimate)
    return [*map(Interval, *(listed(each, shape) for each in (*effect, level)))]


def listed(values: ArrayLike, shape: tuple[int, ...]) -> list[Any]:
    """The values of an array that broadcasts to a shape, as a flat list of Python's own.

    >>> listed([1.5, 2.5], (2, 2))
    [1.5, 2.5, 1.5, 2.5]
    """
    given = np.asarray(values)
    if given.shape != shape:  # the test takes a tenth of the time
        given = np.broadcast_to(given, shape)
    found: list[Any] = given.ravel().tolist()
    return found


def times(found: Interval, factor: float) -> Interval:
    """An interval in another unit; the factor is positive.

    >>> times(Interval(0.001, -0.002, 0.004, 0.95), 1000)
    Interval(estimate=1.0, low=-2.0, high=4.0, level=0.95)
    """
    return Interval(factor * found.estimate, factor * found.low, factor * found.high, found.level)


def drawn_at(figure: monte_carlo.MonteCarloEstimate, at: tuple[int, ...]) -> Drawn:
    """The value and its Monte-Carlo error at one place.

    >>> import numpy as np
    >>> from abmicro.stats.foundations.numerics.monte_carlo import exact
    >>> drawn_at(exact(np.array(0.25), (2,)), (1,))
    Drawn(value=0.25, error=0.0)
    """
    return Drawn(float(figure.value[at]), float(figure.error[at]))
