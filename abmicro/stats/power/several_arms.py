"""Power of several arms that share a control.

Every correction is an error rate for each arm on its own, to be given to `power.power_of` and
`power.units_for` for the power per arm: `dunnett_alpha`, or alpha / arms for Bonferroni. Holm's
power per arm lies between Bonferroni's and that at alpha; it finds any arm as often as Bonferroni.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from abmicro.stats.foundations.effect import Alternative
from abmicro.stats.foundations.validation import Floats, broadcastable, within
from abmicro.stats.multiplicity.dunnett_tests import dunnett_critical
from abmicro.stats.power.power import (
    Design,
    bar_of,
    towards,
)

_TAIL = 9.0  # standard errors beyond which the normal density does not count
_STEP = 0.7  # of the nodes, by sharpness, as in `dunnett`


class ArmsPower(NamedTuple):
    """Probabilities that at least one arm, and that every arm, is found in its direction."""

    any: Floats
    every: Floats


def dunnett_alpha(
    ratio: ArrayLike, *, alpha: ArrayLike = 0.05, alternative: Alternative = "two-sided"
) -> Floats:
    """The error rate at which Dunnett's test looks at each arm, so that all together have alpha.

    ratio: (..., arms) units of each arm for one of the control. alpha: in (0, 1), of the batch
    shape or a number.

    Returns the error rate of the batch shape, between alpha / arms and alpha.
    Raises ValueError for a ratio that is not positive and an alpha outside (0, 1).

    Source: Dunnett (1955), Journal of the American Statistical Association 50:1096-1121.

    >>> print(dunnett_alpha([1.0, 1.0, 1.0]).round(5))
    0.01883
    """
    units = np.atleast_1d(within(ratio, "ratio", 0, np.inf))
    bar = dunnett_critical(units, 1.0, alpha=alpha, alternative=alternative)
    return np.asarray(ndtr(-bar) * (2 if alternative == "two-sided" else 1))[()]


def power_of_arms(
    design: Design,
    control_units: ArrayLike,
    *,
    alpha: ArrayLike = 0.05,
    alternative: Alternative = "two-sided",
) -> ArmsPower:
    """Probabilities that at least one arm, and that every arm, is found in its direction.

    design: of each arm against the control, arms along the last axis of its distance.
    control_units: positive, of the batch shape or a number.
    alpha: error rate of each arm on its own, of the batch shape or a number, such as
        `dunnett_alpha`. alternative: of every arm; one-sided tests do not find the other side.

    Returns probabilities of the batch shape, by the integral over the control's deviate.
    Raises ValueError for arguments out of range.

    Source: Dunnett (1955), equation for the joint law; Dunnett and Tamhane (1991), Statistics in
    Medicine 10:939-947, on power.

    >>> from abmicro.stats.power.designs import pooled
    >>> found = power_of_arms(
    ...     pooled(0.10, [0.12, 0.12]), 3841, alpha=dunnett_alpha([1.0, 1.0])
    ... )
    >>> round(float(found.any), 4), round(float(found.every), 4)
    (0.8598, 0.5846)
    """
    margin, shared = _margins(design, control_units, alpha, alternative)
    rest = np.sqrt(1 - shared**2)
    sharpness = np.sqrt(1 + ((shared / rest) ** 2).sum(axis=-1).max(initial=0))
    nodes = np.linspace(-_TAIL, _TAIL, int(np.ceil(2 / _STEP * _TAIL * sharpness)) + 1)
    weights = np.exp(-(nodes**2) / 2)
    # axes: batch, node, arm
    found = ndtr(
        (margin[..., None, :] + shared[..., None, :] * nodes[:, None]) / rest[..., None, :]
    )
    missed_all, found_all = np.prod(1 - found, axis=-1), np.prod(found, axis=-1)
    total = weights.sum()
    return ArmsPower(
        1 - (missed_all * weights).sum(axis=-1) / total,
        (found_all * weights).sum(axis=-1) / total,
    )


def _margins(
    design: Design, control_units: ArrayLike, alpha: ArrayLike, alternative: Alternative
) -> tuple[Floats, Floats]:
    """How far each arm's mean score lies beyond the bar, and its part of the control's deviate."""
    root = np.sqrt(within(control_units, "control_units", 0, np.inf))[..., None]
    bar = bar_of(alpha, alternative)[..., None]
    broadcastable(design=design.distance, control_units=root, alpha=bar)
    distance = towards(design, alternative)
    # As without effects: what the variances that a test estimates owe to the control makes up for
    # what differs between the true ones.
    shared = np.sqrt(design.ratio / (1 + design.ratio))
    margin = (root * distance - bar * design.null_sd) / design.true_sd
    # The control's deviate pulls arms with effects of opposite sign in opposite ways.
    pull = shared * np.where(design.distance >= 0, 1, -1) if alternative == "two-sided" else shared
    margin, pull = np.broadcast_arrays(margin, pull)
    return margin, pull
