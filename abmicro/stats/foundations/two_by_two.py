"""The two by two tables of an experiment split into strata, such as devices or weeks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.validation import Bools, Floats


class Tables(NamedTuple):
    """Reached and all units of either arm, strata along the last axis, of one shape.

    Source of the names in formulas: xt of nt treated and xc of nc control units.
    """

    xt: Floats
    nt: Floats
    xc: Floats
    nc: Floats

    @property
    def units(self) -> Floats:
        """Units of both arms."""
        return self.nt + self.nc

    @property
    def reached(self) -> Floats:
        """Units of both arms that reached the goal."""
        return self.xt + self.xc

    @property
    def some(self) -> Floats:
        """Units of both arms, but 1 where there are none: a divisor."""
        return np.maximum(self.units, 1)

    @property
    def size(self) -> Floats:
        """The weight of Mantel and Haenszel: nt nc / (nt + nc); 0 where an arm is empty."""
        return self.nt * self.nc / self.some

    @property
    def informative(self) -> Bools:
        """Where both arms have units and some but not all units of the stratum reached the goal."""
        reached = self.reached
        return (np.minimum(self.nt, self.nc) > 0) & (reached > 0) & (reached < self.units)

    @property
    def differences(self) -> Floats:
        """Treated minus control rate; 0 where an arm is empty."""
        return np.where(self.size > 0, score_statistic.difference_of_rates(*self), 0)

    def over(self, batch: tuple[int, ...]) -> Tables:
        """The same tables for every cell of a batch."""
        return Tables(*(np.broadcast_to(count, (*batch, count.shape[-1])) for count in self))


def tables(treated: Binomial, control: Binomial) -> Tables:
    """The tables of arms whose counts have strata along the last axis.

    Raises ValueError for shapes that do not broadcast or have no axis of strata.

    >>> tables(Binomial([1, 2], 10), Binomial([3, 4], [20, 30])).nc
    array([20., 30.])
    """
    counts = treated.reached, treated.trials, control.reached, control.trials
    try:
        shape = np.broadcast(*counts).shape
    except ValueError:
        two_arms(treated, control)  # says so
        raise
    if not shape or not shape[-1]:
        raise ValueError(f"treated needs strata along its last axis, got shape {shape}")
    return Tables(
        *(count if count.shape == shape else np.broadcast_to(count, shape) for count in counts)
    )
