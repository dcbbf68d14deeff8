"""Whether few large amounts, or few units with most of the sessions, decide the mean of a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import TRUSTED_FROM, Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.results import GoalResult
    from abmicro.experiment.model import Experiment
    from abmicro.experiment.naming.names import Names

STEADY_FROM = 150
"""Effective size from which the error rate holds even where the law of amounts changes."""


UNSTEADY = (
    "Do not trust {goal} yet: a few {what} decide ({whose} weigh like {count}). No gain is claimed "
    "and no guardrail called held; harm stands."
)
RESTS_ON_FEW = (
    "A few {what} decide {goal} ({whose} weigh like {count}). That is fine only if the variant "
    "does not change how they spread."
)


def caution(row: GoalResult, control: str, names: Names) -> str:
    """What a row does not bear, and what would do, in words; empty where it bears all."""
    said = _finding(row, control, names)
    return f"{said} {_remedy(row, names)}" if said else ""


def _finding(row: GoalResult, control: str, names: Names) -> str:
    size = row.effective_size
    if size is None or min(size.control, size.treated) >= STEADY_FROM:
        return ""
    least, variant = min((size.control, control), (size.treated, row.variant))
    shown = names.variant(variant)
    return (UNSTEADY if row.is_unsteady else RESTS_ON_FEW).format(
        goal=names.goal(row.goal),
        what="large amounts" if row.per is None else f"{names.units} with many of the {row.per}s",
        whose=f"amounts of {shown}" if row.per is None else f"{names.units} of {shown}",
        count=_like(least),
    )


def _like(size: float) -> str:
    """So many of equal size."""
    count = formatting.count(round(size))
    return "a single one" if count == "1" else f"{count} equal ones"


def _remedy(row: GoalResult, names: Names) -> str:
    goal = names.goal(row.goal)
    if row.per is not None:
        return f"Judge {goal} per {names.unit}: drop per."
    cap = "Set a cap" if row.uncapped is None else "Lower the cap"
    return f"{cap}, or judge how many {names.units} have {goal} at all, as a goal of its own."


def size_checks(experiment: Experiment, rows: tuple[GoalResult, ...]) -> Iterator[Check]:
    """One check per goal with amounts or sessions, of the variant that counts least."""
    control = experiment.variants[0].name
    whole = [row for row in rows if row.segment is None and row.effective_size is not None]
    for goal in dict.fromkeys(row.goal for row in whole):
        sizes = {row: _least(row) for row in whole if row.goal == goal}
        row = min(sizes, key=lambda one: sizes[one])
        said = _finding(row, control, experiment.names)
        what = "amounts" if row.per is None else experiment.names.units
        yield Check(
            name=f"effective_size.{goal}",
            status="warn" if said else "pass",
            figure=sizes[row],
            threshold=TRUSTED_FROM if row.is_unsteady else STEADY_FROM,
            sentence=said
            or f"The {what} of {experiment.names.goal(goal)} weigh like {_like(sizes[row])}.",
            fix=_remedy(row, experiment.names) if said else "",
        )


def _least(row: GoalResult) -> float:
    size = row.effective_size
    return float("inf") if size is None else min(size.control, size.treated)
