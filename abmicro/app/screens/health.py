"""Health: where visitors come from, where they leave, which days stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.app import examples
from abmicro.app.runs.desk import FileRun
from abmicro.app.screens.goals import draft_of
from abmicro.app.shelf import shelved, shelved_as
from abmicro.app.shell.download import attached, file_name
from abmicro.app.shell.forms import Mistake
from abmicro.app.shell.packed import pack, unpack
from abmicro.app.shell.page import refusal, show
from abmicro.app.shell.site import Site
from abmicro.app.shell.strict import without_style
from abmicro.app.shell.told import mistakes_of
from abmicro.app.shell.waiting import mistakes_in, progress
from abmicro.errors import AbmicroError
from abmicro.experiment.file.toml import dumps

if TYPE_CHECKING:
    from abmicro.app.jobs.traffic import TrafficPage

TITLE = "Health: funnel and traffic"
GONE = ("This page is no longer here", "Choose the file once more.")


def page(request: Request) -> Response:
    """What to look at, or how it stands."""
    site: Site = request.app.state.site
    if "test" in request.query_params:
        one = shelved_as(site.folder, request.query_params["test"])
        if one is None:
            return _chooser(site, [Mistake("That test is no longer in the folder.")])
        run = site.desk.once(
            "traffic", {"name": one.name}, root=str(site.folder), name=one.name, stamp=one.stamp
        )
        return _page(site, run)
    chosen = unpack(request.query_params.get("s", ""))
    if "file" not in chosen:
        return _chooser(site, [])
    upload, got = site.desk.upload(chosen["file"]), draft_of(site, chosen)
    if isinstance(got, Response) or upload is None:
        return got if isinstance(got, Response) else _chooser(site, [])
    try:
        definition = dumps(got.of_traffic(upload.name))
    except AbmicroError as error:
        return _chooser(site, list(mistakes_of(error)))
    arguments = {"definition": definition, "path": str(upload.path), "page": got.look.page}
    told = {"name": upload.name, "goals": pack(chosen)}
    return _page(site, site.desk.once("traffic", told, **arguments))


def example(request: Request) -> Response:
    """The made-up log of a shop."""
    upload = examples.upload(request.app.state.site.desk, "shop")
    return RedirectResponse(f"/health?s={pack({'file': upload.id})}" if upload else "/health", 303)


def file(request: Request) -> Response:
    """The whole report as one file."""
    site: Site = request.app.state.site
    run = site.desk.run(request.path_params["run"])
    if run is None or run.state != "done" or not (run.folder / "health.html").is_file():
        return refusal(404, *GONE)
    found: TrafficPage = run.result()
    content = (run.folder / "health.html").read_bytes()
    return attached(content, f"{file_name(found.name)}-health.html", "text/html")


ROUTES = (
    Route("/health", page),
    Route("/health/example", example),
    Route("/health/{run}/health.html", file),
)


def _chooser(site: Site, problems: list[Mistake]) -> Response:
    tests = [one.name for one in shelved(site.folder)]
    return show(
        "health_none", screen="health", title=TITLE, problems=problems, tests=tests,
        folder=site.folder.name or str(site.folder),
    )  # fmt: skip


def _page(site: Site, run: FileRun) -> Response:
    waiting = progress(site, run, "health", TITLE, "/health")
    if waiting is not None:
        return waiting
    if run.state != "done":
        return _chooser(site, list(mistakes_in(run)) if run.state == "failed" else [])
    found: TrafficPage = run.result()
    return show(
        "health",
        screen="health",
        title=TITLE,
        found=found,
        shown=without_style(found.told),
        run=run,
        goals=run.told.get("goals", ""),
    )
