"""How much of the macro difference goes through the micro goal, if nothing else moves both.

Visitors who mean to buy do both more often, so that "if" hardly ever holds on a web site. The sums
are exact and tell where the arms differ; `abmicro.stats.mediation.confounding` tells how soon the
causal reading breaks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.fieller_sets import FiellerSet, fieller
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.mediation.cell_rates import SixRates, six_rates


@frozen(eq=False)
class Mediation:
    """The macro difference (treated minus control rate) and its two exact splits.

    total: the whole difference.
    through, beside: (..., 2) the part through the micro goal at the control's, then at the treated
        arm's pass-through, and the part beside it at the control's, then at the treated arm's micro
        rate; total = through[0] + beside[1] = through[1] + beside[0].
    share: (..., 2) through / total with its Fieller set; outside [0, 1] where both parts disagree.
    """

    total: Effect
    through: Effect
    beside: Effect
    share: FiellerSet


def mediation(treated: JointCells, control: JointCells, /, *, level: ArrayLike = 0.95) -> Mediation:
    """Split a macro difference into a part through the micro goal and a part beside it.

    treated, control: (..., 4) cells of the two goals.
    level: two-sided confidence level in (0, 1), of the batch shape or a number.

    The parts are the average causal mediation effect and the average direct effect under
    sequential ignorability: no common cause of micro and macro goal, which a visitor's intent is.
    All is NaN where an arm has nobody with, or nobody without, the micro goal.

    Raises ValueError for cells that are negative, fractional or not four.

    Source: Imai, Keele and Yamamoto (2010), Statistical Science 25:51-71; for binary goals the sums
    are those of Kitagawa (1955); variances by the delta method over six independent rates.

    >>> control = JointCells([420, 3580, 480, 15520])

    >>> found = mediation(JointCells([560, 4440, 470, 14530]), control)
    >>> round(float(found.total.estimate), 5), found.through.estimate.round(5)
    (0.0065, array([0.00375, 0.00403]))
    >>> found.share.low.round(4)
    array([0.3265, 0.3824])
    """
    rates = six_rates(treated, control)
    slopes, variances = _slopes(rates), rates.variances[..., None, :, :]
    variance = (slopes**2 * variances).sum(axis=(-1, -2))
    with_total = (slopes * slopes[..., :1, :, :] * variances).sum(axis=(-1, -2))
    estimate, reach = _parts(rates), np.asarray(critical(level))
    error = reach[..., None] * np.sqrt(variance)
    total, through, beside = (
        Effect(*(end[..., place] for end in (estimate, estimate - error, estimate + error)))
        for place in (0, slice(1, 3), slice(3, 5))
    )
    return Mediation(
        total=total,
        through=through,
        beside=beside,
        share=fieller(
            through.estimate,
            total.estimate[..., None],
            variance[..., 1:3],
            variance[..., :1],
            with_total[..., 1:3],
            level=np.asarray(level)[..., None],
        ),
    )


def _parts(rates: SixRates) -> Floats:
    """Total, through at either pass-through, beside at either micro rate: (..., 5)."""
    m, q, r = rates.micro, rates.with_micro, rates.without_micro
    through = np.diff(m) * (q - r)
    beside = m * np.diff(q) + (1 - m) * np.diff(r)
    return np.concatenate([through[..., :1] + beside[..., 1:], through, beside], axis=-1)


def _slopes(rates: SixRates) -> Floats:
    """Derivatives of the parts by micro, with_micro and without_micro of each arm: (..., 5, 3, 2).

    The total is its own split with either arm's rates: each rate counts with its own arm's.
    """
    m, q, r = rates.micro, rates.with_micro, rates.without_micro
    sign = np.array([-1.0, 1.0])
    own = np.array([[1.0, 0.0], [0.0, 1.0]])
    gap, moved = q - r, np.diff(m)
    total = np.stack([sign * gap, sign * m, sign * (1 - m)], axis=-2)[..., None, :, :]
    through = np.stack(
        np.broadcast_arrays(
            sign * gap[..., :, None], own * moved[..., None], -own * moved[..., None]
        ),
        axis=-2,
    )
    apart = np.diff(q) - np.diff(r)
    beside = np.stack(
        np.broadcast_arrays(
            own * apart[..., None], sign * m[..., :, None], sign * (1 - m)[..., :, None]
        ),
        axis=-2,
    )
    return np.concatenate([total, through, beside], axis=-3)
