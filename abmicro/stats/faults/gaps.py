"""A tag that fell silent for a while in one arm, against the arms that went on recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.arguments import Floats, whole, within
from abmicro.stats.binomial import Binomial, two_arms
from abmicro.stats.effect import tail
from abmicro.stats.means import or_nan


@dataclass(frozen=True, slots=True, eq=False)
class DailyGaps:
    """How far the ratio of the arms' rates on one day is from that on all other days.

    z: positive where the treated arm recorded more than the other days let expect; p: two-sided.
    Both NaN on days that tell nothing.
    missing_control, missing_treated: conversions the arm lacks that day, given the other arm's.
    """

    z: Floats
    p: Floats
    missing_control: Floats
    missing_treated: Floats


def daily_gaps(treated: Binomial, control: Binomial, /) -> DailyGaps:
    """One day against the others: did one arm stop recording?

    treated, control: units that reached the goal and all units, days along the last axis.

    A lift of all days leaves every z alone, and so do days of more traffic in both arms or another
    split: under the null the conversions of a day fall on the arms as its units and the lift of the
    other days say. The uncertainty of that lift is part of z.

    A day is NaN where an arm has no units on it or nobody reached in both, and where the other days
    lack conversions in an arm. Adjust p over days, for example by `multiplicity.holm`.

    Source: Przyborowski and Wilenski (1940), Biometrika 31:313-323, the comparison of two counts
    given their sum, with the variance of the estimated ratio added (delta method): Mantel-Haenszel
    over the other days, variance of Greenland and Robins (1985), Biometrics 41:55-68.

    >>> gaps = daily_gaps(Binomial([50, 48, 9, 53], 400), Binomial([52, 45, 50, 49], 400))
    >>> gaps.z.round(1).tolist(), int(gaps.missing_treated[2])
    ([1.0, 1.6, -5.2, 1.8], 42)
    """
    xt, nt, xc, nc = np.broadcast_arrays(*two_arms(treated, control))
    ratio, noise = _ratio_of_others(xt, nt, xc, nc)
    exchange = ratio * nt / or_nan(nc, 0)  # conversions expected in treated for one in control
    rate = (xt + xc) / or_nan(nc + ratio * nt, 0)
    rates = np.minimum(ratio * rate, 1), np.minimum(rate, 1)
    spread = nt * rates[0] * (1 - rates[0]) + exchange**2 * nc * rates[1] * (1 - rates[1])
    spread = spread + (exchange * nc * rates[1]) ** 2 * noise
    excess = xt - exchange * xc
    z = np.asarray(excess / np.sqrt(np.where(spread > 0, spread, np.nan)))
    return DailyGaps(
        z=z,
        p=np.asarray(tail(z, "two-sided")),
        missing_control=np.maximum(np.nan_to_num(excess / or_nan(exchange, 0)), 0),
        missing_treated=np.maximum(np.nan_to_num(-excess), 0),
    )


def _ratio_of_others(xt: Floats, nt: Floats, xc: Floats, nc: Floats) -> tuple[Floats, Floats]:
    """Treated over control rate within all days but one, and the variance of its logarithm.

    Mantel-Haenszel: pooled rates would take a season for a lift where the split changes with it.
    """
    units = np.maximum(nt + nc, 1)
    of_days = (
        xt * nc / units,
        xc * nt / units,
        (xt + xc) * nt * nc / units**2 - xt * xc / units,
    )
    treated, control, noise = (day.sum(axis=-1, keepdims=True) - day for day in of_days)
    treated, control = or_nan(treated, 0), or_nan(control, 0)
    return treated / control, noise / (treated * control)


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
