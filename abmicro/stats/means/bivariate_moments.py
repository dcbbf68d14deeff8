"""Two values per unit, y and x, as units, totals, squares and products."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.foundations.validation import Floats, demand
from abmicro.stats.means.welch import Moments, or_nan

_ROUNDING = 1e-9  # a product may exceed its largest possible value by rounding only


@frozen(eq=False)
class PairMoments:
    """Moments of y and of x over the same units, and the total of y x.

    y: the value in question, e.g. spend, or conversions per user.
    x: the value it is set against, e.g. spend before the exposure, or sessions per user.
    products: total of y x. All of shapes that broadcast; adding the fields of disjoint groups gives
        the fields of all units. What is said about digits at `Moments` holds here too.

    Raises ValueError where y and x count different units, and for products that no values have.

    >>> arm = PairMoments.of([0, 2, 1], [1, 4, 2])
    >>> float(arm.products), round(float(arm.covariance), 4)
    (10.0, 1.5)
    """

    y: Moments
    x: Moments
    products: Floats

    def __init__(self, y: Moments, x: Moments, products: ArrayLike) -> None:
        products = np.asarray(products, dtype=np.float64)
        demand(np.asarray(y.units == x.units), y.units, "y.units", "must equal x.units")
        most = y.squares * x.squares * (1 + _ROUNDING)
        demand(products**2 <= most, products, "products", "is beyond sqrt(y.squares * x.squares)")
        for name, value in (("y", y), ("x", x), ("products", products)):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, y: ArrayLike, x: ArrayLike) -> PairMoments:
        """The moments of values, units along the last axis."""
        y, x = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
        return cls(Moments.of(y), Moments.of(x), (y * x).sum(axis=-1))

    def __add__(self, other: PairMoments) -> PairMoments:
        """The moments of two disjoint groups together."""
        return PairMoments(self.y + other.y, self.x + other.x, self.products + other.products)

    @property
    def units(self) -> Floats:
        """Units of the arm."""
        return self.y.units

    @property
    def covariance(self) -> Floats:
        """Sample covariance of y and x; NaN with fewer than two units."""
        return (self.products - self.y.total * self.x.mean) / (or_nan(self.units, 1) - 1)

    @property
    def slope(self) -> Floats:
        """Slope of y on x; 0 where x does not vary, since it then predicts nothing."""
        varies = self.x.variance > 0
        return np.where(varies, self.covariance, 0) / np.where(varies, self.x.variance, 1)

    def without(self, slope: ArrayLike, around: ArrayLike = 0.0) -> Moments:
        """Moments of y - slope (x - around), which need no value of any unit.

        >>> rest = PairMoments.of([0, 2, 1], [1, 4, 2]).without(0.5)
        >>> float(rest.total), float(rest.squares)
        (-0.5, 0.25)
        """
        slope, around = np.asarray(slope, dtype=np.float64), np.asarray(around, dtype=np.float64)
        units, y, x = self.units, self.y, self.x
        shifted = x.total - units * around
        spread = x.squares - 2 * around * x.total + units * around**2
        mixed = self.products - around * y.total
        total = y.total - slope * shifted
        squares = y.squares - 2 * slope * mixed + slope**2 * spread
        return Moments(units, total, np.maximum(squares, total**2 / np.maximum(units, 1)))
