"""Which hypotheses share alpha, and at which level each of them is planned and was tested.

Families: the primary goal over the variants; the secondary goals x variants (or both together); the
exploratory goals x variants and, on their own, all segment rows, both as discoveries. Guardrails
stand outside the families: all of them must hold, which needs no correction. So do macro goals
beside the primary goal: each stands at its share of alpha in one step, whatever the correction, so
that its row, the label of a carry-through and the gate to ship read the same p (verdict note 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from abmicro.design.allocation import ratios
from abmicro.experiment.model import GoalKind, GoalRole
from abmicro.experiment.monitoring import correction_of
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical
from abmicro.stats.power.several_arms import dunnett_alpha

if TYPE_CHECKING:
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.experiment.settings import AnalysisSettings

    Corrected = Callable[[Floats], tuple[Floats, Floats]]


class Family(NamedTuple):
    """Roles whose goals share alpha, over all treated variants, and by which correction."""

    roles: frozenset[GoalRole]
    correction: str


def most_in_steps(experiment: Experiment) -> int:
    """How many hypotheses share alpha at most where Holm's steps hand it on; 0 where none do."""
    members = [
        sum(_belongs(goal, family) for goal in experiment.compared)
        for family in families(experiment)
        if family.correction == "holm"
    ]
    return max(members, default=0) * len(experiment.treated)


def families(experiment: Experiment) -> Iterator[Family]:
    """The families of an analysis; segment rows and guardrails are in none of them."""
    correction = correction_of(experiment)
    if experiment.analysis.family == "all":
        yield Family(frozenset({GoalRole.PRIMARY, GoalRole.SECONDARY}), correction)
    else:
        yield Family(frozenset({GoalRole.PRIMARY}), correction)
        yield Family(frozenset({GoalRole.SECONDARY}), correction)
    yield Family(frozenset({GoalRole.EXPLORATORY}), _of_discoveries(experiment))


def macro_that_ships(experiment: Experiment) -> Goal | None:
    """The macro goal that must follow the primary goal: the end of the funnel, else the first.

    Rates come before amounts. None where the primary goal is a macro goal, or there is none.

    >>> from abmicro import Experiment
    >>> goals = {"cart": "milestone", "spent": {"kind": "macro", "value": "eur"}, "order": "macro"}
    >>> test = Experiment(name="t", variants=["a", "b"], goals=goals)
    >>> macro_that_ships(test).name
    'order'
    """
    if experiment.primary.kind is GoalKind.MACRO:
        return None
    end = experiment.funnel.steps[-1:]
    ranked = sorted(_macros(experiment), key=lambda goal: (goal.name not in end, not goal.is_rate))
    return next(iter(ranked), None)


def _macros(experiment: Experiment) -> list[Goal]:
    """Macro goals that every variant has."""
    return [goal for goal in experiment.compared if goal.kind is GoalKind.MACRO]


def comparisons(experiment: Experiment, goal: Goal) -> int:
    """By how many the test of a macro goal divides alpha; 0 for every other goal.

    The macro that ships by the treated variants; the others, which can only do harm, by the
    variants times the macros. The primary goal has a family of its own.
    """
    if not _is_macro_beside(goal):
        return 0
    variants = len(experiment.treated)
    if goal is macro_that_ships(experiment):
        return variants
    return variants * sum(map(_is_macro_beside, experiment.goals))


def _is_macro_beside(goal: Goal) -> bool:
    """Whether it is a macro goal that every variant has, and not the primary goal."""
    return goal.kind is GoalKind.MACRO and goal.is_compared and goal.role is not GoalRole.PRIMARY


def planned_alpha(experiment: Experiment, goal: Goal) -> float:
    """The alpha of one test of a change, before any p-value is known: that of the first step.

    Corrections that go step by step (Holm, Hochberg, Benjamini-Hochberg ...) may turn out milder.
    Goals in no family keep the alpha of the analysis.
    """
    options = experiment.analysis
    if divided := comparisons(experiment, goal):
        return options.alpha / divided
    family = next((one for one in families(experiment) if goal.role in one.roles), None)
    if family is None or family.correction == "none":
        return options.alpha
    members = sum(_belongs(one, family) for one in experiment.compared)
    treated = ratios(experiment)
    if family.correction == "dunnett":
        return float(dunnett_alpha(list(treated.values()), alpha=options.alpha / members))
    size = members * len(treated)
    shared = options.alpha / size
    return (
        shared / float(np.sum(1 / np.arange(1, size + 1))) if family.correction == "by" else shared
    )


def asked_alpha(experiment: Experiment, goal: Goal) -> float:
    """The alpha of what the definition asks of a goal: a change, or no loss beyond its margin."""
    if goal.margin is not None:
        return experiment.analysis.alpha
    return planned_alpha(experiment, goal)


def pair_alphas(experiment: Experiment, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
    """The alpha at which each pair of a micro and a macro goal says what share of a gain arrived.

    pairs: all that are judged in one variant. The primary goal with the macro that ships has alpha
    over the variants; the others share another alpha, since they decide nothing. Where the primary
    goal is a macro all share one.

    >>> from abmicro import Experiment
    >>> goals = {"cart": "milestone", "pay": "milestone", "video": "action", "order": "macro"}
    >>> test = Experiment(name="t", variants=["a", "b"], goals=goals)
    >>> pair_alphas(test, [("cart", "order"), ("pay", "order"), ("video", "order")])
    (0.05, 0.025, 0.025)
    """
    ships = macro_that_ships(experiment)
    first = (experiment.primary.name, "" if ships is None else ships.name)
    alpha = experiment.analysis.alpha / len(experiment.treated)
    others = max(sum(pair != first for pair in pairs), 1)
    return tuple(alpha if pair == first else alpha / others for pair in pairs)


def corrected(
    experiment: Experiment, goals: list[Goal], p_values: Floats, units: Floats | Integers
) -> tuple[Floats, Floats]:
    """Adjusted p and the alpha at which each hypothesis was tested, both (A, T, G).

    p_values: (A variants, T tests, G goals) over all units of each test, which has families of its
    own. units: (A + 1, T), by which the variants are correlated.
    """
    options = experiment.analysis
    adjusted = p_values.copy()
    tested_at = np.full(p_values.shape, options.alpha)
    for family in families(experiment):
        columns = np.array([_belongs(goal, family) for goal in goals], dtype=bool)
        if columns.any():
            members = np.s_[..., columns]
            adjusted[members], tested_at[members] = _over_goals_and_arms(
                p_values[members], units, options, family.correction
            )
    shared = np.array([comparisons(experiment, goal) for goal in goals])
    if shared.any():
        deciding = np.s_[..., shared > 0]
        adjusted[deciding], tested_at[deciding] = stepwise.one_step(
            p_values[deciding], shared[shared > 0], alpha=options.alpha
        )
    return adjusted, tested_at


def corrected_segments(experiment: Experiment, p_values: Floats) -> tuple[Floats, Floats]:
    """The same of the rows of one test within segments, (A, L, G), all of them one family."""
    together = p_values.reshape(len(p_values), 1, -1)
    adjusted, tested_at = _by_p(
        together, _named(_of_discoveries(experiment), experiment.analysis.alpha)
    )
    return adjusted.reshape(p_values.shape), tested_at.reshape(p_values.shape)


def _belongs(goal: Goal, family: Family) -> bool:
    """Whether a goal is a member of a family; macro goals beside the primary are in none."""
    return goal.role in family.roles and not _is_macro_beside(goal)


def _of_discoveries(experiment: Experiment) -> str:
    if experiment.analysis.correction == "none":
        return "none"
    return "bh" if experiment.monitoring.mode == "fixed" else "holm"


def _over_goals_and_arms(
    p_values: Floats, units: Floats | Integers, options: AnalysisSettings, correction: str
) -> tuple[Floats, Floats]:
    """Adjusted p and alpha tested at of one family of each test, (A, T, G); units: (A + 1, T)."""
    if correction == "dunnett":
        return _by_dunnett(p_values, units, options.alpha)
    if correction == "holm":
        parts = options.parts(p_values.shape[0] * p_values.shape[2])
        return _by_p(p_values, lambda p: stepwise.holm_by_parts(p, parts, alpha=options.alpha))
    return _by_p(p_values, _named(correction, options.alpha))


def _named(correction: str, alpha: float) -> Corrected:
    def corrected(p: Floats) -> tuple[Floats, Floats]:
        adjusted = stepwise.adjusted(p, correction=correction)
        return adjusted, stepwise.tested_at(p, alpha=alpha, correction=correction)

    return corrected


def _by_p(p_values: Floats, corrected: Corrected) -> tuple[Floats, Floats]:
    """The same by the size of the p-values alone. corrected: families along the last axis."""
    variants, tests, goals = p_values.shape
    flat = p_values.swapaxes(0, 1).reshape(tests, -1)
    adjusted, tested_at = corrected(flat)
    return (
        adjusted.reshape(tests, variants, goals).swapaxes(0, 1),
        tested_at.reshape(tests, variants, goals).swapaxes(0, 1),
    )


def _by_dunnett(p_values: Floats, units: Floats | Integers, alpha: float) -> tuple[Floats, Floats]:
    """Variants of a goal by the law of their largest score, alpha in equal parts over the goals."""
    share = alpha / p_values.shape[2]
    control, treated = units[:1].T, units[1:].T
    scores = np.abs(ndtri(np.moveaxis(p_values, 0, -1) / 2))
    p = dunnett(scores, treated[:, None], control[:, None])
    adjusted = np.minimum(np.moveaxis(p, -1, 0) * p_values.shape[2], 1)
    alike, place = np.unique(np.c_[control, treated], axis=0, return_inverse=True)
    critical = dunnett_critical(alike[:, 1:], alike[:, :1], alpha=share)
    tested_at = np.where(alike.all(axis=-1), 2 * ndtr(-critical), share)[place.ravel()]
    return adjusted, np.broadcast_to(tested_at[:, None], p_values.shape)
