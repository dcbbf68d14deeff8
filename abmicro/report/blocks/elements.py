"""The blocks that hold no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil, floor, isfinite, log10
from typing import Literal

from abmicro.analysis.results import Interval
from abmicro.frozen import frozen
from abmicro.report.words import Tone

Mark = Literal["dot", "diamond", "square"]
Medium = Literal["all", "page", "text"]
MOST_TICKS = 4
RUNAWAY = 8  # a range so many times longer than is usual is cut
LONG = 12  # rows of a table beyond which print does without


@frozen
class PlotScale:
    """What the pictures of a column are drawn on: its ends and its ticks with their words."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...] = ()

    @classmethod
    def around(cls, ranges: Iterable[Interval], *, whole: bool = False) -> PlotScale:
        """A scale of lifts that shows zero and all ranges but runaways, with ticks at round places.

        whole: runaways, too.

        >>> PlotScale.around([Interval(0.129, 0.085, 0.174, 0.95)]).ticks
        ((0.0, '0'), (0.05, '+5%'), (0.1, '+10%'), (0.15, '+15%'))
        """
        known = [down_to_all(one) for one in ranges if isfinite(one.low) and isfinite(one.high)]
        reach = [max(abs(one.low), abs(one.high)) for one in known] or [0.1]
        usual = max(reach) if whole else RUNAWAY * usual_of(reach)
        most = min(max(reach), usual) or 0.1
        low = max(min([0.0, *(one.low for one in known)]), -most)
        high = min(max([0.0, *(one.high for one in known)]), most)
        room = 0.05 * (high - low or most)
        low, high = low - room, (high if high > low else most) + room
        return cls(low, high, tuple(_ticks(low, high)))

    def x(self, value: float, *, width: float = 240, room: float = 6) -> float:
        """Where a value lies on a picture so wide; beyond the ends at the ends."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(room + share * (width - 2 * room), 1)


def down_to_all(lift: Interval) -> Interval:
    """A lift as pictures show it: to the loss of everything, -100%, and no further.

    Where the estimate itself lies beneath, as returns may bring about, down to the estimate.

    >>> down_to_all(Interval(0.2, -8.85, 44.1, 0.95)).low, down_to_all(Interval(-2, -3, 1, 0.9)).low
    (-1.0, -2)
    """
    return replace(lift, low=max(lift.low, min(-1.0, lift.estimate)))


def usual_of(sizes: Sequence[float]) -> float:
    """The middle one of some sizes, of two the smaller; they are not empty.

    >>> usual_of([3.0, 1.0, 9.0, 2.0])
    2.0
    """
    return sorted(sizes)[(len(sizes) - 1) // 2]


def _ticks(low: float, high: float) -> Iterator[tuple[float, str]]:
    """A few round places between the ends."""
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** floor(log10(rough))
    step = power * next(one for one in (1, 2, 5, 10) if one * power >= rough)
    for at in range(ceil(low / step), floor(high / step) + 1):
        place = round(at * step, 12)
        yield place, f"{100 * place:+g}%" if at else "0"


@frozen
class Column:
    """Head of a column; numbers are set flush right and typeset.

    medium: where it is shown; a page may say the same by other means. scale: of its pictures.
    """

    head: str
    numeric: bool = True
    medium: Medium = "all"
    scale: PlotScale | None = None


@frozen
class Lines:
    """A cell of two lines, the second in small print; on lines of text in brackets."""

    text: str
    small: str

    def __str__(self) -> str:
        return f"{self.text} ({self.small})" if self.small else self.text


@frozen
class Strip:
    """A cell with a range and its best guess, drawn on the scale of its column.

    mark: `dot` of the goal that decides, `diamond` of one that pays, `square` of others. pen: the
    place of the variant. allowed: the part of the scale that a guardrail may reach.
    """

    low: float
    estimate: float
    high: float
    mark: Mark = "dot"
    pen: int = 1
    allowed: tuple[float, float] | None = None

    def __str__(self) -> str:
        return ""


@frozen
class Bars:
    """A cell with a bar for each variant, the control first: shares of the longest."""

    shares: tuple[float, ...]

    def __str__(self) -> str:
        return ""


@frozen
class Badge:
    """A cell with a word, its tone and its sign."""

    word: str
    tone: Tone
    icon: str = ""

    def __str__(self) -> str:
        return self.word


Cell = str | Lines | Strip | Bars | Badge


@frozen
class Item:
    """A line with the word it begins with, such as the status of a check.

    name: what it is about. fix: what to do about it.
    """

    word: str
    tone: Tone
    text: str
    name: str = ""
    fix: str = ""


@frozen
class Note:
    """A remark in small print."""

    text: str


@frozen
class Paragraph:
    """A sentence or more of the findings themselves."""

    text: str


@frozen
class Table:
    """Columns and rows; the first cell of a row names the row.

    label: what the table is about. note: how to read it, above the
    rows of a page. brief: the columns that fit on lines of text, by default all.
    told: the same in sentences, where no choice of columns fits on lines of text.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    label: str = ""
    brief: tuple[str, ...] = ()
    told: tuple[Item | Note, ...] = ()
    note: str = ""

    @property
    def in_text(self) -> Table:
        """The table without the columns that only a page can show."""
        heads = (column.head for column in self.columns if column.medium != "page")
        return self.pick(*heads)

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


@frozen
class Heading:
    """The head of a part of a section: what it is about, and beside what.

    minor: a head within such a part.
    """

    text: str
    against: str = ""
    minor: bool = False


@frozen
class Figure:
    """One of the figures of a headline: its name, value and interval, and which way.

    more: lines in place of a value.
    """

    name: str
    value: str
    interval: str = ""
    way: str = ""
    more: tuple[str, ...] = ()


@frozen
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


@frozen
class LabelledSentence:
    """The label of a finding, what it is about, and its sentence."""

    word: str
    tone: Tone
    about: str
    text: str


@frozen
class Alarm:
    """What must be read before everything that follows."""

    head: str
    text: str


@frozen
class Facts:
    """Names with their values."""

    rows: tuple[tuple[str, str], ...]


@frozen
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


@frozen
class Beside:
    """A chart and the facts that carry its numbers, side by side."""

    chart: Chart
    facts: Facts


@frozen
class Term:
    """A name, what it means or was used for, and where it is described."""

    name: str
    use: str
    source: str = ""


@frozen
class Terms:
    """A list of terms."""

    terms: tuple[Term, ...]


@frozen
class Code:
    """What to type."""

    lines: tuple[str, ...]
