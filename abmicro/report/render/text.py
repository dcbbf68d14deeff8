"""The report in plain ASCII, for a pipe, a file or a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from textwrap import wrap

from abmicro.analysis.results import Analysis
from abmicro.report import document
from abmicro.report.document import Block, Figure, Heading, Item, Note, Panel, Picture
from abmicro.report.sections.goals import Table
from abmicro.report.words import one_line, shorten

WIDTH = 96
NAME = 24  # longest name in a plain table


def render(analysis: Analysis) -> str:
    """The report as lines of at most 100 characters; every frame and sign is ASCII.

    Names from definition and data stay as they are, on one line and cut where a table needs it.
    """
    return page(analysis.experiment.name, document.of(analysis))


def page(title: str, blocks: Iterable[Block]) -> str:
    """A title and blocks as lines of ASCII."""
    lines = [shorten(title, WIDTH, ellipsis="..."), ""]
    for block in blocks:
        lines += plain(block)
    return "\n".join(line.rstrip() for line in lines) + "\n"


@singledispatch
def plain(block: Block) -> Iterator[str]:
    """The lines of one block in ASCII."""
    raise TypeError(f"no plain form of {type(block).__name__}")


@plain.register
def _(block: Panel) -> Iterator[str]:
    yield "+" + "-" * (WIDTH - 2) + "+"
    for line in _panel_lines(block):
        yield f"| {line:{WIDTH - 4}} |"
    yield "+" + "-" * (WIDTH - 2) + "+"
    yield ""


def _panel_lines(block: Panel) -> Iterator[str]:
    yield f"{block.decision.upper()}   {shorten(block.variant, 60, ellipsis='...')}"
    yield ""
    for reason in block.because:
        yield from wrap(one_line(reason), WIDTH - 4)
    yield from wrap(one_line(f"Would change it: {block.would_change}"), WIDTH - 4)
    yield ""
    for figure in block.figures:
        yield figure_line(figure)


def figure_line(figure: Figure) -> str:
    """A figure of the headline on one line."""
    name = shorten(figure.name, 2 * NAME, ellipsis="...")
    return f"{name}: {figure.value}  {figure.interval}  {figure.way}".rstrip()


@plain.register
def _(block: Heading) -> Iterator[str]:
    title = shorten(block.text, WIDTH, ellipsis="...")
    yield from ("", title, "-" * len(title))


@plain.register
def _(block: Item) -> Iterator[str]:
    head = f"[{shorten(block.word, 2 * NAME, ellipsis='...')}] "
    yield from wrap(head + one_line(block.text), WIDTH, subsequent_indent="    ")


@plain.register
def _(block: Note) -> Iterator[str]:
    yield from wrap(one_line(block.text), WIDTH, initial_indent="  ", subsequent_indent="  ")


@plain.register
def _(block: Picture) -> Iterator[str]:
    yield from block.lines


@plain.register
def _(block: Table) -> Iterator[str]:
    rows = [
        [
            cell if column.numeric else shorten(cell, NAME, ellipsis="...")
            for cell, column in zip(row, block.columns, strict=True)
        ]
        for row in block.rows
    ]
    heads = [column.head for column in block.columns]
    widths = [max(map(len, cells)) for cells in zip(heads, *rows, strict=True)]
    for row in (heads, ["-" * width for width in widths], *rows):
        cells = (
            f"{cell:>{width}}" if column.numeric else f"{cell:<{width}}"
            for cell, width, column in zip(row, widths, block.columns, strict=True)
        )
        yield "  " + "  ".join(cells)
    yield ""
