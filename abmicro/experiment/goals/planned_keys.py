"""What a goal says for planning, and the rules it keeps: what is known of it before the test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from abmicro.errors import Problem

if TYPE_CHECKING:
    from abmicro.experiment.goals.goal import Goal

MOST_SPREAD = 1e6
"""How many times a standard deviation that is planned with may exceed its mean, or the reverse."""


def planning_rules(goal: Goal) -> Iterator[Problem]:
    """A baseline, a spread and a way to rise belong to goals that have them."""
    if goal.is_ratio:
        if goal.baseline is not None:
            hint = "drop baseline; `abmicro plan --counts` takes mean and spread from the past"
            what = f"how far units differ in their rate per {goal.per} is not known from it"
            yield Problem("baseline", what, "E033", hint)
    elif goal.is_value:
        yield from _planned_mean(goal.baseline, goal.sd)
        return
    elif goal.baseline is not None:
        yield from _planned_rate(goal, goal.baseline)
    if goal.sd is not None:
        what = "only a goal with a value per unit has one; the spread of a rate follows from it"
        yield Problem("sd", what, "E091", "drop it")
    if goal.lift_by is not None:
        what = "only a value has amounts or buyers to rise by; a rate has but one way"
        yield Problem("lift_by", what, "E091", "drop it")


def _planned_mean(mean: float | None, sd: float | None) -> Iterator[Problem]:
    if (mean is None) != (sd is None):
        missing = "baseline" if mean is None else "sd"
        hint = "a mean is planned by baseline and sd, over all units, or by `abmicro plan --counts`"
        yield Problem(missing, "is missing", "E011", hint)
    elif mean and sd and not 1 / MOST_SPREAD <= sd / mean <= MOST_SPREAD:
        what = f"values do not differ by {sd:g} around a mean of {mean:g}"
        yield Problem("sd", what, "E090", "write both per unit, in the unit of the value")


def _planned_rate(goal: Goal, rate: float) -> Iterator[Problem]:
    if rate >= 1:
        hint = "write a fraction, e.g. 0.05 for 5 %"
        yield Problem("baseline", f"{rate:g} is not between 0 and 1", "E014", hint)
    elif goal.mde and goal.sign > 0 and rate * (1 + goal.mde) >= 1:
        what = f"a lift of {goal.mde:g} takes a rate of {rate:g} to 1 or beyond"
        hint = f"an mde below {1 / rate - 1:.4g} leaves room; or plan for the few who miss"
        yield Problem("mde", what, "E090", hint)


def correlation_rules(goal: Goal) -> Iterator[Problem]:
    """Only an action that units reach has a correlation that nothing else tells."""
    if goal.phi is None:
        return
    if goal.is_ratio:
        what = f"is over units, and the goal is counted per {goal.per}"
        yield Problem("phi", what, "E045", "drop it")
    elif goal.kind != "action":
        what = f"only an action has a phi; that of a {goal.kind} follows from the baselines"
        yield Problem("phi", what, "E091", "drop it")
