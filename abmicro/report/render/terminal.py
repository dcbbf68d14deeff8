"""The report for a screen with colour, drawn by rich."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.panel import Panel as Frame
from rich.table import Table as Grid
from rich.text import Text

from abmicro.analysis.results import Analysis
from abmicro.report import document
from abmicro.report.document import Block, Heading, Item, Note, Panel, Picture
from abmicro.report.render.text import WIDTH, figure_line
from abmicro.report.sections.goals import Table
from abmicro.report.words import one_line, typeset

STYLES = {"good": "green", "bad": "red", "open": "blue", "warn": "yellow", "off": "dim"}


def render(analysis: Analysis) -> str:
    """The report with colour codes. Names are shown as they are, never read as markup."""
    return page(analysis.experiment.name, document.of(analysis))


def page(title: str, blocks: Iterable[Block]) -> str:
    """A title and blocks with colour codes."""
    sheet = StringIO()
    console = Console(file=sheet, force_terminal=True, width=WIDTH, highlight=False)
    console.print(Text(one_line(title), style="bold"))
    for block in blocks:
        console.print(drawn(block))
    return sheet.getvalue()


@singledispatch
def drawn(block: Block) -> RenderableType:
    """One block as rich draws it."""
    raise TypeError(f"no drawn form of {type(block).__name__}")


@drawn.register
def _(block: Panel) -> RenderableType:
    style = STYLES[block.tone]
    return Frame(
        Group(
            Text(block.decision, style=f"bold {style}"),
            *(Text(typeset(one_line(reason))) for reason in block.because),
            Text(typeset(one_line(f"Would change it: {block.would_change}")), style="dim"),
            Text(),
            *(Text(typeset(figure_line(figure))) for figure in block.figures),
        ),
        title=Text(one_line(block.variant)),
        title_align="left",
        border_style=style,
    )


@drawn.register
def _(block: Heading) -> RenderableType:
    return Text("\n" + one_line(block.text), style="bold underline")


@drawn.register
def _(block: Item) -> RenderableType:
    word = Text(one_line(block.word), style=f"bold {STYLES[block.tone]}")
    return Text.assemble(word, "  ", typeset(one_line(block.text)))


@drawn.register
def _(block: Note) -> RenderableType:
    return Text(typeset(one_line(block.text)), style="dim")


@drawn.register
def _(block: Picture) -> RenderableType:
    return Text("\n".join(block.lines))


@drawn.register
def _(block: Table) -> RenderableType:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for column in block.columns:
        grid.add_column(column.head, justify="right" if column.numeric else "left")
    for row in block.rows:
        grid.add_row(
            *(
                Text(typeset(cell) if column.numeric else one_line(cell))
                for cell, column in zip(row, block.columns, strict=True)
            )
        )
    return grid
