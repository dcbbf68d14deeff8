"""Probability, under two rates, of the tables in which the treated arm is far enough ahead."""

from __future__ import annotations

import numpy as np

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics import binomial_distribution
from abmicro.stats.foundations.validation import Floats

_ROOM = 2**19  # probabilities worked on at once


@frozen(eq=False)
class Rejection:
    """Tables with at least `least[row, k]` treated conversions beside `first + k` control ones.

    nt, nc: units of the arms. least: whole numbers (rows, K). Control conversions outside the
    listed ones take the nearest entry.
    """

    nt: float
    nc: float
    least: Floats
    first: float = 0.0

    def probability(self, treated: Floats, control: Floats, row: Floats) -> Floats:
        """Probability of the tables of a row at rates in (0, 1), all of shape (G,)."""
        halves = self._half(self.nt, treated), self._half(self.nc, control)
        size = max(_ROOM // (2 * sum(halves) + 2), 1)
        blocks = [slice(begin, begin + size) for begin in range(0, len(treated), size)]
        return np.concatenate(
            [self._block(treated[b], control[b], row[b], *halves) for b in blocks]
        )

    def _block(
        self, treated: Floats, control: Floats, row: Floats, half_t: int, half_c: int
    ) -> Floats:
        first_t, law_t = binomial_distribution.windows(self.nt, treated, half_t)
        first_c, law_c = binomial_distribution.windows(self.nc, control, half_c)
        beyond = np.cumsum(law_t[:, ::-1], axis=1)[:, ::-1]
        beyond = np.concatenate([beyond, np.zeros((len(beyond), 1))], axis=1)
        offset = (first_c - self.first)[:, None] + np.arange(2 * half_c + 1)
        places = np.clip(offset, 0, self.least.shape[1] - 1).astype(np.intp)
        least = self.least[row.astype(np.intp)[:, None], places] - first_t[:, None]
        steps = np.clip(least, 0, 2 * half_t + 1).astype(np.intp)
        return np.asarray((law_c * np.take_along_axis(beyond, steps, axis=1)).sum(axis=1))

    @staticmethod
    def _half(units: float, rate: Floats) -> int:
        spread = float(np.sqrt(units * rate * (1 - rate)).max(initial=0))
        return min(binomial_distribution.half_width(spread), int(units) + 1)
