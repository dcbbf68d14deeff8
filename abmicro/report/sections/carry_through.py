"""Did the micro gain carry through? Findings, rulers of the variants, the plane of the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from abmicro import formatting
from abmicro.analysis.results import Analysis, CarryThrough
from abmicro.report.blocks import (
    Beside,
    Block,
    Chart,
    Facts,
    Fold,
    Heading,
    LabelledSentence,
    Note,
    Section,
)
from abmicro.report.sections import ascii_ruler, goals
from abmicro.report.sections.absent import missing
from abmicro.report.words import label_words, shorten

NAME = 60  # longest name above a ruler of characters
RULER = (
    "The line is the set of pass-throughs that the data do not rule out, the dot the estimate. An "
    "arrow head says that the set goes on; a dotted line that nothing is ruled out."
)
PLANE = (
    "Inside the ellipse lie the pairs of lifts that the data do not rule out. Between the two "
    "lines the asked share or more of the micro gain arrives."
)


def section(analysis: Analysis, *, is_short: bool = False) -> Section:
    """Carry-through variant by variant. is_short: the findings and rulers only."""
    blocks = tuple(_blocks(analysis, is_short=is_short))
    head = "Did the micro gain carry through?"
    return Section("carry", head, blocks, "Carry-through", is_result=True)


def _blocks(analysis: Analysis, *, is_short: bool) -> Iterator[Block]:
    yield from map(Note, missing(analysis, "carry_through"))
    for at, verdict in enumerate(analysis.verdicts):
        if found := goals.of_variant(analysis.carry_through, verdict.variant):
            yield from _arm(analysis, at, found, is_short=is_short)
    yield from map(Note, caveats(analysis))


def _arm(
    analysis: Analysis, at: int, found: tuple[CarryThrough, ...], *, is_short: bool
) -> Iterator[Block]:
    primary = analysis.experiment.primary.name
    first = next((one for one in found if one.micro == primary), found[0])
    others = tuple(_finding(one) for one in found if one != first)
    yield Heading(first.variant)
    yield _finding(first)
    yield _ruler(analysis, first, found, f"ruler-{at}")
    if not is_short:
        yield Beside(_plane(first, f"plane-{at}"), _facts(first))
    if others and not is_short:
        yield Fold("The other pairs of goals in words", others, long=True)


def _finding(one: CarryThrough) -> LabelledSentence:
    words = label_words(one)
    return LabelledSentence(words.title, words.tone, goals.path(one), one.sentence)


def _ruler(
    analysis: Analysis, first: CarryThrough, found: tuple[CarryThrough, ...], name: str
) -> Chart:
    macro = analysis.carry_through[0].macro
    return Chart(
        name,
        "ruler",
        (("variant", first.variant),),
        f"Pass-through ruler of {first.variant}",
        RULER,
        listed(
            f"{goals.path(one)}: {label_words(one).title.lower()}, "
            f"pass-through {goals.share(one.pass_through)}"
            for one in found
        ),
        table=goals.carry(analysis, first.variant),
        lines=tuple(_drawn([one for one in found if one.macro == macro])),
    )


def _drawn(found: list[CarryThrough]) -> Iterator[str]:
    """The rulers in characters, each under its goals where there are several."""
    for one in found:
        if len(found) > 1:
            yield ascii_ruler.MARGIN + shorten(goals.path(one), NAME, ellipsis="...")
        yield from ascii_ruler.draw(one)


def _plane(one: CarryThrough, name: str) -> Chart:
    lifts = (one.micro_lift, one.macro_lift, one.expected_macro_lift)
    micro, macro, expected = map(formatting.lift, lifts)
    return Chart(
        name,
        "plane",
        (("variant", one.variant), ("micro", one.micro), ("macro", one.macro)),
        f"{one.micro} against {one.macro}",
        PLANE,
        f"{one.micro} {micro}, {one.macro} {macro}, expected {expected}.",
        broad=False,
    )


def _facts(one: CarryThrough) -> Facts:
    per_1000 = "extra per 1,000 exposed units"
    beliefs = ((f"Posterior chance: {name}", chance) for name, chance in goals.beliefs(one))
    return Facts(
        (
            (f"{one.micro}, lift", formatting.lift(one.micro_lift)),
            (f"{one.macro}, expected lift", formatting.lift(one.expected_macro_lift)),
            (f"{one.macro}, lift", formatting.lift(one.macro_lift)),
            (f"{one.micro}, {per_1000}", formatting.change(one.extra_micro_per_1000)),
            (f"{one.macro}, {per_1000}", formatting.change(one.extra_macro_per_1000)),
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
