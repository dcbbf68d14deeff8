"""What a terminal shows first: the answer, the goals beside it, and how to see the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro.analysis.results import Analysis
from abmicro.report import document
from abmicro.report.blocks import Block, Document, Heading, Item, Note, Paragraph, Section
from abmicro.report.sections import first_screen, goals, with_history
from abmicro.report.tables import goals as in_people
from abmicro.report.words.subject import subjects

ON_THE_CARD = 2  # goals that the card of a variant shows already
REST = (
    Item("The rest", "off", "abmicro analyze FILE --full"),
    Item("Pictures", "off", "abmicro report FILE -o report.html"),
)


def render(analysis: Analysis, *, coloured: bool, of_file: bool = True) -> str:
    """Verdict, ruler, goals and the checks that need a look, as text of one screen.

    coloured: for a terminal, as wide as its window. of_file: whether there is a definition of which
    other commands tell the rest.
    """
    told = Document(
        title=analysis.experiment.name,
        subtitle="",
        facts="",
        sections=(
            _facts(analysis),
            first_screen.section(analysis),
            *_goals(analysis),
            *_past(analysis),
            *([_rest()] if of_file else []),
        ),
        footer="",
        skip="",
    )
    if coloured:
        from abmicro.report.render import terminal

        return terminal.page(told)
    from abmicro.report.render import text

    return text.page(told)


def _facts(analysis: Analysis) -> Section:
    said = Note(", ".join(document.facts(analysis)))
    return Section("facts", "The test", (said,), hidden=True)


def _goals(analysis: Analysis) -> Iterator[Section]:
    """All goals of every variant, where there are more than its card shows."""
    blocks: list[Block] = []
    for subject in subjects(analysis):
        variant = subject.verdict.variant
        if len(goals.whole(analysis, variant)) <= ON_THE_CARD:
            continue
        blocks.append(Heading(subject.variant, f"against {subject.control}"))
        blocks.append(replace(in_people.goals(subject), label=f"What {variant} changed"))
    if blocks:
        yield Section("goals", "All goals", tuple(blocks), hidden=True)


def _past(analysis: Analysis) -> Iterator[Section]:
    """What past tests and this one say together of each variant, where they were asked."""
    blocks: list[Block] = []
    for one in analysis.with_history:
        blocks.append(Heading(analysis.experiment.names.variant(one.variant)))
        blocks.append(Paragraph(one.sentence))
    if blocks:
        yield Section("history", with_history.HEAD, tuple(blocks))


def _rest() -> Section:
    return Section("next", "Where to look next", REST, hidden=True)
