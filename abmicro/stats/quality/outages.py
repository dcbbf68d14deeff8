"""A tag that fell silent for a while in one arm, against the arms that went on recording."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.frozen import frozen
from abmicro.stats.exact.one_rate import binomial_test
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.validation import Floats, whole, within
from abmicro.stats.means.welch import or_nan

HALF = 0.5  # conversion added to each arm of the other days, so that a ratio of none is not 0


@frozen(eq=False)
class DailyGaps:
    """How the conversions of one day fall on the arms, against what all other days let expect.

    share: of the day's conversions to expect in the treated arm. p: exact, two-sided.
    Both NaN on days that tell nothing.
    missing_control, missing_treated: conversions the arm lacks that day, given the other arm's.
    """

    share: Floats
    p: Floats
    missing_control: Floats
    missing_treated: Floats


def daily_gaps(treated: Binomial, control: Binomial, /, *, by_day: bool = False) -> DailyGaps:
    """One day against the others: did one arm stop recording?

    treated, control: units that reached the goal and all units, days along the last axis.
    by_day: whether the split of the units changed between days. Then the ratio of the arms' rates
        on the other days is that within days, since rates of their sums would take a season for a
        lift; where the split is one, sums are the steadier.

    A lift of all days is no gap, and neither are days of more traffic in both arms: given the
    conversions of a day, those of the treated arm are binomial, with the share of its units times
    the ratio of the other days. Half a conversion is added to either arm of the other days.
    p is twice the smaller tail, 1 at most.

    A day is NaN where an arm has no units on it or nobody reached in both, and where the other days
    lack conversions in an arm. Adjust p over days, for example by `multiplicity.holm`.

    Source: Przyborowski and Wilenski (1940), Biometrika 31:313-323, the comparison of two counts
    given their sum; within days the ratio of Mantel and Haenszel (1959), Journal of the National
    Cancer Institute 22:719-748.

    >>> gaps = daily_gaps(Binomial([50, 48, 9, 53], 400), Binomial([52, 45, 50, 49], 400))
    >>> gaps.p.round(2).tolist(), int(gaps.missing_treated[2])
    ([0.29, 0.1, 0.0, 0.06], 42)
    """
    xt, nt, xc, nc = np.broadcast_arrays(*two_arms(treated, control))
    ratio = (_within_days if by_day else _of_sums)(xt, nt, xc, nc)
    ratio = np.where((_others(xt) > 0) & (_others(xc) > 0), ratio, np.nan)
    exchange = ratio * or_nan(nt, 0) / or_nan(nc, 0)  # expected in treated for one in control
    share = np.where(xt + xc > 0, exchange / (1 + exchange), np.nan)
    excess = xt - exchange * xc
    return DailyGaps(
        share=share,
        p=_twice_the_smaller_tail(Binomial(xt, xt + xc), share),
        missing_control=np.maximum(np.nan_to_num(excess / or_nan(exchange, 0)), 0),
        missing_treated=np.maximum(np.nan_to_num(-excess), 0),
    )


def _twice_the_smaller_tail(day: Binomial, share: Floats) -> Floats:
    known = np.isfinite(share)
    null = np.where(known, share, 0.5)
    tails = [binomial_test(day, null=null, alternative=side) for side in ("greater", "less")]
    return np.where(known, np.minimum(2 * np.minimum(*tails), 1), np.nan)


def _others(of_days: Floats) -> Floats:
    """The sum over all days but one."""
    return np.asarray(of_days.sum(axis=-1, keepdims=True) - of_days)


def _of_sums(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """Treated over control rate of all days but one taken together."""
    treated, control = (
        (_others(x) + HALF) / or_nan(_others(n), 0) for x, n in ((xt, nt), (xc, nc))
    )
    return treated / control


def _within_days(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> Floats:
    """The same within days; the half conversion falls on them as the arm's units do."""
    units = np.maximum(nt + nc, 1)
    both = _others(nt * nc / units)
    treated, control = (
        _others(x * other / units) + HALF * both / or_nan(_others(n), 0)
        for x, n, other in ((xt, nt, nc), (xc, nc, nt))
    )
    return treated / or_nan(control, 0)


class Silence(NamedTuple):
    """The longest silence of an arm, measured in what the other arms recorded meanwhile.

    p: of a silence as long or longer by chance, over the whole run; 1 where there is none.
    begin, end: first and last silent bin. missed: conversions of the other arms in it.
    """

    p: Floats
    begin: NDArray[np.intp]
    end: NDArray[np.intp]
    missed: Floats


def longest_silence(reached: ArrayLike, shares: ArrayLike | None = None) -> Silence:
    """Stretches without a single conversion in one arm while the others went on.

    reached: (..., arms, bins) conversions per arm and hour (or any other bin of time).
    shares: (..., arms) the least share of all conversions that an arm may have at any time, in
        (0, 1); None: its share over the whole run. Where the split of units changed give the least.

    The other arms are the clock, so that nights and weekends need no model: given when conversions
    happen, each belongs to the arm with the arm's share of all. A silence of n conversions then has
    probability (1 - share)^n wherever it may begin, and it begins after one of the arm's own.

    Returns arrays (..., arms). Where an arm has no conversion at all p is 1: it may be no fault.

    Raises ValueError for counts that are negative or fractional, for fewer than two arms and for
    shares outside (0, 1).

    Source: the geometric law of runs, Feller (1968), An Introduction to Probability Theory I,
    section XIII.7; union bound over the beginnings.

    >>> found = longest_silence([[9, 0, 0, 0, 8, 9], [8, 9, 7, 8, 9, 9]])
    >>> found.p.round(6).tolist(), int(found.begin[0]), int(found.end[0])
    ([0.001167, 1.0], 1, 3)
    """
    own = whole(reached, "reached")
    if own.ndim < 2 or own.shape[-2] < 2:
        raise ValueError(f"reached needs at least two arms and bins, got shape {own.shape}")
    others = own.sum(axis=-2, keepdims=True) - own
    clock = np.cumsum(others, axis=-1)
    bins = np.arange(own.shape[-1])
    last = np.maximum.accumulate(np.where(own > 0, bins, -1), axis=-1)
    heard = np.where(last >= 0, np.take_along_axis(clock, np.maximum(last, 0), axis=-1), 0)
    end = np.argmax(clock - heard, axis=-1)
    at = end[..., None]
    missed = np.take_along_axis(clock - heard, at, axis=-1)[..., 0]
    begin = np.take_along_axis(last, at, axis=-1)[..., 0] + 1
    total = own.sum(axis=-1)
    every = clock[..., -1] + total
    share = total / np.maximum(every, 1) if shares is None else within(shares, "shares", 0, 1)
    p = np.where(total > 0, (total + 1) * (1 - share) ** missed, 1)
    return Silence(np.minimum(np.where(missed > 0, p, 1), 1), begin, end, missed)
