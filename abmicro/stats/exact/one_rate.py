"""Exact test that the rate of one arm is a given one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaincc

from abmicro.stats.exact.fisher_tests import one_of
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.numerics.binomial_distribution import log_pmf
from abmicro.stats.foundations.numerics.hypergeometric import TIE
from abmicro.stats.foundations.numerics.integer_search import first_whole
from abmicro.stats.foundations.validation import Bools, Floats, broadcastable, within


def binomial_test(
    arm: Binomial, /, *, null: ArrayLike, alternative: Alternative = "two-sided"
) -> Floats:
    """p-value of the exact test that the rate is `null`.

    arm: units that reached the goal and all units.
    null: rate under the hypothesis in (0, 1).
    alternative: "greater" looks for a higher rate, "less" for a lower one; "two-sided" sums all
    counts no likelier than the observed one, where a relative difference of 1e-7 is a tie.

    Returns p of the broadcast shape; 1 where the arm has no units.

    Source: Clopper and Pearson (1934), Biometrika 26:404-413, for the tails.

    >>> print(binomial_test(Binomial(7, 20), null=0.5).round(4))
    0.2632
    """
    rate = within(null, "null", 0, 1)
    broadcastable(arm=arm.reached + arm.trials, null=rate)
    x, n, rate = np.broadcast_arrays(arm.reached, arm.trials, rate)
    tails = {"greater": _or_more, "less": _or_fewer, "two-sided": _no_likelier}
    p = tails[one_of(alternative)](x, n, rate, 1 - rate)
    return np.asarray(np.minimum(p, 1))[()]


def _or_more(x: Floats, n: Floats, rate: Floats, other: Floats) -> Floats:
    """P(x or more); other: the rate of what is not counted, of which the smaller one is exact."""
    some, few = x > 0, rate <= other
    p = np.ones(x.shape)
    betainc(x, n - x + 1, rate, out=p, where=some & few)
    betaincc(n - x + 1, x, other, out=p, where=some & ~few)
    return p


def _or_fewer(x: Floats, n: Floats, rate: Floats, other: Floats) -> Floats:
    """P(x or fewer), which is that of n - x or more of the others."""
    return _or_more(n - x, n, other, rate)


def _no_likelier(x: Floats, n: Floats, rate: Floats, other: Floats) -> Floats:
    """P(counts no likelier than x): x lies in the upper tail, or all is turned round."""
    upper = x >= n * rate
    x = np.where(upper, x, n - x)
    p, q = np.where(upper, rate, other), np.where(upper, other, rate)
    last = _last_no_likelier(x, n, p)
    beyond = np.where(last < 0, 0, _or_fewer(np.maximum(last, 0), n, p, q))
    return _or_more(x, n, p, q) + beyond


def _last_no_likelier(x: Floats, n: Floats, p: Floats) -> Floats:
    """The largest count on the other side of the mode that is no likelier than x; -1 if none is.

    It lies near the mirror image of x, the farther from it the more skewed the law is there.
    """
    mean = n * p
    around = 3 + np.abs(1 - 2 * p) * (x - mean) ** 2 / np.maximum(mean * (1 - p), 1e-9)
    low = np.clip(np.floor(2 * mean - x - around), 0, x)
    high = np.clip(np.ceil(2 * mean - x + around), 0, x)
    own, below, above = log_pmf(np.stack([x, low, high]), n, p)
    bound = own + TIE

    def likelier(k: Floats) -> Bools:
        return np.asarray(log_pmf(k, n, p) > bound)

    low, high = np.where(below > bound, 0, low), np.where(above > bound, high, x)
    return first_whole(likelier, low, high) - 1
