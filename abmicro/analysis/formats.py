"""Renderings of an analysis, found by name among the entry points of the group `abmicro.formats`.

The built-in formats come through the same door as anybody's own: `f(analysis) -> str`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from abmicro.errors import OutputError, Problem, suggest

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis

GROUP = "abmicro.formats"
BY_SUFFIX = {"txt": "text", "htm": "html", "markdown": "md"}


def names() -> tuple[str, ...]:
    """The formats that are announced, sorted.

    >>> "html" in names()
    True
    """
    return tuple(sorted(_announced()))


def render(analysis: Analysis, form: str) -> str:
    """The analysis as text in the named format; OutputError for a format nobody announced."""
    found = _announced()
    if form not in found:
        hint = suggest(form, sorted(found))
        raise OutputError(Problem("format", f"{form!r} is not a format", "E502", hint))
    write: Callable[[Analysis], str] = found[form].load()
    return write(analysis)


def format_of(path: str) -> str:
    """The format that the end of a file name asks for.

    >>> format_of("out/report.html"), format_of("report.txt")
    ('html', 'text')
    """
    suffix = path.rpartition(".")[2].lower()
    return BY_SUFFIX.get(suffix, suffix)


def _announced() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
