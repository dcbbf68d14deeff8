"""Difference and lift of two rates by methods other than the defaults of `proportions`.

Closed forms of textbooks and other programs, and the score intervals without N / (N - 1). They take
and return what `proportions.difference` and `proportions.lift` do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations import score_statistic
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.effect import Effect, critical, of_one_shape
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.proportions.one_sample import wilson_high, wilson_low, wilson_margin

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")  # empty arms, open ends


@_quiet
def wald_difference(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with the standard errors of both estimates, cut to [-1, 1].

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control, of the broadcast shape. It covers too little at small counts, and
    with none or all reached in both arms it has no width: prefer `proportions.difference`. Where an
    arm has no units every field is NaN.

    Source: any textbook; Newcombe (1998), Statistics in Medicine 17:873-890, method 1.

    >>> effect = wald_difference(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0575 0.3425
    """
    reach = critical(level)
    xt, nt, xc, nc = two_arms(treated, control, level=reach)
    estimate = score_statistic.difference_of_rates(xt, nt, xc, nc)
    return _within(estimate, estimate, reach * separate_error(xt, nt, xc, nc))


@_quiet
def agresti_caffo(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with Wald's interval after one unit more of either sort in each arm.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control, of the broadcast shape; the interval is centred nearer to 0 than
    the estimate, and much too wide at tiny rates. Where an arm has no units every field is NaN.

    Source: Agresti and Caffo (2000), American Statistician 54:280-288.

    >>> effect = agresti_caffo(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0525 0.3358
    """
    reach = critical(level)
    xt, nt, xc, nc = two_arms(treated, control, level=reach)
    more = xt + 1, nt + 2, xc + 1, nc + 2
    estimate = score_statistic.difference_of_rates(xt, nt, xc, nc)
    return _within(
        estimate, score_statistic.difference_of_rates(*more), reach * separate_error(*more)
    )


@_quiet
def pooled_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Difference of two rates with the standard error that they have if they are equal.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control, of the broadcast shape. It leaves out 0 exactly where
    `pooled_test` rejects at 1 - level, and is right only where that hypothesis is:
    courses teach it, so it is here to be recomputed. Where an arm has no units every field is NaN.

    Source: any textbook, for the test; Miettinen and Nurminen (1985), Statistics in Medicine
    4:213-226, on intervals that use each hypothesis' own variance instead.

    >>> effect = pooled_difference(Binomial(1242, 9886), Binomial(974, 10072))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0202 0.0376
    """
    reach = critical(level)
    xt, nt, xc, nc = two_arms(treated, control, level=reach)
    estimate = score_statistic.difference_of_rates(xt, nt, xc, nc)
    return _within(estimate, estimate, reach * pooled_error(xt, nt, xc, nc))


@_quiet
def mee(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Difference of two rates with Mee's score interval: the default without N / (N - 1).

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control, of the broadcast shape. The interval holds the nulls that
    `farrington_manning` does not reject at 1 - level. Where an arm has no units every field is NaN.

    Source: Mee (1984), Biometrics 40:1175-1176.

    >>> effect = mee(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0533 0.3377
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    estimate = score_statistic.difference_of_rates(*counts)
    below, above = score_statistic.difference_reach(*counts, np.square(reach))
    return of_one_shape(estimate, np.maximum(estimate - below, -1), np.minimum(estimate + above, 1))


@_quiet
def koopman(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with Koopman's score interval: without N / (N - 1).

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1, of the broadcast shape, with open ends as in `proportions.lift`.
    The interval holds the lifts whose ratio `ratio_farrington_manning` does not reject at 1 less
    level. Where an arm has no units every field is NaN.

    Source: Koopman (1984), Biometrics 40:513-517.

    >>> effect = koopman(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0798 0.6708
    """
    reach = critical(level)
    counts = two_arms(treated, control, level=reach)
    low, high = score_statistic.ratio_ends(*counts, np.square(reach))
    return of_one_shape(score_statistic.lift_of_rates(*counts), low - 1, high - 1)


@_quiet
def katz(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with an interval normal in the log of their ratio.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1, of the broadcast shape. It covers too little at small counts.
    With none reached in an arm the log has no variance and the interval is everything, from -1 to
    infinity; with all reached in both it has no width. Where an arm has no units every field is
    NaN.

    Source: Katz, Baptista, Azen and Pike (1978), Biometrics 34:469-474, method C.

    >>> effect = katz(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0766 0.6512
    """
    reach = critical(level)
    xt, nt, xc, nc = two_arms(treated, control, level=reach)
    variance = (nt - xt) / (xt * nt) + (nc - xc) / (xc * nc)
    low, high = normal_in_log(xt / nt / (xc / nc), variance, reach)
    return of_one_shape(score_statistic.lift_of_rates(xt, nt, xc, nc), low - 1, high - 1)


@_quiet
def adjusted_log(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates with Katz's interval after half a unit more in each count.

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1, of the broadcast shape. The interval is finite with none reached
    too; with all reached in both arms it has no width. Where an arm has no units every field is
    NaN.

    Source: Walter (1975), Biometrika 62:371-374; Pettigrew, Gart and Thomas (1986), Biometrika
    73:425-435.

    >>> effect = adjusted_log(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.076 0.6445
    """
    reach = critical(level)
    xt, nt, xc, nc = two_arms(treated, control, level=reach)
    a, m, b, n = (count + 0.5 for count in (xt, nt, xc, nc))
    variance = (nt - xt) / (a * m) + (nc - xc) / (b * n)
    some = choose((nt > 0) & (nc > 0), 1, np.nan)
    low, high = normal_in_log(some * (a / m) / (b / n), variance, reach)
    return of_one_shape(score_statistic.lift_of_rates(xt, nt, xc, nc), low - 1, high - 1)


@_quiet
def mover_lift(treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two rates from their Wilson intervals, a closed form (MOVER-R).

    treated, control: units that reached the goal and all units.
    level: two-sided confidence level in (0, 1).

    Returns treated / control - 1, of the broadcast shape. The lower end is -1 where no treated unit
    reached the goal and the upper infinite where no control unit did. Where an arm has no units
    every field is NaN.

    Source: Donner and Zou (2012), Statistical Methods in Medical Research 21:347-359; Fagerland and
    Newcombe (2013), Statistics in Medicine 32:2823-2836.

    >>> effect = mover_lift(Binomial(56, 70), Binomial(48, 80))
    >>> print(effect.low.round(4), effect.high.round(4))
    0.0783 0.6629
    """
    reach = critical(level)
    counts = xt, nt, xc, nc = two_arms(treated, control, level=reach)
    low, high = mover(_wilson(xt, nt, reach), _wilson(xc, nc, reach))
    return of_one_shape(score_statistic.lift_of_rates(*counts), low - 1, high - 1)


@_quiet
def mover(one: Effect, other: Effect) -> tuple[Floats, Floats]:
    """Interval of the ratio of two independent positive estimates from the interval of each.

    Returns its ends; the lower is 0 where that of `one` is, the upper infinite where the lower of
    `other` is 0. An estimate may be infinite; if it is and the other is 0, the end next to their
    ratio is NaN, since the method has none.

    Source: Donner and Zou (2012), Statistical Methods in Medical Research 21:347-359, equation 9;
    here divided through by the estimate, so that no term cancels or overflows.

    >>> one, other = Effect(2.0, 1.0, 3.0), Effect(1.0, 0.5, 2.0)
    >>> [round(float(end), 4) for end in mover(one, other)]
    [0.75, 4.4305]
    """
    return _mover_low(one, other), 1 / _mover_low(other, one)


def _mover_low(one: Effect, other: Effect) -> Floats:
    part = one.low / one.estimate
    squares = one.low * (2 - part)
    above = np.square(other.high - other.estimate) * squares / one.estimate
    below = np.square(other.estimate * (1 - part))
    low = squares / (other.estimate + np.sqrt(above + below))
    low = choose((one.low == 0) | np.isinf(other.estimate), 0, low)
    return choose(np.isinf(low), np.nan, low)


def normal_in_log(ratio: Floats, variance: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Ends of an interval normal in the log of a ratio; 0 and infinity where the variance is.

    >>> [round(float(end), 4) for end in normal_in_log(*np.array([2.0, 0.25, 1.96]))]
    [0.7506, 5.3289]
    """
    factor = np.exp(reach * np.sqrt(variance))
    open_ended = np.isinf(variance)
    return choose(open_ended, 0, ratio / factor), choose(open_ended, np.inf, ratio * factor)


def pooled_error(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """Standard error of the difference of two rates if they are equal.

    >>> round(float(pooled_error(*np.array([1242.0, 9886.0, 974.0, 10072.0]))), 8)
    0.00444795
    """
    reached, units = xt + xc, nt + nc
    rate = reached / units * ((units - reached) / units)
    return np.asarray(np.sqrt(rate * (1 / nt + 1 / nc)))


def separate_error(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """Standard error of the difference of two rates, each by its own estimate.

    >>> round(float(separate_error(*np.array([1242.0, 9886.0, 974.0, 10072.0]))), 8)
    0.00444796
    """
    treated, control = (x / n * ((n - x) / n) / n for x, n in ((xt, nt), (xc, nc)))
    return np.asarray(np.sqrt(treated + control))


def _wilson(x: Floats, n: Floats, reach: Floats) -> Effect:
    margin = wilson_margin(x, n, reach)
    return Effect(x / n, wilson_low(x, n, margin), wilson_high(x, n, margin))


def _within(estimate: Floats, centre: Floats, reach: Floats) -> Effect:
    centre = choose(np.isnan(estimate), np.nan, centre)
    return of_one_shape(estimate, np.maximum(centre - reach, -1), np.minimum(centre + reach, 1))
