"""What a test that looks have stopped says: stage-wise p, median-unbiased estimate, interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.sequential.boundaries import Sides
from abmicro.stats.sequential.continuation import Continuation, start, walk

_REACH = 12.0  # standard errors to either side in which estimates are looked for


class StageWise(NamedTuple):
    """Two-sided p, its upper half, the median-unbiased estimate and its interval."""

    p: float
    p_above: float
    estimate: float
    low: float
    high: float


def at_stop(
    z: float,
    information: ArrayLike,
    boundary: ArrayLike,
    look: int,
    *,
    estimate: float,
    level: float = 0.95,
    sides: Sides = 2,
) -> StageWise:
    """The effect as seen at the look that stopped the test, by the stage-wise order.

    z: the score there. information, boundary: of the looks (K,), at least `look` of them, counted
        from 1. estimate: the effect whose score is z, such as a log lift; its information is
        (z / estimate)^2. A z or an estimate of 0, or of unlike signs, gives NaN.

    The raw estimate of a stopping look is too large; if the estimate here is the truth, half of all
    results lie above the one seen.

    Source: Tsiatis, Rosner and Mehta (1984), Biometrics 40:797.

    >>> found = at_stop(2.9, [0.2, 0.4, 0.6], [4.8769, 3.3570, 2.6803], 3, estimate=0.061)
    >>> [round(figure, 4) for figure in found]
    [0.0041, 0.0021, 0.0608, 0.0193, 0.1021]
    """
    within(level, "level", 0, 1)
    if not z * estimate > 0:
        return StageWise(*[float("nan")] * 5)
    h = np.asarray(information, dtype=np.float64)[:look]
    h = h * (z / estimate) ** 2 / h[-1]
    bounds = np.asarray(boundary, dtype=np.float64)[:look] * np.sqrt(h)
    bounds[-1] = z * np.sqrt(h[-1])
    lows = -bounds if sides == 2 else np.full_like(bounds, -np.inf)
    standings = list(walk(start(), h, lows, bounds))

    def beyond(effects: Floats, _: Floats) -> Floats:
        return _beyond(standings, h, bounds, effects)

    width = _REACH / float(np.sqrt(h[-1]))
    ends = np.full(3, estimate - width), np.full(3, estimate + width)
    wanted = np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
    low, middle, high = root(
        lambda effects, at: beyond(effects, at) - wanted[at.astype(int)], *ends
    )
    above = float(beyond(np.zeros(1), np.zeros(1))[0])
    return StageWise(2 * min(above, 1 - above), above, float(middle), float(low), float(high))


def _beyond(
    standings: list[Continuation], information: Floats, bounds: Floats, effects: Floats
) -> Floats:
    """The chance of a result at least as far up, (E,): an earlier crossing, or this score."""
    steps = zip(standings, information, bounds, strict=True)
    return np.asarray(sum(one.beyond(h, bound, drift=effects) for one, h, bound in steps))
