"""Distribution of sums and differences of independent logarithms, from characteristic functions.

Amounts per unit are products (rate times mean value), and a lift is a ratio of two of them: on the
log scale all of it is one sum, whose characteristic function is the product of those of its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from abmicro.frozen import frozen
from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats

Complexes = NDArray[np.complex128]

_FURTHEST = 20.0  # frequency at which the sum ends, in units of 1 / standard deviation,
_NOTHING = 1e-10  # if the characteristic function has not fallen to that before
_FEWEST, _MOST = 32, 64  # frequencies, and by how much they may be multiplied


class LogLaw(Protocol):
    """The law of the logarithm of a positive amount, one per row."""

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """Between which all but about 1e-11 of it lies, (rows,) each."""

    def characteristic(self, omega: Floats) -> Complexes:
        """E exp(i omega X) at equally spaced frequencies (rows, K)."""

    def by_size(self) -> tuple[Floats, Self]:
        """The expected amount, and the law in which each counts as often as it is large."""


@frozen(eq=False)
class LogSum:
    """A sum of logarithms, ready to be asked for probabilities; see `log_sum`.

    low, high: its ends, (rows,). omega, weights: (rows, K).
    """

    low: Floats
    high: Floats
    omega: Floats
    weights: Complexes

    def below(self, x: Floats) -> Floats:
        """P(sum < x) for one x per row, to about 1e-10."""
        return self._of_rows(x, np.arange(len(self.low)))

    def quantile(self, p: float) -> Floats:
        """Where the sum leaves p below it."""
        return root(
            lambda x, at: self._of_rows(x, at.astype(np.intp)) - p,
            self.low.copy(),
            self.high.copy(),
        )

    def negated(self) -> LogSum:
        """The law of minus the sum."""
        return LogSum(-self.high, -self.low, self.omega, self.weights.conj())

    def shortfall(self) -> Floats:
        """E max(1 - exp(sum), 0): the part of the whole that is missing on average.

        By parts it is the integral of exp(x) P(sum < x) over x < 0, a finite sum again.
        """
        top = np.clip(0, self.low, self.high)
        rates = 1 - 1j * self.omega
        moved = np.exp(rates * top[:, None]) - np.exp(rates * np.minimum(self.low, 0)[:, None])
        inside = (np.exp(top) - np.exp(np.minimum(self.low, 0))) / 2
        waves = np.sum((self.weights * moved / rates).imag, axis=-1)
        # Where the sum lies above zero for certain nothing is missing; where below, all above it.
        return np.where(
            self.low < 0, np.maximum(inside - waves, 0) - np.expm1(np.minimum(top, 0)), 0
        )

    def _of_rows(self, x: Floats, rows: NDArray[np.intp]) -> Floats:
        waves = self.weights[rows] * np.exp(-1j * self.omega[rows] * x[:, None])
        inside = 0.5 - waves.imag.sum(axis=-1)
        outside = (x >= self.high[rows]).astype(np.float64)
        return np.where(
            (x > self.low[rows]) & (x < self.high[rows]), np.clip(inside, 0, 1), outside
        )


def log_sum(plus: Sequence[LogLaw], minus: Sequence[LogLaw] = ()) -> LogSum:
    """The law of a sum of independent logarithms less others.

    The frequencies are spaced so finely that the law repeats itself only beyond its ends.

    Source: Davies (1973), Biometrika 60:415-417.
    """
    ends = [law.ends for law in plus] + [(-high, -low) for low, high in (law.ends for law in minus)]
    low, high = (np.sum([end[side] for end in ends], axis=0) for side in (0, 1))
    step = 2 * np.pi / (high - low)[:, None]
    first = _characteristic(plus, minus, step / 2)
    spread = np.sqrt(-2 * np.log(np.abs(first))) / (step / 2)
    count = _FEWEST * int(np.clip(np.ceil(_FURTHEST / (spread * step).min() / _FEWEST), 1, _MOST))
    order = np.arange(count) + 0.5
    product = _characteristic(plus, minus, order * step)
    heard = np.logical_and.accumulate(np.abs(product) > _NOTHING, axis=-1)
    return LogSum(low, high, order * step, heard * product / (np.pi * order))


def losses(one: Sequence[LogLaw], other: Sequence[LogLaw]) -> tuple[Floats, Floats]:
    """Mean of max(other - one, 0) and of max(one - other, 0) for two products of amounts.

    E[other; one < other] is the expected product times a probability under the law of `other` in
    which every amount counts as often as it is large. Infinite where an expectation is.
    """
    (mean, sized), (other_mean, other_sized) = _by_size(one), _by_size(other)
    exists = np.isfinite(mean) & np.isfinite(other_mean)
    mean, other_mean = np.where(exists, mean, 0), np.where(exists, other_mean, 0)
    zero = np.zeros_like(mean)
    below, other_below = log_sum(sized, other).below(zero), log_sum(one, other_sized).below(zero)
    lost = other_mean * other_below - mean * below
    won = mean * (1 - below) - other_mean * (1 - other_below)
    lost, won = (np.where(exists, np.maximum(part, 0), np.inf) for part in (lost, won))
    return lost, won


def _by_size(factors: Sequence[LogLaw]) -> tuple[Floats, list[LogLaw]]:
    means, sized = zip(*(factor.by_size() for factor in factors), strict=True)
    return np.prod(means, axis=0), list(sized)


def _characteristic(plus: Sequence[LogLaw], minus: Sequence[LogLaw], omega: Floats) -> Complexes:
    product = np.ones(omega.shape, dtype=np.complex128)
    for law in plus:
        product *= law.characteristic(omega)
    for law in minus:
        product *= law.characteristic(omega).conj()
    return product
