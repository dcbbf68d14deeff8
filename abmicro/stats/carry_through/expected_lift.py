"""The macro lift to expect: the control's pass-through rates applied to the treated micro rate.

A goal on the path passes its whole lift on. A goal beside the path passes on only the part of the
macro that goes with it, the dilution; that part is an association, so what it leads one to expect
is an upper reference rather than a prediction.

Everything here is a function of three means per arm, of micro, macro and their product, and of how
these means vary together. Joint cells give them, and so do values and strata.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.validation import Bools, Floats

QUARTERS = np.full(4, 0.25)  # what moves the cells of an arm off zero


@frozen(eq=False)
class Spread:
    """Variances and covariances of an arm's three means: of micro, macro and both."""

    micro: Floats
    macro: Floats
    both: Floats
    micro_macro: Floats
    micro_both: Floats
    macro_both: Floats


class Means(NamedTuple):
    """Units of an arm, its means of micro, macro and both, and how these vary.

    Of a macro that is a rate: the shares of units with the micro goal, with the macro goal, with
    both. Of a value: the mean value per unit, and the part of it from units with the micro goal.
    """

    units: Floats
    micro: Floats
    macro: Floats
    both: Floats
    spread: Spread


@frozen(eq=False)
class Joint:
    """`Means` of both arms, away from zero; each field a pair of (...) with control first.

    fewest: the smallest count of micro or macro in an arm; adjusted: where it was zero, so that
        1/4 was added to every cell (1/2 to micro and macro, 1 to the units) of both arms.
    """

    units: tuple[Floats, Floats]
    micro: tuple[Floats, Floats]
    macro: tuple[Floats, Floats]
    both: tuple[Floats, Floats]
    spread: tuple[Spread, Spread]
    fewest: Floats
    adjusted: Bools

    @classmethod
    def of(cls, treated: Means, control: Means, fewest: Floats, adjusted: Bools) -> Self:
        """The means of two arms side by side."""
        return cls(
            units=(control.units, treated.units),
            micro=(control.micro, treated.micro),
            macro=(control.macro, treated.macro),
            both=(control.both, treated.both),
            spread=(control.spread, treated.spread),
            fewest=fewest,
            adjusted=adjusted,
        )


@frozen(eq=False)
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


def joint_rates(treated: JointCells, control: JointCells, /) -> Joint:
    """Turn joint cells of two arms into rates.

    >>> control = JointCells([420, 3580, 480, 15520])
    >>> found = joint_rates(JointCells([560, 4440, 470, 14530]), control)
    >>> float(found.micro[0]), float(found.macro[1])
    (0.2, 0.0515)
    """
    arms = treated.cells, control.cells
    fewest = np.minimum(fewest_of(arms[0]), fewest_of(arms[1]))
    adjusted = np.asarray(fewest == 0)
    more = adjusted[..., None] * QUARTERS
    of_treated, of_control = (means_of(cells, more) for cells in arms)
    return Joint.of(of_treated, of_control, fewest, adjusted)


def means_of(cells: Floats, more: Floats) -> Means:
    """The means of an arm's cells with `more` (..., 4) added to them; NaN without units.

    >>> round(float(means_of(np.array([3.0, 5.0, 0.0, 92.0]), np.zeros(4)).micro), 3)
    0.08
    """
    empty = cells.sum(axis=-1, keepdims=True) == 0
    moved = np.where(empty, np.nan, cells + more)
    units = moved.sum(axis=-1)
    both = moved[..., 0] / units
    micro, macro = (moved[..., [0, alone]].sum(axis=-1) / units for alone in (1, 2))
    return Means(units, micro, macro, both, spread(units, (micro, macro, both), (macro, both)))


def spread(
    units: Floats, means: tuple[Floats, Floats, Floats], squares: tuple[Floats, Floats]
) -> Spread:
    """How the means over some units vary.

    means: of micro, macro, both. squares: the means of the squares of macro and both; of a rate
    they are its means.

    >>> rates = np.array(0.2), np.array(0.05), np.array(0.02)
    >>> round(float(spread(np.array(100.0), rates, rates[1:]).micro_macro), 9)
    0.0001
    """
    micro, macro, both = means
    square, square_both = squares
    return Spread(
        micro=micro * (1 - micro) / units,
        macro=(square - macro**2) / units,
        both=(square_both - both**2) / units,
        micro_macro=(both - micro * macro) / units,
        micro_both=both * (1 - micro) / units,
        macro_both=(square_both - macro * both) / units,
    )


def expected_lift(joint: Joint) -> Expected:
    """The macro lift to expect from the micro rate of the treated arm.

    Source: design note "carry-through", section 1b; delta method over the three means of each arm.

    >>> control = JointCells([420, 3580, 480, 15520])
    >>> found = expected_lift(joint_rates(JointCells([560, 4440, 470, 14530]), control))
    >>> [round(float(figure), 6) for figure in (found.estimate, found.dilution)]
    [0.080043, 0.333333]
    """
    (m0, m1), both = joint.micro, joint.both[0]
    y0, y1 = (_positive(macro) for macro in joint.macro)
    of_control, of_treated = joint.spread
    q, r = both / _positive(m0), (y0 - both) / _positive(1 - m0)
    more, less = m1 / _positive(m0), (1 - m1) / _positive(1 - m0)
    star = _positive(m1 * q + (1 - m1) * r)
    # The slopes of log(star / y0) by the treated micro and the control's micro, macro and both.
    by_treated = (q - r) / star
    by_micro = (less * r - more * q) / star
    by_macro = less / star - 1 / y0
    by_both = (more - less) / star
    variance = (
        by_micro * (by_micro * of_control.micro + 2 * by_macro * of_control.micro_macro)
        + by_macro * (by_macro * of_control.macro + 2 * by_both * of_control.macro_both)
        + by_both * (by_both * of_control.both + 2 * by_micro * of_control.micro_both)
    )
    shared = (
        by_micro * of_control.micro_macro
        + by_macro * of_control.macro
        + by_both * of_control.macro_both
    )
    return Expected(
        estimate=np.log(star / y0),
        variance=np.maximum(variance, 0) + by_treated**2 * of_treated.micro,
        covariance=by_treated * of_treated.micro_macro / y1 - shared / y0,
        dilution=1 - r / y0,
    )


def fewest_of(cells: Floats) -> Floats:
    """The smaller of the counts of micro and macro.

    >>> float(fewest_of(np.array([3.0, 5.0, 1.0, 90.0])))
    4.0
    """
    return np.asarray(cells[..., 0] + np.minimum(cells[..., 1], cells[..., 2]))


def _positive(values: Floats) -> Floats:
    """NaN where a value is not above zero: nobody is there to have a rate, or no logarithm."""
    return np.where(values > 0, values, np.nan)
