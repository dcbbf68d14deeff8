"""Did the micro gain carry through? Findings, rulers of the variants, the plane of the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Analysis, CarryThrough
from abmicro.report.blocks import (
    Beside,
    Block,
    Chart,
    Facts,
    Fold,
    Heading,
    Note,
    Section,
)
from abmicro.report.sections import goals, rulers
from abmicro.report.sections.absent import missing
from abmicro.report.words.subject import Subject, subjects

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

PLANE = (
    "Inside the ellipse lie the pairs of changes that the data do not rule out. Between the two "
    "lines at least the asked share of the gain got there."
)

SO_FAR = (
    "The test runs on. What follows are its numbers so far, no results: a lead this early is "
    "mostly chance, and a range is right for one look, at the end."
)


def section(analysis: Analysis) -> Section:
    """Carry-through variant by variant."""
    head = "Did the gain reach the goal that pays?"
    return Section("carry", head, tuple(_blocks(analysis)), "Carry-through", is_result=True)


def caveat_section(analysis: Analysis) -> Iterator[Section]:
    """What must be known of the findings, for a page without them; nothing without a finding."""
    if told := caveats(analysis):
        yield Section("caveat", "How to read this", (Note(told[0]),))


def _blocks(analysis: Analysis) -> Iterator[Block]:
    found = subjects(analysis)
    yield from map(Note, missing(analysis, "carry_through"))
    for at, subject in enumerate(found):
        if pairs := goals.of_variant(analysis.carry_through, subject.verdict.variant):
            yield from _arm(analysis, subject, at, pairs)
    if found and all(subject.is_early for subject in found):
        yield Note(SO_FAR)
    else:
        yield from map(Note, caveats(analysis))


def _arm(
    analysis: Analysis, subject: Subject, at: int, found: tuple[CarryThrough, ...]
) -> Iterator[Block]:
    primary = analysis.experiment.primary.name
    first = next((one for one in found if one.micro == primary), found[0])
    others = [one for one in found if one != first]
    yield Heading(subject.variant, f"against {subject.control}")
    yield rulers.answered(subject, first, f"carry-{at}", broad=True)
    if subject.is_early:
        return
    if others:
        told = (rulers.answered(subject, one, None) for one in others)
        yield Fold("The other goals on the way", tuple(told), long=True)
    beside = Beside(_plane(first, f"plane-{at}", subject.names), _facts(first, subject.names))
    yield Fold("In full, with both changes in one picture", (Note(first.sentence), beside))
    table = replace(goals.carry(analysis, first.variant), label=f"Carry-through of {first.variant}")
    yield Fold("The numbers", (table,), medium="page")


def _plane(one: CarryThrough, name: str, names: Names) -> Chart:
    lifts = (one.micro_lift, one.macro_lift, one.expected_macro_lift)
    change, macro_change, usual = map(formatting.lift, lifts)
    micro, macro = names.goal(one.micro), names.goal(one.macro)
    return Chart(
        name,
        "plane",
        (("variant", one.variant), ("micro", one.micro), ("macro", one.macro)),
        f"{names.head(one.micro)} against {macro}",
        PLANE,
        f"{micro} {change}, {macro} {macro_change}, usual {usual}.",
        broad=False,
    )


def _facts(one: CarryThrough, names: Names) -> Facts:
    per_1000 = f"extra per 1,000 {names.units}"
    micro, macro = names.head(one.micro), names.head(one.macro)
    told = goals.beliefs(one, names.goal(one.macro))
    beliefs = ((f"Chance that {name}", chance) for name, chance in told)
    return Facts(
        (
            (f"{micro}, change", formatting.lift(one.micro_lift)),
            (f"{macro}, change that is usual then", formatting.lift(one.expected_macro_lift)),
            (f"{macro}, change", formatting.lift(one.macro_lift)),
            (f"{micro}, {per_1000}", formatting.change(one.extra_micro_per_1000)),
            (f"{macro}, {per_1000}", formatting.change(one.extra_macro_per_1000)),
            *beliefs,
        )
    )


def caveats(analysis: Analysis) -> tuple[str, ...]:
    """What the carry-through findings do not say, and what they rest on, each once."""
    lines = (line for one in analysis.carry_through for line in one.caveat.splitlines())
    return tuple(dict.fromkeys(lines))


def listed(parts: Iterable[str]) -> str:
    """The parts as one sentence."""
    return "; ".join(parts) + "."
