"""The pages put together: routes, static files and the guard around them."""

from __future__ import annotations

from importlib import resources

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from abmicro.app.screens import counts, file, goals, health, plan, tests, verdict
from abmicro.app.shell.guard import RequestGuard
from abmicro.app.shell.page import refusal
from abmicro.app.shell.site import Site

STATIC = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "style.css": "text/css",
}


def pages_of(site: Site) -> ASGIApp:
    """The pages of a site behind their guard, as a server runs them."""
    routes = [
        Route("/", first),
        Route("/static/{name}", static),
        *counts.ROUTES,
        *file.ROUTES,
        *goals.ROUTES,
        *plan.ROUTES,
        *tests.ROUTES,
        *health.ROUTES,
        *verdict.ROUTES,
    ]
    app = Starlette(
        routes=routes, exception_handlers={404: missing, 405: missing, Exception: broken}
    )
    app.state.site = site
    return RequestGuard(app, site)


def first(_: Request) -> Response:
    """The page to begin with."""
    return RedirectResponse("/counts", 303)


def static(request: Request) -> Response:
    """One of the few files of ours; no path is ever made of a name."""
    name = request.path_params["name"]
    if name not in STATIC:
        return missing(request, None)
    room = "abmicro.report.templates" if name == "style.css" else "abmicro.app.static"
    return Response(_file(room, name), media_type=STATIC[name])


def missing(_: Request, __: object) -> Response:
    """What is said where there is no page."""
    return refusal(404, "There is no such page", "Choose one of the screens above.")


def broken(_: Request, error: Exception) -> Response:
    """What is said of a fault of ours; the window of the server shows more."""
    what = f"A fault in abmicro, not in your data: {type(error).__name__}"
    return refusal(500, what, "Go back and try again; nothing that was saved is lost.")


def _file(room: str, name: str) -> bytes:
    package, _, folder = room.rpartition(".")
    return (resources.files(package) / folder / name).read_bytes()
