"""What a result dresses itself in: text, files, frames, charts, found by name among entry points.

Formats of an analysis are in the group `abmicro.formats`, `f(analysis) -> str`; those of a plan in
`abmicro.plan_formats`, `f(plan) -> str`; those that are no text in `abmicro.file_formats`,
`f(analysis) -> bytes`. The built-in ones come through the same door as anybody's
own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from abmicro.errors import OutputError, Problem, suggest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
    from pathlib import Path

    from matplotlib.figure import Figure
    from pandas import DataFrame

GROUP = "abmicro.formats"
FILES = "abmicro.file_formats"
CHARTS = "abmicro.charts"
BY_SUFFIX = {"txt": "text", "htm": "html", "markdown": "md"}


class Rendered:
    """A result that dresses itself.

    FORMATS: the group of its formats that are text; FILES: that of the others, empty without any.
    """

    __slots__ = ()

    FORMATS: ClassVar[str]
    FILES: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.render("text")

    def _repr_html_(self) -> str:
        return self.render("notebook")

    def render(self, form: str) -> str:
        """The result as `text`, `md`, `json`, `html`, another of its formats or one of yours.

        Raises OutputError for a format that nobody announced.
        """
        written: str = found(form, self.FORMATS)(self)
        return written

    def render_file(self, form: str) -> str | bytes:
        """The same as the content of a file: also `xlsx`, where the result has tables for it."""
        if not self.FILES or form not in names(self.FILES):
            return self.render(form)
        written: bytes = found(form, self.FILES)(self)
        return written

    def save(self, path: str | Path) -> None:
        """Write the result in the format its file name asks for, whole or not at all.

        Raises OutputError where the name asks for no known format or the file cannot be written.
        """
        from abmicro.atomic_files import write_content

        write_content(path, self.render_file(format_of(str(path))))


def frame(rows: Iterable[Any], fields: Callable[..., dict[str, Any]] = dict) -> DataFrame:
    """Records as a tidy frame, nested figures as columns such as `lift_low`.

    fields: makes a dictionary of the names and values of a record.
    """
    from pandas import json_normalize

    return json_normalize([asdict(row, dict_factory=fields) for row in rows], sep="_")


def drawn(kind: str, chart: str, result: object, **choices: object) -> Figure:
    """The chart of a result, by the drawing that is announced for its kind; None is no choice."""
    made = {name: one for name, one in choices.items() if one is not None}
    figure: Figure = found(kind, CHARTS)(chart, result, **made)
    return figure


def names(group: str = GROUP) -> tuple[str, ...]:
    """The formats that are announced in a group, sorted.

    >>> "html" in names()
    True
    """
    return tuple(sorted(_announced(group)))


def found(form: str, group: str = GROUP) -> Callable[..., Any]:
    """What was announced in a group under a name; OutputError where nothing was."""
    announced = _announced(group)
    if form not in announced:
        hint = suggest(form, sorted(announced))
        raise OutputError(Problem("format", f"{form!r} is not a format", "E502", hint))
    loaded: Callable[..., Any] = announced[form].load()
    return loaded


def format_of(path: str) -> str:
    """The format that the end of a file name asks for.

    >>> format_of("out/report.html"), format_of("report.txt")
    ('html', 'text')
    """
    suffix = path.rpartition(".")[2].lower()
    return BY_SUFFIX.get(suffix, suffix)


@cache
def _announced(group: str) -> dict[str, EntryPoint]:
    """Looked up once: it reads a file of every package that is installed."""
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=group)}
