"""The values of a ratio that data do not contradict: an interval, two rays or the whole line."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.validation import Floats


class Kind(IntEnum):
    """The three shapes of a Fieller set."""

    INTERVAL = 0
    RAYS = 1
    LINE = 2


@frozen(eq=False)
class FiellerSet:
    """A ratio and the set of its values that are not rejected.

    estimate: numerator / denominator; NaN where the denominator is zero.
    kind: codes of `Kind`.
    low, high: INTERVAL is [low, high]; RAYS is everything up to low and everything from high;
        LINE has low = -inf and high = inf.
    """

    estimate: Floats
    kind: NDArray[np.int8]
    low: Floats
    high: Floats


def fieller(
    numerator: ArrayLike,
    denominator: ArrayLike,
    var_numerator: ArrayLike,
    var_denominator: ArrayLike,
    covariance: ArrayLike,
    *,
    level: ArrayLike = 0.95,
    df: ArrayLike | None = None,
) -> FiellerSet:
    """The confidence set of a ratio of two estimates that are jointly normal.

    numerator, denominator: the estimates; var_numerator, var_denominator, covariance: their
        variances and covariance. All of shapes that broadcast.
    level: two-sided confidence level in (0, 1).
    df: degrees of freedom where the variances are estimated from few values; None: normal law.

    Returns the set of all b for which numerator - b denominator is not significantly different from
    zero. It is an interval exactly where the denominator differs significantly from zero. Where it
    does not, the set is unbounded, as every set with the stated confidence must be at times:
    two rays if both estimates together still exclude some ratios, otherwise the whole line.
    Where an argument is NaN the kind is LINE: nothing is known.

    Source: Fieller (1954), Journal of the Royal Statistical Society B 16:175-185; the three shapes:
    von Luxburg and Franz (2009), Statistica Sinica 19:1095-1117.

    >>> found = fieller(0.05121, 0.09531, 6.410e-4, 1.391e-4, 1.391e-4)
    >>> Kind(int(found.kind)).name, round(float(found.low), 3), round(float(found.high), 3)
    ('INTERVAL', 0.019, 0.998)
    """
    n, d, vn, vd, cov = (
        np.asarray(value, dtype=np.float64)
        for value in (numerator, denominator, var_numerator, var_denominator, covariance)
    )
    z2 = critical(level, df) ** 2
    square, mixed, constant = d**2 - z2 * vd, n * d - z2 * cov, n**2 - z2 * vn
    # mixed**2 - square * constant, written without the terms that cancel at large z-scores
    root = z2 * (d**2 * vn - 2 * n * d * cov + n**2 * vd - z2 * (vn * vd - cov**2))
    bounded, rays = (square > 0) & ~np.isnan(root), (square < 0) & (root > 0)
    first, second = _roots(square, mixed, constant, np.where(bounded | rays, root, 0))
    low = np.where(bounded | rays, np.minimum(first, second), -np.inf)
    high = np.where(bounded | rays, np.maximum(first, second), np.inf)
    kind = np.where(bounded, Kind.INTERVAL, np.where(rays, Kind.RAYS, Kind.LINE))
    return FiellerSet(_ratio(n, d), kind.astype(np.int8), low, high)


def fieller_lift(
    treated: Floats,
    control: Floats,
    var_treated: Floats,
    var_control: Floats,
    *,
    level: ArrayLike,
    df: ArrayLike | None = None,
) -> Effect:
    """Relative difference of two independent estimates, with the ends of its Fieller set.

    treated, control: the estimates; var_treated, var_control: their variances, not both zero.
    level, df: as in `fieller`.

    Returns treated / control - 1. The ends are -inf and inf where the set is no interval. All is
    NaN where the control is not above zero, since a lift on it means nothing, and without noise.

    >>> arms = np.array(1.2), np.array(1.0), np.array(0.0014), np.array(0.0012)
    >>> [round(float(value), 4) for value in fieller_lift(*arms, level=0.95)]
    [0.2, 0.0955, 0.3156]
    """
    known = (control > 0) & (var_treated + var_control > 0)
    base = np.where(known, control, np.nan)
    found = fieller(treated, base, var_treated, var_control, 0, level=level, df=df)
    unknown = np.where(known, np.inf, np.nan)
    bounded = found.kind == Kind.INTERVAL
    low, high = np.where(bounded, found.low, -unknown), np.where(bounded, found.high, unknown)
    return Effect(found.estimate - 1, low - 1, high - 1)


def _roots(square: Floats, mixed: Floats, constant: Floats, root: Floats) -> tuple[Floats, Floats]:
    """Roots of square b^2 - 2 mixed b + constant; the one that would cancel by their product."""
    larger = mixed + np.copysign(np.sqrt(np.maximum(root, 0)), mixed)
    first = _ratio(larger, square)
    return first, np.where(larger == 0, first, _ratio(constant, larger))


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator / denominator, NaN where the denominator is zero or either is NaN."""
    with np.errstate(over="ignore"):  # an infinite end is honest next to a denominator of 1e-308
        return np.asarray(numerator / np.where(denominator == 0, np.nan, denominator))
