"""Differences of means with less noise: by a value known before the exposure, or by strata.

What the variant cannot have changed may be used to explain part of the noise away. `cuped` and
`ancova` need only moments; `lin` needs the value of every unit. With values that are mostly zero
all of them stay valid and gain little: the variance falls by the share correlation^2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.validation import Floats, demand, within
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.welch import MeanDifference, Moments, or_nan, with_t

_LEVERAGE = 1e-9  # a residual with less freedom than this is zero but for rounding


class Adjusted(NamedTuple):
    """Both arms without what the covariate predicts, and the slope it was predicted with.

    The moments go wherever moments go: `welch_difference`, `lift_of_means`, `mean_noninferiority`.
    """

    treated: Moments
    control: Moments
    slope: Floats


class Capped(NamedTuple):
    """Values of each arm, none above the cap."""

    arms: tuple[Floats, ...]
    cap: float


def cuped(
    treated: PairMoments, control: PairMoments, *, slope: ArrayLike | None = None
) -> Adjusted:
    """Remove from each unit's value what its covariate predicts, with one slope for both arms.

    treated, control: moments of y, the value, and x, known before the exposure; shapes that
        broadcast.
    slope: of y on x; None: that over the units of both arms together. Give one, e.g.
        `(control + one + other).slope`, where several variants share a control. 0 changes nothing.

    Returns the moments of y - slope (x - mean of x over both arms). The means differ from the plain
    ones by chance only, provided x is from before the exposure: one that the variant can move
    biases the effect.

    Source: Deng, Xu, Kohavi and Walker (2013), WSDM, section 3.

    >>> from abmicro.stats.means.welch import welch_difference
    >>> control = PairMoments.of([0, 2, 1, 3, 2], [0, 2, 1, 2, 2])
    >>> treated = PairMoments.of([1, 2, 4, 3, 1], [0, 1, 3, 2, 1])
    >>> plain, adjusted = welch_difference(treated.y, control.y), cuped(treated, control)
    >>> found = welch_difference(adjusted.treated, adjusted.control)
    >>> round(float(plain.error), 3), round(float(found.error), 3)
    (0.775, 0.272)
    """
    both = treated + control
    chosen = both.slope if slope is None else np.asarray(slope, dtype=np.float64)
    center = both.x.total / np.maximum(both.units, 1)
    return Adjusted(treated.without(chosen, center), control.without(chosen, center), chosen)


def ancova(
    treated: PairMoments, control: PairMoments, *, level: ArrayLike = 0.95
) -> MeanDifference:
    """Difference of means by linear regression on variant and covariate, for experts.

    treated, control: moments of y, the value, and x, known before the exposure; shapes that
        broadcast.
    level: two-sided confidence level in (0, 1).

    The error supposes one variance in both arms and a linear effect of x: prefer `cuped` or `lin`
    where arms differ in size. All is NaN with fewer than two units in an arm and where x does not
    vary within arms.

    Source: Fisher (1932), Statistical Methods for Research Workers, 4th ed., section 49.1.

    >>> control = PairMoments.of([0, 2, 1, 3, 2], [0, 2, 1, 2, 2])
    >>> treated = PairMoments.of([1, 2, 4, 3, 1], [0, 1, 3, 2, 1])
    >>> found = ancova(treated, control)
    >>> round(float(found.estimate), 4), round(float(found.error), 4)
    (0.6, 0.2909)
    """
    pairs = [_within(treated), _within(control)]
    spread, mixed, rest = (one + other for one, other in zip(*pairs, strict=True))
    slope = mixed / or_nan(spread, 0)
    gap = treated.x.mean - control.x.mean
    estimate = treated.y.mean - control.y.mean - slope * gap
    df = treated.units + control.units - 3
    variance = np.maximum(rest - slope * mixed, 0) / or_nan(df, 0)
    inverse_units = 1 / or_nan(treated.units, 1) + 1 / or_nan(control.units, 1)
    error = np.sqrt(variance * (inverse_units + gap**2 / or_nan(spread, 0)))
    return with_t(estimate, error, df, level=level)


def lin(
    treated: tuple[ArrayLike, ArrayLike],
    control: tuple[ArrayLike, ArrayLike],
    *,
    level: ArrayLike = 0.95,
) -> MeanDifference:
    """Difference of means by regression with a slope of its own per arm, for experts.

    treated, control: the pair y, x of an arm: values and covariate of each unit, units along the
        last axis, at least three.
    level: two-sided confidence level in (0, 1).

    The difference of the two lines at the mean x of all units. Its error (HC2) supposes neither
    equal variances nor a true line. NaN is everything where x does not vary in an arm, and all but
    the estimate where one unit alone decides the slope of its arm.

    Raises ValueError for fewer than three units and for values that are not finite.

    Source: Lin (2013), Annals of Applied Statistics 7:295-318; the error: MacKinnon and White
    (1985), Journal of Econometrics 29:305-325.

    >>> found = lin(([1, 2, 4, 3, 1], [0, 1, 3, 2, 1]), ([0, 2, 1, 3, 2], [0, 2, 1, 2, 2]))
    >>> round(float(found.estimate), 4), round(float(found.error), 4)
    (0.6, 0.2917)
    """
    arms = _values(*treated, "treated"), _values(*control, "control")
    sizes = [x.shape[-1] for _, x in arms]
    at = sum(x.sum(axis=-1) for _, x in arms) / sum(sizes)
    (mean_treated, var_treated), (mean_control, var_control) = (_line(y, x, at) for y, x in arms)
    error = np.sqrt(var_treated + var_control)
    return with_t(mean_treated - mean_control, error, sum(sizes) - 4, level=level)


def post_stratified_means(
    treated: Moments, control: Moments, *, level: ArrayLike = 0.95
) -> MeanDifference:
    """Difference of means within strata, weighted by the share of all units in each stratum.

    treated, control: moments by stratum along the last axis, of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Returns treated minus control with a normal interval and test, given the units per stratum. All
    is NaN where an arm lacks a stratum that the other has; a stratum with a single unit of an arm
    leaves only the estimate. Merge such strata. For rates: `stratified.post_stratified_difference`.

    Source: Miratrix, Sekhon and Yu (2013), Journal of the Royal Statistical Society B 75:369-396.

    >>> treated = Moments([40, 10], [60, 30], [150, 100])
    >>> control = Moments([38, 12], [50, 33], [120, 101])
    >>> found = post_stratified_means(treated, control)
    >>> round(float(found.estimate), 4), round(float(found.error), 4)
    (0.1987, 0.2366)
    """
    units = treated.units + control.units
    share = units / or_nan(units.sum(axis=-1, keepdims=True), 0)
    error_treated, error_control = (
        arm.variance / or_nan(arm.units, 0) for arm in (treated, control)
    )
    gap, squared = treated.mean - control.mean, error_treated + error_control
    estimate = np.where(share == 0, 0, share * gap).sum(axis=-1)
    error = np.sqrt(np.where(share == 0, 0, share**2 * squared).sum(axis=-1))
    return with_t(estimate, error, np.inf, level=level)


def cap(*arms: ArrayLike, quantile: float) -> Capped:
    """Replace values above a quantile of the positive values by it, the same in all arms.

    arms: values of the units of each arm, any shapes. quantile: share of the positive values that
        stay as they are, in (0, 1), e.g. 0.99.

    Returns the arms and the cap, which is one of the values. Values that are zero do not count, or
    else a cap at 0.95 would be zero where fewer than one unit in twenty spends anything; nor do
    negative ones, which stay. Pooling the arms keeps the cap from being an effect of the variant.

    What it means: the difference is then one of capped means, an honest answer to another question.
    It takes values: a joint table holds their sums, and no sum tells what a cap would have left.

    Raises ValueError where no value is positive, or where one is NaN.

    >>> cap([0, 0, 3, 900], [0, 5, 4, 0, 2], quantile=0.8)
    Capped(arms=(array([0., 0., 3., 5.]), array([0., 5., 4., 0., 2.])), cap=5.0)
    """
    share = within(quantile, "quantile", 0, 1)
    values = [np.asarray(arm, dtype=np.float64) for arm in arms]
    pooled = np.concatenate([arm.ravel() for arm in values])
    demand(~np.isnan(pooled), pooled, "arms", "must not be NaN")
    positive = pooled[pooled > 0]
    if not positive.size:
        raise ValueError("arms hold no positive value, so there is nothing to cap")
    most = float(np.quantile(positive, share, method="inverted_cdf"))
    return Capped(tuple(np.minimum(arm, most) for arm in values), most)


def _within(arm: PairMoments) -> tuple[Floats, Floats, Floats]:
    """Sums of squares around the means of an arm: of x, of x by y, of y."""
    df = arm.units - 1
    return df * arm.x.variance, df * arm.covariance, df * arm.y.variance


def _line(y: Floats, x: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Least-squares line of an arm at a point, and the HC2 variance of that."""
    mean = x.mean(axis=-1, keepdims=True)
    apart = x - mean
    spread = or_nan((apart**2).sum(axis=-1, keepdims=True), 0)
    slope = (apart * y).sum(axis=-1, keepdims=True) / spread
    rest = y - y.mean(axis=-1, keepdims=True) - slope * apart
    reach = at[..., None] - mean
    pull = 1 / x.shape[-1] + reach * apart / spread
    free = or_nan(1 - 1 / x.shape[-1] - apart**2 / spread, _LEVERAGE)
    height = y.mean(axis=-1) + (slope * reach)[..., 0]
    return height, (pull**2 * rest**2 / free).sum(axis=-1)


def _values(y: ArrayLike, x: ArrayLike, name: str) -> tuple[Floats, Floats]:
    y, x = np.broadcast_arrays(np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64))
    if x.ndim == 0 or x.shape[-1] < 3:
        raise ValueError(f"{name} needs at least three units along its last axis, got {x.shape}")
    for part, values in (("y", y), ("x", x)):
        demand(np.isfinite(values), values, f"{name} {part}", "must be finite")
    return y, x
