"""Micro and macro goal of the same units taken together: did either move, did both?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from abmicro.frozen import frozen
from abmicro.stats.carry_through.expected_lift import joint_rates
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.log_ratio import log_ratio
from abmicro.stats.foundations.numerics.bivariate_normal import both_below
from abmicro.stats.foundations.validation import Bools, Floats, within

_HALVINGS = 50


@frozen(eq=False)
class TwoGoals:
    """Tests of the two log lifts together; all of the batch shape.

    phi: (..., 2) correlation of the goals among the units of the control, then the treated arm.
    correlation: of the estimates of the two log lifts. chi_square, p: of neither lift, 2 degrees
    of freedom. either_up, both_up: whether at least one, and whether each, lift is above zero, each
    with an error of half of 1 - level.
    """

    phi: Floats
    correlation: Floats
    chi_square: Floats
    p: Floats
    either_up: Bools
    both_up: Bools


def two_goals(treated: JointCells, control: JointCells, /, *, level: ArrayLike = 0.95) -> TwoGoals:
    """Test the lifts of micro and macro goal together, from their joint cells.

    treated, control: (..., 4) cells of the two goals.
    level: two-sided confidence level in (0, 1), of the batch shape or a number.

    Phi tells whether the same people do both. It does not tell whether moving one moves the other.
    A count of zero moves every cell by 1/4, as in `joint`; NaN and False without units in an arm.

    Raises ValueError for cells that are negative, fractional or not four.

    Source: Wald's test; both up: Berger (1982), Technometrics 24:295-300; either up: the larger of
    two correlated scores; covariance: design note "carry-through", section 1c.

    >>> control = JointCells([420, 3580, 480, 15520])

    >>> found = two_goals(JointCells([560, 4440, 470, 14530]), control)
    >>> round(float(found.chi_square), 2), round(float(found.correlation), 4), bool(found.both_up)
    (143.83, 0.1506, True)
    """
    alpha = 1 - within(level, "level", 0, 1)
    rates = joint_rates(treated, control)
    m, y, both, n = (
        np.stack(pair, axis=-1) for pair in (rates.micro, rates.macro, rates.both, rates.units)
    )
    (micro, var_micro), (macro, var_macro) = (
        log_ratio((rate[..., 1] * n[..., 1], n[..., 1]), (rate[..., 0] * n[..., 0], n[..., 0]))
        for rate in (m, y)
    )
    spread = np.sqrt(m * (1 - m) * y * (1 - y))
    covariance = ((both / (m * y) - 1) / n).sum(axis=-1)
    noise = var_micro * var_macro
    known = noise > 0
    correlation = covariance / np.sqrt(np.where(known, noise, np.nan))
    rest = np.where(np.abs(correlation) < 1, noise - covariance**2, np.nan)
    crossed = 2 * covariance * micro * macro
    chi_square = (var_macro * micro**2 - crossed + var_micro * macro**2) / rest
    scores = [
        lift / np.sqrt(np.where(known, v, np.nan))
        for lift, v in ((micro, var_micro), (macro, var_macro))
    ]
    return TwoGoals(
        phi=(both - m * y) / np.where(spread > 0, spread, np.nan),
        correlation=correlation,
        chi_square=chi_square,
        p=np.exp(-chi_square / 2),
        either_up=np.maximum(*scores) > _critical_of_larger(correlation, alpha / 2),
        both_up=np.minimum(*scores) > -ndtri(alpha / 2),
    )


def _critical_of_larger(correlation: ArrayLike, alpha: ArrayLike) -> Floats:
    """What the larger of two standard normal scores exceeds with probability alpha.

    correlation: in (-1, 1), or NaN, which gives NaN; alpha: in (0, 1). Shapes broadcast.

    >>> _critical_of_larger([0, 0.9], 0.025).round(4)
    array([2.239 , 2.1081])
    """
    rho, error = np.broadcast_arrays(np.asarray(correlation, dtype=np.float64), alpha)
    known = np.abs(rho) < 1
    inside = np.where(known, rho, 0)
    low, high = -ndtri(error), -ndtri(error / 2)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = 1 - both_below(middle, middle, inside) > error
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(known, (low + high) / 2, np.nan)
