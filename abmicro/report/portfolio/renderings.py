"""A portfolio as ASCII text, as Markdown, for a terminal, as one HTML page."""

from __future__ import annotations

from abmicro.portfolio.results import Portfolio
from abmicro.report.portfolio import document


def text(portfolio: Portfolio) -> str:
    """The portfolio as lines of ASCII; names stay as they are."""
    from abmicro.report.render.text import page

    return page(document.of(portfolio))


def markdown(portfolio: Portfolio) -> str:
    """The portfolio as GitHub-flavoured Markdown; every name is escaped."""
    from abmicro.report.render.markdown import page

    return page(document.of(portfolio))


def terminal(portfolio: Portfolio) -> str:
    """The portfolio with colour codes."""
    from abmicro.report.render.terminal import page

    return page(document.of(portfolio))


def html(portfolio: Portfolio) -> str:
    """The portfolio as one HTML document; every name is escaped. It asks for nothing."""
    from abmicro.report.portfolio.charts import draw
    from abmicro.report.render.html_page import page

    return page(document.of(portfolio), draw)


def fragment(portfolio: Portfolio) -> str:
    """The page in a frame of its own, for a notebook."""
    from abmicro.report.render.html_page import framed

    return framed(document.TITLE, html(portfolio))
