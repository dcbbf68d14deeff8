"""Goals that the control lacks: their rate in a variant, and what followed them there."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Analysis, Interval, Uncompared
from abmicro.report.blocks import Block, Heading, Note, Paragraph

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

NO_EFFECT = (
    "Not compared, since the control lacks them. Who reaches such a goal chose to: those with it "
    "and those without are different people, and what they do later differs for that reason, too."
)


def blocks(analysis: Analysis, variant: str) -> Iterator[Block]:
    """A sentence for each goal that only this variant, or some, have; nothing without one."""
    names = analysis.experiment.names
    rows = [row for row in analysis.uncompared if row.variant == variant]
    if not rows:
        return
    yield Heading("Goals that the control lacks", minor=len(analysis.verdicts) > 1)
    yield from (Paragraph(sentence(row, names)) for row in rows)
    yield Note(NO_EFFECT)


def sentence(row: Uncompared, names: Names) -> str:
    """Who reached the goal, and how many with it and without it reached the macro goal."""
    goal, macro = names.goal(row.goal), names.goal(row.macro)
    told = (
        f"{names.head(row.goal)}: {formatting.count(row.reached)} of {names.of_units(row.units)} "
        f"of {names.variant(row.variant)}, {_share(row.rate)}."
    )
    if not row.macro:
        return f"{told} These counts do not tell how many of them reached a goal that pays."
    return (
        f"{told} Of these {formatting.count(row.reached_both)} reached {macro}, "
        f"{_share(row.macro_with)}; of the {names.units} without {goal} "
        f"{_share(row.macro_without)}."
    )


def _share(interval: Interval) -> str:
    ends = f" ({formatting.rate(interval.low)} to {formatting.rate(interval.high)})"
    return formatting.rate(interval.estimate) + ("" if isnan(interval.low) else ends)
