"""Which hypotheses share alpha, and at which level each of them was tested.

Families: the primary goal over the arms; the secondary goals x arms (or both together); the
exploratory goals x arms and, on their own, all segment rows, both as discoveries. Guardrails stand
outside the families: all of them must hold, which needs no correction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from abmicro.experiment.model import Role
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.experiment.model import Experiment, Goal, Options

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Truths = NDArray[np.bool_]


def corrected(
    experiment: Experiment, goals: list[Goal], p_values: Floats, units: Floats | Integers
) -> tuple[Floats, Floats]:
    """Adjusted p and the alpha at which each hypothesis was tested, both (A, L, G).

    p_values: (A arms, L levels, G goals), the first level being all units. units: (A + 1, L), by
    which the arms are correlated.
    """
    options = experiment.analysis
    roles = np.array([goal.role.value for goal in goals])
    adjusted = p_values.copy()
    tested_at = np.full(p_values.shape, options.alpha)
    for columns in _families(options, roles):
        if columns.any():
            family = np.s_[:, 0, columns]
            adjusted[family], tested_at[family] = _over_goals_and_arms(
                p_values[family], units[:, 0], options
            )
    exploratory = np.zeros(p_values.shape, dtype=bool)
    exploratory[:, 0, roles == Role.EXPLORATORY.value] = True
    segments = np.zeros(p_values.shape, dtype=bool)
    segments[:, 1:] = True
    discovery = "none" if options.correction == "none" else "bh"
    for members in (exploratory, segments):
        if members.any():
            found = _by_p(p_values[members], options.alpha, discovery)
            adjusted[members], tested_at[members] = found
    return adjusted, tested_at


def _families(options: Options, roles: NDArray[np.str_]) -> Iterator[Truths]:
    """The goals of each confirmatory family: bool (G,)."""
    primary, secondary = (roles == role.value for role in (Role.PRIMARY, Role.SECONDARY))
    if options.family == "all":
        yield primary | secondary
    else:
        yield primary
        yield secondary


def _over_goals_and_arms(
    p_values: Floats, units: Floats | Integers, options: Options
) -> tuple[Floats, Floats]:
    """Adjusted p and alpha tested at of one family, (A, G); units: (A + 1,), control first."""
    if options.correction == "dunnett":
        return _by_dunnett(p_values, units, options.alpha)
    adjusted, tested_at = _by_p(p_values.ravel(), options.alpha, options.correction)
    return adjusted.reshape(p_values.shape), tested_at.reshape(p_values.shape)


def _by_p(p_values: Floats, alpha: float, correction: str) -> tuple[Floats, Floats]:
    return (
        stepwise.adjusted(p_values, correction=correction),
        stepwise.tested_at(p_values, alpha=alpha, correction=correction),
    )


def _by_dunnett(p_values: Floats, units: Floats | Integers, alpha: float) -> tuple[Floats, Floats]:
    """The arms of a goal by the law of their largest score, alpha in equal parts over the goals."""
    goals = p_values.shape[1]
    scores = np.abs(ndtri(p_values.T / 2))
    adjusted = np.minimum(dunnett(scores, units[1:], units[:1]) * goals, 1)
    if not units.all():
        return adjusted.T, np.full(p_values.shape, alpha / goals)
    critical = dunnett_critical(units[1:], units[:1], alpha=alpha / goals)
    return adjusted.T, np.full(p_values.shape, 2 * ndtr(-critical))
