"""Which share of units converts within a time, also while many are still being watched.

Kaplan-Meier incidence by lag with Greenwood's variance, the lift between two arms, the maturity of
what has been seen so far, and the mean time that conversions are early.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.log_ratio import LogLift, normal
from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, whole
from abmicro.stats.means.welch import or_nan


class Incidence(NamedTuple):
    """Share of units that reached a goal by the end of each bin of lag; arrays (..., N).

    reached: units that converted in the bin; at_risk: units watched in it without conversion yet.
    share: one minus the Kaplan-Meier estimate; variance: Greenwood's.
    """

    reached: Floats
    at_risk: Floats
    share: Floats
    variance: Floats

    @property
    def hazard_noise(self) -> Floats:
        """Greenwood's term of each bin, 0 where everybody at risk converted."""
        return _greenwood(self.reached, self.at_risk)


def incidence(reached: ArrayLike, left: ArrayLike) -> Incidence:
    """Kaplan-Meier incidence from counts per bin of lag.

    reached: (..., N) units that converted in each bin of time since exposure, bins ascending.
    left: (..., N) units without conversion that were watched no longer than to that bin.

    A unit that left in the bin of a conversion was at risk there. Where nobody is at risk any more
    the incidence stays as it is. NaN where there are no units.

    Raises ValueError for counts that are negative or fractional, and for shapes that differ.

    Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53:457-481;
    Greenwood (1926), Reports on Public Health and Medical Subjects 33:1-26.

    >>> found = incidence([8, 5, 4], [2, 1, 80])
    >>> found.share.round(4).tolist(), round(float(found.variance[-1]) ** 0.5, 4)
    ([0.08, 0.1311, 0.1725], 0.0381)
    """
    d, c = whole(reached, "reached"), whole(left, "left")
    broadcastable(reached=d, left=c)
    d, c = np.broadcast_arrays(d, c)
    gone = d + c
    at_risk = np.flip(np.cumsum(np.flip(gone, -1), -1), -1)
    staying = np.cumprod(1 - d / np.where(at_risk > 0, at_risk, 1), axis=-1)
    known = np.where(at_risk[..., :1] > 0, 1.0, np.nan)
    variance = known * staying**2 * np.cumsum(_greenwood(d, at_risk), axis=-1)
    return Incidence(d, at_risk, known * (1 - staying), variance)


def _greenwood(reached: Floats, at_risk: Floats) -> Floats:
    rest = at_risk - reached
    return np.asarray(np.where(rest > 0, reached / np.where(rest > 0, at_risk * rest, 1), 0))


def incidence_lift(
    treated: Incidence, control: Incidence, /, *, level: ArrayLike = 0.95
) -> LogLift:
    """Log lift of the incidence at the last bin.

    treated, control: of shapes that broadcast. level: two-sided confidence level in (0, 1).

    Returns logs whose variance is that of Greenwood over the squared incidence. NaN where nobody
    converted in an arm.

    Source: design note "carry-through", section 4.

    >>> arms = incidence([12, 6, 4], [2, 1, 80]), incidence([8, 5, 4], [2, 1, 80])
    >>> round(float(incidence_lift(*arms).estimate), 3)
    0.207
    """
    (first, var_first), (second, var_second) = (
        (or_nan(arm.share[..., -1], 0), arm.variance[..., -1]) for arm in (treated, control)
    )
    estimate = np.asarray(np.log(first) - np.log(second))
    return normal(estimate, var_first / first**2 + var_second / second**2, level=level)


def maturity(watched: Incidence, /) -> Floats:
    """Share of the conversions expected from these units, by the last bin, that has been seen.

    Returns conversions seen over units times incidence; 1 where every unit was watched to the end,
    NaN where nobody converted.

    The Kaplan-Meier estimate is self-consistent: units times incidence are the conversions seen
    plus those it expects of the units still watched, so no ages are needed.

    Source: Efron (1967), Proceedings of the Fifth Berkeley Symposium IV:831-853.

    >>> float(maturity(incidence([8, 5, 4], [0, 0, 83])).round(9))
    1.0
    >>> float(maturity(incidence([8, 5, 4], [20, 30, 33])).round(3))
    0.719
    """
    expected = watched.at_risk[..., 0] * watched.share[..., -1]
    return np.asarray(watched.reached.sum(axis=-1) / or_nan(expected, 0))[()]


class TimeGained(NamedTuple):
    """Mean time by which conversions come earlier, and its standard error."""

    mean: Floats
    se: Floats


def time_gained(watched: Incidence, edges: ArrayLike) -> TimeGained:
    """Restricted mean time lost to conversion: the area under the incidence up to the last edge.

    watched: with N bins along the last axis.
    edges: (N + 1,) ascending ends of the bins, the first at exposure; all in one unit of time.

    Returns the mean over all units of the time between conversion and the last edge, 0 for those
    who did not convert, with the standard error of the delta method; conversions count at the end
    of their bin. The difference of two arms is causal, unlike that of medians among converters.

    Raises ValueError for edges that do not ascend or do not fit.

    Source: Andersen (2013), Statistics in Medicine 32:5278-5285; variance as of the restricted
    mean, Klein and Moeschberger (2003), Survival Analysis, equation 4.5.2.

    >>> watched = incidence([10, 0, 10], [0, 0, 80])
    >>> [round(float(value), 3) for value in time_gained(watched, [0, 1, 2, 3])]
    [0.2, 0.06]
    """
    ends = numbers(edges, "edges").astype(np.float64)
    if ends.shape != (watched.share.shape[-1] + 1,):
        raise ValueError(f"edges needs one more than there are bins, got shape {ends.shape}")
    steps = np.diff(ends)
    demand(steps > 0, steps, "edges", "must ascend")
    after = np.append(steps[1:], 0)  # the incidence at the end of a bin lasts for the next one
    mean = np.asarray((watched.share * after).sum(axis=-1))
    area = np.flip(np.cumsum(np.flip((1 - watched.share) * after, -1), -1), -1)
    return TimeGained(mean, np.sqrt((area**2 * watched.hazard_noise).sum(axis=-1)))


def difference_of_times(
    treated: TimeGained, control: TimeGained, /, *, level: ArrayLike = 0.95
) -> Effect:
    """Treated minus control of two independent mean times, with a normal interval.

    >>> arms = TimeGained(np.array(5.0), np.array(0.3)), TimeGained(np.array(4.0), np.array(0.4))
    >>> [round(float(value), 2) for value in difference_of_times(*arms)]
    [1.0, 0.02, 1.98]
    """
    estimate = np.asarray(treated.mean - control.mean)
    reach = critical(level) * np.hypot(treated.se, control.se)
    return Effect(estimate, estimate - reach, estimate + reach)
