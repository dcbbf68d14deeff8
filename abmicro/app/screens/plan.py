"""Plan: how long a test must run, for the step and for what pays, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from abmicro.app.planned import LIMITS, LOOKS, START, Claimed, PlanAnswer, planned
from abmicro.app.shell.download import attached
from abmicro.app.shell.forms import SentForm, posted
from abmicro.app.shell.packed import pack, unpack
from abmicro.app.shell.page import show
from abmicro.app.shell.site import Site
from abmicro.app.weeks_chart import weeks_chart, weeks_told

TITLE = "How long must the test run?"
SLIDERS = {
    "base": (0, 50, 0.5),
    "macro": (0, 20, 0.1),
    "rise": (1, 50, 1),
    "traffic": (10, 5000, 10),
}


def page(request: Request) -> Response:
    """The form beside its answer."""
    chosen = unpack(request.query_params.get("s", ""))
    return _page(request.app.state.site, planned(chosen), chosen)


def sent(_: Site, __: Request, form: SentForm) -> Response:
    """What was typed becomes part of the address."""
    chosen = {name: form.text(name)[:60] for name in START}
    return RedirectResponse(f"/plan?s={pack(chosen)}", 303)


def saved(request: Request) -> Response:
    """The plan as a definition, or as a few lines of text."""
    found = planned(unpack(request.query_params.get("s", "")))
    if not found.definition:
        return RedirectResponse(f"/plan?{request.url.query}", 303)
    return attached(found.definition, "experiment.toml", "application/toml")


ROUTES = (
    Route("/plan", page),
    Route("/plan", posted(sent), methods=["POST"]),
    Route("/plan/experiment.toml", saved),
)


def _page(site: Site, found: PlanAnswer, chosen: dict[str, str]) -> Response:
    weeks = found.chosen.get("weeks", "")
    return show(
        "plan",
        screen="plan",
        title=TITLE,
        status=422 if found.mistakes else 200,
        token=site.token,
        problems=found.mistakes,
        found=found,
        chosen=found.chosen,
        packed=pack(chosen),
        sliders=SLIDERS,
        limits=LIMITS,
        looks=LOOKS,
        chart=None if found.plan is None else weeks_chart(found.plan),
        told=_told(found),
        weeks=weeks,
    )


def _told(found: PlanAnswer) -> dict[str, str]:
    """The answer in a pill, a line and a line below it; empty without a plan."""
    if found.plan is None:
        return dict.fromkeys(("pill", "tone", "icon", "say", "then"), "")
    micro, macro = found.claims[0], found.claims[1]
    step, pays = found.chosen["step"], found.chosen["pays"]
    said = {"say": _say(micro, macro, found.chosen)}
    if micro.fits and macro.fits:
        then = f"So this test can choose by {pays}, and {step} tell why."
        return said | {"pill": "Both in time", "tone": "good", "icon": "✓", "then": then}
    if micro.fits:
        pill = f"{step.capitalize()} in time, {pays} not"
        then = f"So this test can choose by {step} and warn of lost {pays}. It cannot prove more."
        return said | {"pill": pill, "tone": "open", "icon": "?", "then": then}
    then = "Look for a bolder change, a goal nearer to it, or more visitors."
    return said | {"pill": "Not in time", "tone": "bad", "icon": "✕", "then": then}


def _say(micro: Claimed, macro: Claimed, chosen: Mapping[str, str]) -> str:
    step, pays, rise = (chosen[name] for name in ("step", "pays", "rise"))
    if micro.weeks is None:
        return f"No test of this traffic can show a {rise}% rise in {step}."
    shows = "shows" if micro.weeks == 1 else "show"
    first = f"{weeks_told(micro.weeks)} {shows} a {rise}% rise in {step}."
    if macro.weeks is None:
        return f"{first} It would never be seen in {pays}."
    if macro.fits:
        return f"{first} In {pays} it shows after {weeks_told(macro.weeks)}."
    return f"{first} To see it in {pays} takes {macro.weeks}."
