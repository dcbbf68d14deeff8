"""Score statistics of two rates, solved through the multiplier of the constrained maximum.

A score interval holds the values of an effect that the score test does not reject. Each test needs
the rates of largest likelihood among those with that effect. The textbook way solves a cubic per
value tried and searches over values; both lose digits at large counts and small rates. Here the
search runs over the Lagrange multiplier of the constraint instead, where everything is smooth,
positive and of closed form:

- At the constrained maximum one arm's rate has moved from its estimate towards 0 and the other
  arm's towards 1, which is its complement moving towards 0. Either way the rate p of x in n obeys
  `n (x/n - p) = s p (1 - p)` with a multiplier s >= 0: a quadratic with one root in [0, x/n].
- The squared score statistic is the sum of `s^2 p (1 - p) / n` over the arms. It increases with s
  and is convex.
- An interval ends where that curve meets a constant; a test's statistic is where it meets a line
  through the origin. Newton's iteration finds either from the right, monotone by convexity.

Every function takes arrays that broadcast and knows no N/(N-1): the statistics are those of Mee
(1984), Farrington and Manning (1990) and Koopman (1984), and `abmicro.stats.proportions` scales
them to Miettinen and Nurminen (1985). An arm without units gives NaN. The multiplier form of the
score test is due to Aitchison and Silvey (1958), Annals of Mathematical Statistics 29:813-828.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEP = 1e-9  # Newton's step after one this small is below rounding
_KINK = 1e-200  # where none or all reached, a kink; this keeps a slope there

_quiet = np.errstate(divide="ignore", invalid="ignore")  # infinite ends, arms without units


@_quiet
def difference_of_rates(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """Treated minus control rate, to the last digits also where the two nearly agree."""
    return _cross(xt, nc, xc, nt) / (nt * nc)


@_quiet
def difference_reach(xt: Floats, nt: Floats, xc: Floats, nc: Floats, chi: Floats) -> Floats:
    """How far the score interval of the difference reaches below [0] and above [1] its estimate.

    chi: the squared statistic at the ends, for example 3.84.
    """
    x, n = _shrinking(xt, nt, xc, nc)
    rate = x / n
    multiplier = _meet(
        lambda s: _both_pulls(s, x, n),
        level=chi,
        slope=0.0,
        start=np.sqrt(chi / _variance(x, n)),
        right=(chi + x.sum(axis=0)) / rate.sum(axis=0),
    )
    return chi / multiplier


@_quiet
def difference_statistic(xt: Floats, nt: Floats, xc: Floats, nc: Floats, null: Floats) -> Floats:
    """Score statistic of the difference at `null`, positive where the estimate lies above it."""
    gap = difference_of_rates(xt, nt, xc, nc) - null
    x, n = _shrinking(xt, nt, xc, nc)
    x, n = np.where(gap > 0, x[:, 0], x[:, 1]), n[:, 0]
    slope = np.abs(gap)
    right = x.sum(axis=0) / (1 + np.sign(gap) * null)
    multiplier = _meet(
        lambda s: _both_pulls(s, x, n),
        level=0.0,
        slope=slope,
        start=slope / _variance(x, n),
        right=np.where(gap == 0, 0, right),
    )
    return np.sign(gap) * np.sqrt(slope * multiplier)


@_quiet
def ratio_ends(xt: Floats, nt: Floats, xc: Floats, nc: Floats, chi: Floats) -> Floats:
    """Lower [0] and upper [1] end of the score interval of treated over control rate.

    The lower end is the upper end of the inverse ratio. It is 0 where no treated unit reached the
    goal, and the upper end is infinite where no control unit did.
    """
    shape = np.broadcast(xt, nt, xc, nc).shape
    x, n, y, m = np.empty((4, 2, *shape))
    x[0], n[0], y[0], m[0] = xt, nt, xc, nc
    x[1], n[1], y[1], m[1] = xc, nc, xt, nt
    rate, missed = x / n, (m - y) / m

    def curve(s: Floats) -> tuple[Floats, Floats]:
        pull = _pull(s, x, n)
        moved = s * pull.rate
        share = moved / (y + moved)
        risen = pull.rate * (n - moved) / pull.root  # slope of `moved`
        return (
            pull.value + missed * moved * share,
            pull.slope + missed * share * (2 - share) * risen,
        )

    spread = rate * ((1 - rate) / n + rate * missed / (y + chi / 2))
    multiplier = _meet(
        curve, level=chi, slope=0.0, start=np.sqrt(chi / spread), right=(chi + x) / rate
    )
    shrunk = _pull(multiplier, x, n).rate
    moved = multiplier * shrunk
    inverse = np.where(np.isinf(multiplier), 0, shrunk * (m + moved) / (y + moved))
    return np.stack([inverse[0], 1 / inverse[1]])


@_quiet
def ratio_statistic(xt: Floats, nt: Floats, xc: Floats, nc: Floats, null: Floats) -> Floats:
    """Score statistic of treated over control rate at `null`, positive where the ratio is above.

    Here the constrained maximum is the root of a quadratic: u units more reach the goal in one arm
    and u fewer in the other before the pooled-like rates (x + u) / (n + u), (x - u) / (n - u) have
    the ratio asked for. Ratios above 1 are turned over, so that no term below is negative.
    """
    turn = null > 1
    ratio = np.where(turn, 1 / null, null)
    xa, na = np.where(turn, xt, xc), np.where(turn, nt, nc)
    xb, nb = np.where(turn, xc, xt), np.where(turn, nc, nt)
    miss_a, miss_b, rest = ratio * (na - xa), nb - xb, (1 - ratio) * (na + nb)

    gap = _cross(ratio * nb, xa, xb, na) / (na * nb)
    half = miss_a + miss_b + (1 - ratio) * (na - nb)
    root = np.sqrt((miss_b - rest) ** 2 + 2 * miss_a * (miss_b + rest) + miss_a**2)
    moved = np.where(half > 0, 2 * gap * na * nb / (half + root), (half - root) / (2 * (1 - ratio)))
    moved = np.abs(moved)
    up = gap > 0
    x, n, scale = np.where(up, xb, xa), np.where(up, nb, na), np.where(up, 1, ratio)
    square = np.abs(gap) * moved * (n + moved) / ((x + moved) * scale)
    return np.where(gap == 0, 0, np.where(turn, 1, -1) * np.sign(gap) * np.sqrt(square))


class _Pull(NamedTuple):
    """One arm at multiplier s: its rate, its share of the squared statistic, the slope of that."""

    rate: Floats
    value: Floats
    slope: Floats
    root: Floats


def _pull(s: Floats, x: Floats, n: Floats) -> _Pull:
    """Solve n (x/n - p) = s p (1 - p) for p in [0, x/n]; no term cancels."""
    root = np.sqrt((s - n) ** 2 + 4 * s * (n - x)) + _KINK
    rate = 2 * x / (s + n + root)
    far = np.abs(s - n) + root
    missed = np.where(s < n, 2 * (n - x) / far, far / (2 * s))
    force = s * rate * missed
    return _Pull(rate, s * force / n, force * (1 / n + 1 / root), root)


def _both_pulls(s: Floats, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    pull = _pull(s, x, n)
    return pull.value.sum(axis=0), pull.slope.sum(axis=0)


def _meet(
    curve: Callable[[Floats], tuple[Floats, Floats]],
    *,
    level: Floats | float,
    slope: Floats | float,
    start: Floats,
    right: Floats,
) -> Floats:
    """The s > 0 where an increasing convex curve with curve(0) = 0 meets level + slope * s.

    curve: s -> value and gradient. start: any guess. right: a point not left of the meeting point;
    infinite or NaN there is the answer.

    The first step may start on either side and lands on the right of the meeting point; from there
    Newton's iteration falls monotonically, so no bracket is needed and no cell waits for another.
    """

    def step(s: Floats) -> Floats:
        value, gradient = curve(s)
        return (value - level - slope * s) / (gradient - slope)

    s = np.fmin(start, right)
    s = np.fmin(s - step(s), right)
    while np.any(moves := (fall := step(s)) > _STEP * s):
        s = np.where(moves, s - fall, s)
    return np.where(np.isfinite(fall), s - fall, s)


def _shrinking(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> tuple[Floats, Floats]:
    """Counts that shrink, by arm (treated, control) and side (below, above), and their units.

    Below its estimate a difference is reached by fewer treated and more control successes.
    """
    shape = np.broadcast(xt, nt, xc, nc).shape
    x, n = np.empty((2, 2, *shape)), np.empty((2, 1, *shape))
    x[0, 0], x[0, 1] = xt, nt - xt
    x[1, 0], x[1, 1] = nc - xc, xc
    n[0, 0], n[1, 0] = nt, nc
    return x, n


def _variance(x: Floats, n: Floats) -> Floats:
    variance: Floats = (x * (n - x) / n**3).sum(axis=0)
    return variance


def _cross(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return a b - c d without cancellation, by error-free products (Dekker 1971)."""
    ab, cd = a * b, c * d
    return (ab - cd) + (_product_error(a, b, ab) - _product_error(c, d, cd))


def _product_error(a: Floats, b: Floats, product: Floats) -> Floats:
    a_high, b_high = _high_half(a), _high_half(b)
    a_low, b_low = a - a_high, b - b_high
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _high_half(a: Floats) -> Floats:
    shifted = 134217729.0 * a  # 2**27 + 1
    return shifted - (shifted - a)
