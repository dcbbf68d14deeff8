"""Goals that the control lacks: their rate in a variant, and what followed them there."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from abmicro import formatting
from abmicro.analysis.results import Analysis, Interval, Uncompared
from abmicro.report.blocks import Block, Heading, Note, Paragraph

NO_EFFECT = (
    "Not compared, since the control lacks them. Who reaches such a goal chose to: those with it "
    "and those without are different people, and what they do later differs for that reason, too."
)


def blocks(analysis: Analysis, variant: str) -> Iterator[Block]:
    """A sentence for each goal that only this variant, or some, have; nothing without one."""
    rows = [row for row in analysis.uncompared if row.variant == variant]
    if not rows:
        return
    yield Heading("Goals that the control lacks", minor=True)
    yield from (Paragraph(sentence(row)) for row in rows)
    yield Note(NO_EFFECT)


def sentence(row: Uncompared) -> str:
    """Who reached the goal, and how many with it and without it reached the macro goal."""
    told = (
        f"{row.goal}: {formatting.count(row.reached)} of {formatting.count(row.units)} units of "
        f"{row.variant} reached it, {_share(row.rate)} at {formatting.level(row.rate.level)} "
        "confidence."
    )
    if not row.macro:
        return f"{told} Which of them reached a macro goal is not known from these counts."
    return (
        f"{told} Of these {formatting.count(row.reached_both)} reached {row.macro}, "
        f"{_share(row.macro_with)}; of the units without {row.goal} {_share(row.macro_without)}."
    )


def _share(interval: Interval) -> str:
    ends = f" [{formatting.rate(interval.low)}, {formatting.rate(interval.high)}]"
    return formatting.rate(interval.estimate) + ("" if isnan(interval.low) else ends)
