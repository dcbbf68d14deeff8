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
from abmicro.stats.foundations.validation import Floats, broadcastable, within


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
    p = tails[one_of(alternative)](x, n, rate)
    return np.asarray(np.minimum(p, 1))[()]


def _or_more(x: Floats, n: Floats, rate: Floats) -> Floats:
    """P(x or more)."""
    some = x > 0
    return np.where(some, betainc(np.where(some, x, 1), n - x + 1, rate), 1)


def _or_fewer(x: Floats, n: Floats, rate: Floats) -> Floats:
    """P(x or fewer)."""
    some = x < n
    return np.where(some, betaincc(x + 1, np.where(some, n - x, 1), rate), 1)


def _no_likelier(x: Floats, n: Floats, rate: Floats) -> Floats:
    """P(counts no likelier than x): x lies in the upper tail, or all is turned round."""
    upper = x >= n * rate
    x, p = np.where(upper, x, n - x), np.where(upper, rate, 1 - rate)
    bound = log_pmf(x, n, p)
    other = first_whole(lambda k: log_pmf(k, n, p) > bound + TIE, np.zeros(x.shape), x) - 1
    beyond = np.where(other < 0, 0, _or_fewer(np.maximum(other, 0), n, p))
    return _or_more(x, n, p) + beyond
