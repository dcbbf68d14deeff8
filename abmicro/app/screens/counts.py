"""Counts: pasted or typed, answered below."""

from __future__ import annotations

from io import BytesIO

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.analysis.results import Analysis
from abmicro.app import examples
from abmicro.app.answer import Answer, Wishes, answer_to, quick_line
from abmicro.app.cells import MOST_COLUMNS, MOST_ROWS, START, Cells, id_of
from abmicro.app.draft import CURRENCIES
from abmicro.app.shell.download import attached, file_name
from abmicro.app.shell.forms import SentForm, posted
from abmicro.app.shell.packed import pack, unpack
from abmicro.app.shell.page import show
from abmicro.app.shell.site import Site
from abmicro.app.shell.strict import without_style
from abmicro.experiment.file.toml import dumps

OPTIONS = ("control", "split", "month", "worth", "currency")
TITLE = "Did the gain reach the orders?"


def page(request: Request) -> Response:
    """The form, and below it the answer to what stands in the address."""
    site: Site = request.app.state.site
    chosen = unpack(request.query_params.get("s", ""))
    return _page(site, chosen, _answer(chosen))


def sent(site: Site, _: Request, form: SentForm) -> Response:
    """What was typed becomes part of the address; what cannot stays on the page."""
    cells = _typed(form)
    text, was = (form.texts.get(name, "").replace("\r\n", "\n") for name in ("paste", "was"))
    typed = cells is not None and text == was
    if cells is not None and (typed or form.text("do") in ("variant", "goal")):
        text = _grown(cells, form.text("do")).text
        text = "" if text == Cells(START).text else text
    chosen = {"paste": text, **{name: form.text(name)[:200] for name in OPTIONS}}
    try:
        return RedirectResponse(f"/counts?s={pack(chosen)}", 303)
    except ValueError:
        answer = answer_to(text + " " * 60_000)
        return _page(site, chosen | {"paste": text[:2000]}, answer, status=413)


def judged(site: Site, _: Request, form: SentForm) -> Response:
    """The same counts as a verdict with all its files, which can be kept in the folder."""
    chosen = unpack(form.text("s"))
    answer = _answer(chosen)
    if answer.analysis is None or answer.sheet is None:
        return RedirectResponse(f"/counts?s={pack(chosen)}", 303)
    upload = site.desk.keep("counts.csv", BytesIO(answer.sheet.csv.encode()))
    experiment = answer.analysis.experiment
    data = experiment.require_data().model_copy(update={"source": upload.name})
    definition = dumps(experiment.model_copy(update={"data": data}))
    told = {"name": experiment.name, "counts": pack(chosen)}
    run = site.desk.once("judge", told, definition=definition, path=str(upload.path))
    return RedirectResponse(f"/verdict/{run.id}", 303)


def saved(request: Request) -> Response:
    """The answer as one file."""
    chosen = unpack(request.query_params.get("s", ""))
    answer = _answer(chosen)
    if answer.analysis is None:
        return RedirectResponse(f"/counts?s={pack(chosen)}", 303)
    form, ending = {"summary": ("summary", "html"), "report": ("html", "html")}.get(
        request.path_params["what"], ("html", "html")
    )
    name = f"{file_name(answer.analysis.experiment.name)}.{ending}"
    return attached(answer.analysis.render(form), name, "text/html")


ROUTES = (
    Route("/counts", page),
    Route("/counts", posted(sent), methods=["POST"]),
    Route("/counts/verdict", posted(judged), methods=["POST"]),
    Route("/counts/{what:str}.html", saved),
)


def _answer(chosen: dict[str, str]) -> Answer:
    return answer_to(chosen.get("paste", ""), Wishes(*(chosen.get(name, "") for name in OPTIONS)))


def _grown(cells: Cells, do: str) -> Cells:
    """With one more variant or goal, where it was asked for and there is room."""
    if do == "variant" and len(cells.rows) < MOST_ROWS:
        return cells.longer()
    return cells.wider() if do == "goal" and len(cells.rows[0]) < MOST_COLUMNS else cells


def _typed(form: SentForm) -> Cells | None:
    """The table as it was typed; None where there was none."""
    rows = []
    for row in range(MOST_ROWS):
        names = [id_of(row, column) for column in range(MOST_COLUMNS)]
        rows.append([_plain(form.texts[name]) for name in names if name in form.texts])
    kept = [row for row in rows if row]
    return Cells(tuple(map(tuple, kept))) if len(kept) > 1 and len({*map(len, kept)}) == 1 else None


def _plain(cell: str) -> str:
    """A cell that keeps its place when the table is written as text."""
    return " ".join(cell.replace("\t", " ").split())


def _page(site: Site, chosen: dict[str, str], answer: Answer, status: int = 200) -> Response:
    analysis, cells = answer.analysis, answer.cells or Cells(START)
    wrong = {mistake.field: mistake for mistake in answer.mistakes}
    return show(
        "counts",
        screen="counts",
        title=TITLE,
        status=status,
        token=site.token,
        chosen={"paste": "", **dict.fromkeys(OPTIONS, ""), **chosen},
        currencies=CURRENCIES,
        packed=pack(chosen),
        problems=answer.mistakes,
        examples=examples.of_counts(),
        answer=answer,
        arms=answer.sheet.arms if answer.sheet else (),
        cells=cells,
        id_of=id_of,
        marked=wrong,
        shown="" if analysis is None else _shown(analysis),
        slack="" if analysis is None else _slack(analysis),
        quick=quick_line(answer),
        is_typed=answer.cells is not None or not chosen.get("paste"),
    )


def _shown(analysis: Analysis) -> str:
    from abmicro.report.render.html import render_sections

    return without_style(render_sections(analysis, is_short=True))


def _slack(analysis: Analysis) -> str:
    from abmicro.report.render.slack import render

    return render(analysis)
