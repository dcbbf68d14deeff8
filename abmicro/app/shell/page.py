"""A page from its template; every name that comes from a person is escaped on the way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse

from abmicro.report.render.html_page import environment_of

SCREENS = (
    ("counts", "Counts"),
    ("file", "File"),
    ("goals", "Goals"),
    ("plan", "Plan"),
    ("tests", "Tests"),
    ("health", "Health"),
)


def show(template: str, *, screen: str, title: str, status: int = 200, **told: Any) -> HTMLResponse:
    """A page of the app.

    template: its name without ending. screen: which of `SCREENS` it belongs to; empty for none.
    """
    page = _environment().get_template(f"{template}.html")
    facts: Mapping[str, Any] = {"screens": SCREENS, "screen": screen, "title": title, **told}
    return HTMLResponse(page.render(facts), status)


def refusal(status: int, what: str, remedy: str) -> HTMLResponse:
    """A page that says why there is no other, and what to do."""
    return show("refusal", screen="", title=what, status=status, remedy=remedy)


@cache
def _environment() -> Environment:
    environment = environment_of("abmicro.app")
    environment.filters["number"] = number
    return environment


def number(value: int) -> str:
    """A count as people write it.

    >>> number(11980)
    '11,980'
    """
    return f"{value:,}"
