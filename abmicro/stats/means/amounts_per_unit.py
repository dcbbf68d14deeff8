"""Two means of an amount per unit, such as spend: Welch's and Student's test, and both must reject.

Amounts are skewed. Where the arms are of different sizes Welch's test rejects too often on one
side and Student's on the other; the wider of both keeps its level, and at an even split it costs
nothing. Interval, lift, p and margin are of the same two contrasts, so they cannot contradict one
another.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.means.welch import (
    Mean,
    MeanDifference,
    Moments,
    lift_of_means,
    mean_noninferiority,
    or_nan,
    post_stratified,
    weighed,
    welch_difference,
)

Arms = tuple[Mean, Mean]


@frozen(eq=False)
class Amounts:
    """The means of two arms with their errors, twice; each a pair of treated and control."""

    welch: Arms
    student: Arms


def amounts(treated: Moments, control: Moments) -> Amounts:
    """Two arms without strata, of shapes that broadcast; see `amounts_within`.

    >>> found = amounts(Moments(5, 30, 190), Moments(5, 20, 90))
    >>> round(float(amount_difference(found).p), 4)
    0.0805
    """
    return amounts_within(_one_stratum(treated), _one_stratum(control), np.ones(1))


def amounts_within(treated: Moments, control: Moments, shares: ArrayLike) -> Amounts:
    """Two arms that are compared within strata.

    treated, control: moments with strata along the last axis, of shapes that broadcast.
    shares: of the strata, as in `post_stratified`.

    Welch's error of a mean is that of its own arm. Student's shares it out as
    (1/n1 + 1/n0) SS / (n1 + n0 - 2) with SS the arm's sum of squares, within each stratum. Degrees
    of freedom are Satterthwaite's over the strata.

    Source: Student (1908), Biometrika 6:1-25; Welch (1947), Biometrika 34:28-35; Satterthwaite
    (1946), Biometrics Bulletin 2:110-114.
    """
    both = 1 / or_nan(treated.units, 1) + 1 / or_nan(control.units, 1)
    df = treated.units + control.units - 2
    shared = [both * arm.variance * (arm.units - 1) / or_nan(df, 0) for arm in (treated, control)]
    together = shared[0] + shared[1]
    student = (
        weighed(arm.mean, error, error * together / or_nan(df, 0), shares)
        for arm, error in zip((treated, control), shared, strict=True)
    )
    welch = post_stratified(treated, shares), post_stratified(control, shares)
    return Amounts(welch, (next(student), next(student)))


def amount_difference(found: Amounts, *, level: ArrayLike = 0.95) -> MeanDifference:
    """Treated minus control: the hull of both intervals, the larger p and the larger error.

    level: two-sided confidence level in (0, 1).

    NaN as in `welch_difference`, where either of both is.

    >>> uneven = amounts(Moments(100, 486.33, 37119.2875), Moments(900, 2091.18, 113590.6714))
    >>> round(float(amount_difference(uneven).p), 4)
    0.1863
    """
    one, other = (welch_difference(*arms, level=level) for arms in (found.welch, found.student))
    return MeanDifference(
        one.estimate,
        np.minimum(one.low, other.low),
        np.maximum(one.high, other.high),
        np.maximum(one.p, other.p),
        np.maximum(one.error, other.error),
    )


def amount_lift(found: Amounts, *, level: ArrayLike = 0.95) -> Effect:
    """Relative difference: the hull of both Fieller intervals, unbounded where either is.

    level: two-sided confidence level in (0, 1). NaN as in `lift_of_means`.

    >>> found = amounts(Moments(500, 600, 1400), Moments(500, 500, 1100))
    >>> [round(float(value), 4) for value in amount_lift(found)]
    [0.2, 0.0557, 0.3667]
    """
    one, other = (lift_of_means(*arms, level=level) for arms in (found.welch, found.student))
    return Effect(one.estimate, np.minimum(one.low, other.low), np.maximum(one.high, other.high))


def amount_noninferiority(
    found: Amounts, *, null: ArrayLike, alternative: Literal["greater", "less"] = "greater"
) -> Floats:
    """One-sided p of a lift against a margin, the larger of both; see `mean_noninferiority`.

    >>> found = amounts(Moments(500, 600, 1400), Moments(500, 500, 1100))
    >>> round(float(amount_noninferiority(found, null=-0.05)), 6)
    0.000185
    """
    one, other = (
        mean_noninferiority(*arms, null=null, alternative=alternative)
        for arms in (found.welch, found.student)
    )
    return np.maximum(one, other)


def effective_size(arm: Moments) -> Floats:
    """As how many equal amounts the amounts of an arm vary: total^2 / squares; 0 without amounts.

    The total errs by about one over its root.

    Source: Kish (1965), Survey Sampling.

    >>> even, whale = Moments(1000, 20, 20), Moments(1000, 120, 10_020)
    >>> float(effective_size(even)), round(float(effective_size(whale)), 2)
    (20.0, 1.44)
    """
    return np.asarray(arm.total**2 / np.where(arm.squares > 0, arm.squares, 1))


def _one_stratum(arm: Moments) -> Moments:
    return Moments(arm.units[..., None], arm.total[..., None], arm.squares[..., None])
