"""Which hypotheses share alpha, and at which level each of them is planned and was tested.

Families: the primary goal over the arms; the secondary goals x arms (or both together); the
exploratory goals x arms and, on their own, all segment rows, both as discoveries. Guardrails stand
outside the families: all of them must hold, which needs no correction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from abmicro.design.allocation import ratios
from abmicro.experiment.model import GoalRole
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical
from abmicro.stats.power.several_arms import dunnett_alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.experiment.model import AnalysisSettings, Experiment, Goal

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class Family(NamedTuple):
    """Roles whose goals share alpha, over all treated arms, and by which correction."""

    roles: frozenset[GoalRole]
    correction: str


def families(options: AnalysisSettings) -> Iterator[Family]:
    """The families of an analysis; segment rows and guardrails are in none of them."""
    if options.family == "all":
        yield Family(frozenset({GoalRole.PRIMARY, GoalRole.SECONDARY}), options.correction)
    else:
        yield Family(frozenset({GoalRole.PRIMARY}), options.correction)
        yield Family(frozenset({GoalRole.SECONDARY}), options.correction)
    yield Family(frozenset({GoalRole.EXPLORATORY}), _of_discoveries(options))


def planned_alpha(experiment: Experiment, goal: Goal) -> float:
    """The alpha of one comparison of a goal, before any p-value is known: that of the first step.

    Corrections that go step by step (Holm, Hochberg, Benjamini-Hochberg ...) may turn out milder.
    Goals in no family keep the alpha of the analysis.
    """
    options = experiment.analysis
    family = next((one for one in families(options) if goal.role in one.roles), None)
    if family is None or family.correction == "none":
        return options.alpha
    members = sum(one.role in family.roles for one in experiment.compared)
    treated = ratios(experiment)
    if family.correction == "dunnett":
        return float(dunnett_alpha(list(treated.values()), alpha=options.alpha / members))
    size = members * len(treated)
    shared = options.alpha / size
    return (
        shared / float(np.sum(1 / np.arange(1, size + 1))) if family.correction == "by" else shared
    )


def shipping_alpha(experiment: Experiment) -> float:
    """The alpha at which a macro goal must be up on its own before a variant ships."""
    return experiment.analysis.alpha / len(experiment.treated)


def corrected(
    experiment: Experiment, goals: list[Goal], p_values: Floats, units: Floats | Integers
) -> tuple[Floats, Floats]:
    """Adjusted p and the alpha at which each hypothesis was tested, both (A, L, G).

    p_values: (A arms, L levels, G goals), the first level being all units. units: (A + 1, L), by
    which the arms are correlated.
    """
    options = experiment.analysis
    adjusted = p_values.copy()
    tested_at = np.full(p_values.shape, options.alpha)
    for family in families(options):
        columns = np.array([goal.role in family.roles for goal in goals], dtype=bool)
        if columns.any():
            members = np.s_[:, 0, columns]
            adjusted[members], tested_at[members] = _over_goals_and_arms(
                p_values[members], units[:, 0], options.alpha, family.correction
            )
    if p_values[:, 1:].size:
        segments = np.s_[:, 1:]
        adjusted[segments], tested_at[segments] = _by_p(
            p_values[segments], options.alpha, _of_discoveries(options)
        )
    return adjusted, tested_at


def _of_discoveries(options: AnalysisSettings) -> str:
    return "none" if options.correction == "none" else "bh"


def _over_goals_and_arms(
    p_values: Floats, units: Floats | Integers, alpha: float, correction: str
) -> tuple[Floats, Floats]:
    """Adjusted p and alpha tested at of one family, (A, G); units: (A + 1,), control first."""
    if correction == "dunnett":
        return _by_dunnett(p_values, units, alpha)
    return _by_p(p_values, alpha, correction)


def _by_p(p_values: Floats, alpha: float, correction: str) -> tuple[Floats, Floats]:
    """The same of p-values of any shape, by their size alone."""
    flat = p_values.ravel()
    return (
        stepwise.adjusted(flat, correction=correction).reshape(p_values.shape),
        stepwise.tested_at(flat, alpha=alpha, correction=correction).reshape(p_values.shape),
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
