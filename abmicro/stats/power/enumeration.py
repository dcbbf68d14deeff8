"""Power of any test of two rates at all, from its p-values of every table that has any chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics import binomial_distribution
from abmicro.stats.foundations.validation import Floats, broadcastable, within
from abmicro.stats.power.power import Findings

PValue = Callable[[Binomial, Binomial], Floats]
"""The p-value of a test: treated, control."""

_MOST = 2**24  # tables


def enumerated_findings(
    test: PValue,
    control: ArrayLike,
    treated: ArrayLike,
    *,
    control_units: int,
    treated_units: int,
    alpha: float = 0.05,
) -> Findings:
    """Probabilities that p is at most alpha with the treated arm above the control, and below it.

    test: p-values of arms whose counts broadcast, such as `exact.fisher`. For the tests that
        `exact_findings` knows it is very much quicker; this one makes no assumption
        about which tables a test rejects.
    control, treated: true rates in (0, 1), of any shapes that broadcast.
    control_units, treated_units: whole numbers from 1 on.
    alpha: error rate in (0, 1).

    Returns probabilities of the broadcast shape, to about 1e-12. Tables where the rates agree count
    for neither. Work grows with the tables that any of the true rates makes likely.
    Raises ValueError for arguments out of range, and for more than 2**24 likely tables.

    Source: by definition.

    >>> from abmicro.stats.exact.fisher_tests import fisher
    >>> found = enumerated_findings(fisher, 0.1, 0.4, control_units=20, treated_units=20)
    >>> print(found.above.round(4))
    0.492
    """
    p, q = within(control, "control", 0, 1), within(treated, "treated", 0, 1)
    broadcastable(control=p, treated=q)
    error = within(alpha, "alpha", 0, 1)
    xc, xt = _likely(control_units, p, "control_units"), _likely(treated_units, q, "treated_units")
    if (tables := xc.size * xt.size) > _MOST:
        raise ValueError(f"control and treated make {tables:,} tables likely, over {_MOST:,}")
    finds = test(Binomial(xt[:, None], treated_units), Binomial(xc, control_units)) <= error
    gap = xt[:, None] * control_units - xc * treated_units
    of_treated, of_control = _law(xt, treated_units, q), _law(xc, control_units, p)
    above, below = (
        ((of_treated @ (finds & side)) * of_control).sum(axis=-1) for side in (gap > 0, gap < 0)
    )
    return Findings(above, below)


def _likely(units: int, rates: Floats, name: str) -> Floats:
    """The counts that have any chance under one of the rates."""
    if units < 1 or units != int(units):
        raise ValueError(f"{name} must be a whole number from 1 on, got {units}")
    half = binomial_distribution.half_width(float(np.sqrt(units * (rates * (1 - rates)).max())))
    ends = np.floor(units * rates.min()) - half, np.floor(units * rates.max()) + half
    return np.arange(max(ends[0], 0), min(ends[1], units) + 1)


def _law(counts: Floats, units: int, rate: Floats) -> Floats:
    return np.exp(binomial_distribution.log_pmf(counts, np.asarray(float(units)), rate[..., None]))
