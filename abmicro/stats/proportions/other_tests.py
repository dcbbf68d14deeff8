"""Tests of two rates other than the defaults of `proportions`.

Each returns a score that is standard normal under its hypothesis, positive where the estimate lies
above it, and the p-value. The chi-square statistics of textbooks are squares of these scores; the
(N - 1) chi-square is that of `proportions.score_test`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.effect import Alternative, ScoreTest, scored
from abmicro.stats.foundations.goodness_of_fit import deviance
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.proportions.other_intervals import pooled_error, separate_error

_quiet = np.errstate(divide="ignore", invalid="ignore")  # arms without units: NaN, no warning


@_quiet
def pooled_test(
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> ScoreTest:
    """Test that two rates are equal by the pooled z, whose square is Pearson's chi-square.

    treated, control: units that reached the goal and all units.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one.

    Returns score and p-value, of the broadcast shape. z is 0 where none or all reached; both fields
    are NaN where an arm has no units.

    Source: Pearson (1900), Philosophical Magazine 50:157-175, for two classes.

    >>> test = pooled_test(Binomial(295, 5000), Binomial(250, 5000))
    >>> print(test.z.round(3), test.p.round(4))
    1.982 0.0474
    """
    counts = two_arms(treated, control)
    gap, error = score_statistic.difference_of_rates(*counts), pooled_error(*counts)
    return scored(_over(gap, error), alternative)


@_quiet
def unpooled_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 0.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated minus control rate is `null` by Wald's z, each arm with its own variance.

    treated, control: units that reached the goal and all units.
    null: difference under the hypothesis, as a fraction in (-1, 1).
    alternative: "greater" looks for a difference above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape: the test that `wald_difference`
    inverts, too ready to reject at small counts. Where none or all reached in each arm there is no
    variance: z is infinite, or 0 if the counts equal the null. Both fields are NaN where an arm has
    no units.

    Source: any textbook; as a test with a margin: Dunnett and Gent (1977), Biometrics 33:593-602.

    >>> test = unpooled_test(Binomial(56, 70), Binomial(48, 80))
    >>> print(test.z.round(4), test.p.round(4))
    2.7509 0.0059
    """
    margin = within(null, "null", -1, 1)
    counts = two_arms(treated, control, null=margin)
    gap = score_statistic.difference_of_rates(*counts) - margin
    return scored(_over(gap, separate_error(*counts)), alternative)


@_quiet
def yates_test(
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> ScoreTest:
    """Test that two rates are equal by the pooled z, corrected for continuity.

    treated, control: units that reached the goal and all units.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one.

    Returns score and p-value, of the broadcast shape. The difference is moved by half a unit of
    each arm towards 0, at most onto it: p is close to that of Fisher's exact test and wastes as
    much power. Both fields are NaN where an arm has no units.

    Source: Yates (1934), Supplement to the Journal of the Royal Statistical Society 1:217-235.

    >>> test = yates_test(Binomial(56, 70), Binomial(48, 80))
    >>> print((test.z**2).round(4), test.p.round(4))
    6.1143 0.0134
    """
    counts = two_arms(treated, control)
    gap = score_statistic.difference_of_rates(*counts)
    half = (1 / counts[1] + 1 / counts[3]) / 2
    moved = np.copysign(np.maximum(np.abs(gap) - half, 0), gap)
    return scored(_over(moved, pooled_error(*counts)), alternative)


@_quiet
def g_test(
    treated: Binomial, control: Binomial, /, *, alternative: Alternative = "two-sided"
) -> ScoreTest:
    """Test that two rates are equal by the likelihood ratio G; z is its signed root.

    treated, control: units that reached the goal and all units.
    alternative: "greater" looks for a higher treated rate, "less" for a lower one.

    Returns score and p-value, of the broadcast shape. Each term of G is a deviance computed from
    the surplus over the expected count, so that counts of 1e9 keep their digits. z is 0 where none
    or all reached; both fields are NaN where an arm has no units.

    Source: Wilks (1938), Annals of Mathematical Statistics 9:60-62.

    >>> test = g_test(Binomial(56, 70), Binomial(48, 80))
    >>> print((test.z**2).round(4), test.p.round(4))
    7.1841 0.0074
    """
    xt, nt, xc, nc = two_arms(treated, control)
    gap = score_statistic.difference_of_rates(xt, nt, xc, nc)
    units, reached = nt + nc, xt + xc
    surplus = gap * (nt * nc / units)
    rate, missed = reached / units, (units - reached) / units
    shape = np.shape(surplus)
    cells = np.empty((3, 4, *shape))  # count, expected count and surplus of each cell
    cells[0, 0], cells[0, 1], cells[0, 2], cells[0, 3] = xt, nt - xt, xc, nc - xc
    cells[1, 0], cells[1, 1], cells[1, 2], cells[1, 3] = (
        nt * rate,
        nt * missed,
        nc * rate,
        nc * missed,
    )
    cells[2, 0], cells[2, 3], cells[2, 1], cells[2, 2] = surplus, surplus, -surplus, -surplus
    g = 2 * deviance(*cells).sum(axis=0)
    return scored(np.copysign(np.sqrt(np.maximum(g, 0)), gap), alternative)


@_quiet
def farrington_manning(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 0.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated minus control rate is `null` by the score, without N / (N - 1).

    treated, control: units that reached the goal and all units.
    null: difference under the hypothesis, as a fraction in (-1, 1).
    alternative: "greater" looks for a difference above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape: the test that `mee` inverts. At
    null 0 it is `pooled_test`. Both fields are NaN where an arm has no units.

    Source: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454.

    >>> arms = Binomial(78, 100), Binomial(80, 100)
    >>> test = farrington_manning(*arms, null=-0.1, alternative="greater")
    >>> print(test.z.round(4), test.p.round(4))
    1.3831 0.0833
    """
    margin = within(null, "null", -1, 1)
    counts = two_arms(treated, control, null=margin)
    return scored(score_statistic.difference_statistic(*counts, margin), alternative)


@_quiet
def ratio_farrington_manning(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 1.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated over control rate is `null` by the score, without N / (N - 1).

    treated, control: units that reached the goal and all units.
    null: ratio under the hypothesis, in (1e-100, 1e100).
    alternative: "greater" looks for a ratio above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape: the test that `koopman` inverts. At
    null 1 it is `pooled_test`. Both fields are NaN where an arm has no units.

    Source: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454.

    >>> arms = Binomial(78, 100), Binomial(80, 100)
    >>> test = ratio_farrington_manning(*arms, null=0.9, alternative="greater")
    >>> print(test.z.round(4), test.p.round(4))
    1.0814 0.1398
    """
    margin = within(null, "null", 1e-100, 1e100)
    counts = two_arms(treated, control, null=margin)
    return scored(score_statistic.ratio_statistic(*counts, margin), alternative)


def _over(gap: Floats, error: Floats) -> Floats:
    """Their ratio, but 0 where the gap is: no difference is no evidence also without variance."""
    return np.where(gap == 0, gap, gap / error)[()]
