"""How much of alpha may be spent by which share of a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from abmicro.stats.foundations.validation import Floats, demand, within

Spending = Literal["obrien_fleming", "pocock", "hwang_shih_decani", "power"]


def spent_alpha(
    clock: ArrayLike,
    *,
    alpha: ArrayLike,
    spending: Spending = "obrien_fleming",
    gamma: float | None = None,
) -> Floats:
    """The share of a one-sided `alpha` that may be spent by `clock`.

    clock: at least 0, any shape; from 1 on all of alpha is spent. alpha: in (0, 1).
    gamma: of `hwang_shih_decani` (any number; 0 is a straight line) and of `power` (above 0).

    Raises ValueError for another spending function, or where gamma is missing or not asked for.

    Source: Lan and DeMets (1983), Biometrika 70:659; Hwang, Shih and DeCani (1990), Statistics in
    Medicine 9:1439.

    >>> spent_alpha([0.5, 1], alpha=0.025).round(6)
    array([0.001525, 0.025   ])
    """
    a = within(alpha, "alpha", 0, 1)
    s = np.minimum(np.asarray(clock, dtype=np.float64), 1)
    demand(np.asarray(s >= 0), s, "clock", "must not be negative")
    if spending not in get_args(Spending):
        raise ValueError(f"spending must be one of {', '.join(get_args(Spending))}")
    if (gamma is not None) != (spending in ("hwang_shih_decani", "power")):
        raise ValueError("gamma goes with hwang_shih_decani and power, and with no other spending")
    with np.errstate(divide="ignore"):
        return np.asarray(_SHARES[spending](s, a, gamma or 0.0))


def _obrien_fleming(s: Floats, a: Floats, _: float) -> Floats:
    return np.asarray(2 * ndtr(ndtri(a / 2) / np.sqrt(s)))


def _pocock(s: Floats, a: Floats, _: float) -> Floats:
    return a * np.log1p((np.e - 1) * s)


def _hwang_shih_decani(s: Floats, a: Floats, gamma: float) -> Floats:
    return a * s if gamma == 0 else a * np.expm1(-gamma * s) / np.expm1(-gamma)


def _power(s: Floats, a: Floats, gamma: float) -> Floats:
    if gamma <= 0:
        raise ValueError(f"gamma of power must be above 0, got {gamma:g}")
    return np.asarray(a * s**gamma)


_SHARES: dict[str, Callable[[Floats, Floats, float], Floats]] = {
    "obrien_fleming": _obrien_fleming,
    "pocock": _pocock,
    "hwang_shih_decani": _hwang_shih_decani,
    "power": _power,
}
