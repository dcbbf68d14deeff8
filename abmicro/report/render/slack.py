"""The first screen as lines of plain text, to paste into a message or onto a slide."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro.analysis.results import Analysis
from abmicro.report.blocks import Headline, TrustRow, VariantCard
from abmicro.report.render.text import after_the_ruler, told_of, trust_line
from abmicro.report.sections import first_screen
from abmicro.report.words import one_line, typeset


def render(analysis: Analysis) -> str:
    """What to do, why, counts, where the gain went, and whether to trust it."""
    return typeset("\n".join(one_line(line) for line in _lines(analysis))) + "\n"


def _lines(analysis: Analysis) -> Iterator[str]:
    yield analysis.experiment.name
    for block in first_screen.section(analysis).blocks:
        match block:
            case Headline():
                yield f"{block.word}: {block.line}"
                yield from filter(None, [block.then])
            case VariantCard():
                yield ""
                yield from _card(block)
            case TrustRow():
                yield ""
                yield trust_line(block)


def _card(card: VariantCard) -> Iterator[str]:
    yield f"{card.subject} {card.against}" + (f": {card.word}" if card.word else "")
    yield from told_of(card)
    if card.carry is not None:
        yield f"{card.carry.question} {card.carry.word}."
        yield from filter(None, [card.carry.reason])
    yield from after_the_ruler(card)
