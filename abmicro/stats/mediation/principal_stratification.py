"""Weak extra micro converters, or harm to good customers? What the counts leave open."""

from __future__ import annotations

import numpy as np

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.validation import Floats
from abmicro.stats.means.welch import or_nan
from abmicro.stats.mediation.cell_rates import six_rates


@frozen(eq=False)
class PrincipalStrata:
    """Bounds (..., 2), low and high, at the observed rates; without sampling error.

    movers: macro rate, as treated, of units with the micro goal only because of the variant.
    always: macro rate, as treated, of units with the micro goal in either arm.
    effect: of the variant on the macro rate of the latter.
    """

    movers: Floats
    always: Floats
    effect: Floats


def principal_strata(treated: JointCells, control: JointCells, /) -> PrincipalStrata:
    """Bounds on the macro rates of those whom a variant moved, and of those it need not move.

    treated, control: (..., 4) cells of the two goals.

    Assumes that the variant keeps nobody from the micro goal and that the macro is impossible
    without it. All is NaN where the treated micro rate is not the higher one or somebody has the
    macro goal without the micro goal; `always` and `effect` also where no control unit has it.

    Raises ValueError for cells that are negative, fractional or not four.

    Source: Zhang and Rubin (2003), Journal of Educational and Behavioral Statistics 28:353-368.

    >>> control = JointCells([2950, 9050, 0, 88000])

    >>> found = principal_strata(JointCells([3105, 10095, 0, 86800]), control)
    >>> found.movers, found.effect.round(4)
    (array([0., 1.]), array([-0.0871,  0.0129]))
    """
    rates = six_rates(treated, control)
    (m0, m1), (_, y1) = (np.moveaxis(rate, -1, 0) for rate in (rates.micro, rates.macro))
    nested = (rates.without_micro == 0).all(axis=-1)
    moved = or_nan(np.where(nested, m1 - m0, np.nan), 0)
    stayed = np.where(np.isnan(moved), np.nan, or_nan(m0, 0))
    movers, always = _mixture(y1, moved, m0), _mixture(y1, stayed, moved)
    return PrincipalStrata(movers, always, always - rates.with_micro[..., :1])


def _mixture(total: Floats, part: Floats, rest: Floats) -> Floats:
    """Bounds on the rate in a part of the units when the whole has so many conversions."""
    low = np.clip((total - rest) / part, 0, None)
    return np.stack([low, np.clip(total / part, None, 1)], axis=-1)
