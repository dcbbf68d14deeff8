"""Whether few large amounts, or few units with most of the sessions, decide the mean of a goal."""

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
    """What a row does not bear, and what would do, in words; empty where it bears all."""
    said = _finding(row, control)
    return f"{said} {_remedy(row)}" if said else ""


def _finding(row: GoalResult, control: str) -> str:
    size = row.effective_size
    if size is None or min(size.control, size.treated) >= STEADY_FROM:
        return ""
    least, variant = min((size.control, control), (size.treated, row.variant))
    count = formatting.count(round(least))
    whose = f"amounts of {variant} count" if row.per is None else f"units of {variant} weigh"
    if row.is_unsteady:
        return (
            f"{row.goal}: not to be trusted. The {whose} like {count}: few decide. "
            "No gain is claimed and no guardrail called held; harm stands."
        )
    what, spread = _words(row)
    return (
        f"{row.goal} rests on few {what} (the {whose} like {count}); the error "
        f"rate holds only if the variant does not change how {spread} spread."
    )


def _words(row: GoalResult) -> tuple[str, str]:
    if row.per is None:
        return "large amounts", "amounts"
    return f"units with much of what it is counted per ({row.per})", "they"


def _remedy(row: GoalResult) -> str:
    if row.per is not None:
        return f"Judge the same per unit: {row.goal} without per."
    cap = "Set a cap" if row.uncapped is None else "Lower the cap"
    return f"{cap}, or judge how many units have {row.goal} at all, as a goal of its own."


def size_checks(experiment: Experiment, rows: tuple[GoalResult, ...]) -> Iterator[Check]:
    """One check per goal with amounts or sessions, of the variant that counts least."""
    control = experiment.variants[0].name
    whole = [row for row in rows if row.segment is None and row.effective_size is not None]
    for goal in dict.fromkeys(row.goal for row in whole):
        sizes = {row: _least(row) for row in whole if row.goal == goal}
        row = min(sizes, key=lambda one: sizes[one])
        said = _finding(row, control)
        what = "amounts" if row.per is None else "units"
        yield Check(
            name=f"effective_size.{goal}",
            status="warn" if said else "pass",
            figure=sizes[row],
            threshold=TRUSTED_FROM if row.is_unsteady else STEADY_FROM,
            sentence=said
            or f"The {what} of {goal} count like {formatting.count(round(sizes[row]))}.",
            fix=_remedy(row) if said else "",
        )


def _least(row: GoalResult) -> float:
    size = row.effective_size
    return float("inf") if size is None else min(size.control, size.treated)
