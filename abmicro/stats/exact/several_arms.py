"""Fisher's exact test for more than two arms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.distinct import distinct_rows
from abmicro.stats.foundations.numerics.hypergeometric import TIE
from abmicro.stats.foundations.validation import Floats

LARGEST = 5_000_000  # tables that may be enumerated
_ROOM = 2**18  # tables enumerated at once


def freeman_halton(arms: Binomial, /) -> Floats:
    """p-value of the exact test that all arms have one rate.

    arms: units that reached the goal and all units, arms along the last axis, any batch axes before
    it.

    Returns p of the batch shape: the probability, given the conversions of all arms together, of
    all tables no likelier than the observed one (a relative difference of 1e-7 is a tie). An arm
    without units says nothing. Every table is visited: for few conversions in few arms. Equal
    cases are computed once, cases of like size together.

    Raises ValueError where the tables may be more than five million.

    Source: Freeman and Halton (1951), Biometrika 38:141-149.

    >>> print(freeman_halton(Binomial([5, 9, 2], [50, 51, 48])).round(5))
    0.08578
    """
    x, n = np.broadcast_arrays(np.atleast_1d(arms.reached), np.atleast_1d(arms.trials))
    batch, many = x.shape[:-1], x.shape[-1]
    x, n = x.reshape(-1, many), n.reshape(-1, many)
    each, order = np.arange(len(x))[:, None], n.argsort(axis=1)  # the largest arm last
    rows, places = distinct_rows(np.concatenate([n[each, order], x[each, order]], axis=1))
    n, x = rows[:, :many], rows[:, many:]
    p = np.empty(len(rows))
    for block in _blocks(x, n):
        p[block] = _p(x[block], n[block])
    return p[places].reshape(batch)[()]


def _blocks(x: Floats, n: Floats) -> Iterator[NDArray[np.intp]]:
    """Rows whose arms allow like numbers of conversions, up to a factor of two, some at a time."""
    choices = np.minimum(n[:, :-1], x.sum(axis=1, keepdims=True)) + 1
    count = choices.prod(axis=1).max(initial=0)
    if count > LARGEST:
        raise ValueError(
            f"arms allow about {count:.1g} tables, too many to enumerate; test all arms with"
            " chi-square, or each against the control"
        )
    kinds, places = distinct_rows(np.exp2(np.ceil(np.log2(choices))))
    for number, kind in enumerate(kinds):
        rows, most = np.flatnonzero(places == number), max(int(_ROOM // kind.prod()), 1)
        for start in range(0, len(rows), most):
            yield rows[start : start + most]


def _p(x: Floats, n: Floats) -> Floats:
    """The p of cases (R, arms), the largest arm last; the tables of all of them side by side."""
    total = x.sum(axis=1, keepdims=True)
    most, each = int(total.max()), np.arange(len(x))[:, None]
    ways = _log_ways(np.arange(most + 1.0), n[:, :, None])
    left, log = total, np.zeros((len(x), 1))
    for arm, largest in enumerate(n[:, :-1].max(axis=0)):
        taken = np.arange(min(largest, most) + 1)
        left = (left[:, :, None] - taken).reshape(len(x), -1)
        log = (log[:, :, None] + ways[:, arm, None, : len(taken)]).reshape(len(x), -1)
        if arm:
            fits = (left >= 0).any(axis=0)
            left, log = left[:, fits], log[:, fits]
    some = left >= 0  # the last arm takes what is left
    log += np.where(some, ways[each, -1, np.where(some, left, 0).astype(np.intp)], -np.inf)
    observed = ways[each, np.arange(n.shape[1]), x.astype(np.intp)].sum(axis=1, keepdims=True)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    no_likelier = (weight * (log <= observed + TIE)).sum(axis=1)
    return np.asarray(np.minimum(no_likelier / weight.sum(axis=1), 1))


def _log_ways(x: Floats, n: Floats) -> Floats:
    """Log of how many ways there are to choose x of n; minus infinity beyond n."""
    return np.asarray(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))
