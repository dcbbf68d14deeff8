"""Two rates compared by the default methods: intervals and tests that cannot disagree.

`difference` and `lift` are the score intervals of Miettinen and Nurminen; `score_test` and
`ratio_score_test` are the tests they invert, so an interval leaves out a value exactly when its
test has p < 1 - level. `newcombe` is a closed form. Every argument may be an array; the shapes
broadcast, e.g. arms (V - 1, S, G) against a control (1, S, G) and levels (G,). Other methods are in
`other_intervals`, `other_tests`, `odds_ratios` and `scas`.
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
from abmicro.stats.proportions.one_sample import wilson_margin

_quiet = np.errstate(divide="ignore", invalid="ignore")  # arms without units: NaN, no warning


@_quiet
def newcombe(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with Newcombe's hybrid score interval, a closed form.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control as a fraction (not percent), of the broadcast shape. With none or
    all reached the interval is still proper. Where an arm has no units every field is NaN.

    Source: Newcombe (1998), Statistics in Medicine 17:873-890, method 10.

    >>> effect = newcombe(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0524 0.3339
    """
    reach = critical(level)
    xt, nt, xc, nc = two_arms(treated, control, level=reach)
    below_treated, above_treated = _wilson_reach(xt, nt, reach)
    below_control, above_control = _wilson_reach(xc, nc, reach)
    estimate = score_statistic.difference_of_rates(xt, nt, xc, nc)
    low = estimate - np.hypot(below_treated, above_control)
    high = estimate + np.hypot(above_treated, below_control)
    return of_one_shape(estimate, np.maximum(low, -1), np.minimum(high, 1))


@_quiet
def difference(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with the score interval of Miettinen and Nurminen, the default.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control as a fraction (not percent), of the broadcast shape. The interval
    holds the nulls that `score_test` does not reject at 1 - level; it is proper with none or all
    reached too. Where an arm has no units every field is NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> effect = difference(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.estimate.round(4), effect.low.round(4), effect.high.round(4))
    0.2 0.0528 0.3382
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    estimate = score_statistic.difference_of_rates(*counts)
    below, above = score_statistic.difference_reach(*counts, np.square(reach) * inflation(counts))
    return of_one_shape(estimate, np.maximum(estimate - below, -1), np.minimum(estimate + above, 1))


@_quiet
def lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with the score interval of Miettinen and Nurminen.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1 as a fraction (0.05 is five percent more), of the broadcast shape.
    The interval holds the lifts whose ratio `ratio_score_test` does not reject at 1 - level. Its
    lower end is -1 where no treated unit reached the goal. Its upper end is infinite where no
    control unit did, and then the estimate is infinite too, or NaN if no treated unit did either.
    Where an arm has no units every field is NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226.

    >>> effect = lift(Binomial(244, 10_000), Binomial(200, 10_000))
    >>> print(effect.estimate.round(4), effect.low.round(4), effect.high.round(4))
    0.22 0.0143 0.4674
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    low, high = score_statistic.ratio_ends(*counts, np.square(reach) * inflation(counts))
    return of_one_shape(score_statistic.lift_of_rates(*counts), low - 1, high - 1)


@_quiet
def score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 0.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated minus control rate equals `null`: the test that `difference` inverts.

    treated, control: units that reached the goal and all units.
    null: difference under the hypothesis, as a fraction in (-1, 1).
    alternative: "greater" looks for a difference above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape. At null 0 the squared score is the (N - 1)
    chi-square of the table. Where the counts equal the null exactly, also with none or all reached
    in both arms, z is 0. Where an arm has no units both fields are NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226; the hypothesis with a
    margin: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454, times (N - 1)/N.

    >>> test = score_test(Binomial(78, 100), Binomial(80, 100), null=-0.1, alternative="greater")
    >>> print(test.z.round(4), test.p.round(4))
    1.3796 0.0839
    """
    null = within(null, "null", -1, 1)
    counts = two_arms(treated, control, null=null)
    z = score_statistic.difference_statistic(*counts, null) / np.sqrt(inflation(counts))
    return scored(z, alternative)


@_quiet
def ratio_score_test(
    treated: Binomial,
    control: Binomial,
    /,
    *,
    null: ArrayLike = 1.0,
    alternative: Alternative = "two-sided",
) -> ScoreTest:
    """Test that treated over control rate equals `null`: the test that `lift` inverts.

    treated, control: units that reached the goal and all units.
    null: ratio under the hypothesis, in (1e-100, 1e100), e.g. 0.98 for a guardrail whose goal may
    lose two percent.
    alternative: "greater" looks for a ratio above the null, "less" for one below.

    Returns score and p-value, of the broadcast shape. At null 1 the same as `score_test` at 0.
    Where no unit reached the goal in either arm there is no evidence about a ratio: z is 0. Where
    an arm has no units both fields are NaN.

    Source: Miettinen and Nurminen (1985), Statistics in Medicine 4:213-226; the hypothesis with a
    margin: Farrington and Manning (1990), Statistics in Medicine 9:1447-1454, times (N - 1)/N.

    >>> test = ratio_score_test(Binomial(78, 100), Binomial(80, 100), null=0.9)
    >>> print(test.z.round(4), test.p.round(4))
    1.0787 0.2807
    """
    null = within(null, "null", 1e-100, 1e100)
    counts = two_arms(treated, control, null=null)
    z = score_statistic.ratio_statistic(*counts, null) / np.sqrt(inflation(counts))
    return scored(z, alternative)


def inflation(counts: Counts) -> Floats:
    """N / (N - 1), by which Miettinen and Nurminen widen the variance.

    >>> round(float(inflation(two_arms(Binomial(5, 10), Binomial(8, 20)))), 4)
    1.0345
    """
    units = counts[1] + counts[3]
    return units / (units - 1)


def _wilson_reach(x: Floats, n: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """How far Wilson's interval reaches below and above x/n, without subtracting rates."""
    margin = wilson_margin(x, n, reach)
    return x / n * margin / (x + margin), (n - x) / n * margin / (n - x + margin)
