"""Rates per row where units bring several rows: sessions in users, items in orders.

The variant was given to units, so units are what varies at random; rows of one unit resemble one
another. Each function takes per arm the moments of two values of a unit: y, what is counted (its
conversions), and x, its rows (its sessions). No row is needed, only these sums.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Effect, ScoreTest, scored, tail
from abmicro.stats.foundations.fieller_sets import fieller_lift
from abmicro.stats.foundations.validation import Floats, demand
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.welch import MeanDifference, Moments, or_nan, with_t


@frozen(eq=False)
class ClusteredRate:
    """A rate per row, its standard error between units, and the design effect.

    design_effect: how many times the variance is that of as many independent rows.
    """

    rate: Floats
    error: Floats
    design_effect: Floats


@frozen(eq=False)
class RaoScott:
    """Pearson's chi-square of variant by conversion over rows, and what clustering leaves of it.

    chi_square: as if rows were independent. design_effect: by how much that is too large.
    p: of chi_square / design_effect by the chi-square law with one degree of freedom.
    f: chi_square / design_effect. df: degrees of freedom below F. p_f: of f by the law of F(1, df).
    """

    chi_square: Floats
    design_effect: Floats
    p: Floats
    f: Floats
    df: Floats
    p_f: Floats


def clustered_rate(arm: PairMoments) -> ClusteredRate:
    """Rate per row, total y / total x, with a standard error that knows of the units.

    arm: moments of y and x per unit of the arm, any shape.

    Returns fields of the arm's shape. With one row in every unit the error is that of a mean and
    the design effect units / (units - 1). NaN is the rate without rows, the error with fewer than
    two units, and the design effect where the rate is not between 0 and 1 or nothing varies.

    Source: Deng, Knoblich and Lu (2018), KDD, "Applying the delta method in metric analytics",
    as the variance of y - rate x; design effect: Kish (1965), Survey Sampling, section 8.2.

    >>> found = clustered_rate(PairMoments.of([1, 0, 2, 0], [2, 1, 2, 3]))
    >>> [round(float(field), 4) for field in (found.rate, found.error, found.design_effect)]
    [0.375, 0.2513, 2.1556]
    """
    rows = or_nan(arm.x.total, 0)
    rate = arm.y.total / rows
    error = np.sqrt(arm.units * _around_rate(arm, rate).variance) / rows
    return ClusteredRate(rate, error, error**2 * rows / or_nan(rate * (1 - rate), 0))


def clustered_difference(
    treated: PairMoments, control: PairMoments, *, level: ArrayLike = 0.95
) -> MeanDifference:
    """Difference of two rates per row with a normal interval and test, units being the sample.

    treated, control: moments of y and x per unit, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control. It compares rows, and so answers another question than a rate per
    unit if the variant changes how many rows a unit brings: look at the rows per unit too. Interval
    and p are NaN with fewer than two units in an arm or where nothing varies.

    Source: Deng, Knoblich and Lu (2018), KDD, "Applying the delta method in metric analytics".

    >>> one = PairMoments.of([1, 0, 2, 0, 1, 1], [2, 1, 2, 3, 2, 1])
    >>> other = PairMoments.of([0, 0, 1, 0, 1, 0], [2, 1, 2, 3, 2, 1])
    >>> found = clustered_difference(one, other)
    >>> round(float(found.estimate), 4), round(float(found.p), 4)
    (0.2727, 0.2149)
    """
    (rate_treated, var_treated), (rate_control, var_control) = _rate(treated), _rate(control)
    error = np.sqrt(or_nan(var_treated + var_control, 0))
    return with_t(rate_treated - rate_control, error, np.inf, level=level)


def clustered_lift(
    treated: PairMoments, control: PairMoments, *, level: ArrayLike = 0.95
) -> Effect:
    """Relative difference of two rates per row with Fieller's interval, units being the sample.

    treated, control: moments of y and x per unit, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns the lift, whose interval excludes 0 exactly where that of `clustered_difference` does.
    Where the control rate is not significantly above zero the ends are -inf and inf; where it is
    not above zero, or nothing varies, all is NaN.

    Source: Fieller (1954), Journal of the Royal Statistical Society B 16:175-185.

    >>> one = PairMoments.of([2, 1, 2, 1, 1, 1], [2, 1, 2, 3, 2, 1])
    >>> other = PairMoments.of([1, 1, 1, 1, 1, 0], [2, 1, 2, 3, 2, 1])
    >>> [round(float(end), 3) for end in clustered_lift(one, other)]
    [0.6, -0.125, 1.77]
    """
    (rate_treated, var_treated), (rate_control, var_control) = _rate(treated), _rate(control)
    return fieller_lift(rate_treated, rate_control, var_treated, var_control, level=level)


def clustered_noninferiority(
    treated: PairMoments,
    control: PairMoments,
    *,
    null: ArrayLike,
    alternative: Literal["greater", "less"] = "greater",
) -> Floats:
    """One-sided p of a lift of rates per row against a margin, units being the sample.

    treated, control: moments of y and x per unit, of shapes that broadcast.
    null: the lift at the margin, e.g. -0.02 for a guardrail that may lose 2 %, 0.02 with
        alternative "less" for one that may grow by 2 %.
    alternative: on which side of the null the lift is to be shown.

    Tests the contrast rate(treated) - (1 + null) rate(control), so that it agrees with the interval
    of `clustered_lift`. NaN where the control rate is not above zero, and without noise.

    Raises ValueError for another alternative.

    Source: as `clustered_difference`; of the contrast, Hauschke, Kieser and Hothorn (1999),
    Biometrical Journal 41:653-661.

    >>> one = PairMoments.of([2, 1, 2, 1, 1, 1], [2, 1, 2, 3, 2, 1])
    >>> other = PairMoments.of([1, 1, 1, 1, 1, 0], [2, 1, 2, 3, 2, 1])
    >>> round(float(clustered_noninferiority(one, other, null=-0.05)), 4)
    0.0419
    """
    if alternative not in ("greater", "less"):
        raise ValueError(f"alternative {alternative!r} is not one of greater, less")
    (rate_treated, var_treated), (rate_control, var_control) = _rate(treated), _rate(control)
    ratio = 1 + np.asarray(null, dtype=np.float64)
    noise = np.sqrt(or_nan(var_treated + ratio**2 * var_control, 0))
    score = (rate_treated - ratio * or_nan(rate_control, 0)) / noise
    return np.asarray(tail(score, alternative))


def naive_score_test(treated: PairMoments, control: PairMoments) -> ScoreTest:
    """Pooled z test over rows as if each were independent: for comparison, never for a decision.

    treated, control: moments of y, conversions per unit, and x, rows per unit.

    Where rows of a unit resemble one another, p is too small, by as much as the design effect says.
    NaN without rows in an arm; z is 0 with none or all converted.

    Raises ValueError where an arm has more conversions than rows.

    >>> one = PairMoments.of([2, 1, 2, 1, 1, 1], [2, 1, 2, 3, 2, 1])
    >>> other = PairMoments.of([1, 1, 1, 0, 1, 0], [2, 1, 2, 3, 2, 1])
    >>> test = naive_score_test(one, other)
    >>> round(float(test.z), 4), round(float(test.p), 4)
    (1.7127, 0.0868)
    """
    reached, rows = _rows(treated, control)
    pooled = (reached[0] + reached[1]) / (rows[0] + rows[1])
    variance = pooled * (1 - pooled) * (1 / rows[0] + 1 / rows[1])
    gap = reached[0] / rows[0] - reached[1] / rows[1]
    z = np.where(variance == 0, 0, gap / np.sqrt(np.where(variance == 0, 1, variance)))
    return scored(z)


def rao_scott(treated: PairMoments, control: PairMoments) -> RaoScott:
    """Chi-square of variant by conversion over rows, corrected for clustering.

    treated, control: moments of y, conversions per unit, and x, rows per unit.

    Of a two by two table the only contrast is the log odds ratio; the design effect is its variance
    between units over that of independent rows. One sample of units is assumed, so its degrees of
    freedom are the units of both arms less one. NaN without rows or, but for chi_square and df,
    where an arm has none or all converted or nothing varies.

    Raises ValueError where an arm has more conversions than rows.

    Source: Rao and Scott (1984), Annals of Statistics 12:46-60, first-order correction (p) and
    second-order (p_f), by the observed proportions.

    >>> one = PairMoments.of([2, 1, 2, 1, 1, 1], [2, 1, 2, 3, 2, 1])
    >>> other = PairMoments.of([1, 1, 1, 0, 1, 0], [2, 1, 2, 3, 2, 1])
    >>> found = rao_scott(one, other)
    >>> round(float(found.chi_square), 4), round(float(found.f), 4), round(float(found.p_f), 4)
    (2.9333, 2.8823, 0.1176)
    """
    _rows(treated, control)
    units = treated.units + control.units
    (between_treated, within_treated), (between_control, within_control) = (
        _log_odds_variances(arm) for arm in (treated, control)
    )
    effect = (between_treated + between_control) / (within_treated + within_control)
    effect = effect * units / or_nan(units - 1, 0)
    chi_square = naive_score_test(treated, control).z ** 2
    f = chi_square / or_nan(effect, 0)
    root, df = np.sqrt(f), units - 1
    return RaoScott(chi_square, effect, 2 * ndtr(-root), f, df, 2 * stdtr(df, -root))


def _rate(arm: PairMoments) -> tuple[Floats, Floats]:
    """Rate per row and its variance."""
    found = clustered_rate(arm)
    return found.rate, found.error**2


def _log_odds_variances(arm: PairMoments) -> tuple[Floats, Floats]:
    """Variance of the log odds of an arm between its units, and if rows were independent."""
    rows = or_nan(arm.x.total, 0)
    rate = arm.y.total / rows
    information = or_nan(rows * rate * (1 - rate), 0)
    return _around_rate(arm, rate).squares / information**2, 1 / information


def _around_rate(arm: PairMoments, rate: Floats) -> Moments:
    """Moments of y - rate x, which total zero; without rows the answer has no meaning."""
    return arm.without(np.where(np.isnan(rate), 0, rate))


def _rows(*arms: PairMoments) -> tuple[list[Floats], list[Floats]]:
    """Conversions and rows of each arm; NaN rows where there are none."""
    for name, arm in zip(("treated", "control"), arms, strict=True):
        share = (arm.y.total >= 0) & (arm.y.total <= arm.x.total)
        demand(np.asarray(share), arm.y.total, f"{name}.y.total", "must lie between 0 and x.total")
    return [arm.y.total for arm in arms], [or_nan(arm.x.total, 0) for arm in arms]
