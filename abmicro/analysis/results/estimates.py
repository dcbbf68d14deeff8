"""Intervals and pairs of figures: what every other record is made of."""

from __future__ import annotations

from abmicro.frozen import frozen


@frozen
class Interval:
    """An estimate with its confidence (or credible) interval at `level`."""

    estimate: float
    low: float
    high: float
    level: float


@frozen
class Pair:
    """The same figure in the control and in the treated variant."""

    control: float
    treated: float


@frozen
class Credible:
    """Equal-tailed intervals; the difference is NaN for a value, and where variants are tied."""

    difference: Interval
    lift: Interval


@frozen
class Drawn:
    """A figure and its Monte-Carlo standard error, which is 0 where it was not drawn."""

    value: float
    error: float
