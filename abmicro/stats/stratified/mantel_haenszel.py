"""One effect over strata, such as devices or weeks, that compares units only within a stratum.

Where the arms' shares differ between strata, pooled rates compare different mixes of units. The
effects here weigh comparisons made inside strata. Arms are counts with strata along the last axis;
whatever axes come before it are worked on at once, and a stratum in which an arm is empty compares
nothing and is left out. The interval that agrees with `cochran_mantel_haenszel` is that of
`stratified_difference`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect, ScoreTest, critical, scored
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.score_statistic import cross
from abmicro.stats.foundations.two_by_two import Tables, tables
from abmicro.stats.foundations.validation import Floats, demand
from abmicro.stats.means.welch import or_nan


def mantel_haenszel_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Common difference of two rates over strata, weighted by Mantel and Haenszel.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns treated minus control. The interval holds for few large strata and for many small ones;
    it has no width where no unit or every unit reached the goal: `stratified_difference` has. NaN
    where no stratum has units of both arms.

    Source: Sato (1989), Biometrics 45:1323-1324; weights: Greenland and Robins (1985), Biometrics
    41:55-68.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in mantel_haenszel_difference(*arms)]
    [0.0392, 0.0138, 0.0646]
    """
    t = tables(treated, control)
    xt, nt, xc, nc = t
    units, weight = t.some, or_nan(t.size.sum(axis=-1), 0)
    estimate = _weighted_difference(t) / weight
    tilt = (nt**2 * xc - nc**2 * xt + nt * nc * (nc - nt) / 2) / units**2
    even = (xt * (nc - xc) + xc * (nt - xt)) / (2 * units)
    variance = np.maximum(estimate * tilt.sum(axis=-1) + even.sum(axis=-1), 0) / weight**2
    return _normal(estimate, variance, level)


def greenland_robins_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """The difference of `mantel_haenszel_difference` with an interval for large strata only.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns treated minus control; the variance is that of each stratum by itself, which is right
    where every stratum is large, also if the difference is not the same in all. NaN where no
    stratum has units of both arms.

    Source: Greenland and Robins (1985), Biometrics 41:55-68.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in greenland_robins_difference(*arms)]
    [0.0392, 0.0108, 0.0676]
    """
    t = tables(treated, control)
    weight = or_nan(t.size.sum(axis=-1), 0)
    variance = (t.size**2 * _variances(t)).sum(axis=-1) / weight**2
    return _normal(_weighted_difference(t) / weight, variance, level)


def inverse_variance_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Common difference of two rates over strata, each weighted by its own precision.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns treated minus control: the estimate around which `cochran_q` looks for differences
    between strata. Small strata bias it, since weights and differences share their noise. Strata
    without information are left out (none or all reached, or an empty arm); NaN where that leaves
    none, or a stratum where all of one arm and none of the other reached.

    Source: Cochran (1954), Biometrics 10:101-129.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in inverse_variance_difference(*arms)]
    [0.0092, -0.0079, 0.0263]
    """
    t = tables(treated, control)
    weight = precisions(t)
    total = or_nan(weight.sum(axis=-1), 0)
    return _normal((weight * t.differences).sum(axis=-1) / total, 1 / total, level)


def mantel_haenszel_lift(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Common relative difference of two rates over strata, weighted by Mantel and Haenszel.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns ratio - 1, with an interval normal in the log of the ratio. Where no treated or no
    control unit reached the goal the log has no variance and the interval is everything, from -1 to
    infinity. The estimate is infinite where only control units did not, NaN where none did.

    Source: Greenland and Robins (1985), Biometrics 41:55-68.

    >>> found = mantel_haenszel_lift(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> [round(float(value), 4) for value in found]
    [1.7193, 0.3512, 4.4725]
    """
    t = tables(treated, control)
    xt, nt, xc, nc = t
    treated_sum = (xt * nc / t.some).sum(axis=-1)
    control_sum = (xc * nt / t.some).sum(axis=-1)
    spread = (nt * xt * (nc - xc) + nc * xc * (nt - xt)) / t.some**2
    product = or_nan(treated_sum * control_sum, 0)
    ratio = _ratio(treated_sum, control_sum)
    found = _normal_in_log(ratio, spread.sum(axis=-1) / product, level)
    return Effect(found.estimate - 1, found.low - 1, found.high - 1)


def mantel_haenszel_odds_ratio(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Common odds ratio of two rates over strata, weighted by Mantel and Haenszel.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns the odds ratio, treated over control, with an interval normal in its log. Where it is 0
    or infinite the log has no variance and the interval is everything, from 0 to infinity. NaN is
    the estimate where no stratum speaks for either arm.

    Source: Robins, Breslow and Greenland (1986), Biometrics 42:311-323; estimate: Mantel and
    Haenszel (1959), Journal of the National Cancer Institute 22:719-748.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in mantel_haenszel_odds_ratio(*arms)]
    [3.1374, 1.3458, 7.3143]
    """
    t = tables(treated, control)
    xt, nt, xc, nc = t
    for_treated, for_control = xt * (nc - xc) / t.some, xc * (nt - xt) / t.some
    agreeing, opposed = (xt + nc - xc) / t.some, (xc + nt - xt) / t.some
    one, other = for_treated.sum(axis=-1), for_control.sum(axis=-1)
    share_treated, share_control = (
        part / or_nan(total, 0)[..., None] / 2
        for part, total in ((for_treated, one), (for_control, other))
    )
    variance = (share_treated + share_control) * (
        agreeing / or_nan(one, 0)[..., None] + opposed / or_nan(other, 0)[..., None]
    )
    return _normal_in_log(_ratio(one, other), variance.sum(axis=-1), level)


def common_odds(t: Tables) -> Floats:
    """The odds ratio of `mantel_haenszel_odds_ratio` without its interval."""
    (xt, nt, xc, nc), some = t, t.some
    return _ratio((xt * (nc - xc) / some).sum(axis=-1), (xc * (nt - xt) / some).sum(axis=-1))


def cochran_mantel_haenszel(
    treated: Binomial, control: Binomial, /, *, correction: ArrayLike = 0.0
) -> ScoreTest:
    """Test of no effect in any stratum, against one of the same direction in all.

    treated, control: units that reached the goal and all units, strata along the last axis.
    correction: by how many units the observed sum is moved towards the expected one, at most onto
        it; 0.5 gives the test as Mantel and Haenszel wrote it.

    Returns z, positive where more treated units reached the goal than expected, and its two-sided
    p; z^2 is the familiar chi-square. Uncorrected it is the test that `stratified_difference`
    inverts, and with one stratum that of `score_test`. z is 0 where none or all reached the goal
    in each stratum; both fields are NaN where no stratum has units of both arms.

    Raises ValueError for a negative correction.

    Source: Mantel and Haenszel (1959), Journal of the National Cancer Institute 22:719-748; Cochran
    (1954), Biometrics 10:417-451.

    >>> test = cochran_mantel_haenszel(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> round(float(test.z) ** 2, 4), round(float(test.p), 4)
    (8.3219, 0.0039)
    """
    t, less = tables(treated, control), np.asarray(correction, dtype=np.float64)
    demand(less >= 0, less, "correction", "must not be negative or NaN")
    excess = _weighted_difference(t)
    moved = np.copysign(np.maximum(np.abs(excess) - less, 0), excess)
    units, reached = t.units, t.reached
    some = np.maximum(units, 1)
    size = t.nt * t.nc / some
    variance = size * (reached / some) * ((units - reached) / np.maximum(units - 1, 1))
    error = np.sqrt(variance.sum(axis=-1))
    compared = choose(size.sum(axis=-1) > 0, 1, np.nan)
    return scored(compared * choose(error > 0, moved, 0) / choose(error > 0, error, 1))


def post_stratified_rate(arm: Binomial, /, shares: ArrayLike, *, level: ArrayLike = 0.95) -> Effect:
    """Rate of one arm as if its units were spread over the strata by given shares.

    arm: units that reached the goal and all units, strata along the last axis.
    shares: weights of the strata, not negative; they need not sum to one.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns the rate with a normal interval given the units per stratum. NaN where a stratum of
    positive share has no unit.

    Raises ValueError for shares that are negative or not finite.

    Source: Holt and Smith (1979), Journal of the Royal Statistical Society A 142:33-46.

    >>> found = post_stratified_rate(Binomial([12, 10], [40, 600]), [140, 800])
    >>> [round(float(value), 4) for value in found]
    [0.0589, 0.036, 0.0817]
    """
    weights = np.asarray(shares, dtype=np.float64)
    usable = (weights >= 0) & np.isfinite(weights)
    demand(usable, weights, "shares", "must be at least 0 and finite")
    share = weights / or_nan(weights.sum(axis=-1, keepdims=True), 0)
    rate = arm.reached / or_nan(arm.trials, 0)
    variance = rate * (1 - rate) / or_nan(arm.trials, 0)
    return _normal(_over(share, rate), _over(share**2, variance), level)


def post_stratified_difference(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Difference of two rates as if both arms had the same mix of strata: that of all units.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns treated minus control, the mean effect over the units of the experiment whatever the
    effect per stratum, with a normal interval given the units per stratum. NaN where an arm lacks a
    stratum that the other has: merge such strata. The interval has no width where none or all
    reached: `stratified_difference` with `by_share` has.

    Source: Miratrix, Sekhon and Yu (2013), Journal of the Royal Statistical Society B 75:369-396.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in post_stratified_difference(*arms)]
    [0.037, 0.0099, 0.064]
    """
    t = tables(treated, control)
    share = t.units / or_nan(t.units.sum(axis=-1, keepdims=True), 0)
    both = np.where(t.size > 0, 1, np.nan)
    estimate = _over(share, t.differences * both)
    return _normal(estimate, _over(share**2, _variances(t) * both), level)


def precisions(t: Tables) -> Floats:
    """One over the variance of each stratum's difference; 0 in strata without information.

    NaN where the variance of an informative stratum is 0: all of one arm and none of the other.
    """
    return np.where(t.informative, 1, 0) / np.where(t.informative, or_nan(_variances(t), 0), 1)


def _variances(t: Tables) -> Floats:
    """Variance of each stratum's difference, each arm by its own rate; 0 where an arm is empty."""
    arms = ((t.xt, np.maximum(t.nt, 1)), (t.xc, np.maximum(t.nc, 1)))
    treated, control = (x / n * ((n - x) / n) / n for x, n in arms)
    return np.where(t.size > 0, treated + control, 0)


def _weighted_difference(t: Tables) -> Floats:
    """By how many units the treated reached more than expected if the arms were alike."""
    return np.asarray((cross(t.xt, t.nc, t.xc, t.nt) / t.some).sum(axis=-1))[()]


def _over(share: Floats, values: Floats) -> Floats:
    """Weighted sum over strata; what a stratum without share holds does not matter."""
    return np.asarray(np.where(share == 0, 0, share * values).sum(axis=-1))


def _ratio(one: Floats, other: Floats) -> Floats:
    """One over other: infinite over zero, NaN where both are zero."""
    infinite = choose(one > 0, np.inf, np.nan)
    return choose(other > 0, one / choose(other > 0, other, 1), infinite)


def _normal(estimate: Floats, variance: Floats, level: ArrayLike) -> Effect:
    reach = critical(level) * np.sqrt(variance)
    return Effect(estimate, estimate - reach, estimate + reach)


def _normal_in_log(ratio: Floats, variance: Floats, level: ArrayLike) -> Effect:
    """Interval normal in the log; everything where the variance is NaN."""
    with np.errstate(over="ignore"):  # an end beyond 1e308 is infinite
        factor = np.exp(critical(level) * np.sqrt(variance))
    known = ~np.isnan(variance)
    low = choose(known, ratio / choose(known, factor, 1), 0)
    high = choose(known, choose(known, ratio, 1) * factor, np.inf)
    return Effect(ratio, low, high)
