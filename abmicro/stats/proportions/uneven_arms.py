"""Two rates in arms of different sizes: two score tests that err on opposite sides.

At small counts the score test of Miettinen and Nurminen claims a gain of a small treated arm too
often; its form corrected for skewness (`scas`) claims a loss too often. So both must reject: where
the arms differ by more than a twentieth in size the interval is the hull of both and p the larger;
elsewhere the two agree, and the first stands alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial, Counts, two_arms
from abmicro.stats.foundations.effect import Alternative, Effect, ScoreTest, scored
from abmicro.stats.foundations.validation import Bools, Floats, within
from abmicro.stats.proportions import miettinen_nurminen
from abmicro.stats.proportions.miettinen_nurminen import inflation
from abmicro.stats.proportions.scas import skewed_difference, skewed_lift

EVEN = 1.05  # the larger arm over the smaller, up to which one test is enough

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")  # arms without units: NaN

Interval = Callable[..., Effect]


class RateScores(NamedTuple):
    """Score, the same corrected for skewness, the weaker of both, and its two-sided p.

    weaker: 0 where the two lie on different sides.
    """

    score: Floats
    corrected: Floats
    weaker: Floats
    p: Floats


@_quiet
def rate_scores(treated: Binomial, control: Binomial, /, *, null: ArrayLike = 1.0) -> RateScores:
    """Both scores of the ratio of two rates at `null`, whatever the sizes of the arms.

    treated, control: units that reached the goal and all units. null: in (1e-100, 1e100); at 1 they
    are the scores of the difference at 0, too.

    Returns arrays of the broadcast shape. Where nobody or everybody reached the goal there is no
    evidence: all scores are 0. Where an arm has no units every field is NaN.

    Source: Laud (2017), Pharmaceutical Statistics 16:334-348, with the third moment of Gart and Nam
    (1990), Biometrics 46:637-643.

    >>> found = rate_scores(Binomial(14, 1_000), Binomial(45, 9_000))
    >>> print(found.score.round(4), found.corrected.round(4), found.p.round(6))
    3.5253 3.0495 0.002293
    """
    ratio = within(null, "null", 1e-100, 1e100)
    counts = two_arms(treated, control, level=ratio)
    score = score_statistic.ratio_statistic(*counts, ratio) / np.sqrt(inflation(counts))
    skewness = _skewness(counts, ratio)
    shifted = score + skewness
    square = 1 + 4 * skewness * shifted
    turning = -0.5 / np.where(skewness == 0, np.nan, skewness)
    root = 2 * shifted / (1 + np.sqrt(np.maximum(square, 0)))
    corrected = np.where(square > 0, root, turning)
    weaker = np.where(np.abs(score) < np.abs(corrected), score, corrected)
    weaker = np.where(score * corrected > 0, weaker, 0 * score * corrected)
    return RateScores(score, corrected, weaker, scored(weaker).p)


def _skewness(counts: Counts, ratio: Floats) -> Floats:
    """A sixth of the estimate's skewness, at the likeliest rates with that ratio."""
    xt, nt, xc, nc = counts
    half = nt * ratio + xt + nc + xc * ratio
    both = xt + xc
    rate = 2 * both / (half + np.sqrt(np.maximum(half**2 - 4 * (nt + nc) * ratio * both, 0)))
    moved = np.minimum(ratio * rate, 1)
    own, other = moved * (1 - moved) / nt, ratio**2 * rate * (1 - rate) / nc
    variance = (own + other) * inflation(counts)
    third = own * (1 - 2 * moved) / nt - ratio * other * (1 - 2 * rate) / nc
    known = np.where(variance > 0, variance, np.inf)
    return np.asarray(third / (6 * known**1.5) + 0 * variance)


def robust_score_test(treated: Binomial, control: Binomial, /) -> ScoreTest:
    """Test of equal rates: by score, in uneven arms the weaker of both scores.

    treated, control: units that reached the goal and all units.

    Returns score and two-sided p of the broadcast shape; NaN where an arm has no units. It rejects
    exactly where `robust_difference` and `robust_lift` leave out 0.

    >>> test = robust_score_test(Binomial(14, 1_000), Binomial(45, 9_000))
    >>> print(test.z.round(4), test.p.round(4))
    3.0495 0.0023
    """
    plain = miettinen_nurminen.score_test(treated, control)
    uneven = are_uneven(treated, control)
    if not uneven.any():
        return plain
    return scored(np.where(uneven, rate_scores(treated, control).weaker, plain.z)[()])


def robust_ratio_test(
    treated: Binomial, control: Binomial, /, *, null: ArrayLike, alternative: Alternative
) -> Floats:
    """One-sided p of a ratio at `null`: in uneven arms the larger of both tests.

    treated, control: units that reached the goal and all units. alternative: "greater" or "less".

    Returns p of the broadcast shape; NaN where an arm has no units.

    >>> p = robust_ratio_test(
    ...     Binomial(14, 1_000), Binomial(45, 9_000), null=0.95, alternative="greater"
    ... )
    >>> print(p.round(5))
    0.00074
    """
    plain = miettinen_nurminen.ratio_score_test(
        treated, control, null=null, alternative=alternative
    )
    uneven = are_uneven(treated, control)
    if not uneven.any():
        return plain.p
    corrected = scored(rate_scores(treated, control, null=null).corrected, alternative).p
    return np.where(uneven, np.maximum(plain.p, corrected), plain.p)[()]


def robust_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Difference of two rates: the score interval, in uneven arms the hull with `scas`.

    treated, control, level and result as in `difference`; at levels up to 0.5 the first alone.

    >>> effect = robust_difference(Binomial(14, 1_000), Binomial(45, 9_000))
    >>> print(effect.low.round(5), effect.high.round(5))
    0.00278 0.01844
    """
    return _hull(miettinen_nurminen.difference, skewed_difference, treated, control, level)


def robust_lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates: the score interval, in uneven arms the hull with `scas`.

    treated, control, level and result as in `lift`; at levels up to 0.5 the first alone.

    >>> effect = robust_lift(Binomial(14, 1_000), Binomial(45, 9_000))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.4985 4.0322
    """
    return _hull(miettinen_nurminen.lift, skewed_lift, treated, control, level)


def are_uneven(treated: Binomial, control: Binomial) -> Bools:
    """Where both tests are asked: the larger arm has over a twentieth more units than the other.

    >>> are_uneven(Binomial(5, [100, 100]), Binomial(5, [105, 106]))
    array([False,  True])
    """
    xt, nt, xc, nc = two_arms(treated, control)
    larger, smaller = np.maximum(nt, nc), np.minimum(nt, nc)
    return np.asarray((larger > EVEN * smaller) & (smaller > 0) & (xt + xc >= 0))


def _hull(
    plain: Interval, skewed: Interval, treated: Binomial, control: Binomial, level: ArrayLike
) -> Effect:
    """The plain interval, widened to hold the other one where the arms are uneven."""
    found = plain(treated, control, level=level)
    wanted = are_uneven(treated, control) & (np.asarray(level) > 0.5)
    if not wanted.any():
        return found
    shape = np.shape(found.low)
    at = np.broadcast_to(wanted, shape)
    xt, nt, xc, nc, levels = (
        np.broadcast_to(part, shape)[at]
        for part in (treated.reached, treated.trials, control.reached, control.trials, level)
    )
    other = skewed(Binomial(xt, nt), Binomial(xc, nc), level=levels)
    low, high = np.array(found.low), np.array(found.high)
    low[at], high[at] = np.fmin(low[at], other.low), np.fmax(high[at], other.high)
    return Effect(found.estimate, low[()], high[()])
