"""Power of any test of two rates at all, from its p-values of every possible table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats import binomial_law
from abmicro.stats.arguments import Floats, broadcastable, within
from abmicro.stats.binomial import Binomial
from abmicro.stats.power import Findings

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

    test: p-values of arms whose counts broadcast, such as `fisher.fisher_half_observed` or
        `unconditional.boschloo`. `exact_power.exact_findings` is very much quicker for the tests it
        knows; this one makes no assumption about which tables a test rejects.
    control, treated: true rates in (0, 1), of any shapes that broadcast.
    control_units, treated_units: whole numbers from 1 on, with at most 2**24 tables in all.
    alpha: error rate in (0, 1).

    Returns probabilities of the broadcast shape. Tables where the rates agree count for neither.
    Raises ValueError for arguments out of range.

    Source: by definition.

    >>> from abmicro.stats.fisher import fisher
    >>> found = enumerated_findings(fisher, 0.1, 0.4, control_units=20, treated_units=20)
    >>> print(found.above.round(4))
    0.492
    """
    p, q = within(control, "control", 0, 1), within(treated, "treated", 0, 1)
    broadcastable(control=p, treated=q)
    xc, xt = _counts(control_units, "control_units"), _counts(treated_units, "treated_units")
    tables = xc.size * xt.size
    if tables > _MOST:
        raise ValueError(f"control_units and treated_units make {tables:,} tables, over {_MOST:,}")
    arms = Binomial(xt[:, None], treated_units), Binomial(xc, control_units)
    finds = test(*arms) <= within(alpha, "alpha", 0, 1)
    gap = xt[:, None] * control_units - xc * treated_units
    laws = _law(xt, q), _law(xc, p)
    return Findings(
        *(((laws[0] @ (finds & side)) * laws[1]).sum(axis=-1) for side in (gap > 0, gap < 0))
    )


def _counts(units: int, name: str) -> Floats:
    if units < 1 or units != int(units):
        raise ValueError(f"{name} must be a whole number from 1 on, got {units}")
    return np.arange(units + 1, dtype=np.float64)


def _law(counts: Floats, rate: Floats) -> Floats:
    return np.exp(binomial_law.log_pmf(counts, counts[-1:], rate[..., None]))
