"""How soon the causal reading of `mediation` breaks when intent moves both goals.

The model: micro and macro goal of a visitor are thresholds on two normal variables whose
correlation rho stands for intent that no count shows. Rho 0 gives the sums of `mediation`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.numerics.bivariate_normal import both_below
from abmicro.stats.foundations.validation import Floats, within
from abmicro.stats.mediation.cell_rates import SixRates, six_rates

_FAR = 38.0  # beyond it the normal tail is 0 in floats
_HALVINGS = 60
_WIDEST = 0.95  # correlations beyond it are not looked at
_STEPS, _ROUNDS = np.linspace(0, 1, 33), 5  # each round divides the bracket by 32


@frozen(eq=False)
class Sensitivity:
    """The parts of the macro difference under hidden correlations: (..., 2, R).

    through, beside: as in `Mediation`, for each of R correlations.
    """

    through: Floats
    beside: Floats


def sensitivity(treated: JointCells, control: JointCells, /, rho: ArrayLike) -> Sensitivity:
    """The parts through and beside the micro goal, were a hidden cause to move both goals.

    treated, control: (..., 4) cells of the two goals.
    rho: (R,) correlations of the hidden variables, each in (-1, 1).

    All is NaN where an arm has nobody with, or nobody without, the micro goal.

    Raises ValueError for cells that are negative, fractional or not four, and rho outside (-1, 1).

    Source: the binary case of the probit analysis of Imai, Keele and Yamamoto (2010), Statistical
    Science 25:51-71; design note "carry-through", section 1d.

    >>> control = JointCells([420, 3580, 480, 15520])

    >>> found = sensitivity(JointCells([560, 4440, 470, 14530]), control, [0, 0.2, 0.5])
    >>> found.through[0].round(5)
    array([ 0.00375,  0.00177, -0.0017 ])
    """
    correlations = np.atleast_1d(within(rho, "rho", -1, 1))
    return _parts(six_rates(treated, control), correlations)


def rho_without_effect(treated: JointCells, control: JointCells, /) -> Floats:
    """The hidden correlation at which nothing goes through the micro goal any more.

    treated, control: (..., 4) cells as in `sensitivity`.

    Returns the correlation in (-0.95, 0.95) at which the part through the micro goal, at the
    control's pass-through, is zero; NaN where there is none, and where `sensitivity` has no answer.

    Source: as `sensitivity`.

    >>> control = JointCells([420, 3580, 480, 15520])

    >>> round(float(rho_without_effect(JointCells([560, 4440, 470, 14530]), control)), 4)
    0.3625
    """
    rates = six_rates(treated, control)
    low, high = (np.full(rates.units.shape[:-1], end) for end in (-_WIDEST, _WIDEST))
    crosses = np.ones(low.shape, dtype=bool)
    for _ in range(_ROUNDS):
        grid = low[..., None] + (high - low)[..., None] * _STEPS
        signs = np.sign(_parts(rates, grid).through[..., 0, :])
        turn = (signs != signs[..., :1]).argmax(axis=-1)[..., None]
        crosses = crosses & (turn[..., 0] > 0)
        low, high = (
            np.take_along_axis(grid, np.maximum(turn, 1) - back, axis=-1)[..., 0] for back in (1, 0)
        )
    return np.where(crosses, (low + high) / 2, np.nan)


def kappa_without_harm(
    micro: ArrayLike, pass_through: ArrayLike, treated_micro: ArrayLike, rho: ArrayLike
) -> Floats:
    """The pass-through of a variant that only tips people over, as they are weaker than average.

    micro, pass_through: the control's rate of a micro goal on the path, and of macro among those;
        treated_micro: the treated arm's micro rate; rho: correlation of micro and macro intent.
        Each in (0, 1), rho in (-1, 1); shapes broadcast.

    Returns log macro lift over log micro lift: 1 without correlation, less with it though nobody is
    harmed; NaN where the micro rates are equal.

    Source: design note "carry-through", section 1b.

    >>> kappa_without_harm(0.12, 0.25, 0.132, [0, 0.4, 0.8]).round(2)
    array([1.  , 0.73, 0.31])
    """
    m0, q, m1 = (
        within(given, name, 0, 1)
        for given, name in (
            (micro, "micro"),
            (pass_through, "pass_through"),
            (treated_micro, "treated_micro"),
        )
    )
    correlation = within(rho, "rho", -1, 1)
    bar = _bar_with(ndtri(m0), m0 * q, correlation)
    lifted = both_below(ndtri(m1), bar, correlation)
    moved = np.log(m1 / m0)
    return np.asarray(np.log(lifted / (m0 * q)) / np.where(moved == 0, np.nan, moved))


def _parts(rates: SixRates, rho: Floats) -> Sensitivity:
    """rho: (R,), or (..., 1) of the batch shape."""
    m = rates.micro[..., None]  # (..., 2, 1)
    some = np.isfinite(rates.with_micro) & np.isfinite(rates.without_micro)
    known = np.asarray(some.all(axis=-1))[..., None, None]
    m = np.where(known, m, 0.5)
    q, r = (
        np.where(known, rate[..., None], 0.5) for rate in (rates.with_micro, rates.without_micro)
    )
    rho = np.expand_dims(rho, -2)  # (..., 1, R)
    bars = ndtri(m), _bar_with(ndtri(m), m * q, rho), _bar_without(ndtri(m), (1 - m) * r, rho)
    own, turned = _macro(*bars, rho), _macro(bars[0][..., ::-1, :], *bars[1:], rho)
    # own: E Y(z, M(z)); turned: E Y(z, M(1 - z)); z along axis -2
    through = np.concatenate(
        [turned[..., :1, :] - own[..., :1, :], own[..., 1:, :] - turned[..., 1:, :]], axis=-2
    )
    beside = np.concatenate(
        [turned[..., 1:, :] - own[..., :1, :], own[..., 1:, :] - turned[..., :1, :]], axis=-2
    )
    return Sensitivity(*(np.where(known, part, np.nan) for part in (through, beside)))


def _macro(micro_bar: Floats, with_bar: Floats, without_bar: Floats, rho: Floats) -> Floats:
    """Macro rate: people below the micro bar have one macro bar, the others another."""
    return np.asarray(
        both_below(micro_bar, with_bar, rho)
        + ndtr(without_bar)
        - both_below(micro_bar, without_bar, rho)
    )


def _bar_with(micro_bar: Floats, rate: Floats, rho: Floats) -> Floats:
    """The macro bar below which a share `rate` of all units lies together with the micro bar."""
    return _bar(lambda bar: both_below(micro_bar, bar, rho) - rate, rate, rho)


def _bar_without(micro_bar: Floats, rate: Floats, rho: Floats) -> Floats:
    """The macro bar below which a share `rate` of all units lies, but above the micro bar."""
    return _bar(lambda bar: ndtr(bar) - both_below(micro_bar, bar, rho) - rate, rate, rho)


def _bar(excess: Callable[[Floats], Floats], rate: Floats, rho: Floats) -> Floats:
    shape = np.broadcast_shapes(rate.shape, rho.shape)
    found = _root(excess, np.full(shape, -_FAR), np.full(shape, _FAR))
    return np.where(np.broadcast_to(rate, shape) > 0, found, -np.inf)


def _root(rising: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where a function that rises crosses zero, by halving the bracket."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = rising(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.asarray((low + high) / 2)
