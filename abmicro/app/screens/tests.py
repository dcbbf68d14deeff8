"""Tests: those of the folder, running and finished, and what they say together."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.app.shelf import shelved_as, stamp_of
from abmicro.app.shell.download import attached
from abmicro.app.shell.page import refusal, show
from abmicro.app.shell.site import Site
from abmicro.app.shell.strict import without_style
from abmicro.app.shell.told import told_of
from abmicro.app.shell.waiting import mistakes_in, progress
from abmicro.app.strips import strips_of

if TYPE_CHECKING:
    from abmicro.app.jobs.shelf import TestShelf

TITLE = "Tests"
KINDS = {
    "tests.csv": "text/csv",
    "tests.html": "text/html",
    "tests.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def page(request: Request) -> Response:
    """All tests of the folder."""
    site: Site = request.app.state.site
    stamp = stamp_of(site.folder)
    folder = site.folder.name or str(site.folder)
    if not stamp:
        return show("tests_none", screen="tests", title=TITLE, folder=folder)
    day = date.today().isoformat()
    run = site.desk.once("shelf", {"name": folder}, root=str(site.folder), stamp=stamp + day)
    waiting = progress(site, run, "tests", TITLE, "/")
    if waiting is not None:
        return waiting
    if run.state != "done":
        problems = mistakes_in(run) if run.state == "failed" else ()
        return show("tests_none", screen="tests", title=TITLE, folder=folder, problems=problems)
    found: TestShelf = run.result()
    return show(
        "tests",
        screen="tests",
        title=TITLE,
        folder=folder,
        found=found,
        run=run,
        today=f"{date.today().day} {date.today():%B}",
        strips=strips_of(found.finished),
        portfolio=without_style(found.portfolio),
        unread=[(name, told_of(problem)) for name, problem in found.unread],
    )


def opened(request: Request) -> Response:
    """The verdict of a test in the folder."""
    site: Site = request.app.state.site
    one = shelved_as(site.folder, request.query_params.get("test", ""))
    if one is None:
        return refusal(404, "That test is no longer in the folder", "Choose another one.")
    told = {"name": one.name, "saved": one.name}
    run = site.desk.once("judge_saved", told, root=str(site.folder), name=one.name, stamp=one.stamp)
    return RedirectResponse(f"/verdict/{run.id}", 303)


def file(request: Request) -> Response:
    """A table of all tests."""
    site: Site = request.app.state.site
    run, name = site.desk.run(request.path_params["run"]), request.path_params["name"]
    if run is None or run.state != "done" or name not in KINDS or not (run.folder / name).is_file():
        return refusal(404, "This table is no longer here", "Open the page of tests again.")
    return attached((run.folder / name).read_bytes(), name, KINDS[name])


ROUTES = (
    Route("/tests", page),
    Route("/tests/open", opened),
    Route("/tests/{run}/{name}", file),
)
