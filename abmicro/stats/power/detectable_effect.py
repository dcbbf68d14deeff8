"""What so many units can find, and how they are best divided among the arms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from abmicro.stats.foundations.numerics.root_finding import root
from abmicro.stats.foundations.validation import Floats, broadcastable, within
from abmicro.stats.power.designs import RatesDesign, pooled
from abmicro.stats.power.power import bar_of, wanted_power
from abmicro.stats.proportions.margin_tests import Direction

_NEAREST = 1e-300  # to the control's rate that a treated rate is looked for
_FARTHEST = 1 - 1e-12  # of the way to 0 or 1
_NEARLY_ALL = 1 - 2.0**-53


class DetectableRate(NamedTuple):
    """The treated rate that a test finds, and how far it lies from the control's."""

    treated: Floats
    difference: Floats
    lift: Floats


def detectable(
    control: ArrayLike,
    control_units: ArrayLike,
    *,
    ratio: ArrayLike = 1.0,
    power: ArrayLike = 0.8,
    alpha: ArrayLike = 0.05,
    direction: Direction = "up",
    formula: RatesDesign = pooled,
) -> DetectableRate:
    """The smallest change of a rate that a test finds with the wanted probability.

    control: the control's rate in (0, 1). control_units: positive. ratio: treated units for each.
    power, alpha: of a two-sided test, power above alpha; a one-sided test at alpha detects what a
        two-sided one at twice that does.
    direction: "up" looks for a higher treated rate, "down" for a lower one.
    formula: of equal rates, from `designs`.

    Returns the treated rate, its difference from the control's (negative for "down") and the lift,
    of the broadcast shape; NaN where not even a rate next to 1 (or 0) is found so often.
    Raises ValueError for arguments out of range.

    >>> found = detectable(0.10, 3841)
    >>> round(float(found.difference), 5), round(float(found.lift), 4)
    (0.02, 0.2)
    """
    p, k = within(control, "control", 0, 1), within(ratio, "ratio", 0, np.inf)
    scale = np.sqrt(within(control_units, "control_units", 0, np.inf))
    bar, wanted = bar_of(alpha), ndtri(wanted_power(power, alpha))
    broadcastable(control=p, control_units=scale, ratio=k, power=wanted, alpha=bar)
    shape = np.broadcast_shapes(p.shape, scale.shape, k.shape, wanted.shape, bar.shape)
    p, scale, k, bar, wanted = (
        np.broadcast_to(each, shape).ravel() for each in (p, scale, k, bar, wanted)
    )
    sign = {"up": 1, "down": -1}.get(direction)
    if sign is None:
        raise ValueError(f"direction must be one of up, down, got {direction!r}")
    room = (1 - p if sign > 0 else p) * _FARTHEST

    def surplus(log_gap: Floats, at: Floats) -> Floats:
        i = at.astype(np.intp)
        moved = p[i] + sign * np.minimum(np.exp(log_gap), room[i])
        treated = np.minimum(moved, _NEARLY_ALL)
        design = formula(p[i], treated, k[i])
        noise = bar[i] * design.null_sd + wanted[i] * design.true_sd
        return np.asarray(scale[i] * np.abs(design.distance) - noise)

    log_gap = root(surplus, np.full(p.shape, np.log(_NEAREST)), np.log(room))
    gap = np.where(np.isinf(log_gap), np.nan, sign * np.exp(np.minimum(log_gap, 0)))
    found = (p + gap, gap, gap / p)
    return DetectableRate(*(each.reshape(shape)[()] for each in found))
