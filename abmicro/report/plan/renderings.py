"""A plan as ASCII text, as Markdown, for a terminal, as one HTML page."""

from __future__ import annotations

from abmicro.planning.results import Plan
from abmicro.report.plan import document


def text(plan: Plan) -> str:
    """The plan as lines of ASCII; names stay as they are."""
    from abmicro.report.render.text import page

    return page(document.of(plan))


def markdown(plan: Plan) -> str:
    """The plan as GitHub-flavoured Markdown; every name is escaped."""
    from abmicro.report.render.markdown import page

    return page(document.of(plan))


def terminal(plan: Plan) -> str:
    """The plan with colour codes."""
    from abmicro.report.render.terminal import page

    return page(document.of(plan))


def html(plan: Plan) -> str:
    """The plan as one HTML document; the same plan gives the same bytes.

    Every name from the definition is escaped. The page holds no script and asks for nothing.
    """
    from abmicro.report.plan.charts import draw
    from abmicro.report.render.html_page import page

    return page(document.of(plan), draw)


def fragment(plan: Plan) -> str:
    """The page in a frame of its own, for a notebook."""
    from abmicro.report.render.html_page import framed

    return framed(document.title(plan), html(plan))
