"""How each goal and the macro goal go together over units of one log: who converts, not why."""

from __future__ import annotations

from math import inf, isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.goal_choice.results import GoalLink
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.programme import association

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names
    from abmicro.goal_choice.log import GoalLog


def links(log: GoalLog, names: Names, level: float) -> tuple[GoalLink | None, ...]:
    """One link for each goal of a log; None for the macro goal itself."""
    found = association(JointCells(log.cells), level=level)
    macro = names.goal(log.goals[log.macro].name)
    made: list[GoalLink | None] = []
    for at, goal in enumerate(log.goals):
        figures = {name: float(column[at]) for name, column in found._asdict().items()}
        ratio = Interval(figures.pop("ratio"), figures.pop("low"), figures.pop("high"), level)
        if_reached, if_not = figures.pop("macro_if_micro"), figures.pop("macro_if_not")
        sentence = _sentence(names.goal(goal.name), macro, ratio, names.units)
        made.append(GoalLink(if_reached, if_not, ratio, **figures, sentence=sentence))
    made[log.macro] = None
    return tuple(made)


def _sentence(goal: str, macro: str, ratio: Interval, units: str) -> str:
    if isnan(ratio.estimate):
        return f"All {units} or none have {goal}, which sets nobody apart."
    if ratio.estimate == inf:
        return f"Nobody has {macro} without {goal}. A step on the way says no more than that."
    times = formatting.ratio(ratio.estimate, width=max(ratio.high - ratio.low, ratio.estimate / 4))
    return (
        f"{units.capitalize()} with {goal} have {macro} {times} times as often as others. That is "
        f"who they are, not what {goal} do."
    )
