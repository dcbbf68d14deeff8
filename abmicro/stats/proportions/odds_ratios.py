"""Odds ratio of two rates: intervals and the score test.

The odds ratio is symmetric in the goal and its complement, and hard to explain: to headline a
comparison use `proportions.lift`. The conditional exact intervals are in `exact`.

At an odds ratio the rates of largest likelihood keep the conversions of both arms together: as if
`moved` units more had reached the goal in one arm and as many fewer in the other. The squared score
is then the sum over the four cells of moved^2 / cell, in which every term is convex in `moved`. So
the interval ends where that curve meets a constant, and Newton's iteration of `score` finds it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial, Counts, two_arms
from abmicro.stats.foundations.effect import (
    Alternative,
    Effect,
    ScoreTest,
    critical,
    of_one_shape,
    scored,
)
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.proportions.miettinen_nurminen import inflation
from abmicro.stats.proportions.one_sample import wilson_margin
from abmicro.stats.proportions.other_intervals import mover, normal_in_log

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")  # empty arms, open ends


@_quiet
def odds_ratio(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Odds ratio with the score interval of Miettinen and Nurminen, the default.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the odds of treated over those of control, of the broadcast shape. The interval holds
    the ratios that `odds_score_test` does not reject at 1 - level. Its lower end is 0 where no
    treated or every control unit reached the goal, its upper end infinite where every treated or no
    control unit did. The estimate is NaN where both hold, and every field where an arm has no
    units.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> effect = odds_ratio(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.estimate.round(4), effect.low.round(4), effect.high.round(4))
    2.6667 1.2816 5.5402
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    return _effect(counts, *_ends(counts, np.square(reach) * inflation(counts)))


@_quiet
def uninflated_odds_ratio(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Odds ratio with the score interval without N / (N - 1).

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns what `odds_ratio` does, with an interval a little narrower. Cornfield's interval is the
    same but for his correction for continuity.

    Source: Cornfield (1956), Proceedings of the Third Berkeley Symposium 4:135-148.

    >>> effect = uninflated_odds_ratio(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    1.2847 5.527
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    return _effect(counts, *_ends(counts, np.square(reach) * np.ones_like(counts[1])))


@_quiet
def woolf(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Odds ratio with an interval normal in its log.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the odds of treated over those of control, of the broadcast shape. With none or all
    reached in an arm the log has no variance and the interval is everything, from 0 to infinity.
    Where an arm has no units every field is NaN.

    Source: Woolf (1955), Annals of Human Genetics 19:251-253.

    >>> effect = woolf(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    1.2762 5.572
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    return _effect(counts, *_logit(counts, reach))


@_quiet
def gart(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Odds ratio with Woolf's interval after half a unit more in each of the four cells.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the odds of treated over those of control, of the broadcast shape, with a finite
    interval at any counts. Where an arm has no units every field is NaN.

    Source: Gart (1966), Biometrika 53:471-480.

    >>> effect = gart(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    1.2605 5.4087
    """
    reach = critical(level)
    counts = xt, nt, xc, nc = two_arms(treated, control, level=reach)
    return _effect(counts, *_logit((xt + 0.5, nt + 1, xc + 0.5, nc + 1), reach))


@_quiet
def mover_odds_ratio(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Odds ratio from the Wilson intervals of both rates, a closed form (MOVER-R).

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns the odds of treated over those of control, of the broadcast shape, with open ends as in
    `odds_ratio`. Unlike the other intervals it changes by more than inversion if the goal is
    replaced by its complement. Where all of one arm and none of the other reached it, the method
    has no end next to the estimate: that is NaN. Where an arm has no units every field is NaN.

    Source: Fagerland and Newcombe (2013), Statistics in Medicine 32:2823-2836.

    >>> effect = mover_odds_ratio(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    1.2921 5.5469
    """
    reach = critical(level)
    counts = xt, nt, xc, nc = two_arms(treated, control, level=reach)
    low, high = mover(_odds(xt, nt, reach), _odds(xc, nc, reach))
    return _effect(counts, low, high)


@_quiet
def odds_score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 1.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that the odds ratio is `null`: the test that `odds_ratio` inverts.

    treated, control: units that reached the goal and all units.
    null: odds ratio under the hypothesis, in (1e-100, 1e100).
    alternative: "greater" looks for a ratio above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape. At null 1 it is `proportions.score_test` at
    0. Where none or all reached in both arms there is no evidence about odds: z is 0. Both fields
    are NaN where an arm has no units.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> test = odds_score_test(Binomial(56, 70), Binomial(48, 80), null=1.5)
    >>> print(test.z.round(4), test.p.round(4))
    1.5338 0.1251
    """
    ratio = within(null, "null", 1e-100, 1e100)
    counts = two_arms(treated, control, null=ratio)
    return scored(_statistic(counts, ratio) / np.sqrt(inflation(counts)), alternative)


def _ends(counts: Counts, chi: Floats) -> tuple[Floats, Floats]:
    """Ends of the score interval; the upper is the lower one with the arms exchanged, inverted.

    chi: the squared statistic at the ends, for example 3.84.
    """
    xt, nt, xc, nc = counts
    shape = np.broadcast(*counts, chi).shape
    falls, rises = np.empty((2, 2, 2, *shape))  # cells that lose and gain units; lower, upper end
    falls[0, 0], falls[1, 0], rises[0, 0], rises[1, 0] = xt, nc - xc, nt - xt, xc
    falls[0, 1], falls[1, 1], rises[0, 1], rises[1, 1] = xc, nt - xt, nc - xc, xt

    def curve(moved: Floats) -> score_statistic.Point:
        losing, gaining = moved / (falls - moved), moved / (rises + moved)
        height = moved * (losing.sum(axis=0) + gaining.sum(axis=0)) - chi
        slope = losing * (2 + losing) + gaining * (2 - gaining)
        return score_statistic.Point(height, slope.sum(axis=0))

    alone = 2 * falls / (1 + np.sqrt(1 + 4 * falls / chi))  # where that cell's term is chi
    start = np.sqrt(chi / (1 / falls + 1 / rises).sum(axis=0))
    moved = score_statistic.convex_root(curve, start, alone.min(axis=0))
    ratio = ((falls - moved) / (rises + moved)).prod(axis=0)
    low, inverse = np.where(falls.min(axis=0) == 0, 0, ratio)
    return low, 1 / inverse


def _statistic(counts: Counts, ratio: Floats) -> Floats:
    """Score statistic at an odds ratio, positive where the estimate lies above it.

    The units moved solve a quadratic; its discriminant is written as a sum of positive terms, and
    so are the cells that lose units.
    """
    xt, nt, xc, nc = counts
    yt, yc = nt - xt, nc - xc
    above = score_statistic.cross(xt, yc, ratio * yt, xc)
    treated, opposed = xt + yc, yt + xc
    both = treated * opposed + 2 * (xt * yc + yt * xc)
    root = np.sqrt(np.square(xt - yc) + ratio * (2 * both + ratio * np.square(yt - xc)))
    moved = 2 * np.abs(above) / (treated + ratio * opposed + root)

    down = above > 0  # units leave the treated conversions and the control's misses
    a, b = np.where(down, yt, xt) + moved, np.where(down, xc, yc) + moved
    odds, apart = np.where(down, ratio, 1 / ratio), np.where(down, xt - yc, yt - xc)
    losing = np.sqrt(np.square(apart) + 4 * odds * (a * b))
    z = moved * np.sqrt((losing / odds + (a + b)) / a / b)
    return _some(counts) * np.where(above == 0, above, np.sign(above) * z)


def _logit(counts: Counts, reach: Floats) -> tuple[Floats, Floats]:
    xt, nt, xc, nc = counts
    variance = 1 / xt + 1 / (nt - xt) + 1 / xc + 1 / (nc - xc)
    return normal_in_log(xt / (nt - xt) * ((nc - xc) / xc), variance, reach)


def _odds(x: Floats, n: Floats, reach: Floats) -> Effect:
    """Wilson's interval as odds."""
    y, margin = n - x, wilson_margin(x, n, reach)
    low, high = x * x / (y * (x + margin) + x * margin), (x * (y + margin) + y * margin) / (y * y)
    return Effect(x / y, low, high)


def _effect(counts: Counts, low: Floats, high: Floats) -> Effect:
    xt, nt, xc, nc = counts
    estimate, some = xt * (nc - xc) / ((nt - xt) * xc), _some(counts)
    return of_one_shape(estimate, low * some, high * some)


def _some(counts: Counts) -> Floats:
    """1, but NaN where an arm has no units."""
    return np.where((counts[1] > 0) & (counts[3] > 0), 1, np.nan)
