"""The report in plain ASCII, for a pipe, a file or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from textwrap import wrap

from abmicro.analysis.results import Analysis
from abmicro.report import blocks, document
from abmicro.report.words import one_line, shorten

WIDTH = 80
HEAD = 20  # longest head of a column
NAME = 24  # longest name in a plain table
INDENT = "  "
PLAIN = str.maketrans({"€": "EUR ", "£": "GBP ", "¥": "JPY ", "…": "..."})


def render(analysis: Analysis) -> str:
    """The report as lines of at most 80 characters; every frame and sign is ASCII.

    Names from definition and data stay as they are, on one line and cut where a table needs it. A
    table that is too wide even so is told row by row.
    """
    return page(document.of(analysis))


def page(told: blocks.Document) -> str:
    """A document as lines of ASCII, no two of them empty in a row."""
    lines = [shorten(told.title.translate(PLAIN), WIDTH, ellipsis="...")]
    for line in _lines(told):
        if line.strip() or lines[-1]:
            lines.append(line.rstrip())
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(told: blocks.Document) -> Iterator[str]:
    yield ""
    for block in blocks.told_in_text(told):
        yield from plain(block)


@singledispatch
def plain(block: blocks.Section | blocks.Block) -> Iterator[str]:
    """The lines of one block in ASCII."""
    raise TypeError(f"no plain form of {type(block).__name__}")


@plain.register
def _(block: blocks.Section) -> Iterator[str]:
    title = shorten(block.head, WIDTH, ellipsis="...")
    yield from ("", title, "-" * len(title))


@plain.register
def _(block: blocks.Heading) -> Iterator[str]:
    yield from ("", shorten(f"{block.text} {block.against}", WIDTH, ellipsis="...") + ":")


@plain.register
def _(block: blocks.Headline) -> Iterator[str]:
    yield block.word.upper()
    for text in filter(None, (block.line, block.then)):
        yield from _wrapped(text, WIDTH)


@plain.register
def _(block: blocks.VariantCard) -> Iterator[str]:
    head = f"{block.subject} {block.against}" + (f": {block.word}" if block.word else "")
    yield from plain(blocks.Heading(head))
    for text in told_of(block):
        yield from _hanging(text)
    if block.carry is not None:
        yield from plain(block.carry)
    for text in after_the_ruler(block):
        yield from _hanging(text)


@plain.register
def _(block: blocks.CarryAnswer) -> Iterator[str]:
    yield ""
    yield from _hanging(f"{block.question} {block.word}.")
    yield from block.chart.lines if block.chart else ()
    yield from _hanging(block.reason)
    yield ""


def told_of(block: blocks.VariantCard) -> Iterator[str]:
    """The reason and the counts of a variant, a line each."""
    yield from filter(None, [block.why])
    for one in block.counts:
        figures = " -> ".join(filter(None, (one.control, one.treated)))
        rates = " -> ".join(filter(None, one.small))
        change = f"{one.change} ({one.span})" if one.change else one.span
        parts = (figures, f"({rates})" if rates else "", change)
        yield f"{one.name}: {'  '.join(filter(None, parts))}"


def after_the_ruler(block: blocks.VariantCard) -> Iterator[str]:
    """What the change amounts to, the ways on, and what the counts do not bear."""
    for one in block.amounts:
        yield f"{one.head}: {one.value} ({one.span})"
    yield from (f"{head}: {text}" for head, text in block.ways)
    yield from block.notes


@plain.register
def _(block: blocks.TrustRow) -> Iterator[str]:
    yield ""
    yield from _wrapped(trust_line(block), WIDTH)
    for one in block.loud:
        yield from plain(one)
    yield ""


def trust_line(block: blocks.TrustRow) -> str:
    """All checks in one sentence, and when to look again."""
    return f"{', '.join(filter(None, (block.head, block.rest)))}. {block.when}".rstrip()


@plain.register
def _(block: blocks.Panel) -> Iterator[str]:
    yield "+" + "-" * (WIDTH - 2) + "+"
    for line in _panel_lines(block):
        yield f"| {line:{WIDTH - 4}} |"
    yield "+" + "-" * (WIDTH - 2) + "+"
    yield ""


def _panel_lines(block: blocks.Panel) -> Iterator[str]:
    yield f"{block.decision.upper()}   {shorten(block.subject, 40, ellipsis='...')}".rstrip()
    yield ""
    for reason in (*block.because, *block.cautions, *last_words(block)):
        yield from _wrapped(reason, WIDTH - 4)
    if block.figures:
        yield ""
    for figure in block.figures:
        yield from _wrapped(figure_line(figure), WIDTH - 4, "", INDENT)


def last_words(block: blocks.Panel) -> Iterator[str]:
    """The named last remark of a headline, if it has one."""
    name, text = block.change
    if text:
        yield f"{name}: {text}"


def figure_line(figure: blocks.Figure) -> str:
    """A figure of the headline on one line."""
    name = shorten(figure.name, 2 * NAME, ellipsis="...")
    parts = (figure.value, figure.interval, ", ".join(figure.more), figure.way)
    return one_line(f"{name}: ") + " " + "  ".join(one_line(part) for part in parts if part)


@plain.register
def _(block: blocks.Item) -> Iterator[str]:
    head = f"[{shorten(block.word, 2 * NAME, ellipsis='...')}] "
    yield from _wrapped(head + item_text(block), WIDTH, "", "    ")


def item_text(block: blocks.Item) -> str:
    """What an item says after its word."""
    return f"{block.name}: {block.text} {block.fix}" if block.name else block.text


@plain.register
def _(block: blocks.LabelledSentence) -> Iterator[str]:
    yield from plain(blocks.Item(block.word, block.tone, block.about))
    yield from plain(blocks.Note(block.text))


@plain.register
def _(block: blocks.Alarm) -> Iterator[str]:
    yield from _wrapped(f"{block.head} {block.text}", WIDTH)


@plain.register(blocks.Note)
@plain.register(blocks.Paragraph)
def _(block: blocks.Note | blocks.Paragraph) -> Iterator[str]:
    yield from _wrapped(block.text, WIDTH, INDENT, INDENT)


@plain.register
def _(block: blocks.Chart) -> Iterator[str]:
    yield from block.lines
    yield from plain(blocks.Note(block.numbers))


@plain.register
def _(block: blocks.Facts) -> Iterator[str]:
    yield ""
    for name, value in block.rows:
        yield from _hanging(f"{name}: {value}")
    yield ""


@plain.register
def _(block: blocks.Terms) -> Iterator[str]:
    for term in block.terms:
        source = f" {term.source}." if term.source else ""
        yield from _hanging(f"{term.name}: {term.use}{source}")


def _wrapped(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    """A text on lines of ASCII signs. first, then: what stands before its first and other lines."""
    told = one_line(text).translate(PLAIN)
    return wrap(told, width, initial_indent=first, subsequent_indent=then)


def _hanging(text: str) -> list[str]:
    return _wrapped(text, WIDTH, INDENT, 3 * INDENT)


@plain.register
def _(block: blocks.Code) -> Iterator[str]:
    yield from (f"    {line}" for line in block.lines)


@plain.register
def _(block: blocks.Table) -> Iterator[str]:
    rows = [
        [
            text if column.numeric else shorten(text, NAME, ellipsis="...")
            for cell, column in zip(row, block.columns, strict=True)
            for text in [str(cell).translate(PLAIN)]
        ]
        for row in block.rows
    ]
    heads = _heads(block, rows)
    widths = [max(map(len, cells)) for cells in zip(*heads, *rows, strict=True)]
    if sum(widths) + len(INDENT) * len(widths) > WIDTH:
        yield from _row_by_row(block)
        return
    for row in (*heads, ["-" * width for width in widths], *rows):
        yield INDENT + "  ".join(_aligned(row, widths, block))
    yield ""


def _heads(block: blocks.Table, rows: list[list[str]]) -> list[list[str]]:
    """The heads of the columns on one line, or on several where the table is too wide for one."""
    short = [shorten(column.head, HEAD, ellipsis="...") for column in block.columns]
    widths = [max(map(len, cells)) for cells in zip(short, *rows, strict=True)]
    if sum(widths) + len(INDENT) * len(widths) <= WIDTH:
        return [short]
    cells = [max((len(row[at]) for row in rows), default=0) for at in range(len(short))]
    words = [max(map(len, column.head.split()), default=0) for column in block.columns]
    broken = [
        wrap(column.head, max(cell, word)) or [""]
        for column, cell, word in zip(block.columns, cells, words, strict=True)
    ]
    high = max(map(len, broken))
    filled = [[""] * (high - len(one)) + one for one in broken]
    return [list(line) for line in zip(*filled, strict=True)]


def _row_by_row(block: blocks.Table) -> Iterator[str]:
    """A table as sentences: the first cell, then every other one after its head."""
    for first, *rest in block.rows:
        told = (
            f"{column.head} {cell}" for column, cell in zip(block.columns[1:], rest, strict=True)
        )
        yield from _hanging(f"{first}: {'; '.join(told)}")
    yield ""


def _aligned(row: Iterable[str], widths: list[int], block: blocks.Table) -> Iterator[str]:
    for cell, width, column in zip(row, widths, block.columns, strict=True):
        yield f"{cell:>{width}}" if column.numeric else f"{cell:<{width}}"
