"""What every HTML page is made of: charts with their words, and templates with our filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from abmicro import formatting
from abmicro.analysis.results import check_name
from abmicro.report.render import svg
from abmicro.report.sections.goals import Table
from abmicro.report.words import one_line, typeset

LONG = 12  # rows of a table beyond which print does without


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its name, how to read it, the numbers in a sentence, and the data beneath."""

    id: str
    svg: Markup
    title: str
    reading: str
    numbers: str
    table: Table | None = None
    broad: bool = True

    @property
    def is_long(self) -> bool:
        """Whether its table is left to the screen, since it would fill pages."""
        return self.table is not None and len(self.table.rows) > LONG


def filled(template: str, names: Mapping[str, object]) -> str:
    """A template of the report with its names filled in; every text is escaped."""
    return _environment().get_template(template).render(number=formatting, **names)


def drawn(figure: Figure, name: str) -> Markup:
    """A figure as part of a page; all its ids begin with `name`."""
    return Markup(svg.inline(figure, name))  # noqa: S704 - matplotlib escapes the names it draws


def framed(title: str, page: str) -> str:
    """A page in a frame of its own, for a notebook, where its style touches nothing else."""
    return (
        f'<iframe sandbox="" title="{escape(title)}" srcdoc="{escape(page)}" '
        'style="width:100%;height:48rem;border:0"></iframe>'
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("abmicro.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "typeset": typeset,
        "figure": _figure,
        "line": one_line,
        "check_name": check_name,
    }
    return environment


def _figure(cell: str) -> Markup:
    """A number with its interval on a line of its own."""
    value, bracket, interval = typeset(cell).partition(" [")
    if not bracket:
        return escape(value)
    return Markup("{}<small>[{}</small>").format(value, interval)
