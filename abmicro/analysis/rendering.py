"""Renderings found by name among entry points.

Those of an analysis are in the group `abmicro.formats`, `f(analysis) -> str`; those of a plan in
`abmicro.plan_formats`, `f(plan) -> str`; those that are no text in `abmicro.file_formats`,
`f(analysis) -> bytes`. The built-in ones come through the same door as anybody's
own.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from abmicro.errors import OutputError, Problem, suggest

GROUP = "abmicro.formats"
FILES = "abmicro.file_formats"
BY_SUFFIX = {"txt": "text", "htm": "html", "markdown": "md"}


def names(group: str = GROUP) -> tuple[str, ...]:
    """The formats that are announced in a group, sorted.

    >>> "html" in names()
    True
    """
    return tuple(sorted(_announced(group)))


def render(result: object, form: str, group: str = GROUP) -> str:
    """An analysis, or what the group is of, as text in the named format.

    Raises OutputError for a format nobody announced.
    """
    write: Callable[[Any], str] = found(form, group)
    return write(result)


def render_file(analysis: object, form: str) -> str | bytes:
    """An analysis as the content of a file: text, or bytes where the format is no text.

    Raises OutputError for a format nobody announced.
    """
    if form not in names(FILES):
        return render(analysis, form)
    write: Callable[[Any], bytes] = found(form, FILES)
    return write(analysis)


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


def _announced(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}
