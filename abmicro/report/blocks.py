"""What a document is made of: typed blocks, which every renderer dresses in its own way.

Sections yield blocks, `document` puts sections in order, renderers turn blocks into text. `medium`
says where a block is told: everywhere, on a page alone, which can fold and draw, or in text alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from abmicro.report.words import Tone, Words

Medium = Literal["all", "page", "text"]
LONG = 12  # rows of a table beyond which print does without


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column; numbers are set flush right and typeset.

    medium: where it is shown; a page may say the same by other means.
    """

    head: str
    numeric: bool = True
    medium: Medium = "all"


@dataclass(frozen=True, slots=True)
class Item:
    """A line with the word it begins with, such as the status of a check.

    name: what it is about. fix: what to do about it.
    """

    word: str
    tone: Tone
    text: str
    name: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in small print."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or more of the findings themselves."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text; the first cell of a row names the row.

    label: what the table is about. brief: the columns that fit on lines of text, by default all.
    told: the same in sentences, where no choice of columns fits on lines of text.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    label: str = ""
    brief: tuple[str, ...] = ()
    told: tuple[Item | Note, ...] = ()

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of the columns."""
        return tuple(column.head for column in self.columns)

    def pick(self, *heads: str) -> Table:
        """The table with these columns only, in this order."""
        at = [self.heads.index(head) for head in heads]
        return Table(
            tuple(self.columns[i] for i in at),
            tuple(tuple(row[i] for i in at) for row in self.rows),
        )

    def without(self, head: str) -> Table:
        """The table without this column."""
        return self.pick(*(name for name in self.heads if name != head))


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a part of a section: what it is about, and beside what.

    minor: a head within such a part.
    """

    text: str
    against: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures of a headline: its name, value and interval, and which way.

    more: lines in place of a value.
    """

    name: str
    value: str
    interval: str = ""
    way: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A headline: the decision on a subject, its reasons and what they are measured by.

    because: the first reason leads. cautions: what the counts do not bear, never folded away.
    change: a named last remark, such as what would change it.
    """

    subject: str
    against: str
    decision: str
    tone: Tone
    because: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    change: tuple[str, str] = ("", "")
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """The label of a finding, what it is about, and its sentence."""

    word: str
    tone: Tone
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must be read before everything that follows."""

    head: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: what draws it, how to read it, and its numbers for those who cannot see it.

    name: unique on the page. function: the name of the chart, with its choices. reading: how to
    read it; only the first of a kind brings it. lines: the picture in characters, if there is one.
    table: its numbers as rows. is_told: whether a block beside it tells its numbers. broad: whether
    it may be wider than a small screen.
    """

    name: str
    function: str
    choices: tuple[tuple[str, str], ...]
    title: str
    reading: str
    numbers: str
    table: Table | None = None
    lines: tuple[str, ...] = ()
    is_told: bool = False
    broad: bool = True

    @property
    def is_long(self) -> bool:
        """Whether its table is left to the screen, since it would fill pages."""
        return self.table is not None and len(self.table.rows) > LONG


@dataclass(frozen=True, slots=True)
class Beside:
    """A chart and the facts that carry its numbers, side by side."""

    chart: Chart
    facts: Facts


@dataclass(frozen=True, slots=True)
class Term:
    """A name, what it means or was used for, and where it is described."""

    name: str
    use: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """A list of terms."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """What to type."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
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
    Panel
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    """Sections and blocks one after the other, as text tells them: folds opened or left out."""
    for section in document.sections:
        if section.medium != "page":
            if not section.hidden:
                yield section
            yield from _opened(section.blocks)


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
            case Beside():
                yield block.facts
            case Chart(is_told=True):
                continue
            case Chart(table=Table(brief=brief) as table) if brief:
                yield table.pick(*brief)
            case _:
                yield block
