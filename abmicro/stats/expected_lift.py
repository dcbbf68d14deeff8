"""The macro lift to expect: the control's pass-through rates applied to the treated micro rate.

A goal on the path passes its whole lift on. A goal beside the path passes on only the part of the
macro that goes with it, the dilution; that part is an association, so what it leads one to expect
is an upper reference rather than a prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from abmicro.stats.arguments import Bools, Floats, whole

CELLS = 4  # n11, n10, n01, n00: first index micro, second macro


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Rates of both arms from their joint cells, away from zero; each (...) with control first.

    units, micro, macro, both: units of an arm; the shares of them with the micro goal, with the
        macro goal, with both.
    fewest: the smallest count of micro or macro in an arm; adjusted: where it was zero, so that
        1/4 was added to every cell (1/2 to micro and macro, 1 to the units) of both arms.
    """

    units: tuple[Floats, Floats]
    micro: tuple[Floats, Floats]
    macro: tuple[Floats, Floats]
    both: tuple[Floats, Floats]
    fewest: Floats
    adjusted: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Log of the expected macro lift, its variance, its covariance with the observed log lift.

    dilution: 1 - P(macro | no micro) / P(macro) in the control; 1 on a path, near 0 for a goal that
        has little to do with the macro. NaN, like the rest, where the control has no units without
        the micro goal, or none with it.
    """

    estimate: Floats
    variance: Floats
    covariance: Floats
    dilution: Floats


def joint_rates(control: ArrayLike, treated: ArrayLike) -> Joint:
    """Check joint cells of two arms and turn them into rates.

    control, treated: (..., 4) units with both goals, micro only, macro only, neither.

    Raises ValueError for cells that are negative, fractional or not four.

    >>> found = joint_rates([420, 3580, 480, 15520], [560, 4440, 470, 14530])
    >>> float(found.micro[0]), float(found.macro[1])
    (0.2, 0.0515)
    """
    arms = cells_of(control, "control"), cells_of(treated, "treated")
    fewest = np.minimum(_fewest(arms[0]), _fewest(arms[1]))
    adjusted = np.asarray(fewest == 0)
    moved = _off_zero(arms[0], adjusted), _off_zero(arms[1], adjusted)
    return Joint(
        units=(moved[0].sum(axis=-1), moved[1].sum(axis=-1)),
        micro=(_share(moved[0], 0, 1), _share(moved[1], 0, 1)),
        macro=(_share(moved[0], 0, 2), _share(moved[1], 0, 2)),
        both=(_share(moved[0], 0), _share(moved[1], 0)),
        fewest=fewest,
        adjusted=adjusted,
    )


def expected_lift(rates: Joint) -> Expected:
    """The macro lift to expect from the micro rate of the treated arm.

    Source: design note "carry-through", section 1b; delta method over the six binomials.

    >>> found = expected_lift(joint_rates([420, 3580, 480, 15520], [560, 4440, 470, 14530]))
    >>> [round(float(figure), 6) for figure in (found.estimate, found.dilution)]
    [0.080043, 0.333333]
    """
    (n0, n1), (m0, m1), (y0, y1) = rates.units, rates.micro, rates.macro
    q, r = _rate(rates.both[0], m0), _rate(y0 - rates.both[0], 1 - m0)
    gap = q - r
    star = m1 * q + (1 - m1) * r
    of_micro, of_rest = m1 / star - m0 / y0, (1 - m1) / star - (1 - m0) / y0
    var_m0, var_m1 = m0 * (1 - m0) / n0, m1 * (1 - m1) / n1
    var_q, var_r = q * (1 - q) / (n0 * m0), _rate(r * (1 - r), n0 * (1 - m0))
    shared = (rates.both[1] - m1 * y1) / (n1 * y1)
    return Expected(
        estimate=np.log(star / y0),
        variance=(gap / y0) ** 2 * var_m0
        + of_micro**2 * var_q
        + of_rest**2 * var_r
        + (gap / star) ** 2 * var_m1,
        covariance=(gap / y0) ** 2 * var_m0
        - of_micro * (m0 / y0) * var_q
        - of_rest * ((1 - m0) / y0) * var_r
        + (gap / star) * shared,
        dilution=1 - r / y0,
    )


def cells_of(counts: ArrayLike, name: str) -> Floats:
    """Joint cells (..., 4) of an arm as floats; ValueError unless whole, not negative and four.

    >>> cells_of([1, 2, 3, 4], "control")
    array([1., 2., 3., 4.])
    """
    cells = whole(counts, name)
    if cells.ndim == 0 or cells.shape[-1] != CELLS:
        raise ValueError(f"{name} needs n11, n10, n01, n00 along its last axis, got {cells.shape}")
    return cells


def _off_zero(cells: Floats, adjusted: Bools) -> Floats:
    """A quarter in every cell where asked; NaN for an arm without units, which is always asked."""
    empty = cells.sum(axis=-1, keepdims=True) == 0
    return np.where(empty, np.nan, cells + 0.25 * adjusted[..., None])


def _fewest(cells: Floats) -> Floats:
    """The smaller of the counts of micro and macro."""
    return np.asarray(cells[..., 0] + np.minimum(cells[..., 1], cells[..., 2]))


def _share(cells: Floats, *members: int) -> Floats:
    """The share of the units in some of the cells."""
    return np.asarray(cells[..., list(members)].sum(axis=-1) / cells.sum(axis=-1))


def _rate(part: Floats, whole_part: Floats) -> Floats:
    """A conditional rate, NaN where nobody is there to have it."""
    return np.asarray(part / np.where(whole_part > 0, whole_part, np.nan))
