"""What is shown while a run goes on, and what when it did not come to its end."""

from __future__ import annotations

from starlette.responses import Response

from abmicro.app.runs.desk import FileRun
from abmicro.app.shell.forms import Mistake
from abmicro.app.shell.page import show
from abmicro.app.shell.site import Site
from abmicro.app.shell.told import mistakes_of

PATIENCE = 2.5
"""Seconds in which most runs end, so that nobody sees a page of progress."""


def progress(site: Site, run: FileRun, screen: str, title: str, back: str) -> Response | None:
    """A page that tells how far a run is and asks again by itself; None where the run is over.

    back: address of the page from which it was begun.
    """
    if run.wait(0 if run.seconds > PATIENCE else PATIENCE) != "running":
        return None
    page = show("progress", screen=screen, title=title, token=site.token, run=run, back=back)
    page.headers["Refresh"] = "1"
    return page


def mistakes_in(run: FileRun, field: str = "") -> tuple[Mistake, ...]:
    """Why a run failed, in the words of a page."""
    refused = run.refusal()
    if refused.error is not None:
        return mistakes_of(refused.error, field)
    what = f"The file could not be worked on: {refused.fault}."
    return (Mistake(what, field, "Try a smaller part of it, or another form.", "E663"),)
