"""Two means of a value per unit, such as spend, from sums and sums of squares.

`welch_difference` and `lift_of_means` ask the same contrast, mean(treated) - r mean(control), with
the same degrees of freedom: their intervals and p-values cannot contradict one another.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.fieller_sets import fieller_lift
from abmicro.stats.foundations.numerics.choice import choose
from abmicro.stats.foundations.validation import Floats, demand, whole

_ROUNDING = 1e-9  # sums of squares may fall short of their least possible value by rounding only


@frozen(eq=False)
class Moments:
    """Units of an arm, the total of their values and the total of the squared values.

    units: whole numbers; total, squares: floats. Any shapes that broadcast; the moments of
    disjoint groups add up to those of all units.

    The variance is a small difference of large sums where mean / standard deviation is large: of
    the 16 digits of a float it keeps 16 - log10(1 + (mean / standard deviation)^2). For values per
    visitor, where most are zero, nothing is lost; for values such as 10^9 +- 1 subtract a constant
    before summing.

    Raises ValueError for units that are not whole and for squares below total^2 / units, which no
    values can have.

    >>> arm = Moments(units=4, total=10, squares=30)
    >>> float(arm.mean), round(float(arm.variance), 4)
    (2.5, 1.6667)
    """

    units: Floats
    total: Floats
    squares: Floats

    def __init__(self, units: ArrayLike, total: ArrayLike, squares: ArrayLike) -> None:
        counts = whole(units, "units")
        total, squares = (np.asarray(sums, dtype=np.float64) for sums in (total, squares))
        least = total**2 / np.maximum(counts, 1)
        demand(np.isfinite(total), total, "total", "must be finite")
        demand(squares >= least * (1 - _ROUNDING), squares, "squares", "is below total**2 / units")
        for name, value in (("units", counts), ("total", total), ("squares", squares)):
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, values: ArrayLike) -> Moments:
        """The moments of values, units along the last axis.

        >>> float(Moments.of([4, 3, 2, 1]).squares)
        30.0
        """
        values = np.asarray(values, dtype=np.float64)
        return cls(
            np.full(values.shape[:-1], values.shape[-1]), values.sum(-1), (values**2).sum(-1)
        )

    def __add__(self, other: Moments) -> Moments:
        """The moments of two disjoint groups together."""
        fields = ("units", "total", "squares")
        return Moments(*(getattr(self, name) + getattr(other, name) for name in fields))

    @property
    def mean(self) -> Floats:
        """Total / units; NaN without units."""
        return self.total / or_nan(self.units, 0)

    @property
    def variance(self) -> Floats:
        """Sample variance of the values; NaN with fewer than two units."""
        spread = np.maximum(self.squares - self.total * self.mean, 0)
        return spread / (or_nan(self.units, 1) - 1)

    @property
    def squared_error(self) -> Floats:
        """Variance of the mean; NaN with fewer than two units."""
        return self.variance / self.units

    @property
    def doubt(self) -> Floats:
        """How uncertain the squared error is itself: its square over its degrees of freedom."""
        return self.squared_error**2 / (self.units - 1)


class Mean(Protocol):
    """A mean with its squared error and the doubt about that, such as `Moments` have."""

    @property
    def mean(self) -> Floats:
        """The estimate."""

    @property
    def squared_error(self) -> Floats:
        """Its variance; NaN where nothing is known about the noise."""

    @property
    def doubt(self) -> Floats:
        """The square of the squared error over its degrees of freedom."""


@frozen(eq=False)
class WeighedMean:
    """A mean over strata that have weights of their own."""

    mean: Floats
    squared_error: Floats
    doubt: Floats


def post_stratified(arm: Moments, shares: ArrayLike) -> WeighedMean:
    """The mean of an arm as if its units were spread over the strata by given shares.

    arm: moments with strata along the last axis.
    shares: of the strata, not negative, adding up to 1; a stratum without a share does not matter.

    Returns the mean with what `welch_difference`, `lift_of_means` and `mean_noninferiority` need of
    it, its degrees of freedom being Satterthwaite's over the strata. NaN where no stratum has a
    share, or one that has holds fewer than two units.

    Source: Holt and Smith (1979), Journal of the Royal Statistical Society A 142:33-46; degrees of
    freedom: Satterthwaite (1946), Biometrics Bulletin 2:110-114.

    >>> season = Moments([60, 40], [60.0, 80.0], [90.0, 260.0])
    >>> float(post_stratified(season, [0.5, 0.5]).mean)
    1.5
    """
    return weighed(arm.mean, arm.squared_error, arm.doubt, shares)


def weighed(mean: Floats, error: Floats, doubt: Floats, shares: ArrayLike) -> WeighedMean:
    """A mean over strata along the last axis; those without a share do not matter.

    error, doubt: its squared error in each stratum and the doubt about that.

    >>> float(weighed(np.array([1.0, 2.0]), np.ones(2), np.ones(2), [0.5, 0.5]).squared_error)
    0.5
    """
    share = np.asarray(shares, dtype=np.float64)
    kept = share > 0
    some = np.where(kept.any(axis=-1), 1, np.nan)
    parts = (share * mean, share**2 * error, share**4 * doubt)
    return WeighedMean(*(np.where(kept, part, 0).sum(axis=-1) * some for part in parts))


@frozen(eq=False)
class MeanDifference:
    """Treated minus control, its interval, the two-sided p of no difference, the standard error."""

    estimate: Floats
    low: Floats
    high: Floats
    p: Floats
    error: Floats


def welch_difference(treated: Mean, control: Mean, *, level: ArrayLike = 0.95) -> MeanDifference:
    """Difference of two means with Welch's interval and test, for arms of unequal variance.

    treated, control: `Moments` or post-stratified means, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control in the unit of the values. With fewer than two units in an arm, or
    if no value in either arm differs from another, interval and p are NaN: nothing is known about
    the noise.

    Source: Welch (1947), Biometrika 34:28-35; degrees of freedom: Satterthwaite (1946), Biometrics
    Bulletin 2:110-114.

    >>> found = welch_difference(Moments(5, 30, 190), Moments(5, 20, 90))
    >>> round(float(found.low), 3), round(float(found.high), 3), round(float(found.p), 4)
    (-0.306, 4.306, 0.0805)
    """
    return with_t(treated.mean - control.mean, *_error(treated, control), level=level)


def lift_of_means(treated: Mean, control: Mean, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference of two means with Fieller's interval.

    treated, control: `Moments` or post-stratified means, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns mean(treated) / mean(control) - 1. The interval holds the lifts that
    `mean_noninferiority` does not reject at (1 - level) / 2 on either side; it excludes 0 exactly
    where the interval of `welch_difference` does. Where the control mean is not significantly above
    zero, no bounded interval has the stated confidence: low and high are then -inf and inf. A lift
    on a mean that is not positive means nothing: all is NaN there, and as in `welch_difference`
    without noise.

    Source: Fieller (1954), Journal of the Royal Statistical Society B 16:175-185.

    >>> found = lift_of_means(Moments(500, 600, 1400), Moments(500, 500, 1100))
    >>> [round(float(value), 4) for value in found]
    [0.2, 0.0557, 0.3667]
    """
    _, df = _error(treated, control)
    variances = treated.squared_error, control.squared_error
    return fieller_lift(treated.mean, control.mean, *variances, level=level, df=df)


def mean_noninferiority(
    treated: Mean,
    control: Mean,
    *,
    null: ArrayLike,
    alternative: Literal["greater", "less"] = "greater",
) -> Floats:
    """One-sided p of a lift of means against a margin.

    treated, control: `Moments` or post-stratified means, of shapes that broadcast.
    null: the lift at the margin, e.g. -0.02 for a guardrail that may lose 2 %, 0.02 with
        alternative "less" for one that may grow by 2 %.
    alternative: on which side of the null the lift is to be shown.

    Tests the contrast mean(treated) - (1 + null) mean(control), with Welch's degrees of freedom at
    every null, so that it agrees with the interval of `lift_of_means`. It needs no control mean
    clearly above zero, only one above zero; else, and without noise, p is NaN.

    Raises ValueError for another alternative.

    Source: Hauschke, Kieser and Hothorn (1999), Biometrical Journal 41:653-661.

    >>> p = mean_noninferiority(Moments(500, 600, 1400), Moments(500, 500, 1100), null=-0.05)
    >>> round(float(p), 6)
    0.000185
    """
    if alternative not in ("greater", "less"):
        raise ValueError(f"alternative {alternative!r} is not one of greater, less")
    _, df = _error(treated, control)
    ratio = 1 + np.asarray(null, dtype=np.float64)
    var_treated, var_control = treated.squared_error, control.squared_error
    contrast = treated.mean - ratio * or_nan(control.mean, 0)
    score = contrast / np.sqrt(var_treated + ratio**2 * var_control)
    return np.asarray(stdtr(df, -score if alternative == "greater" else score))


def with_t(estimate: Floats, error: Floats, df: ArrayLike, *, level: ArrayLike) -> MeanDifference:
    """A difference with its interval and test by Student's t; infinite df are the normal law.

    >>> found = with_t(np.array(1.0), np.array(0.5), 10, level=0.95)
    >>> round(float(found.low), 4), round(float(found.p), 4)
    (-0.1141, 0.0734)
    """
    reach = critical(level, df) * error
    p = 2 * stdtr(df, -np.abs(estimate) / or_nan(error, 0))
    return MeanDifference(estimate, estimate - reach, estimate + reach, p, error)


def _error(treated: Mean, control: Mean) -> tuple[Floats, Floats]:
    """Standard error of the difference and its degrees of freedom; NaN where there is no noise."""
    squared = or_nan(treated.squared_error + control.squared_error, 0)
    return np.sqrt(squared), squared**2 / (treated.doubt + control.doubt)


def or_nan(values: Floats, floor: float) -> Floats:
    """The values above a floor, NaN for the others.

    >>> or_nan(np.array([2.0, 0.0]), 0)
    array([ 2., nan])
    """
    return choose(values > floor, values, np.nan)
