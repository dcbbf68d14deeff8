"""Bayes factors of "the rates differ" against "they are the same", in closed form.

All are natural logarithms of the factor for a difference: above 0 the data speak for one, below 0
against it, so that "no difference" can be supported too. Negate for the factor of the null. See
`log_odds_factor` for one whose prior fits small lifts better than those here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

from abmicro.stats.bayes.priors.prior import UNIFORM
from abmicro.stats.foundations.binomial import Binomial, two_arms
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.foundations.validation import Floats, whole


def independent_rates(treated: Binomial, control: Binomial, *, prior: Beta = UNIFORM) -> Floats:
    """Two rates of their own against one common rate, all with the same beta prior.

    The prior holds the rates to be unrelated, hence expects huge differences, and so this factor
    favours the null for lifts as small as those of A/B tests.

    Source: closed form, e.g. Kass and Raftery (1995), Journal of the American Statistical
    Association 90:773-795.

    >>> round(float(independent_rates(Binomial(244, 10_000), Binomial(200, 10_000))), 4)
    -3.026
    """
    x1, n1, x0, n0 = two_arms(treated, control, a=prior.a, b=prior.b)
    a, b = prior.a, prior.b
    apart = betaln(a + x1, b + n1 - x1) + betaln(a + x0, b + n0 - x0) - betaln(a, b)
    return np.asarray(apart - betaln(a + x1 + x0, b + n1 + n0 - x1 - x0))


def fixed_rows(table: ArrayLike, *, concentration: float = 1.0) -> Floats:
    """Gunel and Dickey's factor where the number of units of every row was fixed, as in a test.

    table: (..., R, C) counts; rows are variants, columns exclusive outcomes.
    concentration: of the Dirichlet prior of every cell, above 1 - 1 / R; the default is uniform.

    Raises ValueError for counts that are negative or fractional, fewer than two rows or columns,
    and too small a concentration.

    Source: Gunel and Dickey (1974), Biometrika 61:545-557; notation of Jamil et al. (2017),
    Behavior Research Methods 49:638-652.

    >>> round(float(fixed_rows([[244, 9756], [200, 9800]])), 4)
    -3.026
    """
    cells = _table(table)
    margin = _of_margin(concentration, cells.shape[-2])
    apart = _evidence(cells, concentration).sum(axis=-1)
    return np.asarray(apart - _evidence(cells.sum(axis=-2), margin))


def fixed_total(table: ArrayLike, *, concentration: float = 1.0) -> Floats:
    """Gunel and Dickey's factor where only the number of all units was fixed.

    table: as for `fixed_rows`; concentration: above 1 - 1 / max(R, C).

    Raises ValueError and source as `fixed_rows`.

    >>> round(float(fixed_total([[50, 48], [13, 23]])), 3)
    -0.116
    """
    cells = _table(table)
    of_rows, of_columns = (_of_margin(concentration, kinds) for kinds in cells.shape[:-3:-1])
    return np.asarray(
        _evidence(cells.reshape(*cells.shape[:-2], -1), concentration)
        - _evidence(cells.sum(axis=-1), of_rows)
        - _evidence(cells.sum(axis=-2), of_columns)
    )


def _table(table: ArrayLike) -> Floats:
    cells = whole(table, "table")
    if cells.ndim < 2 or min(cells.shape[-2:]) < 2:
        raise ValueError(f"table needs two rows and columns at least, got shape {cells.shape}")
    return cells


def _of_margin(concentration: float, kinds: int) -> float:
    """The concentration of the other margin's shares if the two are independent.

    It is what the prior of the cells becomes on the condition of independence.
    """
    least = 1 - 1 / kinds
    if not least < concentration < np.inf:
        raise ValueError(f"concentration must be above {least:g} and finite, got {concentration}")
    return kinds * concentration - (kinds - 1)


def _evidence(counts: Floats, concentration: float) -> Floats:
    """Log probability of a sequence of draws with such counts (last axis), Dirichlet shares."""
    kinds = counts.shape[-1]
    each = gammaln(counts + concentration).sum(axis=-1) - kinds * gammaln(concentration)
    all_of_them = kinds * concentration
    return np.asarray(each - gammaln(counts.sum(axis=-1) + all_of_them) + gammaln(all_of_them))
