"""The law of treated conversions when the conversions of both arms together are given.

With equal rates each of the `total` conversions may fall on any unit, so their number among the
treated is hypergeometric. Every function takes arrays that broadcast: x treated conversions, nt and
nc units, total conversions; x must be a possible number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations.goodness_of_fit import log_peak, log_poisson
from abmicro.stats.foundations.numerics.choice import anywhere, choose, together
from abmicro.stats.foundations.score_statistic import cross
from abmicro.stats.foundations.validation import Bools, Floats

TIE = 1e-7  # tables whose probabilities differ by less, relatively, are equally likely
_NEGLIGIBLE = 1e-17
_ROOM = 2**18  # terms worked on at once
_MOST_TERMS = 32  # of a tail at first; twice as many each time


class Parts(NamedTuple):
    """Probabilities of fewer than x, of x and of more than x."""

    fewer: Floats
    same: Floats
    more: Floats


def log_pmf(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """Log probability of x, to the last digits also among 1e9 units.

    >>> np.exp(log_pmf(*np.array([3.0, 4.0, 4.0, 4.0]))).round(6)
    np.float64(0.228571)
    """
    x, nt, nc, total = together(x, nt, nc, total)
    return _log_weight(x, nt, nc, total) - _log_margins(nt, nc, total)


def parts(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Parts:
    """Probabilities on both sides of x; the tail x lies in keeps its digits, however small.

    >>> [round(float(p), 6) for p in parts(*np.array([3.0, 4.0, 4.0, 4.0]))]
    [0.757143, 0.228571, 0.014286]
    """
    x, nt, nc, total = together(x, nt, nc, total)
    above = _above_mean(x, nt, nc, total)
    same = np.exp(log_pmf(x, nt, nc, total))
    beyond = same * _beyond(*_turned(above, x, nt, nc, total))
    inner = np.maximum(1 - same - beyond, 0)
    return Parts(choose(above, inner, beyond), same, choose(above, beyond, inner))


class NoLikelier(NamedTuple):
    """Probabilities of all tables no likelier than x, of x, and of another exactly as likely."""

    together: Floats
    same: Floats
    tied: Floats


def no_likelier(x: Floats, nt: Floats, nc: Floats, total: Floats) -> NoLikelier:
    """Probability of the tables no likelier than x, summed from x and from the other tail.

    >>> round(float(no_likelier(*np.array([3.0, 4.0, 4.0, 4.0])).together), 6)
    0.485714
    """
    x, nt, nc, total = together(x, nt, nc, total)
    x, nt, nc, total = _turned(_above_mean(x, nt, nc, total), x, nt, nc, total)
    weight, margins = _log_weight(x, nt, nc, total), _log_margins(nt, nc, total)
    least = np.maximum(total - nc, 0)
    y, log_chance = _last_no_likelier(x, nt, nc, total, weight + TIE)
    same, chance = np.exp(weight - margins), np.exp(log_chance - margins)
    # With y = x - 1 none is likelier than x, and from y on the terms need not fall.
    below = total - choose((y >= least) & (y + 1 < x), y, least)
    above, beyond = _beyond(*map(np.array, ((x, below), (nt, nc), (nc, nt), (total, total))))
    more = same * above
    other = choose(y + 1 == x, np.maximum(1 - same - more, 0), chance * (1 + beyond))
    return NoLikelier(same + more + other, same, choose(chance >= same * (1 - TIE), chance, 0))


@np.errstate(divide="ignore")
def _last_no_likelier(
    x: Floats, nt: Floats, nc: Floats, total: Floats, bound: Floats
) -> tuple[Floats, Floats]:
    """The largest number below x, itself above the mean, whose log weight is at most `bound`.

    Returns it and its log weight: one less than the least possible number, and -inf, where none is.
    Log weights are concave, and steps of
    their logs are ratios of whole numbers: Newton's iteration on whole numbers, from the mirror
    image of x, inside a bracket.
    """
    low, high = np.maximum(total - nc, 0) - 1, x
    of_low = np.full_like(x, -np.inf)[()]
    mirrored = np.floor(2 * nt * total / np.maximum(nt + nc, 1) - x)
    while anywhere(left := high - low > 1):
        y = np.maximum(np.minimum(mirrored, high - 1), low + 1)
        weight = _log_weight(y, nt, nc, total)
        likelier, room = weight > bound, bound - weight
        rise = _log_ratio(choose(likelier, y - 1, y), nt, nc, total)
        step = np.floor(choose(rise > 0, room / rise, np.copysign(np.inf, room)))
        # A step to the neighbour's side tells that the neighbour lies on the other side.
        under, over = left & likelier & (step == -1), left & ~likelier & (step == 0)
        low = choose(under, y - 1, choose(left & ~likelier, y, low))
        of_low = choose(under, weight - rise, choose(left & ~likelier, weight, of_low))
        high = choose(over, y + 1, choose(left & likelier, y, high))
        mirrored = y + step
    return low, of_low


def _log_weight(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """Log probability of x up to `_log_margins`: of the four cells under laws of Poisson."""
    units = np.maximum(nt + nc, 1)
    missed = nt + nc - total
    counts = np.array([x, nt - x, total - x, nc - total + x])
    means = np.array([nt * total, nt * missed, nc * total, nc * missed]) / units
    surplus = cross(x, nc, total - x, nt) / units
    surpluses = np.array([surplus, -surplus, -surplus, surplus])
    return np.asarray(log_poisson(counts, means, surpluses).sum(axis=0))[()]


def _log_margins(nt: Floats, nc: Floats, total: Floats) -> Floats:
    """The same of the margins, which are what is given: sizes of both arms, of both outcomes."""
    units = nt + nc
    peaks = log_peak(np.array([nt, nc, total, units - total, units]))
    return np.asarray(peaks[:4].sum(axis=0) - peaks[4])[()]


def _log_ratio(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """Log of the probability of x + 1 over that of x; infinite before the least possible x."""
    ways = (nt - x) * (total - x)
    return np.asarray(np.log(ways / ((x + 1) * (nc - total + x + 1))))[()]


def _above_mean(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Bools:
    return x * (nt + nc) >= total * nt


def _turned(
    stay: Bools, x: Floats, nt: Floats, nc: Floats, total: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Count the other arm's conversions where not `stay`, so that x lies above its mean."""
    return choose(stay, x, total - x), choose(stay, nt, nc), choose(stay, nc, nt), total


def _beyond(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """P(more than x) / P(x) for x above the mean: terms that fall, summed until they vanish."""
    shape = np.shape(x)
    x, nt, spare, total = (np.reshape(each, (-1, 1)) for each in (x, nt, nc - total + 1, total))
    summed, last = np.zeros(x.size), np.ones(x.size)
    left, at, most = np.arange(x.size), 0, _MOST_TERMS
    while left.size:
        width = max(8, min(most, _ROOM // left.size))
        y = x[left] + np.arange(at, at + width)
        ways = (nt[left] - y) * (total[left] - y)
        terms = np.cumprod(ways / ((y + 1) * (spare[left] + y)), axis=1)
        terms *= last[left, None]
        summed[left] += terms.sum(axis=1)
        last[left] = terms[:, -1]
        left = left[last[left] > _NEGLIGIBLE * summed[left]]
        at, most = at + width, 2 * most
    return summed.reshape(shape)[()]
