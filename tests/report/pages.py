"""Pages of the samples, each rendered once however many tests read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from abmicro import Analysis
from abmicro.report.render import html

from . import built, made

SAMPLES: dict[str, Callable[[], Analysis]] = {
    **made.MADE,
    "built": built.analysis,
    "flat": built.flat,
}


@cache
def page(name: str) -> str:
    """The report of a sample as a page."""
    return html.render(SAMPLES[name]())


@cache
def summary(name: str) -> str:
    """The summary of a sample as a page."""
    return html.render_summary(SAMPLES[name]())
