"""What is known of every goal before the test: from counts of the past, else from the definition.

Of the past only the control tells: the rates that the test will start from. Without a control (the
past was no test) all units do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from math import isnan, sqrt
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.design.planned_claim import JointRates
from abmicro.design.planned_test import PlannedTest, planned_test
from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.file.toml_text import dotted
from abmicro.experiment.goals.planned_keys import MOST_SPREAD
from abmicro.experiment.model import GoalRole
from abmicro.frozen import frozen
from abmicro.marginals.goal_means import goal_means

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.marginals import Marginals


@frozen
class Known:
    """Baselines by goal name.

    means: rates, or means of goals that are none; sds: of the latter, over units. pairs: by micro
    goal, its rates with the macro goal. correlations: over units, by pair of goals.
    sentence: where all this comes from. saved: of goals with a value from before, the share of the
    variance that it takes off; none without counts of the past.
    """

    macro: str | None
    means: Mapping[str, float]
    sds: Mapping[str, float]
    pairs: Mapping[str, JointRates]
    correlations: Mapping[frozenset[str], float]
    sentence: str
    missing: Mapping[str, str] = field(default_factory=dict)
    saved: Mapping[str, float] = field(default_factory=dict)


def known(experiment: Experiment, past: Marginals | None) -> Known:
    """What counts of the past and, where they are silent, the definition say of every goal.

    Raises DefinitionError where nothing is known of any goal, or where rates contradict each other.
    """
    macro = macro_of(experiment)
    if past is not None:
        return _of_counts(experiment, past, macro)
    means = {goal.name: goal.baseline for goal in experiment.goals if goal.baseline is not None}
    if not means:
        first = dotted("goals", experiment.primary.name, "baseline")
        hint = "write the rate before the test, e.g. 0.12, or give counts with --counts"
        raise DefinitionError(Problem(first, "is missing", "E011", hint))
    pairs: dict[str, JointRates] = {}
    for goal in _micros(experiment):
        if macro in means and goal.name in means:
            found = _pair(experiment, goal, means[goal.name], means[macro])
            pairs |= {goal.name: found} if found else {}
    sds = {goal.name: goal.sd for goal in experiment.goals if goal.sd is not None}
    together = _correlations(macro, pairs)
    return Known(macro, means, sds, pairs, together, "baselines as the definition gives them")


def planned_tests(experiment: Experiment, past: Known) -> tuple[PlannedTest, ...]:
    """The test of every goal of which a baseline is known, the primary first.

    Raises DefinitionError where a planned lift leaves the range of a rate.
    """
    goals = sorted(experiment.compared, key=lambda goal: goal.role is not GoalRole.PRIMARY)
    tests = tuple(
        planned_test(
            experiment,
            goal,
            past.means[goal.name],
            past.sds.get(goal.name),
            saved=past.saved.get(goal.name, 0.0),
        )
        for goal in goals
        if goal.name in past.means
    )
    for test in tests:
        _check_room(test)
    return tests


def _check_room(test: PlannedTest) -> None:
    if isnan(test.effect) or test.is_possible:
        return
    size = abs(test.effect)
    what = f"a lift of {size:g} takes the rate of {formatting.rate(test.mean)} to 100% or beyond"
    hint = f"an mde below {1 / test.mean - 1:.4g} leaves room; or plan for the few who miss"
    raise DefinitionError(Problem(dotted("goals", test.goal.name, "mde"), what, "E090", hint))


def macro_of(experiment: Experiment) -> str | None:
    """The macro goal at the end of the funnel, else the first that is a rate."""
    if experiment.funnel.steps:
        return experiment.funnel.steps[-1]
    return next((goal.name for goal in experiment.macros if goal.is_rate), None)


def _micros(experiment: Experiment) -> tuple[Goal, ...]:
    return tuple(goal for goal in experiment.compared if goal.is_micro and goal.is_rate)


def _pair(experiment: Experiment, goal: Goal, micro: float, macro: float) -> JointRates | None:
    """The joint rates of a micro goal by the path or by its phi; None where neither is known."""
    if goal.name in experiment.funnel.steps:
        return JointRates(micro, macro, macro) if macro < micro else None
    if goal.phi is None:
        return None
    both = micro * macro + goal.phi * sqrt(micro * (1 - micro) * macro * (1 - macro))
    if both > min(micro, macro):
        most = JointRates(micro, macro, min(micro, macro)).phi
        what = f"{goal.phi:g} cannot be at rates of {micro:g} and {macro:g}"
        where = dotted("goals", goal.name, "phi")
        raise DefinitionError(Problem(where, what, "E090", f"at most {most:.3g} is possible"))
    return JointRates(micro, macro, both)


def _of_counts(experiment: Experiment, past: Marginals, macro: str | None) -> Known:
    totals = past.goal_totals
    variants = slice(0, 1) if totals.units[0, 0] else slice(None)
    units = int(totals.units[variants, 0].sum())
    means, sds, saved = goal_means(totals, variants)
    missing = {
        goal.name: f"{'everybody' if means[goal.name] else 'nobody'} of the past reached it"
        for goal in totals.rates
        if not 0 < means[goal.name] < 1
    }
    for name, sd in sds.items():
        if not 0 < means[name] < sd * MOST_SPREAD:
            missing[name] = "its values in the past have no positive mean, or never differ"
    pairs = _pairs(past, variants)
    whose = f"of {experiment.control.name}" if variants.stop else "of all variants"
    sentence = f"baselines from {experiment.names.of_units(units)} {whose} in the past"
    sentence += "".join(_told(experiment.goal(name), share) for name, share in saved.items())
    sound = {name: mean for name, mean in means.items() if name not in missing}
    together = {**past.goal_correlations(variants), **_correlations(macro, pairs)}
    return Known(macro, sound, sds, pairs, together, sentence, missing, saved)


def _correlations(
    macro: str | None, pairs: Mapping[str, JointRates]
) -> dict[frozenset[str], float]:
    return {frozenset((micro, str(macro))): rates.phi for micro, rates in pairs.items()}


def _told(goal: Goal, saved: float) -> str:
    before = "" if goal.before is None else goal.before.told
    return f"; {before} takes {formatting.rate(saved)} off the variance of {goal.name}"


def _pairs(past: Marginals, variants: slice) -> dict[str, JointRates]:
    """The joint rates of all micro goals that neither nobody nor everybody reaches."""
    found: dict[str, JointRates] = {}
    funnel, off_funnel = past.funnel, past.off_funnel
    if funnel is not None:
        units, *steps = funnel.reached[variants].sum(axis=0).tolist()
        for name, reached in zip(funnel.milestones, steps, strict=False):
            found[name] = JointRates(reached / units, steps[-1] / units, steps[-1] / units)
    if off_funnel is not None:
        by_goal = off_funnel.cells[variants].sum(axis=0).tolist()
        for name, cells in zip(off_funnel.goals, by_goal, strict=True):
            both, only, without, _ = (cell / sum(cells) for cell in cells)
            found[name] = JointRates(both + only, both + without, both)
    return {
        name: rates
        for name, rates in found.items()
        if 0 < rates.micro < 1 and 0 < rates.macro < 1 and 0 < rates.phi < 1
    }
