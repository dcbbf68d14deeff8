"""Probability, under two rates, of the tables in which the treated arm is far enough ahead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.binomial_distribution import half_width, windows
from abmicro.stats.foundations.validation import Floats

_ROOM = 2**19  # probabilities worked on at once


@frozen(eq=False)
class Rejection:
    """Regions, a row each: `least[row, k]` treated conversions or more beside `first + k` others.

    nt, nc, first: units of the arms and first control conversions, (rows,) or one for all. least:
    whole numbers (rows, K). Control conversions outside the listed ones take the nearest entry.
    """

    nt: Floats
    nc: Floats
    least: Floats
    first: Floats

    def probability(self, treated: Floats, control: Floats, row: Floats) -> Floats:
        """Probability of the tables of a row at rates in (0, 1), all of shape (G,).

        Points whose laws are of like widths are worked on together.
        """
        at = row.astype(np.intp)
        nt, nc = (np.broadcast_to(units, len(self.least))[at] for units in (self.nt, self.nc))
        columns = nt, treated, nc, control
        spread = np.sqrt(nt * treated * (1 - treated)), np.sqrt(nc * control * (1 - control))
        order, found = np.argsort(spread[0] + spread[1]), np.empty(len(treated))
        while order.size:
            halves = [
                min(half_width(float(wide[order].max())), int(units[order].max()) + 1)
                for wide, units in zip(spread, (nt, nc), strict=True)
            ]
            many = max(_ROOM // (2 * sum(halves) + 2), 1)
            block, order = order[-many:], order[:-many]
            part = [each[block] for each in columns]
            found[block] = self._block(at[block], (part[0], part[1]), (part[2], part[3]), halves)
        return found

    def _block(
        self,
        row: NDArray[np.intp],
        treated: tuple[Floats, Floats],
        control: tuple[Floats, Floats],
        halves: list[int],
    ) -> Floats:
        """The same of a few points; treated, control: units and rates."""
        (first_t, law_t), (first_c, law_c) = (
            windows(*arm, half) for arm, half in zip((treated, control), halves, strict=True)
        )
        half_t, half_c = halves
        beyond = np.cumsum(law_t[:, ::-1], axis=1)[:, ::-1]
        beyond = np.concatenate([beyond, np.zeros((len(beyond), 1))], axis=1)
        first = np.broadcast_to(self.first, len(self.least))[row]
        offset = (first_c - first)[:, None] + np.arange(2 * half_c + 1)
        places = np.clip(offset, 0, self.least.shape[1] - 1).astype(np.intp)
        least = self.least[row[:, None], places] - first_t[:, None]
        steps = np.clip(least, 0, 2 * half_t + 1).astype(np.intp)
        return np.asarray((law_c * np.take_along_axis(beyond, steps, axis=1)).sum(axis=1))
