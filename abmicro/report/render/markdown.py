"""The report as GitHub-flavoured Markdown, for a pull request, a wiki or a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import singledispatch

from abmicro.analysis.results import Analysis
from abmicro.report import blocks, document
from abmicro.report.render.text import after_the_ruler, trust_line
from abmicro.report.words import one_line, typeset


def render(analysis: Analysis) -> str:
    """The report as Markdown; every name from definition or data is escaped."""
    return page(document.of(analysis))


def page(told: blocks.Document) -> str:
    """A document as Markdown."""
    lines = [f"# {escape(told.title)}"]
    before: blocks.Section | blocks.Block | None = None
    for block in blocks.told_in_text(told):
        if not (isinstance(block, blocks.Item) and isinstance(before, blocks.Item)):
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
def marked(block: blocks.Section | blocks.Block) -> Iterator[str]:
    """The lines of one block in Markdown."""
    raise TypeError(f"no Markdown form of {type(block).__name__}")


@marked.register
def _(block: blocks.Section) -> Iterator[str]:
    yield f"## {escape(block.head)}"


@marked.register
def _(block: blocks.Heading) -> Iterator[str]:
    yield f"{'####' if block.minor else '###'} {escape(f'{block.text} {block.against}')}"


@marked.register
def _(block: blocks.Headline) -> Iterator[str]:
    yield f"## {escape(block.word)}"
    yield from ("", f"**{_sentence(block.line)}**")
    if block.then:
        yield from ("", _sentence(block.then))


@marked.register
def _(block: blocks.VariantCard) -> Iterator[str]:
    word = f": {escape(block.word)}" if block.word else ""
    yield f"### {escape(f'{block.subject} {block.against}')}{word}"
    yield from ("", *([_sentence(block.why), ""] if block.why else ()))
    yield from ("| | Control | Variant | Change |", "|---|--:|--:|--:|")
    for one in block.counts:
        figures = (_with(one.control, one.small[0]), _with(one.treated, one.small[1]))
        cells = (one.name, *figures, _with(one.change, one.span))
        yield f"| {' | '.join(map(_sentence, cells))} |"
    if block.carry is not None:
        yield from ("", *marked(block.carry))
    for text in after_the_ruler(block):
        yield from ("", _sentence(text))


@marked.register
def _(block: blocks.CarryAnswer) -> Iterator[str]:
    yield from (f"{_sentence(block.question)} **{_sentence(block.word)}.**", "")
    if block.chart is not None and block.chart.lines:
        yield from ("```text", *block.chart.lines, "```", "")
    yield _sentence(block.reason)


def _with(text: str, small: str) -> str:
    return f"{text} ({small})" if text and small else text or small


@marked.register
def _(block: blocks.TrustRow) -> Iterator[str]:
    yield f"**{_sentence(block.head)}**{_sentence(trust_line(block).removeprefix(block.head))}"
    for one in block.loud:
        yield from marked(one)


@marked.register
def _(block: blocks.Panel) -> Iterator[str]:
    subject = f": {escape(block.subject)}" if block.subject else ""
    yield f"## {block.decision}{subject}"
    for reason in (*block.because, *block.cautions):
        yield from ("", _sentence(reason))
    name, text = block.change
    if text:
        yield from ("", f"*{name}:* {_sentence(text)}")
    if block.figures:
        yield from ("", "| Figure | Value | Interval | |", "|---|--:|---|---|")
        yield from (f"| {' | '.join(map(_sentence, _cells(one)))} |" for one in block.figures)


def _cells(figure: blocks.Figure) -> tuple[str, ...]:
    value = ", ".join(figure.more) or figure.value
    return figure.name, value, figure.interval, figure.way


@marked.register
def _(block: blocks.Item) -> Iterator[str]:
    name = f"{escape(block.name)}: " if block.name else ""
    text = f"{block.text} {block.fix}".rstrip()
    yield f"- **{escape(block.word)}** {name}{_sentence(text)}"


@marked.register
def _(block: blocks.LabelledSentence) -> Iterator[str]:
    yield f"**{escape(block.word)}**, {escape(block.about)}. {_sentence(block.text)}"


@marked.register
def _(block: blocks.Alarm) -> Iterator[str]:
    yield f"**{escape(block.head)}** {_sentence(block.text)}"


@marked.register(blocks.Note)
@marked.register(blocks.Paragraph)
def _(block: blocks.Note | blocks.Paragraph) -> Iterator[str]:
    yield _sentence(block.text)


@marked.register
def _(block: blocks.Chart) -> Iterator[str]:
    if block.lines:
        yield from ("```text", *block.lines, "```", "")
    yield _sentence(block.numbers)


@marked.register
def _(block: blocks.Facts) -> Iterator[str]:
    yield from (f"- {_sentence(name)}: {_sentence(value)}" for name, value in block.rows)


@marked.register
def _(block: blocks.Terms) -> Iterator[str]:
    for term in block.terms:
        source = f" *{_sentence(term.source)}.*" if term.source else ""
        yield f"- **{_sentence(term.name)}**: {_sentence(term.use)}{source}"


@marked.register
def _(block: blocks.Code) -> Iterator[str]:
    yield from ("```text", *block.lines, "```")


@marked.register
def _(block: blocks.Table) -> Iterator[str]:
    yield f"| {' | '.join(escape(column.head) for column in block.columns)} |"
    yield "|" + "|".join("--:" if column.numeric else "---" for column in block.columns) + "|"
    for row in block.rows:
        cells = (
            typeset(str(cell)) if column.numeric else escape(str(cell))
            for cell, column in zip(row, block.columns, strict=True)
        )
        yield f"| {' | '.join(cells)} |"


def _sentence(text: str) -> str:
    return typeset(escape(text))
