"""The six independent rates behind a 2 x 2 x 2 table of arm, micro and macro."""

from __future__ import annotations

import numpy as np

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.validation import Floats


@frozen(eq=False)
class SixRates:
    """Rates of both arms, each (..., 2) with control first, and the units they rest on.

    micro: units with the micro goal, of all; with_micro: units with the macro goal, of those with
    the micro goal; without_micro: units with the macro goal, of those without it. A rate of nobody
    is NaN. units: all units; reached: units with the micro goal.
    """

    micro: Floats
    with_micro: Floats
    without_micro: Floats
    units: Floats
    reached: Floats

    @property
    def macro(self) -> Floats:
        """Units with the macro goal, of all."""
        return np.asarray(
            self.micro * _certain(self.with_micro, self.micro)
            + (1 - self.micro) * _certain(self.without_micro, 1 - self.micro)
        )

    @property
    def variances(self) -> Floats:
        """Sampling variances (..., 3, 2) of micro, with_micro and without_micro."""
        rates = np.stack([self.micro, self.with_micro, self.without_micro], axis=-2)
        trials = np.stack([self.units, self.reached, self.units - self.reached], axis=-2)
        return np.asarray(rates * (1 - rates) / np.where(trials > 0, trials, np.nan))


def six_rates(treated: JointCells, control: JointCells, /) -> SixRates:
    """Turn joint cells of two arms into rates.

    >>> control = JointCells([420, 3580, 480, 15520])
    >>> found = six_rates(JointCells([560, 4440, 470, 14530]), control)
    >>> found.micro, found.with_micro, found.macro
    (array([0.2 , 0.25]), array([0.105, 0.112]), array([0.045 , 0.0515]))
    """
    arms = np.stack(np.broadcast_arrays(control.cells, treated.cells), axis=-2)
    both, micro_only, macro_only, neither = np.moveaxis(arms, -1, 0)
    reached, rest = both + micro_only, macro_only + neither
    return SixRates(
        micro=_share(reached, reached + rest),
        with_micro=_share(both, reached),
        without_micro=_share(macro_only, rest),
        units=reached + rest,
        reached=reached,
    )


def _share(part: Floats, of: Floats) -> Floats:
    return np.asarray(part / np.where(of > 0, of, np.nan))


def _certain(rate: Floats, weight: Floats) -> Floats:
    """The rate, but 0 where nobody has it."""
    return np.where(weight == 0, 0, rate)
