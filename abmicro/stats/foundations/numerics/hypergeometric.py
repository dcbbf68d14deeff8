"""The law of treated conversions when the conversions of both arms together are given.

With equal rates each of the `total` conversions may fall on any unit, so their number among the
treated is hypergeometric. Every function takes arrays that broadcast: x treated conversions, nt and
nc units, total conversions; x must be a possible number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations.numerics import binomial_distribution
from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.validation import Bools, Floats

TIE = 1e-7  # tables whose probabilities differ by less, relatively, are equally likely
_NEGLIGIBLE = 1e-17
_ROOM = 2**18  # terms worked on at once


class Parts(NamedTuple):
    """Probabilities of fewer than x, of x and of more than x."""

    fewer: Floats
    same: Floats
    more: Floats


def log_pmf(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """Log probability of x, through three binomial laws at the common rate (Loader 2000).

    >>> np.exp(log_pmf(*np.array([3.0, 4.0, 4.0, 4.0]))).round(6)
    np.float64(0.228571)
    """
    units = nt + nc
    certain = (total == 0) | (total == units)
    rate = np.where(certain, 0.5, total / np.maximum(units, 1))
    arms = binomial_distribution.log_pmf(x, nt, rate) + binomial_distribution.log_pmf(
        total - x, nc, rate
    )
    return np.where(certain, 0.0, arms - binomial_distribution.log_pmf(total, units, rate))


def parts(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Parts:
    """Probabilities on both sides of x; the tail x lies in keeps its digits, however small.

    >>> [round(float(p), 6) for p in parts(*np.array([3.0, 4.0, 4.0, 4.0]))]
    [0.757143, 0.228571, 0.014286]
    """
    above = _above_mean(x, nt, nc, total)
    same = np.exp(log_pmf(x, nt, nc, total))
    beyond = same * _beyond(*_turned(above, x, nt, nc, total))
    inner = np.maximum(1 - same - beyond, 0)
    return Parts(np.where(above, inner, beyond), same, np.where(above, beyond, inner))


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
    x, nt, nc, total = _turned(_above_mean(x, nt, nc, total), x, nt, nc, total)
    fewer, same, more = parts(x, nt, nc, total)
    least = np.maximum(total - nc, 0)
    bound = _log_ways(x, nt, nc, total) + TIE
    y = first_whole(lambda k: _log_ways(k, nt, nc, total) > bound, least, x) - 1
    # With y = x - 1 none is likelier than x, and from y on the terms need not fall.
    tail = (y >= least) & (y + 1 < x)
    there = np.where(tail, y, least)
    chance = np.where(y >= least, np.exp(log_pmf(np.maximum(y, least), nt, nc, total)), 0)
    beyond = _beyond(total - there, nc, nt, total) if tail.any() else 0.0
    other = np.where(y + 1 == x, fewer, chance * (1 + beyond))
    return NoLikelier(same + more + other, same, np.where(chance >= same * (1 - TIE), chance, 0))


def _log_ways(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """Log probability of x up to a term that depends on the total alone."""
    rate = np.clip(total / np.maximum(nt + nc, 1), 1e-300, 1 - 2.0**-53)
    return binomial_distribution.log_pmf(x, nt, rate) + binomial_distribution.log_pmf(
        total - x, nc, rate
    )


def _above_mean(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Bools:
    return np.asarray(x * (nt + nc) >= total * nt)


def _turned(
    stay: Bools, x: Floats, nt: Floats, nc: Floats, total: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Count the other arm's conversions where not `stay`, so that x lies above its mean."""
    x, nt, nc, total = np.broadcast_arrays(x, nt, nc, total)
    return np.where(stay, x, total - x), np.where(stay, nt, nc), np.where(stay, nc, nt), total


def _beyond(x: Floats, nt: Floats, nc: Floats, total: Floats) -> Floats:
    """P(more than x) / P(x) for x above the mean: terms that fall, summed until they vanish."""
    shape = np.shape(x)
    x, nt, nc, total = (np.ravel(each) for each in (x, nt, nc, total))
    summed, last = np.zeros(x.size), np.ones(x.size)
    left, width, at = np.arange(x.size), 8, 0
    while left.size:
        y = x[left, None] + np.arange(at, at + width)
        ways = (nt[left, None] - y) * (total[left, None] - y)
        terms = np.cumprod(ways / ((y + 1) * ((nc - total)[left, None] + y + 1)), axis=1)
        terms *= last[left, None]
        summed[left] += terms.sum(axis=1)
        last[left] = terms[:, -1]
        left = left[last[left] > _NEGLIGIBLE * summed[left]]
        at += width
        width = max(8, min(2 * width, _ROOM // max(left.size, 1)))
    return summed.reshape(shape)
