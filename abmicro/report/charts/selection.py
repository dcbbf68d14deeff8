"""Which results a chart shows: those of one variant, or the reason why there are none."""

from __future__ import annotations

from typing import TypeVar

from abmicro.analysis.results import Analysis
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report.sections.absent import missing

T = TypeVar("T")


def arm_of(analysis: Analysis, variant: str | None) -> str:
    """The variant asked for, by default the first; OutputError for one that is not there."""
    variants = [arm.name for arm in analysis.experiment.treated]
    if variant not in (None, *variants):
        hint = suggest(str(variant), variants)
        raise OutputError(Problem("variant", f"{variant!r} is no treated variant", "E511", hint))
    return variants[0] if variant is None else variant


def some_of(analysis: Analysis, panel: str, results: tuple[T, ...]) -> tuple[T, ...]:
    """The results; OutputError with the reason where there are none."""
    if not results:
        reason = next(missing(analysis, panel, "carry_through"), "there is nothing to draw")
        hint = "draw another chart of this analysis"
        raise OutputError(Problem(panel, reason.removesuffix("."), "E511", hint))
    return results
