"""The report as one HTML file: no script, no request, both colour schemes, fit for print."""

from __future__ import annotations

from abmicro.analysis.results import Analysis
from abmicro.report import document
from abmicro.report.charts import registry
from abmicro.report.render.html_page import framed, page, sections


def render(analysis: Analysis, *, is_short: bool = False) -> str:
    """The report as one HTML document; the same analysis gives the same bytes.

    is_short: only headline, trust and the carry-through of the primary goal, on one printed page
    for one or two variants.
    Every name from definition or data is escaped. The page holds no script and asks for nothing.
    """
    return page(document.of(analysis, is_short=is_short), registry.draw)


def render_summary(analysis: Analysis) -> str:
    """The report on one printed page: headline, trust and carry-through."""
    return render(analysis, is_short=True)


def render_sections(analysis: Analysis, *, is_short: bool = False) -> str:
    """The sections of the report without a page around them; `is_short` as in `render`."""
    return sections(document.of(analysis, is_short=is_short), registry.draw)


def render_fragment(analysis: Analysis) -> str:
    """The summary in a frame of its own, for a notebook."""
    return framed(analysis.experiment.name, render_summary(analysis))
