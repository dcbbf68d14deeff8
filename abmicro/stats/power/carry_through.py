"""Micro beside macro: the units of each claim about the carry-through of a lift.

On a path (no macro without the micro goal) a micro lift of which the part kappa carries through
moves the macro by kappa times as much on the log scale. Claims about kappa are tests of contrasts
of the two log lifts, whose noise is known from the control's rates: each is a `power.Design`, so
that `power.units_for` gives its units. Beside a path the dilution takes a part of the lift away
before anything can carry; there only whether the macro `moved` is planned.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.validation import Floats, broadcastable, demand, numbers, within
from abmicro.stats.power.power import Design


def claim(
    lift: ArrayLike,
    micro: ArrayLike,
    macro: ArrayLike,
    *,
    carried: ArrayLike = 1.0,
    bar: ArrayLike = 0.0,
    ratio: ArrayLike = 1.0,
) -> Design:
    """The test that a pass-through lies above or below a bar, on a path.

    lift: true lift of the micro goal, above -1. micro, macro: the control's rates, 0 < macro <
        micro < 1. carried: the true pass-through. bar: the pass-through it is compared with, for
        example 0 for "the macro moved", 0.5 for "at least half carried", 1 for "less than full".
    ratio: treated units for each control unit.

    Returns the design of the contrast log macro lift - bar * log micro lift, with the control's
    rates in both arms. Its distance has the sign of (carried - bar) times that of the lift.
    Raises ValueError for arguments out of range.

    Source: design note "carry-through", section 1f.

    >>> from abmicro.stats.power.power import units_for
    >>> claims = claim(0.10, 0.12, 0.03, carried=[1, 1, 0], bar=[0, 0.5, 1])
    >>> units_for(claims).control
    array([ 55874., 185479.,  43202.])
    """
    lifted, (m, y) = _lift(lift), _path(micro, macro)
    k = within(ratio, "ratio", 0, np.inf)
    part, against = _finite(carried, "carried"), _finite(bar, "bar")
    broadcastable(lift=lifted, micro=m, ratio=k, carried=part, bar=against)
    pass_rate = y / m
    noise = (1 - pass_rate) / y + (1 - against) ** 2 * (1 - m) / m
    sd = np.sqrt(noise * (1 + 1 / k))
    return Design((part - against) * np.log1p(lifted), sd, sd, k)


def moved(lift: ArrayLike, rate: ArrayLike, ratio: ArrayLike = 1.0) -> Design:
    """The test that a goal moved at all, on the scale of `claim`: the micro goal, or any macro.

    lift: true lift, above -1; for a macro beside the path what the dilution leaves of the micro
        lift and carries. rate: the control's, in (0, 1), which both arms' noise is taken from.
    ratio: treated units for each control unit.

    Raises ValueError for arguments out of range.

    Source: design note "carry-through", section 1f.

    >>> from abmicro.stats.power.power import units_for
    >>> units_for(moved(0.10, [0.12, 0.03])).control
    array([12673., 55874.])
    """
    lifted, p, k = _lift(lift), within(rate, "rate", 0, 1), within(ratio, "ratio", 0, np.inf)
    broadcastable(lift=lifted, rate=p, ratio=k)
    sd = np.sqrt((1 - p) / p * (1 + 1 / k))
    return Design(np.log1p(lifted), sd, sd, k)


def macro_to_micro(phi: ArrayLike, *, carried: ArrayLike = 1.0) -> Floats:
    """How many times the units of the micro goal the macro goal takes for the same lift.

    phi: correlation of the goals over units, in (0, 1], from their joint counts; on a path it is
        sqrt((1 - micro) / micro * macro / (1 - macro)).
    carried: the part of the micro lift that carries through (off the path times the dilution);
        where none does the macro takes infinitely many.

    Returns k = 1 / (phi^2 carried^2), of the broadcast shape.
    Raises ValueError for phi out of range and a part that is not finite.

    Source: design note "carry-through", section 1f.

    >>> print(macro_to_micro(0.5))
    4.0
    """
    together = np.asarray(numbers(phi, "phi"), dtype=np.float64)
    demand((together > 0) & (together <= 1), together, "phi", "must lie in (0, 1]")
    part = _finite(carried, "carried")
    broadcastable(phi=together, carried=part)
    with np.errstate(divide="ignore"):
        return np.divide(1, (together * part) ** 2)


def sign_error(
    lift: ArrayLike,
    se: ArrayLike,
    *,
    carried: ArrayLike,
    carried_sd: ArrayLike,
) -> Floats:
    """Probability that the macro fell although the micro goal rose by so much.

    lift: estimated lift of the micro goal, above -1. se: positive, standard error of its log.
    carried, carried_sd: pass-throughs of the programme are normal with this mean and this positive
        standard deviation.

    Returns the probability that the macro moved against the estimated micro lift, of the broadcast
    shape: that one of pass-through and true micro lift is negative, but not both. With se towards 0
    it falls to `sign_error_floor`. Raises ValueError for arguments out of range.

    Source: the question of design note "carry-through", section 1f; the product of two independent
    normal variables changes sign with either, so that no normal law of the product is needed.

    >>> print(sign_error(0.10, 0.03, carried=0.7, carried_sd=0.5).round(3))
    0.081
    """
    moved, error = np.abs(np.log1p(_lift(lift))), within(se, "se", 0, np.inf)
    part, spread = _programme(carried, carried_sd)
    broadcastable(lift=moved, se=error, carried=part, carried_sd=spread)
    reversed_, flipped = ndtr(-part / spread), ndtr(-moved / error)
    return np.asarray(reversed_ * (1 - flipped) + (1 - reversed_) * flipped)[()]


def sign_error_floor(carried: ArrayLike, carried_sd: ArrayLike) -> Floats:
    """What `sign_error` tends to as units grow: the floor that no traffic removes.

    carried, carried_sd: as `sign_error`.

    >>> print(sign_error_floor(0.7, 0.5).round(2))
    0.08
    """
    part, spread = _programme(carried, carried_sd)
    return np.asarray(ndtr(-part / spread))[()]


def _path(micro: ArrayLike, macro: ArrayLike) -> tuple[Floats, Floats]:
    m, y = within(micro, "micro", 0, 1), within(macro, "macro", 0, 1)
    broadcastable(micro=m, macro=y)
    demand(np.asarray(y < m), y, "macro", "must be below micro")
    return m, y


def _lift(lift: ArrayLike) -> Floats:
    given = _finite(lift, "lift")
    demand(given > -1, given, "lift", "must be above -1")
    return given


def _programme(carried: ArrayLike, carried_sd: ArrayLike) -> tuple[Floats, Floats]:
    part, spread = _finite(carried, "carried"), within(carried_sd, "carried_sd", 0, np.inf)
    broadcastable(carried=part, carried_sd=spread)
    return part, spread


def _finite(values: ArrayLike, name: str) -> Floats:
    given = np.asarray(numbers(values, name), dtype=np.float64)
    demand(np.isfinite(given), given, name, "must be finite")
    return given
