"""Segments in words and rows: first whether levels differ at all, then each level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from math import nan

from abmicro import formatting
from abmicro.analysis.results import Analysis, GoalResult
from abmicro.report.blocks import Block, Fold, Heading, Note, Paragraph, Section
from abmicro.report.sections import goals
from abmicro.report.tables import parts as in_people
from abmicro.report.words.subject import Subject

FIRST = (
    "Segments decide nothing: many comparisons bring chance findings. Where fewer than ten reached "
    "a goal, it is held back. A segment that you look up afterwards (--segment) is a question for "
    "the next test."
)


READING = (
    "Beside the name of a segment stands whether its levels differ at all; the dotted line is the "
    "lift over everybody."
)


def section(analysis: Analysis) -> Section:
    """Whether levels differ, then the levels of every variant."""
    return Section("segments", "Segments", tuple(_blocks(analysis)), "Segments", is_result=True)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    yield from map(Paragraph, sentences(analysis))
    yield Note(FIRST)
    for verdict in analysis.verdicts:
        variant = verdict.variant
        if len(analysis.verdicts) > 1:
            yield Heading(analysis.experiment.names.variant(variant))
        for segment in dict.fromkeys(row.segment.segment for row in analysis.goals if row.segment):
            table = in_people.segments(Subject.of(analysis, verdict), segment)
            yield replace(table, label=f"{segment}, {variant}")
        tests = replace(goals.interactions(analysis, variant), label=f"Do levels differ, {variant}")
        levels = replace(goals.segments(analysis, variant), label=f"Segments of {variant}")
        title = "Every goal: the tests and the levels"
        yield Fold(title, (tests, levels), medium="page", long=True)


def is_told(analysis: Analysis) -> bool:
    """Whether there are segments."""
    return any(row.segment is not None for row in analysis.goals)


def lines(analysis: Analysis, variant: str, goal: str) -> Iterator[tuple[str, GoalResult | None]]:
    """Levels of one goal and variant, the name of their segment, without a result, above them."""
    rows = [
        (row.segment, row)
        for row in goals.of_variant(analysis.goals, variant)
        if row.segment is not None and row.goal == goal
    ]
    for segment, levels in groupby(rows, key=lambda one: one[0].segment):
        yield segment, None
        yield from ((level.level, row) for level, row in levels)


def interaction(analysis: Analysis, variant: str, goal: str, segment: str) -> str:
    """Whether the levels of a segment differ, with the adjusted p."""
    found = (
        one.adjusted_p_value
        for one in goals.of_variant(analysis.interactions, variant)
        if (one.goal, one.segment) == (goal, segment)
    )
    p = next(found, nan)
    if p != p:
        return "not tested"
    clear = p < analysis.alpha
    return f"levels {'differ' if clear else 'not shown to differ'}, p {formatting.p_equals(p)}"


def caption(analysis: Analysis, variant: str, goal: str) -> str:
    """The chart of one goal and variant in a sentence that carries its numbers."""
    told = (
        f"{name}: {interaction(analysis, variant, goal, name)}"
        if row is None
        else f"{name} {goals.FEW if goals.is_few(row) else formatting.lift(row.lift)}"
        for name, row in lines(analysis, variant, goal)
    )
    return "; ".join(told) + "."


def sentences(analysis: Analysis) -> Iterator[str]:
    """Where levels differ; else that they are nowhere shown to."""
    alpha, names = analysis.alpha, analysis.experiment.names
    clear = [one for one in analysis.interactions if one.adjusted_p_value < alpha]
    for one in clear:
        yield (
            f"{names.variant(one.variant)}: the change in {names.goal(one.goal)} differs by "
            f"{one.segment} (adjusted p {formatting.p_equals(one.adjusted_p_value)})."
        )
    if analysis.interactions and not clear:
        yield "No change is shown to differ from segment to segment."
