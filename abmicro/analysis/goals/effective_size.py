"""Whether few large amounts decide the mean of a goal: as how many equal ones do they count?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import TRUSTED_FROM, Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.analysis.results import GoalResult
    from abmicro.experiment.model import Experiment

STEADY_FROM = 150
"""Effective size from which the error rate holds even where the law of amounts changes."""


def caution(row: GoalResult, control: str) -> str:
    """What the amounts of a row do not bear, in words; empty where they are many enough."""
    size = row.effective_size
    if size is None or min(size.control, size.treated) >= STEADY_FROM:
        return ""
    least, arm = min((size.control, control), (size.treated, row.variant))
    count = formatting.count(round(least))
    if row.is_unsteady:
        return (
            f"{row.goal}: not to be trusted. The amounts of {arm} count like {count}: few decide. "
            "No gain is claimed and no guardrail called held; harm stands."
        )
    return (
        f"{row.goal} rests on few large amounts (those of {arm} count like {count}); the error "
        "rate holds only if the variant does not change how amounts spread."
    )


def size_checks(experiment: Experiment, rows: tuple[GoalResult, ...]) -> Iterator[Check]:
    """One check per amount, of the arm whose amounts count least; others are silent."""
    control = experiment.variants[0].name
    whole = [row for row in rows if row.segment is None and row.effective_size is not None]
    for goal in dict.fromkeys(row.goal for row in whole):
        sizes = {row: _least(row) for row in whole if row.goal == goal}
        row = min(sizes, key=lambda one: sizes[one])
        said = caution(row, control)
        yield Check(
            name=f"effective_size.{goal}",
            status="warn" if said else "pass",
            figure=sizes[row],
            threshold=TRUSTED_FROM if row.is_unsteady else STEADY_FROM,
            sentence=said
            or f"The amounts of {goal} count like {formatting.count(round(sizes[row]))}.",
            fix=f"Judge how many units have {goal} at all, as a goal of its own." if said else "",
        )


def _least(row: GoalResult) -> float:
    size = row.effective_size
    return float("inf") if size is None else min(size.control, size.treated)
