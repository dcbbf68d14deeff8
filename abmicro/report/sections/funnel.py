"""Where people left: every step of the funnel in people, variant by variant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro.analysis.results import Analysis
from abmicro.report.blocks import Block, Fold, Heading, Note, Paragraph, Section
from abmicro.report.sections import goals
from abmicro.report.sections.absent import missing, remarks
from abmicro.report.tables import funnel as in_people
from abmicro.report.words.subject import Subject, subjects

STEPS = ("Step", "Control", "Variant", "Lift", "Per 1,000")
LOCATION = (
    "Those who reach a step are not the same people in both variants. So this shows where people "
    "left, not why."
)


def section(analysis: Analysis) -> Section:
    """The funnel, or why there is none."""
    head = "Where people left"
    return Section("funnel", head, tuple(_blocks(analysis)), head, is_result=True)


def is_told(analysis: Analysis) -> bool:
    """Whether there is a funnel, or a reason that carry-through has not told already."""
    reasons = {absent.panel: absent.reason for absent in analysis.absent}
    return "funnel" not in reasons or reasons["funnel"] != reasons.get("carry_through")


def _blocks(analysis: Analysis) -> Iterator[Block]:
    if not analysis.funnel:
        yield from map(Note, missing(analysis, "funnel", "carry_through"))
        return
    for at, subject in enumerate(subjects(analysis)):
        yield from _variant(analysis, subject, is_first=not at)
    yield Note(LOCATION)


def _variant(analysis: Analysis, subject: Subject, *, is_first: bool) -> Iterator[Block]:
    variant = subject.verdict.variant
    steps = goals.of_variant(analysis.funnel, variant)
    if not steps:
        return
    if len(analysis.verdicts) > 1:
        yield Heading(subject.variant, f"against {subject.control}")
    if subject.moved(subject.primary) > 0:
        yield from map(Paragraph, filter(None, [in_people.lead(subject, steps)]))
    table = in_people.steps(subject, steps)
    note = table.note if is_first else ""
    yield replace(table, label=f"Where people left, {variant}", note=note)
    yield from remarks(steps, subject.names)
    numbers = replace(goals.funnel(analysis, variant), label=f"Funnel of {variant}", brief=STEPS)
    yield Fold("Rates and lifts by step", (numbers,), long=True)
