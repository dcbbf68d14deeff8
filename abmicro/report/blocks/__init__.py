"""What a document is made of: typed blocks, which every renderer dresses in its own way.

Sections yield blocks, `document` puts sections in order, renderers turn blocks into text. `medium`
says where a block is told: everywhere, on a page alone, which can fold and draw, or in text alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from abmicro.frozen import frozen
from abmicro.report.blocks.elements import (
    LONG,
    Alarm,
    Badge,
    Bars,
    Beside,
    Cell,
    Chart,
    Code,
    Column,
    Facts,
    Figure,
    Heading,
    Item,
    LabelledSentence,
    Lines,
    Mark,
    Medium,
    Note,
    Panel,
    Paragraph,
    PlotScale,
    Strip,
    Table,
    Term,
    Terms,
)
from abmicro.report.blocks.first_screen import (
    Amount,
    CarryAnswer,
    Counted,
    Headline,
    TrustRow,
    VariantCard,
)
from abmicro.report.words import Words

__all__ = [
    "LONG",
    "Alarm",
    "Amount",
    "Badge",
    "Bars",
    "Beside",
    "Block",
    "CarryAnswer",
    "Cell",
    "Chart",
    "Code",
    "Column",
    "Counted",
    "Document",
    "Facts",
    "Figure",
    "Fold",
    "Heading",
    "Headline",
    "Item",
    "LabelledSentence",
    "Lines",
    "Mark",
    "Medium",
    "Note",
    "Panel",
    "Paragraph",
    "PlotScale",
    "Section",
    "Strip",
    "Table",
    "Term",
    "Terms",
    "TrustRow",
    "VariantCard",
    "item",
    "told_in_text",
]


@frozen
class Fold:
    """Blocks that a page folds away under a title.

    long: left out of print, since it would fill pages. dense: print sets it in two columns.
    """

    title: str
    blocks: tuple[Block, ...]
    medium: Medium = "all"
    long: bool = False
    dense: bool = False
    is_open: bool = False


Block = (
    Headline
    | VariantCard
    | CarryAnswer
    | TrustRow
    | Panel
    | Heading
    | Item
    | LabelledSentence
    | Table
    | Chart
    | Beside
    | Facts
    | Terms
    | Note
    | Paragraph
    | Alarm
    | Code
    | Fold
)


@frozen
class Section:
    """A part of a document with a head of its own.

    name: its place in the page. nav: what links to it are called, by default not linked.
    is_result: whether a failed check greys it. hidden: whether its head is for screen readers.
    """

    name: str
    head: str
    blocks: tuple[Block, ...]
    nav: str = ""
    is_result: bool = False
    hidden: bool = False
    medium: Medium = "all"

    @property
    def id(self) -> str:
        """The id of the section in a page; a chart may bear its name."""
        return "funnel-section" if self.name == "funnel" else self.name


@frozen
class Document:
    """Title, sections in reading order, and what stands around them on a page.

    kind: what sets its page apart. skip: what the first link of the page leads to.
    """

    title: str
    subtitle: str
    facts: str
    sections: tuple[Section, ...]
    footer: str
    skip: str
    kind: str = "full"
    has_failed: bool = False
    is_short: bool = False
    source: object = field(default=None, repr=False)


def item(words: Words, text: str, name: str = "", fix: str = "") -> Item:
    """A line that begins with words of ours."""
    return Item(words.title, words.tone, text, name, fix)


def told_in_text(document: Document) -> Iterator[Section | Block]:
    """Sections and blocks one after the other, as text tells them: folds opened or left out.

    A section of which nothing is left has no head.
    """
    for section in document.sections:
        opened = tuple(_opened(section.blocks)) if section.medium != "page" else ()
        if opened and not section.hidden:
            yield section
        yield from opened


def _opened(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        match block:
            case Fold(medium="page"):
                continue
            case Fold():
                yield Heading(block.title)
                yield from _opened(block.blocks)
            case Table(told=told) if told:
                yield from told
            case Table(brief=brief) if brief:
                yield block.pick(*brief)
            case Table():
                yield block.in_text
            case Beside():
                yield block.facts
            case Chart(is_told=True):
                continue
            case Chart(table=Table(brief=brief) as table) if brief:
                yield table.pick(*brief)
            case _:
                yield block
