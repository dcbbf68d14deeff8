"""What a report does not show, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from abmicro.analysis.results import Analysis, GoalResult, StepResult
from abmicro.report import words
from abmicro.report.blocks import Note

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names


def missing(analysis: Analysis, *panels: str) -> Iterator[str]:
    """Why a panel is not shown; of several panels the first that has a reason."""
    reasons = {absent.panel: absent.reason for absent in analysis.absent}
    found = [reasons[panel] for panel in panels if panel in reasons]
    yield from (f"Not shown: {reason.removesuffix('.')}." for reason in found[:1])


def missing_elsewhere(analysis: Analysis) -> Iterator[str]:
    """Why a goal or another part is not shown, apart from carry-through and funnel."""
    for absent in analysis.absent:
        if absent.panel not in ("carry_through", "funnel"):
            yield f"Not shown, {absent.panel}: {absent.reason.removesuffix('.')}."


def remarks(results: Iterable[GoalResult | StepResult], names: Names) -> Iterator[Note]:
    """The notes of goals or steps that have one."""
    for result in results:
        goal = result.goal if isinstance(result, GoalResult) else result.step
        if isinstance(result, GoalResult):
            yield from map(Note, words.beside(result, names))
        if result.note:
            yield Note(f"{names.head(goal)}: {result.note}")
