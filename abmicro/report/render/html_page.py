"""A document of blocks as one HTML page, by one macro per kind of block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from abmicro.report.blocks import Block, Chart, Document, Table
from abmicro.report.charts import style
from abmicro.report.render import svg
from abmicro.report.words import one_line, typeset

_TO_THE_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_WORDS_TO_THE_LEFT = re.compile(rf"[{_TO_THE_LEFT}](?:[{_TO_THE_LEFT}\s]*[{_TO_THE_LEFT}])?")
_WITH_RANGE = re.compile(r"(.+) \((.+ to .+)\)")
Draw = Callable[..., Figure]
"""Draws the chart of a name: `draw(name, source, **choices)`."""


def page(told: Document, draw: Draw) -> str:
    """A document as HTML; every text is escaped, charts are drawn by `draw`."""
    return _filled("page.html", told, draw)


def sections(told: Document, draw: Draw) -> str:
    """The sections of a document alone, for a page that holds more than a report."""
    return _filled("sections.html", told, draw)


def _filled(template: str, told: Document, draw: Draw) -> str:
    explained: set[str] = set()

    def drawn(chart: Chart, *, broad: bool = False) -> Markup:
        """The picture of a chart, its ids after its name. broad: that for large screens."""
        if broad:
            figure = draw(chart.function, told.source, **dict(chart.choices), broad=True)
            return Markup(svg.inline(figure, f"{chart.name}-broad"))  # noqa: S704
        with style.for_page():
            figure = draw(chart.function, told.source, **dict(chart.choices))
            return Markup(svg.inline(figure, chart.name))  # noqa: S704 - matplotlib escapes names

    def is_first(chart: Chart) -> bool:
        """Whether no chart of its kind came before it; the first says how to read them."""
        known = chart.function in explained
        explained.add(chart.function)
        return not known

    return (
        _environment()
        .get_template(template)
        .render(
            document=told,
            sections=[one for one in told.sections if one.medium != "text"],
            drawn=drawn,
            is_first=is_first,
        )
    )


def framed(title: str, shown: str) -> str:
    """A page in a frame of its own, for a notebook, where its style touches nothing else."""
    return (
        f'<iframe sandbox="" title="{escape(title)}" srcdoc="{escape(shown)}" '
        'style="width:100%;height:48rem;border:0"></iframe>'
    )


def environment_of(package: str) -> Environment:
    """What renders the templates of a package: all is escaped, and nothing may be missing."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _environment() -> Environment:
    environment = environment_of("abmicro.report")
    environment.finalize = _isolated
    environment.filters |= {"typeset": typeset, "figure": _figure, "line": one_line}
    environment.globals |= {
        "first_plot": _first_plot,
        "kind_of": lambda value: type(value).__name__,
        "labelled": _labelled,
        "runs": _runs,
        "shown": _shown,
    }
    return environment


def _isolated(value: object) -> object:
    """A text whose Arabic or Hebrew names do not turn the numbers beside them around."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isascii():
        return value
    return _WORDS_TO_THE_LEFT.sub("\u2068\\g<0>\u2069", value)


def _runs(blocks: Iterable[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Blocks of one kind that follow one another, since items make one list; text-only ones out."""
    shown = (one for one in blocks if getattr(one, "medium", "all") != "text")
    for kind, found in groupby(shown, lambda one: type(one).__name__):
        yield kind, list(found)


def _labelled(chart: Chart) -> Table | None:
    """The table of a chart, named after it."""
    label = f"Numbers of: {chart.title}"
    return None if chart.table is None else replace(chart.table, label=label)


def _first_plot(table: Table) -> int:
    """The place of the first column with pictures; a phone shows its scale only."""
    return next(at for at, column in enumerate(table.columns) if column.scale)


def _shown(table: Table) -> Table:
    """The table without the columns that only text needs."""
    heads = (column.head for column in table.columns if column.medium != "text")
    return replace(table.pick(*heads), label=table.label, note=table.note)


def _figure(cell: str) -> Markup:
    """A number with its interval on a line of its own."""
    told = _WITH_RANGE.fullmatch(typeset(cell))
    return Markup("{} <small>{}</small>").format(*told.groups()) if told else escape(typeset(cell))
