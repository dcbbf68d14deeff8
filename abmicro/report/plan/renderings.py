"""A plan as ASCII text, as Markdown, for a terminal."""

from __future__ import annotations

from abmicro.planning.results import Plan
from abmicro.report.plan import document


def title(plan: Plan) -> str:
    """The heading of every rendering."""
    return f"Plan: {plan.experiment.name}"


def text(plan: Plan) -> str:
    """The plan as lines of ASCII; names stay as they are."""
    from abmicro.report.render.text import page

    return page(title(plan), document.of(plan))


def markdown(plan: Plan) -> str:
    """The plan as GitHub-flavoured Markdown; every name is escaped."""
    from abmicro.report.render.markdown import page

    return page(title(plan), document.of(plan))


def terminal(plan: Plan) -> str:
    """The plan with colour codes."""
    from abmicro.report.render.terminal import page

    return page(title(plan), document.of(plan))
