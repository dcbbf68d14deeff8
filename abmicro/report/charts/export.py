"""Every chart of an analysis as a file of its own, SVG or PNG."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO

from matplotlib import rc_context
from matplotlib.figure import Figure

from abmicro.analysis.results import Analysis
from abmicro.errors import OutputError
from abmicro.report.charts import goals_and_funnel, over_time, posterior, power, segments
from abmicro.report.sections.over_time import followed

FORMS = ("svg", "png")
OF_ARM = {
    "ruler": goals_and_funnel.ruler,
    "plane": goals_and_funnel.plane,
    "waterfall": goals_and_funnel.waterfall,
    "forest": goals_and_funnel.forest,
    "posterior": posterior.posterior,
    "segments": segments.segments,
    "detectable": power.detectable,
}
OF_ALL = {"funnel": goals_and_funnel.funnel, "exposures": over_time.exposures}
DPI = 200


def pictures(analysis: Analysis, form: str) -> Iterator[tuple[str, bytes]]:
    """File names and contents of the charts there are, each as `svg` or `png`.

    Names are those of `analysis.plot`, then arm or goal; the same analysis gives the same bytes.
    """
    for name, figure in _drawn(analysis):
        yield f"{name}.{form}", _written(figure, form)


def _drawn(analysis: Analysis) -> Iterator[tuple[str, Figure]]:
    for name, of_all in OF_ALL.items():
        yield from _if_any(name, of_all, analysis)
    for at, goal in enumerate(followed(analysis), start=1):
        figure = over_time.cumulative_lift(analysis, goal=goal)
        yield f"cumulative_lift-{at}-{_plain(goal)}", figure
    for at, verdict in enumerate(analysis.verdicts, start=1):
        for name, of_arm in OF_ARM.items():
            full = f"{name}-{at}-{_plain(verdict.variant)}"
            yield from _if_any(full, of_arm, analysis, variant=verdict.variant)


def _if_any(
    name: str, draw: Callable[..., Figure], analysis: Analysis, **choices: str
) -> Iterator[tuple[str, Figure]]:
    """The chart under its name; nothing where there is nothing of the kind to draw."""
    try:
        yield name, draw(analysis, **choices)
    except OutputError:
        return


def _plain(name: str) -> str:
    """A name as part of a file name on any system.

    >>> _plain("Men's e-mail / new"), _plain("../é")
    ('men-s-e-mail-new', 'x')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-") or "x"


def _written(figure: Figure, form: str) -> bytes:
    sheet = BytesIO()
    nothing = {"Date": None} if form == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "abmicro"}), warnings.catch_warnings():
        # A name may hold glyphs that the font lacks.
        warnings.filterwarnings("ignore", message="Glyph|Matplotlib currently does not support")
        figure.savefig(sheet, format=form, dpi=DPI, facecolor="white", metadata=nothing)
    return sheet.getvalue()
