"""Goals: what people did, which of it is watched, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.app import examples
from abmicro.app.draft import (
    COMMON,
    CURRENCIES,
    FEW,
    GUARDS,
    ROLES,
    Draft,
    GoalLine,
    data_of,
    packed_lines,
)
from abmicro.app.runs.desk import FileRun, Upload
from abmicro.app.screens.file import asked
from abmicro.app.shell.download import attached, file_name
from abmicro.app.shell.forms import Mistake, SentForm, posted
from abmicro.app.shell.packed import pack, unpack
from abmicro.app.shell.page import show
from abmicro.app.shell.site import Site
from abmicro.app.shell.told import mistakes_of
from abmicro.app.shell.waiting import mistakes_in, progress
from abmicro.errors import AbmicroError
from abmicro.experiment.file.toml import dumps
from abmicro.sources.inspection.candidates import Candidate

if TYPE_CHECKING:
    from abmicro.app.jobs.look import FirstLook

TITLE = "Which goals do you want to watch?"
FIELDS = ("name", "decides", "window", "rise", "month", "worth", "currency")


def page(request: Request) -> Response:
    """The goals that a file holds, or the way to a file."""
    site: Site = request.app.state.site
    chosen = unpack(request.query_params.get("s", ""))
    got = draft_of(site, chosen)
    return got if isinstance(got, Response) else _page(site, got, chosen, [])


def sent(site: Site, _: Request, form: SentForm) -> Response:
    """Choices: kept in the address; then the verdict or the definition, where it is asked for."""
    chosen = unpack(form.text("s"))
    got = draft_of(site, chosen)
    if isinstance(got, Response):
        return got
    lines = _moved(_ordered(_lines(got, form), form.text("order")), form.text("do"))
    fresh = {**chosen, **{name: form.text(name)[:200] for name in FIELDS if name in form.texts}}
    if "window" in form.texts and not form.text("window"):
        fresh["window"] = "-"
    fresh["goals"] = packed_lines(lines)
    draft = Draft.of(got.name, got.look, got.found, fresh)
    do = form.text("do")
    if do == "health":
        return RedirectResponse(f"/health?s={pack(fresh)}", 303)
    if do not in ("verdict", "save"):
        return RedirectResponse(f"/goals?s={pack(fresh)}{_beside(do, len(lines))}", 303)
    mistakes = list(draft.mistakes())
    upload = site.desk.upload(fresh.get("file", ""))
    if not mistakes and upload is not None:
        try:
            definition = dumps(draft.experiment(upload.name))
        except AbmicroError as error:
            mistakes = list(mistakes_of(error, "goals"))
        else:
            if do == "save":
                return attached(definition, "experiment.toml", "application/toml")
            return _judged(site, upload, draft, definition)
    return _page(site, draft, fresh, mistakes, 422)


ROUTES = (Route("/goals", page), Route("/goals", posted(sent), methods=["POST"]))


def _judged(site: Site, upload: Upload, draft: Draft, definition: str) -> Response:
    told = {"name": draft.chosen.get("name") or draft.name, "goals": pack(draft.chosen)}
    run = site.desk.start(
        "judge", told, definition=definition, path=str(upload.path), page=draft.look.page
    )
    return RedirectResponse(f"/verdict/{run.id}", 303)


def draft_of(site: Site, chosen: dict[str, str]) -> Draft | Response:
    """The draft of what was chosen, or the page to show in its place."""
    upload = site.desk.upload(chosen.get("file", ""))
    if upload is None:
        return _none(was_there="file" in chosen)
    run = site.desk.once("look", {"name": upload.name}, **asked(upload, chosen))
    if (other := _instead(site, run, chosen)) is not None:
        return other
    look: FirstLook = run.result()
    if look.seen is None:
        return RedirectResponse(f"/file?s={pack(chosen)}", 303)
    sheet = {"sheet": look.page} if look.page else {}
    arguments = {
        "path": str(upload.path),
        "data": data_of(look.seen, chosen) | sheet,
        "exposure": dict(look.seen.exposure),
        "known": {name: dict(keys) for name, keys in look.seen.goals.items()}
        if look.seen.preset
        else {},
    }
    run = site.desk.once("found", {"name": upload.name}, **arguments)
    if (other := _instead(site, run, chosen)) is not None:
        return other
    return Draft.of(file_name(upload.name.partition(".")[0]), look, run.result(), chosen)


def _instead(site: Site, run: FileRun, chosen: dict[str, str]) -> Response | None:
    """What is shown while a run goes on, or where it failed."""
    back = f"/file?s={pack(chosen)}"
    waiting = progress(site, run, "goals", TITLE, back)
    if waiting is None and run.state != "done":
        return _none(problems=mistakes_in(run), back=back)
    return waiting


def _none(
    *, was_there: bool = False, problems: Sequence[Mistake] = (), back: str = "/file"
) -> Response:
    """The way to a file. back: its address, for choices that did not go with it."""
    return show(
        "goals_none",
        screen="goals",
        title=TITLE,
        was_there=was_there,
        problems=problems,
        back=back,
        examples=examples.of_files(),
    )


def _lines(draft: Draft, form: SentForm) -> list[GoalLine]:
    """The lines as the form has them; those it does not speak of stay."""
    if "count" not in form.texts:
        return list(draft.lines)
    return [
        replace(
            line,
            is_used=f"use-{at}" in form.texts,
            role=role if (role := form.text(f"role-{at}")) in ROLES else line.role,
            label=form.text(f"label-{at}")[:80] or line.label,
            margin=form.text(f"margin-{at}")[:20],
        )
        for at, line in enumerate(draft.lines)
    ]


def _ordered(lines: list[GoalLine], order: str) -> list[GoalLine]:
    """The lines as somebody dragged them; as they were where that names not each of them once."""
    places = [int(one) for one in order.split(",") if one.isdigit()]
    return [lines[at] for at in places] if sorted(places) == [*range(len(lines))] else lines


def _beside(do: str, lines: int) -> str:
    """Where a page goes on after a line was moved: at the same button of the same line."""
    way, _, number = do.partition(":")
    if way not in ("up", "down") or not number.isdigit():
        return ""
    at = min(max(int(number) + (-1 if way == "up" else 1), 0), lines - 1)
    return f"#{'down' if at == 0 else 'up' if at == lines - 1 else way}-{at}"


def _moved(lines: list[GoalLine], do: str) -> list[GoalLine]:
    """With one line a place earlier or later."""
    way, _, number = do.partition(":")
    if way not in ("up", "down") or not number.isdigit():
        return lines
    at, to = int(number), int(number) + (-1 if way == "up" else 1)
    if min(at, to) >= 0 and max(at, to) < len(lines):
        lines[at], lines[to] = lines[to], lines[at]
    return lines


def _page(
    site: Site, draft: Draft, chosen: dict[str, str], mistakes: list[Mistake], status: int = 200
) -> Response:
    people = max(draft.found.people, 1)
    rows = []
    for line in draft.lines:
        one = draft.candidate(line.name)
        rows.append((line, one, one.people / people))
    return show(
        "goals",
        screen="goals",
        title=TITLE,
        status=status,
        token=site.token,
        problems=mistakes,
        draft=draft,
        rows=rows,
        advice=_advice(rows),
        roles=ROLES,
        guards=GUARDS,
        chosen={**dict.fromkeys(FIELDS, ""), **chosen},
        packed=pack(chosen),
        currencies=CURRENCIES,
        steps=[line.label for line in draft.used if line.role == "step"],
        pays=[line.label for line in draft.used if line.role == "pays"],
        others=[line.label for line in draft.used if line.role == "beside"],
        guarded=[line.label for line in draft.used if line.role in GUARDS],
        decides=next((line.label for line in draft.used if line.name == draft.decides), ""),
    )


def _advice(rows: Sequence[tuple[GoalLine, Candidate, float]]) -> list[str]:
    """What to think of before the goals are chosen, two of a sort at the most."""
    rates = [row for row in rows if not row[1].is_amount]
    common = [
        f"“{line.label}” is not ticked: {share:.0%} do it anyway, so a change hardly shows."
        for line, _, share in rates
        if not line.is_used and share > COMMON
    ]
    rare = [
        f"“{line.label}” is rare: {one.people:,} people."
        for line, one, _ in rates
        if line.is_used and one.people < FEW
    ]
    return common[:2] + rare[:2]
