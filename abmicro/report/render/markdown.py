"""The report as GitHub-flavoured Markdown, for a pull request, a wiki or a chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import singledispatch

from abmicro.analysis.results import Analysis
from abmicro.report import document
from abmicro.report.document import Block, Heading, Item, Note, Panel, Picture
from abmicro.report.sections.goals import Table
from abmicro.report.words import one_line, typeset


def render(analysis: Analysis) -> str:
    """The report as Markdown; every name from definition or data is escaped."""
    return page(analysis.experiment.name, document.of(analysis))


def page(title: str, blocks: Iterable[Block]) -> str:
    """A title and blocks as Markdown."""
    lines = [f"# {escape(title)}"]
    before: Block | None = None
    for block in blocks:
        if not (isinstance(block, Item) and isinstance(before, Item)):
            lines.append("")
        lines += marked(block)
        before = block
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""The text with every character that Markdown or HTML would read as markup made harmless.

    >>> print(escape("<b> a_b *c* [x](y) | `z` $1"))
    \<b\> a_b \*c\* [x\](y) \| \`z\` \$1
    """
    text = re.sub(r"([\\`*<>|&$~#])", r"\\\1", one_line(text))
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)  # within a word it is no markup
    return re.sub(r"\](?=[(\[:])", r"\\]", text)


@singledispatch
def marked(block: Block) -> Iterator[str]:
    """The lines of one block in Markdown."""
    raise TypeError(f"no Markdown form of {type(block).__name__}")


@marked.register
def _(block: Panel) -> Iterator[str]:
    yield f"## {block.decision}: {escape(block.variant)}"
    yield ""
    for reason in block.because:
        yield _sentence(reason)
    yield ""
    yield f"*What would change this:* {_sentence(block.would_change)}"
    yield ""
    yield "| Figure | Value | Interval | |"
    yield "|---|--:|---|---|"
    for figure in block.figures:
        cells = (figure.name, figure.value, figure.interval, figure.way)
        yield f"| {' | '.join(map(_sentence, cells))} |"


@marked.register
def _(block: Heading) -> Iterator[str]:
    yield f"## {escape(block.text)}"


@marked.register
def _(block: Item) -> Iterator[str]:
    yield f"- **{escape(block.word)}** {_sentence(block.text)}"


@marked.register
def _(block: Note) -> Iterator[str]:
    yield _sentence(block.text)


@marked.register
def _(block: Picture) -> Iterator[str]:
    yield "```text"
    yield from block.lines
    yield "```"


@marked.register
def _(block: Table) -> Iterator[str]:
    yield f"| {' | '.join(column.head for column in block.columns)} |"
    yield "|" + "|".join("--:" if column.numeric else "---" for column in block.columns) + "|"
    for row in block.rows:
        cells = (
            typeset(cell) if column.numeric else escape(cell)
            for cell, column in zip(row, block.columns, strict=True)
        )
        yield f"| {' | '.join(cells)} |"


def _sentence(text: str) -> str:
    return typeset(escape(text))
