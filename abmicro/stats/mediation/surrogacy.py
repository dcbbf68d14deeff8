"""Classical measures of a micro goal as a stand-in for the macro goal, from one experiment.

None of them can prove a stand-in: they compare people whom the variant itself selected.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.fieller_sets import FiellerSet, fieller
from abmicro.stats.foundations.two_by_two import tables
from abmicro.stats.foundations.validation import Bools, Floats
from abmicro.stats.means.welch import or_nan
from abmicro.stats.proportions.other_tests import g_test
from abmicro.stats.stratified.homogeneity import Homogeneity, common_odds_ratio, expected_cells

CLEAR = 4.0  # standard errors of the macro's log odds ratio from which `explained` is worth reading


@frozen(eq=False)
class Surrogate:
    """All of the batch shape; log odds ratios are treated over control.

    micro, macro: log odds ratios of either goal; macro_given_micro: of the macro goal among units
        alike in the micro goal.
    explained: 1 - macro_given_micro / macro, the proportion of treatment effect explained.
    clear: whether `macro` lies so far from zero that `explained` is worth reading.
    relative_effect: macro / micro.
    association: log odds ratio of the two goals within arms; infinite on a path.
    prentice: test of "given the micro goal, the arms do not differ in the macro goal".
    """

    micro: Floats
    macro: Floats
    macro_given_micro: Floats
    explained: FiellerSet
    clear: Bools
    relative_effect: FiellerSet
    association: Effect
    prentice: Homogeneity


def surrogate(treated: JointCells, control: JointCells, /, *, level: ArrayLike = 0.95) -> Surrogate:
    """Freedman's proportion explained, the relative effect, the association, Prentice's criterion.

    treated, control: (..., 4) cells of the two goals.
    level: two-sided confidence level in (0, 1), of the batch shape or a number.

    Sets are Fieller's, with the covariance of the two fits from their joint influence (sandwich).
    An odds ratio of an arm without, or with only, conversions is infinite or NaN, and what needs it
    is NaN with the whole line as its set. On a path only units with the micro goal tell about
    `macro_given_micro`, and `prentice` has one degree of freedom.

    Raises ValueError for cells that are negative, fractional or not four.

    Source: Freedman, Graubard and Schatzkin (1992), Statistics in Medicine 11:167-178; Buyse and
    Molenberghs (1998), Biometrics 54:1014-1029; Prentice (1989), Statistics in Medicine 8:431-440.

    >>> control = JointCells([420, 3580, 480, 15520])

    >>> found = surrogate(JointCells([560, 4440, 470, 14530]), control)
    >>> round(float(found.explained.estimate), 4), round(float(found.explained.low), 4)
    (0.5899, 0.343)
    >>> round(float(found.relative_effect.estimate), 4), round(float(found.prentice.p), 3)
    (0.4927, 0.452)
    """
    arms = np.broadcast_arrays(control.cells, treated.cells)
    counts = np.stack(arms, axis=-2).reshape(*arms[0].shape[:-1], 2, 2, 2)[..., ::-1, ::-1]
    micro, macro = _marginal(counts.sum(axis=-1)), _marginal(counts.sum(axis=-2))
    given, given_weights = _given_micro(counts)
    weights = _of_macro(macro.weights), _of_micro(micro.weights), given_weights

    def covariance(one: Floats, other: Floats) -> Floats:
        return np.asarray((counts * one * other).sum(axis=(-1, -2, -3)))

    of_macro, of_micro, of_given = (covariance(each, each) for each in weights)
    rest = fieller(
        given, macro.log_odds, of_given, of_macro, covariance(weights[0], weights[2]), level=level
    )
    return Surrogate(
        micro=micro.log_odds,
        macro=macro.log_odds,
        macro_given_micro=given,
        explained=FiellerSet(1 - rest.estimate, rest.kind, 1 - rest.high, 1 - rest.low),
        clear=np.abs(macro.log_odds) > CLEAR * np.sqrt(of_macro),
        relative_effect=fieller(
            macro.log_odds,
            micro.log_odds,
            of_macro,
            of_micro,
            covariance(weights[0], weights[1]),
            level=level,
        ),
        association=_association(counts, level),
        prentice=_prentice(counts),
    )


@frozen(eq=False)
class _Marginal:
    """A log odds ratio (...) and the influence (..., arm, reached) of a unit on it."""

    log_odds: Floats
    weights: Floats


def _marginal(counts: Floats) -> _Marginal:
    """counts: (..., arm, reached), control and not reached first."""
    some = or_nan(counts, 0)
    log_odds = np.diff(np.log(some[..., 1]) - np.log(some[..., 0]), axis=-1)[..., 0]
    sign = np.array([[1.0, -1.0], [-1.0, 1.0]])
    return _Marginal(log_odds, sign / some)


def _of_macro(weights: Floats) -> Floats:
    return weights[..., :, None, :]


def _of_micro(weights: Floats) -> Floats:
    return weights[..., :, :, None]


def _given_micro(counts: Floats) -> tuple[Floats, Floats]:
    """The macro's log odds ratio with an intercept per micro state, and each cell's influence."""
    trials, reached = counts.sum(axis=-1), counts[..., 1]
    arms = (
        Binomial(reached[..., 1, :], trials[..., 1, :]),
        Binomial(reached[..., 0, :], trials[..., 0, :]),
    )
    ratio = or_nan(common_odds_ratio(*arms).estimate, 0)
    log_odds = np.where(np.isfinite(ratio), np.log(np.where(np.isfinite(ratio), ratio, 1)), np.nan)
    table = tables(*arms)
    t_yes, _, c_yes, _ = expected_cells(table, np.nan_to_num(log_odds))[0]
    rate = np.stack([c_yes, t_yes], axis=-2) / np.maximum(trials, 1)  # (..., arm, micro)
    spread = trials * rate * (1 - rate)
    both = spread.sum(axis=-2)
    some = np.where(both > 0, both, 1)
    information = (spread[..., 0, :] * spread[..., 1, :] / some).sum(axis=-1)
    from_mean = np.stack([-spread[..., 1, :], spread[..., 0, :]], axis=-2) / some[..., None, :]
    left = np.stack([-rate, 1 - rate], axis=-1)
    score = np.where(table.informative[..., None, :], from_mean, 0)[..., None] * left
    return log_odds, score / or_nan(information, 0)[..., None, None, None]


def _association(counts: Floats, level: ArrayLike) -> Effect:
    """Log odds ratio of the two goals with an intercept per arm."""
    trials, reached = counts.sum(axis=-1), counts[..., 1]  # (..., arm, micro)
    pair = Binomial(reached[..., 1], trials[..., 1]), Binomial(reached[..., 0], trials[..., 0])
    with np.errstate(divide="ignore"):
        return Effect(*(np.log(end) for end in common_odds_ratio(*pair, level=level)))


def _prentice(counts: Floats) -> Homogeneity:
    """Likelihood-ratio test of equal macro rates of the arms in both micro states."""
    trials, reached = counts.sum(axis=-1), counts[..., 1]
    arms = (
        Binomial(reached[..., 1, :], trials[..., 1, :]),
        Binomial(reached[..., 0, :], trials[..., 0, :]),
    )
    told = tables(*arms).informative
    statistic = np.where(told, g_test(*arms).z ** 2, 0).sum(axis=-1)
    df = told.sum(axis=-1).astype(np.float64)
    known = np.where(df > 0, statistic, np.nan)
    return Homogeneity(known, df, np.asarray(chdtrc(np.maximum(df, 1), known)))
