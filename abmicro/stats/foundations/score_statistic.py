"""Score statistics of two rates, solved through the multiplier of the constrained maximum.

A score interval holds the values of an effect that the score test does not reject. Each test needs
the rates of largest likelihood among those with that effect. The textbook way solves a cubic per
value tried and searches over values; both lose digits at large counts and small rates. Here the
search runs over the Lagrange multiplier of the constraint instead, where everything is smooth,
positive and of closed form:

- At the constrained maximum one arm's rate has moved from its estimate towards 0 and the other
  arm's towards 1, which is its complement moving towards 0. Either way the rate p of x in n obeys
  `n (x/n - p) = s p (1 - p)` with a multiplier s >= 0: a quadratic with one root in [0, x/n].
- The squared score statistic is the sum over the arms of their pulls `s^2 p (1 - p) / n`. A pull
  is also `s x/n - s p`, and `2 s p = s + n - root`, where the root of the quadratic's discriminant
  is the length of a vector linear in s. So the pulls increase with s and are convex.
- An interval ends where that curve meets a constant; a test's statistic is where it meets a line
  through the origin. Newton's iteration finds either from the right, monotone by convexity. One
  arm alone meets them in closed form, which gives a start so near that few steps are left.

Every function takes xt of nt treated and xc of nc control units, arrays that broadcast. It knows no
N/(N-1): the statistics are those of Mee (1984), Farrington and Manning (1990) and Koopman (1984),
and `abmicro.stats.proportions.miettinen_nurminen` scales them to Miettinen and Nurminen (1985).
An arm without units gives NaN. The multiplier form of the score test is due to Aitchison and Silvey
(1958), Annals of Mathematical Statistics 29:813-828.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from abmicro.array_types import Floats
from abmicro.stats.foundations.numerics.choice import anywhere, choose

_STEP = 1e-9  # Newton's step after one this small is below rounding
_KINK = 1e-200  # where none or all reached the pull has a kink; this keeps a slope there

# Infinite ends, arms without units, and nulls next to an estimate that only rounding keeps apart.
_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")


@_quiet
def difference_of_rates(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """Treated minus control rate, to the last digits also where the two nearly agree."""
    return cross(xt, nc, xc, nt) / (nt * nc)


@_quiet
def lift_of_rates(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """Treated over control rate less 1, to the last digits also where the two nearly agree."""
    return cross(xt, nc, xc, nt) / (nt * xc)


@_quiet
def difference_reach(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, chi: Floats
) -> tuple[Floats, Floats]:
    """How far the score interval of the difference reaches below and above its estimate.

    chi: the squared statistic at the ends, for example 3.84.
    """
    return _reach(*_shrinking_below(xt, nt, xc, nc), chi), _reach(
        *_shrinking_above(xt, nt, xc, nc), chi
    )


def _reach(one: Arm, other: Arm, chi: Floats) -> Floats:
    """How far a difference moves from its estimate until both pulls are chi."""

    def curve(s: Floats) -> Point:
        first, second = pull(s, *one), pull(s, *other)
        return Point(first.value + second.value - chi, first.slope + second.slope)

    alone = pull_reaches(*one, chi), pull_reaches(*other, chi)
    return chi / convex_root(curve, *_before_both(*alone))


@_quiet
def difference_statistic(xt: Floats, nt: Floats, xc: Floats, nc: Floats, null: Floats) -> Floats:
    """Score statistic of the difference at `null`, positive where the estimate lies above it."""
    gap, s, _ = _difference_maximum(xt, nt, xc, nc, null)
    return np.sign(gap) * np.sqrt(np.abs(gap) * s)


@_quiet
def difference_rates(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, null: Floats
) -> tuple[Floats, Floats]:
    """The rates of treated [0] and control [1] of largest likelihood with the difference `null`.

    null: inside (-1, 1). Returns the rates and, to full digits, what they leave to 1.
    """
    gap, s, arms = _difference_maximum(xt, nt, xc, nc, null)
    treated, control = (pull(np.where(gap == 0, 0, s), *arm) for arm in arms)
    rates = np.stack([np.where(gap > 0, *treated[:2]), np.where(gap > 0, *control[1::-1])])
    missed = np.stack([np.where(gap > 0, *treated[1::-1]), np.where(gap > 0, *control[:2])])
    return rates, missed


@_quiet
def ratio_ends(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, chi: Floats
) -> tuple[Floats, Floats]:
    """Lower and upper end of the score interval of treated over control rate.

    The lower end is 0 where no treated unit reached the goal, the upper end infinite where no
    control unit did. chi: the squared statistic at the ends, for example 3.84.
    """
    return _least_ratio(xt, nt, xc, nc, chi), 1 / _least_ratio(xc, nc, xt, nt, chi)


def _least_ratio(x: Floats, n: Floats, more: Floats, of: Floats, chi: Floats) -> Floats:
    """Lower end of the ratio of the rate x/n to more/of; the upper end is that of its inverse.

    The first rate shrinks under the multiplier s; the other grows as if `s p` units more had
    reached the goal. Its pull is convex in the units moved, with a slope below 1, and these are
    `s x/n` less the first pull, so the sum is convex in s.
    """
    y, missed = n - x, (of - more) / of

    def curve(s: Floats) -> Point:
        falling = pull(s, x, y, n)
        moved, moving = _moved(falling, s, n)
        share = moved / (more + moved)
        height = falling.value + missed * moved * share - chi
        return Point(height, falling.slope + missed * share * (2 - share) * moving)

    moved = (chi + np.sqrt(chi * (chi + 4 * missed * more))) / (2 * missed)
    alone = choose(moved >= x, np.inf, moved * (n - moved) / (x - moved))
    s = convex_root(curve, *_before_both(pull_reaches(x, y, n, chi), alone))
    rate = pull(s, x, y, n).rate
    return choose(np.isinf(s), 0, rate * (of + s * rate) / (more + s * rate))


@_quiet
def ratio_statistic(xt: Floats, nt: Floats, xc: Floats, nc: Floats, null: Floats) -> Floats:
    """Score statistic of treated over control rate at `null`, positive where the ratio is above.

    The constrained maximum is the root of a quadratic: as if `moved` units more had reached the
    goal in one arm and as many fewer in the other. Ratios above 1 are turned over, so that the
    discriminant is a sum of positive terms.
    """
    above = difference_of_rates(xt, nt, xc, nc) - (null - 1) * (xc / nc)
    turn = null > 1
    ratio, largest = np.minimum(null, 1 / null), np.maximum(null, 1)
    gap, loss = np.abs(above) / largest, np.abs(null - 1) / largest
    xa, na = choose(turn, xt, xc), choose(turn, nt, nc)
    xb, nb = choose(turn, xc, xt), choose(turn, nc, nt)

    missed_a, missed_b, lost = ratio * (na - xa), nb - xb, loss * (na + nb)
    half = missed_a + missed_b + loss * (na - nb)
    root = np.sqrt(np.square(missed_b - lost) + missed_a * (2 * (missed_b + lost) + missed_a))
    moved = choose(half > 0, 2 * gap * na * nb / (half + root), (root - half) / (2 * loss))

    gains = turn == (above > 0)  # units move to b, else to a
    x, n, scale = choose(gains, xb, xa), choose(gains, nb, na), choose(gains, 1, ratio)
    square = gap * moved * (n + moved) / ((x + moved) * scale)
    return choose(above == 0, 0, np.sign(above) * np.sqrt(square))


def _difference_maximum(
    xt: Floats, nt: Floats, xc: Floats, nc: Floats, null: Floats
) -> tuple[Floats, Floats, tuple[Arm, Arm]]:
    """How far the estimate lies above `null`, the multiplier there, and the counts that shrink."""
    gap = difference_of_rates(xt, nt, xc, nc) - null
    below, above = _shrinking_below(xt, nt, xc, nc), _shrinking_above(xt, nt, xc, nc)
    one, other = (
        Arm(choose(gap > 0, low.x, high.x), choose(gap > 0, low.y, high.y), low.n)
        for low, high in zip(below, above, strict=True)
    )
    distance, rest = np.abs(gap), 1 + np.sign(gap) * null
    far = distance > rest

    def curve(s: Floats) -> Point:
        first, second = pull(s, *one), pull(s, *other)
        value, slope = first.value + second.value, first.slope + second.slope
        near = Point(value - distance * s, slope - distance)
        if not anywhere(far):
            return near
        # The same line seen from the end of the range, where that is near.
        moved, moving = _moved(first, s, one.n)
        also_moved, also_moving = _moved(second, s, other.n)
        height = rest * s - (moved + also_moved)
        return Point(
            choose(far, height, near.height),
            choose(far, rest - (moving + also_moving), near.slope),
        )

    start = distance / (_spread(one) + _spread(other))  # exact for a small distance
    alone = np.minimum(_alone_at(one, distance), _alone_at(other, distance))
    right = choose(gap == 0, 0, np.minimum(alone, (one.x + other.x) / rest))
    return gap, convex_root(curve, start, right), (one, other)


def _spread(arm: Arm) -> Floats:
    """Variance of the arm's rate over its units."""
    return arm.x * arm.y / (arm.n * arm.n * arm.n)


def _alone_at(arm: Arm, distance: Floats) -> Floats:
    """The multiplier at which the arm's rate has shrunk by the distance; infinite if it cannot."""
    spare = arm.x / arm.n - distance
    return choose(spare > 0, distance * arm.n / (spare * (arm.y / arm.n + distance)), np.inf)


class Arm(NamedTuple):
    """Units whose share shrinks under the multiplier, the others, and all units of an arm."""

    x: Floats
    y: Floats
    n: Floats


def _shrinking_below(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> tuple[Arm, Arm]:
    """What shrinks for a difference below its estimate: treated successes, control failures."""
    return Arm(xt, nt - xt, nt), Arm(nc - xc, xc, nc)


def _shrinking_above(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> tuple[Arm, Arm]:
    """What shrinks for a difference above its estimate: treated failures, control successes."""
    return Arm(nt - xt, xt, nt), Arm(xc, nc - xc, nc)


class _Pull(NamedTuple):
    """One arm at a multiplier: rate, 1 - rate, part of the squared statistic, its slope."""

    rate: Floats
    missed: Floats
    value: Floats
    slope: Floats
    root: Floats


class Point(NamedTuple):
    """Height and slope of a curve."""

    height: Floats
    slope: Floats


def pull(s: Floats, x: Floats, y: Floats, n: Floats) -> _Pull:
    """Solve n (x/n - p) = s p (1 - p) for p in [0, x/n], y = n - x; no term cancels."""
    ahead = s - n
    root = np.sqrt(np.square(ahead) + 4 * s * y) + _KINK
    rate = 2 * x / (s + n + root)
    reach = np.abs(ahead) + root
    missed = choose(ahead < 0, 2 * y / reach, reach / (2 * s))
    force = s * rate * missed
    drop = force / n
    return _Pull(rate, missed, s * drop, drop + force / root, root)


def _moved(arm: _Pull, s: Floats, n: Floats) -> tuple[Floats, Floats]:
    """The multiplier times the rate, and the slope of that: from 0 up to x."""
    moved = s * arm.rate
    return moved, arm.rate * (n - moved) / arm.root


def pull_reaches(x: Floats, y: Floats, n: Floats, chi: Floats) -> Floats:
    """The multiplier at which the pull of one arm is chi; infinite where it never is."""
    tilt = chi * (y - x) / n
    root = np.hypot(tilt, 2 * np.sqrt(chi * (x / n) * (y / n) * (chi + n)))
    alone: Floats = 2 * chi * (chi + n) / (root - tilt)
    return alone


def _before_both(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Start and right bound of the root of two pulls together, given the roots of each alone."""
    return 1 / np.hypot(1 / one, 1 / other), np.minimum(one, other)


def convex_root(curve: Callable[[Floats], Point], start: Floats, right: Floats) -> Floats:
    """The positive root of a convex function that starts at or below 0.

    start: any guess. right: a point not left of the root; infinite or NaN there is the answer.

    A step from the left of the root, where the curve already rises, lands on its right; from there
    Newton's iteration falls monotonically, so it needs no bracket. Cells do not wait for one
    another: what a cell gets does not depend on the others.
    """

    def newton(s: Floats, flat: float) -> Floats:
        height, slope = curve(s)
        return s - choose(slope > 0, height / slope, flat)

    s = np.minimum(newton(np.fmin(start, right), flat=-np.inf), right)
    lower = newton(s, flat=0)
    while anywhere(moves := lower < (1 - _STEP) * s):
        s = choose(moves, lower, s)
        lower = newton(s, flat=0)
    return lower


def cross(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
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
