"""One decision over all variants: which of those that pass every gate is to be shipped.

The winner is the one whose macro goal moved most; it is compared with each other winner on that
goal, Bonferroni over their pairs, so that a recommendation never hides that another is as good.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.goals.goal_rows import figures_of
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import Recommendation, Rival
from abmicro.design.families import macro_that_ships
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.frozen import frozen
from abmicro.phrases import listed

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult, Interval, Standing, Verdict
    from abmicro.analysis.verdict.case import Case
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.experiment.naming.names import Names
    from abmicro.marginals.marginals import Marginals


@frozen
class _Winners:
    """Variants that ship, by name, and the goal by which they are compared."""

    experiment: Experiment
    marginals: Marginals
    names: tuple[str, ...]
    goal: Goal

    @property
    def pairs(self) -> int:
        """How many comparisons share alpha."""
        return len([*combinations(self.names, 2)])

    def against(self, best: str, other: str) -> tuple[Interval, float]:
        """Lift of one winner over another, and the p-value over all pairs."""
        variants = [variant.name for variant in self.experiment.variants]
        at = variants.index(other), variants.index(best)
        totals = self.marginals.goal_totals.between(*at)
        strata = [part.between(*at) for part in self.marginals.goal_totals_of_strata]
        sorts = figures_of(self.experiment, totals, strata)
        figures = next(one for one in sorts if self.goal in one.goals)
        place = (0, 0, figures.goals.index(self.goal))
        level = 1 - self.experiment.analysis.alpha / self.pairs
        p = min(float(figures.test().p[place]) * self.pairs, 1.0)
        shape = (1, 1, len(figures.goals))
        return interval_at(figures.intervals(np.full(shape, level))[1], place, level), p


def recommend(
    experiment: Experiment,
    marginals: Marginals,
    cases: tuple[Case, ...],
    verdicts: tuple[Verdict, ...],
    standings: tuple[Standing, ...],
) -> Recommendation:
    """The variant to ship, if any, and what is known of the others that could be.

    standings: by which the chance to be the best is told, where it is reckoned.
    """
    shipped = [
        case for case, verdict in zip(cases, verdicts, strict=True) if verdict.decision == "ship"
    ]
    if len(shipped) < 2:
        name = shipped[0].variant if shipped else None
        told = f"Ship {experiment.names.variant(name)}." if name else _none(experiment, verdicts)
        return Recommendation(name, told)
    names = tuple(case.variant for case in shipped)
    goal = macro_that_ships(experiment) or experiment.primary
    winners = _Winners(experiment, marginals, names, goal)
    best = max(shipped, key=lambda case: _gain(case.macro or case.primary)).variant
    chances = {one.variant: one.probability_best for one in standings if one.goal == goal.name}
    rivals = tuple(
        Rival(name, *winners.against(best, name), chances.get(name, nan))
        for name in names
        if name != best
    )
    found = Recommendation(best, "", rivals, goal.name, chances.get(best, nan))
    return replace(found, sentence=_sentence(found, experiment))


def _gain(row: GoalResult) -> float:
    return row.sign * row.difference.estimate


def _none(experiment: Experiment, verdicts: tuple[Verdict, ...]) -> str:
    """What to do where no variant ships."""
    names, decisions = experiment.names, {one.decision for one in verdicts}
    control = names.variant(experiment.control.name)
    if "do_not_trust_yet" in decisions:
        return "Do not decide yet: the data failed a check."
    if "keep_running" in decisions:
        return "Let the test run."
    if decisions == {"keep_control"}:
        return f"Keep {control}."
    if left := [names.variant(one.variant) for one in verdicts if one.decision == "unsettled"]:
        return f"Not settled whether {listed(tuple(left), 'or')} does better than {control}."
    return f"Keep {control}: no variant was better by enough."


def _sentence(found: Recommendation, experiment: Experiment) -> str:
    """The best by name, and how clearly it leads."""
    names, alpha = experiment.names, experiment.analysis.alpha
    best = names.variant(str(found.variant))
    shown = {one.variant: names.variant(one.variant) for one in found.against}
    beaten = [shown[one.variant] for one in found.against if one.adjusted_p_value < alpha]
    equals = [one for one in found.against if one.adjusted_p_value >= alpha]
    said = f"Ship {best}"
    if beaten:
        said += f"; it beat {listed(tuple(beaten))}"
    if not equals:
        return f"{said}."
    told = "; ".join(
        f"{best} against {shown[one.variant]}: {names.goal(found.goal)} "
        f"{formatting.span(one.lift, formatting.percent)}"
        for one in equals
    )
    alike = sentence_case(listed(tuple(shown[one.variant] for one in equals)))
    choice = "does as well" if len(equals) == 1 else "do as well"
    return f"{said}. {alike} {choice}: either will do ({told}{_chances(found, names)})."


def _chances(found: Recommendation, names: Names) -> str:
    """Who may be the best, where that is reckoned."""
    chances = {str(found.variant): found.probability_best} | {
        one.variant: one.probability_best for one in found.against
    }
    if any(isnan(chance) for chance in chances.values()):
        return ""
    told = (
        f"{names.variant(name)} {formatting.probability(chance)}"
        for name, chance in chances.items()
    )
    return f"; chance to be best: {', '.join(told)}"
