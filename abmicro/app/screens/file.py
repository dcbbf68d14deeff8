"""File: what is in it, what was recognised, and what its owner knows better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.app import examples
from abmicro.app.cells import MOST_COLUMNS
from abmicro.app.draft import COLUMNS
from abmicro.app.runs.desk import ENDINGS, Upload
from abmicro.app.shell.forms import Mistake, SentForm, posted
from abmicro.app.shell.packed import Chosen, pack, unpack
from abmicro.app.shell.page import show
from abmicro.app.shell.site import Site
from abmicro.app.shell.told import mistakes_of, no_such_form, noted
from abmicro.app.shell.waiting import mistakes_in, progress
from abmicro.experiment.data.presets import PRESETS
from abmicro.experiment.model import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.app.jobs.look import FirstLook
    from abmicro.sources.inspection.inspect import Sniffed

TITLE = "Which file holds the test?"
MOST_PASTED = 20_000  # letters that an address can carry
ASKED = ("page", "shape", "preset")
FEW_ROWS = 8
"""A first look at so few rows has seen them all."""
COUNTED = "A group of visitors, as abmicro saves counts"
SHAPES = {
    "": "As recognised",
    "events": "Something a visitor did (a log)",
    "units": "A visitor",
    "counts": "A variant, with its counts",
}
EXAMPLES = (
    ("A log", "One row for each thing a visitor did.",
     "time,visitor,event,variant\n2026-11-02 10:04,v1,view,new\n2026-11-02 10:09,v1,order,new"),
    ("Visitors", "One row for each visitor.",
     "visitor,variant,basket,order\nv1,new,1,1\nv2,today,1,0"),
    ("Counts", "One row for each variant.",
     "variant,visitors,baskets,orders\ntoday,11980,919,326\nnew,12020,996,336"),
)  # fmt: skip
SHOWN = ("variants from column", "the control is taken", "recognised:")
"""Remarks that the page makes in its own way."""
WORDS = {
    "unit": "Who it was",
    "time": "When it was",
    "event": "What was done",
    "variant": "Which variant",
}
HINTS = {
    "unit": "The column that tells visitors apart.",
    "time": "The moment of each row.",
    "event": "The name of the step.",
    "variant": "Which page each visitor saw.",
}


def page(request: Request) -> Response:
    """The chooser, or what is in the file that was chosen."""
    site: Site = request.app.state.site
    chosen = unpack(request.query_params.get("s", ""))
    upload = site.desk.upload(chosen.get("file", ""))
    if upload is None:
        gone = [Mistake("That file is no longer here.", "upload", "Choose it once more.")]
        return _chooser(site, gone if "file" in chosen else [])
    run = site.desk.once("look", {"name": upload.name}, **asked(upload, chosen))
    waiting = progress(site, run, "file", TITLE, "/file")
    if waiting is not None:
        return waiting
    if run.state != "done":
        return _chooser(site, list(mistakes_in(run, "upload")))
    return _looked_at(site, upload, chosen, run.result())


def asked(upload: Upload, chosen: Chosen) -> dict[str, str]:
    """The arguments of a look."""
    return {"path": str(upload.path), **{name: chosen.get(name, "") for name in ASKED}}


def sent(site: Site, _: Request, form: SentForm) -> Response:
    """A file that was chosen, or choices on one that is here."""
    file = form.files.get("upload")
    if file is not None and file.filename:
        try:
            upload = site.desk.keep(file.filename, file.file)
        except ValueError:
            return _chooser(site, [no_such_form(file.filename)], 422)
        return RedirectResponse(f"/file?s={pack({'file': upload.id})}", 303)
    chosen = unpack(form.text("s"))
    if site.desk.upload(chosen.get("file", "")) is None:
        return _chooser(site, [Mistake("No file was chosen.", "upload", "Choose one first.")], 422)
    return RedirectResponse(_next(chosen, form), 303)


def _next(chosen: dict[str, str], form: SentForm) -> str:
    """The address after choices: the same page, or the goals."""
    names = (*ASKED, *WORDS, "control")
    fresh = {**chosen, **{name: form.text(name)[:200] for name in names if name in form.texts}}
    do = form.text("do")
    if do.startswith("preset:"):
        fresh["preset"] = "" if do == "preset:" else do.removeprefix("preset:")
    if any(fresh.get(name, "") != chosen.get(name, "") for name in ASKED):
        fresh = {key: text for key, text in fresh.items() if key in ("file", *ASKED)}
    return f"/{'goals' if do == 'goals' else 'file'}?s={pack(fresh)}"


def example(request: Request) -> Response:
    """A shipped file, as if it had been chosen."""
    site: Site = request.app.state.site
    upload = examples.upload(site.desk, request.path_params["name"])
    return RedirectResponse(f"/file?s={pack({'file': upload.id})}" if upload else "/file", 303)


ROUTES = (
    Route("/file", page),
    Route("/file", posted(sent), methods=["POST"]),
    Route("/file/example/{name}", example),
)


def _chooser(site: Site, problems: list[Mistake], status: int = 200) -> Response:
    return show(
        "file",
        screen="file",
        title=TITLE,
        status=status,
        token=site.token,
        problems=problems,
        examples=examples.of_files(),
        shapes=EXAMPLES,
        accept=",".join(one for one in ENDINGS if one.count(".") == 1) + ",.gz",
        most=site.most_bytes // 1_000_000,
    )


def _looked_at(site: Site, upload: Upload, chosen: dict[str, str], look: FirstLook) -> Response:
    seen = look.seen
    problems = mistakes_of(look.problem, "shape") if look.problem else ()
    guessed = seen.columns if seen else {}
    return show(
        "looked_at",
        screen="file",
        title="Is this what is in the file?",
        token=site.token,
        upload=upload,
        chosen={**dict.fromkeys(ASKED, ""), "control": "", **chosen},
        packed=pack(chosen),
        look=look,
        seen=seen,
        problems=problems,
        shapes=SHAPES,
        shape_word=SHAPES.get(str(seen.shape), COUNTED) if seen else "",
        presets={name: PRESETS[name].title for name in PRESETS},
        columns=list(dict.fromkeys(filter(None, (*look.columns, *guessed.values())))),
        picks=list(_picks(chosen, seen)),
        is_sheet=seen is not None and seen.shape is Shape.COUNTS,
        counts=_as_counts(seen),
        mend=_mended_at(look) if look.problem else "",
        notes=[noted(one) for one in seen.notes if not one.startswith(SHOWN)] if seen else [],
    )


def _mended_at(look: FirstLook) -> str:
    """Where a small sheet that was not understood can be typed right; empty for a larger one."""
    if not 1 < len(look.rows) <= FEW_ROWS or not 1 < len(look.columns) <= MOST_COLUMNS:
        return ""
    rows = ("\t".join(" ".join(cell.split()) for cell in row) for row in look.rows)
    return f"/counts?s={pack({'paste': chr(10).join(rows)})}"


def _picks(chosen: dict[str, str], seen: Sniffed | None) -> Iterator[tuple[str, str, str, str]]:
    """Roles to give columns to: in words, what they are for, and the column so far."""
    if seen is not None and seen.preset is None:
        for role in COLUMNS[seen.shape]:
            column = chosen.get(role) or seen.columns.get(role, "")
            yield role, WORDS[role], HINTS[role], column


def _as_counts(seen: Sniffed | None) -> str:
    """The address at which a small sheet can be edited as counts; empty for other files."""
    if seen is None or not seen.sheet or len(seen.sheet.csv) >= MOST_PASTED:
        return ""
    return f"/counts?s={pack({'paste': seen.sheet.csv})}"
