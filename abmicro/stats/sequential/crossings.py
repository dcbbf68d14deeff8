"""How often and when looks find something: crossing chances, inflation, conditional power."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.sequential.boundaries import Sides, critical_values
from abmicro.stats.sequential.continuation import Continuation, start, walk
from abmicro.stats.sequential.spending import Spending

_MOST = 12.0  # drift of a whole test at which nothing is missed
_HERMITE = np.polynomial.hermite_e.hermegauss(64)


class Crossing(NamedTuple):
    """The chance to be first beyond the bounds at each look, above and below: (..., K).

    A test of one side never stops below.
    """

    above: Floats
    below: Floats


class Inflation(NamedTuple):
    """Units of a test with looks, in those of a test with none.

    maximum: if it runs to its end. mean_null, mean_half, mean_true: on average without an effect,
    with half of the planned one and with all of it. drift: of the score at the end.
    """

    maximum: float
    mean_null: float
    mean_half: float
    mean_true: float
    drift: float


def crossing(
    information: ArrayLike, z: ArrayLike, *, drift: ArrayLike = 0.0, sides: Sides = 2
) -> Crossing:
    """The chance that each look is the first to find the score beyond its critical value.

    information: (K,), rising. z: critical values (K,), infinite at looks that are none. drift: mean
    of the score per unit of information, any shape (...).

    >>> found = crossing([1, 2], [2.7965, 1.9774])
    >>> float((found.above + found.below).sum().round(4))
    0.05
    """
    h = np.asarray(information, dtype=np.float64)
    return _crossing_from(start(), h, np.asarray(z, dtype=np.float64), drift, sides)


def _crossing_from(
    first: Continuation, information: Floats, z: Floats, drift: ArrayLike, sides: Sides
) -> Crossing:
    """`crossing` of the looks to come of a test that stands at `first`."""
    return _crossing_of(_ways(first, information, z, sides), drift)


def _ways(
    first: Continuation, information: Floats, z: Floats, sides: Sides
) -> list[tuple[Continuation, float, float, float]]:
    """What stands before each look, the look's information, and its bounds of the score."""
    bounds = z * np.sqrt(information)
    lows = -bounds if sides == 2 else np.full_like(bounds, -np.inf)
    standing = walk(first, information, lows, bounds)
    return list(zip(standing, information, lows, bounds, strict=True))


def _crossing_of(
    ways: list[tuple[Continuation, float, float, float]], drift: ArrayLike
) -> Crossing:
    """The chance to be first beyond the bounds at each look, at each drift."""
    theta = np.asarray(drift, dtype=np.float64)
    above = [one.beyond(h, high, drift=theta) for one, h, _, high in ways]
    below = [one.beyond(h, low, drift=theta, sign=-1) for one, h, low, _ in ways]
    return Crossing(np.stack(above, -1), np.stack(below, -1))


def inflation(
    information: ArrayLike,
    clock: ArrayLike | None = None,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    spending: Spending = "obrien_fleming",
    gamma: float | None = None,
    sides: Sides = 2,
) -> Inflation:
    """How many more units looks cost at most, and how many fewer on average.

    information: of the planned looks (K,), in any unit. clock: by default the share of the last
    look's information. power: the chance of crossing above.

    Source: Jennison and Turnbull (2000), Group sequential methods, ch. 7 and 19.

    >>> found = inflation([1, 2, 3, 4])
    >>> round(found.maximum, 4), round(found.mean_true, 4)
    (1.0196, 0.8387)
    """
    h = np.asarray(information, dtype=np.float64)
    t = h / h[-1]
    times = t if clock is None else clock
    z = critical_values(t, times, alpha=alpha, spending=spending, gamma=gamma, sides=sides).z
    return inflation_of(t, z, alpha=alpha, power=power, sides=sides)


def inflation_of(
    information: ArrayLike, z: ArrayLike, *, alpha: float, power: float, sides: Sides = 2
) -> Inflation:
    """`inflation` of given critical values (K,)."""
    h = np.asarray(information, dtype=np.float64)
    t, values = h / h[-1], np.asarray(z, dtype=np.float64)
    wanted = float(within(power, "power", 0, 1))

    ways = _ways(start(), t, values, sides)

    def missing(drift: Floats, _: Floats) -> Floats:
        return np.asarray(_crossing_of(ways, drift).above.sum(-1) - wanted)

    drift = float(root(missing, np.zeros(1), np.full(1, _MOST))[0])
    maximum = drift**2 / float(ndtri(1 - alpha / sides) + ndtri(wanted)) ** 2
    found = _crossing_of(ways, drift * np.array([0, 0.5, 1]))
    stop = found.above + found.below
    means = maximum * (1 - (stop * (1 - t)).sum(-1))
    null, half, true = (float(mean) for mean in means)
    return Inflation(maximum, null, half, true, drift)


def conditional_power(
    score: float, information: ArrayLike, z: ArrayLike, look: int, *, drift: ArrayLike
) -> Floats:
    """The chance that a later look crosses above, given the score of look number `look`.

    score: z at that look, counted from 1. information, z: of all looks (K,), two-sided. drift: per
    unit of information, any shape. 0 at the last look.

    Source: Jennison and Turnbull (2000), ch. 10.

    >>> z = critical_values([1, 2, 3, 4], [0.25, 0.5, 0.75, 1]).z
    >>> round(float(conditional_power(1.2, [1, 2, 3, 4], z, 2, drift=1.4)), 3)
    0.635
    """
    h = np.asarray(information, dtype=np.float64)
    values = np.asarray(z, dtype=np.float64)
    theta = np.asarray(drift, dtype=np.float64)
    now = h[look - 1]
    if look == len(h):
        return np.zeros(theta.shape)
    standing = start(score * float(np.sqrt(now)), float(now))
    return np.asarray(_crossing_from(standing, h[look:], values[look:], theta, 2).above.sum(-1))


def predictive_power(score: float, information: ArrayLike, z: ArrayLike, look: int) -> float:
    """`conditional_power` over drifts as far as the score tells them, without a prior.

    Source: Spiegelhalter, Freedman and Blackburn (1986), Controlled Clinical Trials 7:8.

    >>> z = critical_values([1, 2, 3, 4], [0.25, 0.5, 0.75, 1]).z
    >>> round(predictive_power(1.2, [1, 2, 3, 4], z, 2), 3)
    0.38
    """
    now = np.asarray(information, dtype=np.float64)[look - 1]
    nodes, weights = _HERMITE
    drifts = (score + nodes) / np.sqrt(now)
    chances = conditional_power(score, information, z, look, drift=drifts)
    return float(chances @ weights / weights.sum())
