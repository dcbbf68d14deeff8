"""Every chart of an analysis as a file of its own, SVG or PNG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO

from matplotlib.figure import Figure

from abmicro.analysis.results import Analysis
from abmicro.errors import OutputError
from abmicro.report.charts.registry import CHARTS, Scope
from abmicro.report.charts.settings import drawing
from abmicro.report.sections.over_time import followed

FORMS = ("svg", "png")
DPI = 200
SHARED = ("ruler", "funnel")


def pictures(analysis: Analysis, form: str) -> Iterator[tuple[str, bytes]]:
    """File names and contents of the charts there are, each as `svg` or `png`.

    Names are those of `analysis.plot`, then variant or goal; the same analysis gives the same
    bytes.
    """
    for name, figure in _drawn(analysis):
        yield f"{name}.{form}", _written(figure, form)


def shared(analysis: Analysis) -> Iterator[tuple[str, bytes]]:
    """The ruler of every variant and the funnel, as `svg` and as `png`, for a slide."""
    for chart in (one for one in CHARTS if one.name in SHARED):
        for suffix, choices in _subjects(analysis, chart.scope):
            more = {"broad": True} if chart.name == "ruler" else {}
            with suppress(OutputError):
                figure = chart.draw(analysis, **choices, **more)
                for form in FORMS:
                    yield f"{chart.name}{suffix}.{form}", _written(figure, form)


def _drawn(analysis: Analysis) -> Iterator[tuple[str, Figure]]:
    for chart in CHARTS:
        for suffix, choices in _subjects(analysis, chart.scope):
            # Nothing where there is nothing of the kind to draw.
            with suppress(OutputError):
                yield f"{chart.name}{suffix}", chart.draw(analysis, **choices)


def _subjects(analysis: Analysis, scope: Scope) -> Iterator[tuple[str, dict[str, str]]]:
    """What charts of a scope are of: the end of the name of each, and what it is asked for."""
    if scope == "all":
        yield "", {}
    elif scope == "goal":
        for at, goal in enumerate(followed(analysis), start=1):
            yield f"-{at}-{_plain(goal)}", {"goal": goal}
    elif scope == "variant":
        for at, verdict in enumerate(analysis.verdicts, start=1):
            yield f"-{at}-{_plain(verdict.variant)}", {"variant": verdict.variant}


def _plain(name: str) -> str:
    """A name as part of a file name on any system.

    >>> _plain("Men's e-mail / new"), _plain("../é")
    ('men-s-e-mail-new', 'x')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-") or "x"


def _written(figure: Figure, form: str) -> bytes:
    sheet = BytesIO()
    nothing = {"Date": None} if form == "svg" else {"Software": None}
    with drawing({"svg.hashsalt": "abmicro"}):
        figure.savefig(sheet, format=form, dpi=DPI, facecolor="white", metadata=nothing)
    return sheet.getvalue()
