"""The report for a screen with colour, drawn by rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import singledispatch
from io import StringIO
from shutil import get_terminal_size

from rich.console import Console, Group, RenderableType
from rich.panel import Panel as Frame
from rich.table import Table as Grid
from rich.text import Text

from abmicro.analysis.results import Analysis
from abmicro.report import blocks, document
from abmicro.report.render.text import (
    WIDTH,
    after_the_ruler,
    figure_line,
    item_text,
    last_words,
    told_of,
    trust_line,
)
from abmicro.report.words import one_line, typeset

LEAST, MOST = 80, 120  # columns of a window in which a report is drawn
STYLES = {"good": "green", "bad": "red", "open": "blue", "warn": "yellow", "off": "dim"}


def render(analysis: Analysis) -> str:
    """The report with colour codes. Names are shown as they are, never read as markup."""
    return page(document.of(analysis))


def page(told: blocks.Document) -> str:
    """A document with colour codes."""
    sheet = StringIO()
    console = Console(file=sheet, force_terminal=True, width=window(), highlight=False)
    console.print(Text(one_line(told.title), style="bold"))
    for block in blocks.told_in_text(told):
        console.print(drawn(block))
    return sheet.getvalue()


def window() -> int:
    """Columns to draw in: those of the window within bounds; without a window the plain width."""
    if not sys.stdout.isatty():
        return WIDTH
    return min(max(get_terminal_size((LEAST, 24)).columns, LEAST), MOST)


@singledispatch
def drawn(block: blocks.Section | blocks.Block) -> RenderableType:
    """One block as rich draws it."""
    raise TypeError(f"no drawn form of {type(block).__name__}")


@drawn.register
def _(block: blocks.Section) -> RenderableType:
    return Text("\n" + one_line(block.head), style="bold underline")


@drawn.register
def _(block: blocks.Heading) -> RenderableType:
    return Text("\n" + one_line(f"{block.text} {block.against}"), style="bold")


@drawn.register
def _(block: blocks.Headline) -> RenderableType:
    style = STYLES[block.tone]
    return Frame(
        Group(
            Text(typeset(one_line(block.line)), style="bold"),
            *([Text(typeset(one_line(block.then)))] if block.then else []),
        ),
        title=Text(f"{block.icon} {block.word}", style=f"bold {style}"),
        title_align="left",
        border_style=style,
    )


@drawn.register
def _(block: blocks.VariantCard) -> RenderableType:
    head = Text.assemble(("\n" + one_line(block.subject), "bold"), " ", one_line(block.against))
    if block.word:
        head.append(f"  {one_line(block.word)}", style=f"bold {STYLES[block.tone]}")
    parts: list[RenderableType] = [head]
    parts += [Text(typeset(one_line(text))) for text in told_of(block)]
    if block.carry is not None:
        parts.append(drawn(block.carry))
    parts += [Text(typeset(one_line(text)), style="dim") for text in after_the_ruler(block)]
    return Group(*parts)


@drawn.register
def _(block: blocks.CarryAnswer) -> RenderableType:
    told = Text(f"\n{one_line(block.question)} ")
    told.append(one_line(block.word), style=f"bold {STYLES[block.tone]}")
    lines = block.chart.lines if block.chart else ()
    return Group(told, *map(Text, lines), Text(typeset(one_line(block.reason))))


@drawn.register
def _(block: blocks.TrustRow) -> RenderableType:
    line = Text("\n" + typeset(one_line(trust_line(block))), style=STYLES[block.tone])
    return Group(line, *map(drawn, block.loud))


@drawn.register
def _(block: blocks.Panel) -> RenderableType:
    style = STYLES[block.tone]
    return Frame(
        Group(
            Text(block.decision, style=f"bold {style}"),
            *(Text(typeset(one_line(reason))) for reason in (*block.because, *block.cautions)),
            *(Text(typeset(one_line(text)), style="dim") for text in last_words(block)),
            Text(),
            *(Text(typeset(figure_line(figure))) for figure in block.figures),
        ),
        title=Text(one_line(block.subject)) if block.subject else None,
        title_align="left",
        border_style=style,
    )


@drawn.register
def _(block: blocks.Item) -> RenderableType:
    word = Text(one_line(block.word), style=f"bold {STYLES[block.tone]}")
    return Text.assemble(word, "  ", typeset(one_line(item_text(block))))


@drawn.register
def _(block: blocks.LabelledSentence) -> RenderableType:
    return Group(
        drawn(blocks.Item(block.word, block.tone, block.about)), drawn(blocks.Paragraph(block.text))
    )


@drawn.register
def _(block: blocks.Alarm) -> RenderableType:
    return Text(one_line(f"{block.head} {block.text}"), style=f"bold {STYLES['warn']}")


@drawn.register
def _(block: blocks.Note) -> RenderableType:
    return Text(typeset(one_line(block.text)), style="dim")


@drawn.register
def _(block: blocks.Paragraph) -> RenderableType:
    return Text(typeset(one_line(block.text)))


@drawn.register
def _(block: blocks.Chart) -> RenderableType:
    return Group(*map(Text, block.lines), drawn(blocks.Note(block.numbers)))


@drawn.register
def _(block: blocks.Facts) -> RenderableType:
    return Group(*_pairs(block.rows))


@drawn.register
def _(block: blocks.Terms) -> RenderableType:
    uses = ((one.name, f"{one.use} {one.source}") for one in block.terms)
    return Group(*_pairs(uses))


def _pairs(rows: Iterable[tuple[str, str]]) -> Iterator[Text]:
    for name, value in rows:
        yield Text.assemble((one_line(name), "bold"), "  ", typeset(one_line(value)))


@drawn.register
def _(block: blocks.Code) -> RenderableType:
    return Group(*(Text(f"    {line}") for line in block.lines))


@drawn.register
def _(block: blocks.Table) -> RenderableType:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for column in block.columns:
        grid.add_column(Text(one_line(column.head)), justify="right" if column.numeric else "left")
    for row in block.rows:
        grid.add_row(
            *(
                Text(typeset(str(cell)) if column.numeric else one_line(str(cell)))
                for cell, column in zip(row, block.columns, strict=True)
            )
        )
    return grid
