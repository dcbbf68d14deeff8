"""Nested counts (units, steps, macro) and the log lift from any of them to any later one.

On the log scale the lift of a funnel is the sum of the lifts of its steps, and the estimates of
different steps are uncorrelated. Decomposition and pass-through both rest on this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel, ndtr

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.validation import Bools, Floats


@frozen(eq=False)
class Nested:
    """Counts of both arms, (..., K + 1) from units to macro, ready for logarithms.

    adjusted: where a step had a zero count in either arm, so that 1/2 was added to every step of
    both arms and 1 to their units. Where an arm has no units its counts are NaN.
    """

    treated: Floats
    control: Floats
    adjusted: Bools


def nested(treated: NestedCounts, control: NestedCounts, /) -> Nested:
    """Move nested counts off zero.

    treated, control: (..., K + 1), of equally many steps. Batch axes broadcast.

    Raises ValueError where the arms have not equally many steps.

    >>> counts = nested(NestedCounts([100, 12, 3]), NestedCounts([100, 10, 0]))
    >>> counts.control, bool(counts.adjusted)
    (array([101. ,  10.5,   0.5]), True)
    """
    arms = treated.steps, control.steps
    if arms[0].shape[-1] != arms[1].shape[-1]:
        lengths = " and ".join(str(arm.shape[-1]) for arm in arms)
        raise ValueError(f"treated and control need equally many steps, got {lengths} counts")
    # Counts only fall, so that a zero anywhere shows in the last one.
    adjusted = np.asarray((arms[0][..., -1] == 0) | (arms[1][..., -1] == 0))
    return Nested(_off_zero(arms[0], adjusted), _off_zero(arms[1], adjusted), adjusted)


def three(treated: NestedCounts, control: NestedCounts, /) -> tuple[NestedCounts, NestedCounts]:
    """Both arms as given; ValueError unless each has units, micro, macro along its last axis.

    >>> three(NestedCounts([100, 12]), NestedCounts([100, 10, 1]))
    Traceback (most recent call last):
        ...
    ValueError: treated needs units, micro, macro along its last axis, got (2,)
    """
    for name, counts in (("treated", treated), ("control", control)):
        shape = counts.steps.shape
        if shape[-1] != 3:
            raise ValueError(f"{name} needs units, micro, macro along its last axis, got {shape}")
    return treated, control


def _off_zero(steps: Floats, adjusted: Bools) -> Floats:
    """A half and one where asked; NaN for an arm without units, which is always asked for."""
    if not adjusted.any():
        return steps
    more = np.where(np.arange(steps.shape[-1]) == 0, 1, 0.5) * adjusted[..., None]
    return np.where(steps[..., :1] == 0, np.nan, steps + more)


@frozen(eq=False)
class LogLift:
    """log(treated rate / control rate) with standard error, interval and two-sided p.

    All on the log scale; `lift` and `per_thousand` translate. Where every trial succeeded in both
    arms the delta method sees no noise: se, low, high and p are NaN there.
    """

    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats

    @property
    def lift(self) -> Effect:
        """Relative difference of the rates; it excludes 0 exactly where the log lift does."""
        return Effect(np.expm1(self.estimate), np.expm1(self.low), np.expm1(self.high))

    def times(self, factor: Floats) -> Effect:
        """The log lift in other units, for example extra conversions per 1,000 units."""
        return Effect(factor * self.estimate, factor * self.low, factor * self.high)


def log_lift(
    treated: tuple[Floats, Floats], control: tuple[Floats, Floats], *, level: ArrayLike
) -> LogLift:
    """Log of the ratio of two rates, normal with the variance of the delta method.

    treated, control: (successes, trials), positive numbers of shapes that broadcast.
    level: two-sided confidence level in (0, 1).

    Source: Katz, Baptista, Azen and Pike (1978), Biometrics 34:469-474.

    >>> found = log_lift((np.array(132.0), 1000.0), (np.array(120.0), 1000.0), level=0.95)
    >>> round(float(found.estimate), 4), round(float(found.se), 4), round(float(found.p), 3)
    (0.0953, 0.1179, 0.419)
    """
    return normal(*log_ratio(treated, control), level=level)


def normal(estimate: Floats, variance: Floats, *, level: ArrayLike) -> LogLift:
    """A log lift whose estimate is normal with the given variance; without noise all is NaN but it.

    >>> found = normal(np.array(0.1), np.array(0.0025), level=0.95)
    >>> round(float(found.low), 4), round(float(found.p), 4)
    (0.002, 0.0455)
    """
    se = np.sqrt(np.where(variance > 0, variance, np.nan))
    reach = critical(level) * se
    p = 2 * ndtr(-np.abs(estimate) / se)
    return LogLift(estimate, se, estimate - reach, estimate + reach, p)


def log_ratio(
    treated: tuple[Floats, Floats], control: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Log of the ratio of two rates (successes, trials), and its variance by the delta method.

    Exchanging the arms negates the first and keeps the second, to the last digit.

    >>> estimate, variance = log_ratio((np.array(4.0), 8.0), (np.array(2.0), 8.0))
    >>> round(float(estimate), 6), float(variance)
    (0.693147, 0.5)
    """
    estimate = np.log(treated[0] / treated[1]) - np.log(control[0] / control[1])
    variance = (1 / treated[0] - 1 / treated[1]) + (1 / control[0] - 1 / control[1])
    return estimate, variance


def per_thousand(rate: Floats, log_lift_of_rate: Floats) -> Floats:
    """What one unit of log lift is worth in conversions per 1,000 units.

    rate: the control's rate; log_lift_of_rate: of the treated rate against it.

    Returns 1000 times the logarithmic mean of both rates, so that the product with the log lift is
    the difference of the rates exactly, and its parts add up to that difference in any order.

    Source: Ang (2005), Energy Policy 33:867-871, additive LMDI-I; Wood and Lenzen (2006), Energy
    Policy 34:1326-1331.

    >>> round(float(per_thousand(np.array(0.03), np.log(1.1)) * np.log(1.1)), 9)
    3.0
    """
    return np.asarray(1000 * rate * exprel(log_lift_of_rate))
