"""Is the effect the same in every stratum? Tests of homogeneity, and of the mix behind a reversal.

On the scale of odds `interaction_test` is the default: it stays defined with empty cells.
`breslow_day` and `tarone` are its classical forms, `cochran_q` asks on the scale of differences.
Strata without information (an arm empty, none or all reached) are left out with their degree of
freedom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, xlog1py

from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.two_by_two import Tables, tables
from abmicro.stats.foundations.validation import Bools, Floats
from abmicro.stats.means.welch import or_nan
from abmicro.stats.stratified.mantel_haenszel import (
    common_odds,
    inverse_variance_difference,
    precisions,
)

_LOGS = 100.0  # counts below 2**53 have no log odds ratio beyond
_CLOSE = 1e-12
_ROUNDING = 1e-12
_TINY = 1e-300  # instead of a divisor that is zero, of what is zero too


class Homogeneity(NamedTuple):
    """A chi-square statistic, its degrees of freedom and its p.

    With fewer than two informative strata df is at most 0, and statistic and p are NaN.
    """

    statistic: Floats
    df: Floats
    p: Floats


@frozen(eq=False)
class Simpson:
    """The effect over pooled arms beside that within strata.

    pooled: treated minus control rate of all units. stratified: by Mantel and Haenszel.
    reversed: where the two have opposite signs, or only the pooled is zero.
    mix: chi-square test that the arms' shares are the same in all strata, without which pooled and
        stratified effects agree.
    """

    pooled: Floats
    stratified: Floats
    reversed: Bools
    mix: Homogeneity


def interaction_test(treated: Binomial, control: Binomial, /) -> Homogeneity:
    """Likelihood-ratio test of one odds ratio in all strata: the interaction of segment and arm.

    treated, control: units that reached the goal and all units, strata along the last axis.

    Returns the deviance of the logistic model with an effect of the arm and of each stratum.

    Source: Wilks (1938), Annals of Mathematical Statistics 9:60-62; Agresti (2013), Categorical
    Data Analysis, 3rd ed., section 6.4.

    >>> found = interaction_test(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> [round(float(field), 4) for field in found]
    [0.9465, 1.0, 0.3306]
    """
    t = tables(treated, control)
    cells, gap = expected_cells(t, _log_odds_ratio(t))
    signs = np.array([1, -1, -1, 1]).reshape(4, *(1,) * gap.ndim)
    expected = np.where(cells > 0, cells, 1)
    apart = np.where(cells > 0, signs * gap / expected, 0)
    deviance = 2 * (expected * (xlog1py(1 + apart, np.maximum(apart, -1)) - apart)).sum(axis=0)
    return _chi_square(t, np.where(t.informative, deviance, 0).sum(axis=-1))


def common_odds_ratio(
    treated: Binomial, control: Binomial, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Odds ratio of the arms by logistic regression with an intercept per stratum.

    treated, control: units that reached the goal and all units, strata along the last axis.
    level: two-sided confidence level in (0, 1), of the shape without strata.

    Returns the odds ratio, treated over control, with Wald's interval in its log. Where it is 0 or
    infinite the interval is everything, from 0 to infinity; NaN where no stratum has information.
    Many strata of few units exaggerate it: prefer `mantel_haenszel_odds_ratio` there.

    Source: Cox (1970), The Analysis of Binary Data, section 5.2; each intercept is solved from the
    margin of its table, which leaves one equation in one unknown.

    >>> arms = Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200])
    >>> [round(float(value), 4) for value in common_odds_ratio(*arms)]
    [3.4668, 1.4665, 8.1959]
    """
    t = tables(treated, control)
    log_ratio = _log_odds_ratio(t)
    finite = np.isfinite(log_ratio)
    information = _spreads(expected_cells(t, log_ratio)[0]).sum(axis=-1)
    error = np.sqrt(1 / np.where(finite, or_nan(information, 0), 1))
    with np.errstate(over="ignore"):  # an end beyond 1e308 is infinite
        reach = np.where(finite, critical(level) * error, np.nan)
        ends = np.exp(log_ratio - reach), np.exp(log_ratio + reach)
    low, high = (
        np.where(finite, end, np.where(np.isnan(log_ratio), np.nan, whole))
        for end, whole in zip(ends, (0, np.inf), strict=True)
    )
    return Effect(np.exp(log_ratio), low, high)


def breslow_day(treated: Binomial, control: Binomial, /) -> Homogeneity:
    """Breslow and Day's test of one odds ratio in all strata.

    treated, control: units that reached the goal and all units, strata along the last axis.

    Returns the sum of squared deviations from the counts that the Mantel-Haenszel odds ratio lets
    expect; NaN also where that is 0 or infinite. `tarone` corrects it; the two rarely differ.

    Source: Breslow and Day (1980), Statistical Methods in Cancer Research I, equation 4.30.

    >>> found = breslow_day(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> [round(float(field), 4) for field in found]
    [1.101, 1.0, 0.294]
    """
    t = tables(treated, control)
    gap, spread = _deviations(t)
    return _chi_square(t, _squares(gap, spread))


def tarone(treated: Binomial, control: Binomial, /) -> Homogeneity:
    """Breslow and Day's test with Tarone's correction, which makes its law a chi-square.

    treated, control: units that reached the goal and all units, strata along the last axis.

    Returns as `breslow_day`.

    Source: Tarone (1985), Biometrika 72:91-95.

    >>> found = tarone(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> [round(float(field), 4) for field in found]
    [1.0493, 1.0, 0.3057]
    """
    t = tables(treated, control)
    gap, spread = _deviations(t)
    plain = _squares(gap, spread)
    return _chi_square(t, plain - gap.sum(axis=-1) ** 2 / or_nan(spread.sum(axis=-1), 0))


def cochran_q(treated: Binomial, control: Binomial, /) -> Homogeneity:
    """Cochran's test of one difference of rates in all strata.

    treated, control: units that reached the goal and all units, strata along the last axis.

    Returns the squared distances of the strata's differences from `inverse_variance_difference`,
    in standard errors; NaN also where all of one arm and none of the other reached in a stratum.
    It needs several units of each kind in every cell: with few it rejects too often.

    Source: Cochran (1954), Biometrics 10:101-129.

    >>> found = cochran_q(Binomial([12, 10], [40, 600]), Binomial([9, 2], [100, 200]))
    >>> [round(float(field), 4) for field in found]
    [6.7273, 1.0, 0.0095]
    """
    t = tables(treated, control)
    center = inverse_variance_difference(treated, control).estimate
    return _chi_square(t, (precisions(t) * (t.differences - center[..., None]) ** 2).sum(axis=-1))


def simpson(treated: Binomial, control: Binomial, /) -> Simpson:
    """Whether pooling the strata turns the effect around, and whether the arms' mixes differ.

    treated, control: units that reached the goal and all units, strata along the last axis.

    Returns a `Simpson`. A reversal says nothing about certainty: both effects may be noise. Mixes
    that differ are the cause of any and a failure of the split, so look at `mix` first. NaN where
    an arm has no units; the mix has degrees of freedom for the strata that have units.

    Source: Simpson (1951), Journal of the Royal Statistical Society B 13:238-241.

    >>> found = simpson(Binomial([81, 192], [87, 263]), Binomial([234, 55], [270, 80]))
    >>> round(float(found.pooled), 3), round(float(found.stratified), 3), bool(found.reversed)
    (-0.046, 0.054, True)
    """
    t = tables(treated, control)
    sums = Tables(*(count.sum(axis=-1, keepdims=True) for count in t))
    pooled = np.where(sums.size > 0, sums.differences, np.nan)[..., 0]
    parts = t.size * t.differences
    total = np.asarray(parts.sum(axis=-1))
    total = np.where(np.abs(total) > _ROUNDING * np.abs(parts).sum(axis=-1), total, 0)
    turned = (pooled * total < 0) | ((pooled == 0) & (total != 0))
    return Simpson(pooled, total / or_nan(t.size.sum(axis=-1), 0), turned, _mix(t, sums))


def _mix(t: Tables, sums: Tables) -> Homogeneity:
    """Pearson's chi-square of arm by stratum."""
    excess = sums.nc * t.nt - sums.nt * t.nc  # whole, so that nothing cancels
    scale = or_nan(sums.nt * sums.nc, 0) * t.some
    filled = (t.units > 0).sum(axis=-1)
    return chi_square_law((excess**2 / scale).sum(axis=-1), filled - 1)


def _chi_square(t: Tables, statistic: Floats) -> Homogeneity:
    return chi_square_law(statistic, t.informative.sum(axis=-1) - 1)


def chi_square_law(statistic: Floats, df: NDArray[np.int_]) -> Homogeneity:
    """The statistic with its degrees of freedom and p; NaN where there are none.

    >>> [float(field.round(3)) for field in chi_square_law(np.array(3.841), np.array(1))]
    [3.841, 1.0, 0.05]
    """
    known = choose(df > 0, statistic, np.nan)
    freedom = np.asarray(df, dtype=np.float64)[()]
    return Homogeneity(known, freedom, chdtrc(np.maximum(freedom, 1), known))


def _deviations(t: Tables) -> tuple[Floats, Floats]:
    """Treated units beyond those expected at the Mantel-Haenszel odds ratio, and their variance."""
    ratio = common_odds(t)
    known = (ratio > 0) & np.isfinite(ratio)
    cells, gap = expected_cells(t, np.log(choose(known, ratio, 1)))
    lost = np.asarray(choose(known, 1, np.nan))[..., None]
    return gap * lost, _spreads(cells)


def _squares(gap: Floats, spread: Floats) -> Floats:
    """Squared deviations in standard errors; a stratum without information has neither."""
    return np.asarray((gap * gap / np.maximum(spread, _TINY)).sum(axis=-1))[()]


def _log_odds_ratio(t: Tables) -> Floats:
    """The log odds ratio of largest likelihood, common to all strata.

    It is the one at which as many treated units are expected to reach the goal as did: Newton's
    iteration from the estimate of Mantel and Haenszel, kept inside a bracket.
    """
    ratio = common_odds(t)
    moves = (ratio > 0) & np.isfinite(ratio)
    log_ratio = np.log(np.where(moves, ratio, 1))
    low, high = np.full_like(log_ratio, -_LOGS), np.full_like(log_ratio, _LOGS)
    while moves.any():
        cells, gap = expected_cells(t, log_ratio)
        excess = gap.sum(axis=-1)
        low, high = np.where(excess >= 0, log_ratio, low), np.where(excess <= 0, log_ratio, high)
        step, middle = excess / or_nan(_spreads(cells).sum(axis=-1), 0), (low + high) / 2
        settled = np.abs(step) <= _CLOSE
        inside = (low < log_ratio + step) & (log_ratio + step < high)
        moved = np.where(inside | settled, log_ratio + step, middle)
        log_ratio = np.where(moves, moved, log_ratio)
        moves = moves & ~settled & (low < middle) & (middle < high)
    infinite = np.where(ratio > 0, np.inf, -np.inf)
    unbounded = np.where(np.isnan(ratio), np.nan, infinite)
    return np.where((ratio > 0) & np.isfinite(ratio), log_ratio, unbounded)


def expected_cells(t: Tables, log_ratio: Floats) -> tuple[Floats, Floats]:
    """The four expected cells of each table at an odds ratio, and xt less the first of them.

    The margins leave a quadratic; seen from the arm of the smaller odds its terms do not cancel.
    Cells: treated that reached, treated that did not, control that did, control that did not.
    """
    log_ratio = np.asarray(log_ratio)[..., None]
    above, ratio = log_ratio > 0, np.exp(-np.abs(log_ratio))
    n, m = np.where(above, t.nc, t.nt), t.reached
    rest = t.units - n
    b, product, left = ratio * (n + m) + rest - m, ratio * (n * m), 1 - ratio
    root = np.sqrt(b * b + 4 * left * product)
    small = 2 * product / np.maximum(b + root, _TINY)
    large = (root - b) / np.maximum(2 * left, _TINY)
    fewer = np.maximum(np.where(b >= 0, small, large), np.maximum(m - rest, 0))
    fewer = np.minimum(fewer, np.minimum(n, m))
    x = np.where(above, m - fewer, fewer)
    return np.array([x, t.nt - x, m - x, t.nc - m + x]), t.xt - x


@np.errstate(divide="ignore")
def _spreads(cells: Floats) -> Floats:
    """One over the sum of the inverse cells; 0 where a cell is."""
    return np.asarray(1 / (1 / cells).sum(axis=0))
