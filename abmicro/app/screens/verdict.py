"""Verdict: the report of a run, its files, and the same test with newer data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.app.runs.desk import FileRun
from abmicro.app.saved import keep_test
from abmicro.app.shell.download import attached, file_name
from abmicro.app.shell.forms import Mistake, SentForm, posted
from abmicro.app.shell.page import refusal, show
from abmicro.app.shell.site import Site
from abmicro.app.shell.strict import without_style
from abmicro.app.shell.told import mistakes_of, no_such_form
from abmicro.app.shell.waiting import mistakes_in, progress
from abmicro.errors import AbmicroError

if TYPE_CHECKING:
    from abmicro.app.jobs.judge import JudgedTest

TITLE = "Verdict"
GONE = ("This verdict is no longer here", "Choose the file once more, or open the saved report.")
KINDS = {
    "html": "text/html",
    "toml": "application/toml",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
}
WORDS = {
    "report.html": "Whole report",
    "summary.html": "One-page summary",
    "result.xlsx": "Tables as xlsx",
    "counts.csv": "Counts, no person in them",
    "experiment.toml": "Definition",
}


def page(request: Request) -> Response:
    """The verdict, or how far it is."""
    site: Site = request.app.state.site
    run = site.desk.run(request.path_params["run"])
    return refusal(404, *GONE) if run is None else _page(site, run, [])


def file(request: Request) -> Response:
    """One of the files of a verdict."""
    site: Site = request.app.state.site
    run, name = site.desk.run(request.path_params["run"]), request.path_params["name"]
    if run is None or run.state != "done":
        return refusal(404, *GONE)
    judged: JudgedTest = run.result()
    if name not in judged.files:
        return refusal(404, *GONE)
    stem, _, ending = name.partition(".")
    own = name if name == "experiment.toml" else f"{file_name(judged.name)}-{stem}.{ending}"
    return attached((run.folder / name).read_bytes(), own, KINDS[ending])


def again(site: Site, request: Request, form: SentForm) -> Response:
    """The same definition over a newer file; where it does not go, the verdict of before stays."""
    run = site.desk.run(request.path_params["run"])
    if run is None or run.state != "done":
        return refusal(404, *GONE)
    judged: JudgedTest = run.result()
    newer = form.files.get("upload")
    if newer is None or not newer.filename:
        mistake = Mistake("No newer file was chosen.", "upload", "Choose one first.")
        return _page(site, run, [mistake], 422)
    try:
        upload = site.desk.keep(newer.filename, newer.file)
    except ValueError:
        return _page(site, run, [no_such_form(newer.filename)], 422)
    arguments = {"definition": judged.definition, "path": str(upload.path), "page": judged.page}
    fresh = site.desk.start("judge", {**run.told, "before": run.id}, **arguments)
    return RedirectResponse(f"/verdict/{fresh.id}", 303)


def keep(site: Site, request: Request, _: SentForm) -> Response:
    """Save a test into the folder."""
    run = site.desk.run(request.path_params["run"])
    if run is None or run.state != "done":
        return refusal(404, *GONE)
    try:
        kept = keep_test(site.folder, run.result().key, run.folder)
    except AbmicroError as error:
        return _page(site, run, list(mistakes_of(error)), 422)
    return RedirectResponse(f"/verdict/{run.id}?kept={kept}", 303)


def stop(site: Site, _: Request, form: SentForm) -> Response:
    """End a run; the page from which it was begun follows."""
    site.desk.stop(form.text("run"))
    back = form.text("back")
    return RedirectResponse(back if back.startswith(("/file", "/goals", "/tests")) else "/", 303)


ROUTES = (
    Route("/verdict/{run}", page),
    Route("/verdict/{run}/{name}", file),
    Route("/verdict/{run}/again", posted(again), methods=["POST"]),
    Route("/verdict/{run}/keep", posted(keep), methods=["POST"]),
    Route("/stop", posted(stop), methods=["POST"]),
)


def _page(site: Site, run: FileRun, problems: list[Mistake], status: int = 200) -> Response:
    goals = _choices(run)
    screen = "tests" if "saved" in run.told else "goals"
    waiting = progress(site, run, screen, "Working out the verdict", goals or "/tests")
    if waiting is not None:
        return waiting
    before = site.desk.run(run.told.get("before", ""))
    if run.state != "done" and before is not None:
        kept = () if run.state == "stopped" else mistakes_in(run, "upload")
        return _page(site, before, list(kept), 422 if kept else 200)
    if run.state != "done":
        return _no_verdict(run, screen, goals)
    judged: JudgedTest = run.result()
    there = {name: words for name, words in WORDS.items() if name in judged.files}
    return show(
        "verdict",
        screen=screen,
        title=judged.name,
        status=status,
        token=site.token,
        problems=problems,
        judged=judged,
        shown=without_style(judged.first),
        run=run,
        files=there,
        goals=goals,
        before="" if before is None else f"/verdict/{before.id}",
        folder=site.folder.name or str(site.folder),
    )


def _choices(run: FileRun) -> str:
    """The address of what was chosen for a run; empty where nothing was."""
    asked = (f"/{one}?s={run.told[one]}" for one in ("goals", "counts") if one in run.told)
    return next(asked, "")


def _no_verdict(run: FileRun, screen: str, goals: str) -> Response:
    return show(
        "verdict_none",
        screen=screen,
        title="No verdict",
        problems=mistakes_in(run) if run.state == "failed" else (),
        goals=goals,
        is_stopped=run.state == "stopped",
    )
