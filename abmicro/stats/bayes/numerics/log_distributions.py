"""Laws of the logarithm of a rate and of a mean value, one per row, with what `log_sum` asks."""

from __future__ import annotations

from math import gcd

import numpy as np
from scipy.special import betainccinv, log_expit, loggamma

from abmicro.frozen import frozen
from abmicro.stats.bayes.numerics.characteristic_functions import Complexes
from abmicro.stats.foundations.numerics.beta_distribution import stirling_rest, window
from abmicro.stats.foundations.validation import Bools, Floats

_DROP = 27.0  # what lies below exp(-27) times the highest density is left out
_FURTHEST = 300.0  # standard errors to which the tails of Student's t are followed
_EVEN = 4.0  # widths within which the nodes of a law lie nearly evenly
_NODES = 512
_STRIDE = 16
_NEAR = 20.0  # nearer to zero Stirling's series is not good enough
_SELDOM = 10.0, 20.0  # fewer failures than that, and so many times more successes
_NOTHING = 1e-30  # of a law beyond its end


@frozen(eq=False)
class LogRate:
    """The logarithm of a rate of law Beta(a, b); (rows,) each."""

    a: Floats
    b: Floats

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """From the window of the logit, which is the wider one.

        Where hardly anybody fails it is wider by so much that the frequencies would never reach the
        end of the law; there the low end is that of the failures.
        """
        scale, *edges = window(self.a, self.b)
        middle = np.log(self.a / self.b)
        low, high = (log_expit(middle + scale * np.sinh(edge)) for edge in edges)
        seldom = (self.b < _SELDOM[0]) & (self.a > _SELDOM[1] * self.b)
        if seldom.any():
            failures = betainccinv(self.b[seldom], self.a[seldom], _NOTHING)
            low[seldom] = np.maximum(low[seldom], np.log1p(-failures))
        return low, high

    def characteristic(self, omega: Floats) -> Complexes:
        """A quotient of gamma functions, by differences that keep their digits for large a, b.

        log gamma(x + i w) - log gamma(x) is taken apart by Stirling's formula, so that its large
        terms cancel on paper.
        """
        a, total = x = np.array([self.a, self.a + self.b])[..., None]
        turn = 0.5 * np.log1p((omega / x) ** 2) + 1j * np.arctan2(omega, x)
        rest = _stirling_rest(x + 1j * omega) - stirling_rest(x)
        ours, whole = (x - 0.5 + 1j * omega) * turn + rest
        return np.asarray(np.exp(1j * omega * np.log(a / total) + ours - whole))

    def by_size(self) -> tuple[Floats, LogRate]:
        """The expected rate, and the law in which each counts as often as it is large."""
        return self.a / (self.a + self.b), LogRate(self.a + 1, self.b)


@frozen(eq=False)
class LogMean:
    """The logarithm of a mean value whose law is Student's t, cut to positive values.

    points, weights: (rows, nodes) of the trapezoid rule, which is exact to rounding for it.
    expected: (rows,) whether the mean value has an expectation.
    """

    points: Floats
    weights: Floats
    expected: Bools

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """The outermost nodes."""
        return self.points[:, 0], self.points[:, -1]

    def characteristic(self, omega: Floats) -> Complexes:
        """The sum over the nodes; the waves are powers of one, in strides and steps within them."""
        count = omega.shape[-1]
        stride = gcd(count, _STRIDE)
        step = (omega[:, -1:] - omega[:, :1]) / max(count - 1, 1)
        first, turn = (np.exp(1j * shift * self.points) for shift in (omega[:, :1], step))
        within = _powers(turn, stride)
        jumps = _powers(within[:, -1] * turn, count // stride)
        jumps = jumps * (first * self.weights)[:, None]
        # Not as a product of matrices: for ones as small its threads cost more than they bring.
        waves = np.einsum("rjn,rsn->rjs", jumps, within)
        return np.asarray(waves.reshape(omega.shape))

    def by_size(self) -> tuple[Floats, LogMean]:
        """The expected mean value, and the law in which each counts as often as it is large."""
        sizes = self.weights * np.exp(self.points)
        mean = sizes.sum(axis=-1)
        return np.where(self.expected, mean, np.inf), LogMean(
            self.points, sizes / mean[:, None], self.expected
        )


def _powers(base: Complexes, count: int) -> Complexes:
    """The powers 0 to count - 1 of (rows, nodes), as (rows, count, nodes)."""
    factors = np.repeat(base[:, None], count, axis=1)
    factors[:, 0] = 1
    return np.asarray(np.cumprod(factors, axis=1), np.complex128)


def log_t(location: Floats, scale: Floats, df: Floats) -> LogMean:
    """The logarithm of location + scale times Student's t, given that this is positive.

    location, scale, df: (rows,), positive; df at least 1.

    On the log scale the density has one peak, at the root of a quadratic equation. It falls at
    least as fast as the t law does, and to the left no slower than x itself.
    """
    m, s, nu = (column[:, None] for column in (location, scale, df))
    x = (nu - 1) * m + np.hypot((nu - 1) * m, 2 * np.sqrt(nu * (m**2 + nu * s**2)))
    x = x / (2 * nu)
    mode, peak = np.log(x), (x - m) / s
    near = nu * s**2 + (x - m) ** 2
    width = _EVEN * near / np.sqrt((nu + 1) * x * ((2 * x - m) * near - 2 * x * (x - m) ** 2))

    def drop(t: Floats) -> Floats:
        """By how much the log density of t is lower than at the peak."""
        return np.asarray((nu + 1) / 2 * (np.log1p(t**2 / nu) - np.log1p(peak**2 / nu)))

    reach = s * np.minimum(np.sqrt(nu * np.expm1(2 * (_DROP + 2) / nu)), _FURTHEST)
    at_zero = mode - np.maximum(_DROP - drop(-m / s), 0) - 4
    low = np.maximum(np.log(np.maximum(m - reach, x * 1e-300)), at_zero)
    left, right = (np.arcsinh((edge - mode) / width) for edge in (low, np.log(m + reach)))
    v = left + (right - left) * np.linspace(0, 1, _NODES)
    points = mode + width * np.sinh(v)
    weights = np.exp(points - mode - drop((np.exp(points) - m) / s)) * np.cosh(v)
    return LogMean(points, weights / weights.sum(axis=-1, keepdims=True), df > 1)


def _stirling_rest(z: Complexes) -> Complexes:
    """What Stirling's formula misses of log gamma(z), right of the imaginary axis."""
    near = np.abs(z) < _NEAR
    away = np.where(near, _NEAR, z)
    square = away**2
    far = 1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square
    rest = np.asarray((1 / 12 - (1 / 360 - far / square) / square) / away)
    if near.any():  # only where it must be, as it costs ten times as much
        few = z[near]
        rest[near] = loggamma(few) - (few - 0.5) * np.log(few) + few - np.log(2 * np.pi) / 2
    return rest
