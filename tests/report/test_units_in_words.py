"""Every page says what the definition calls its units, and never "unit"."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path

import pytest

import abmicro as ab
from abmicro import Experiment, JointCounts
from abmicro.cli.watched.running_test import RunningTest
from abmicro.report import quick
from abmicro.report.monitoring import page as morning
from abmicro.simulation.simulate import simulate

from ..analysis.monitoring.runs import START, counts
from ..analysis.monitoring.test_monitor import until

pytestmark = pytest.mark.journey

UNIT = re.compile(r".{0,60}\b[Uu]nits?\b.{0,40}")
METHODS = {  # where methods stand, which speak of units in general, and records of a run
    "text": r"(?ms)^(Methods and glossary|What this rests on)\n.*",
    "md": r"(?ms)^## (Methods and glossary|What this rests on).*",
    "html": r'(?s)<style>.*?</style>|<section id="(methods|rests)".*?</section>',
    "terminal": r"(?s)\x1b\[\S+\n?(Methods and glossary|What this rests on).*",
}
FORMS = tuple(METHODS)
WEEKLY = {"mode": "group_sequential", "first_look": "14d", "looks": "weekly"}


GOALS: dict[str, dict[str, object]] = {
    "cart": {"kind": "milestone", "role": "primary", "baseline": 0.12, "mde": 0.05},
    "order": {"kind": "macro", "baseline": 0.03, "mde": 0.1},
}
BOUNCE = {"kind": "action", "role": "guardrail", "margin": 0.05, "baseline": 0.3}


def shop(**keys: object) -> Experiment:
    """Guests of a hotel, with all that a plan needs."""
    usual = {
        "name": "Rooms",
        "unit_name": "guest",
        "variants": ["control", "sticky", "blue"],
        "goals": GOALS,
        "start": START,
        "end": date(2026, 11, 2),
        "plan": {"traffic": "900/day"},
    }
    return Experiment(**usual | keys)


@cache
def table(rates: tuple[tuple[float, float], ...]) -> JointCounts:
    return counts(rates, units=600, variants=("control", "sticky", "blue"))


@cache
def judged(rates: tuple[tuple[float, float], ...], *, looks: bool) -> ab.Analysis:
    watched = {"monitoring": WEEKLY} if looks else {}
    return ab.analyze(shop(**watched), table(rates), expert=True)


RISES = ((0.12, 0.25), (0.15, 0.25), (0.12, 0.18))
FLAT = ((0.12, 0.25), (0.12, 0.25), (0.12, 0.25))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("looks", [False, True])
def test_no_analysis_says_unit(form: str, *, looks: bool) -> None:
    assert told(judged(RISES if looks else FLAT, looks=looks).render(form), form) == []


@pytest.mark.parametrize("form", FORMS)
def test_no_plan_says_unit(form: str) -> None:
    guarded = {**GOALS, "bounce": BOUNCE}
    for keys in ({"goals": guarded}, {"monitoring": WEEKLY}, {"plan": {}}):
        assert told(ab.plan(shop(**keys)).render(form), form) == []


def test_no_page_of_running_tests_says_unit() -> None:
    test = shop(monitoring=WEEKLY)
    found = ab.monitor(test, until(table(RISES), 20))
    page = morning.html([RunningTest(Path("rooms"), test, found, ())], [])
    assert told(page, "html") == []


def test_neither_health_nor_simulation_nor_goals_say_unit() -> None:
    test = shop()
    found = (
        ab.health(test, table(RISES)),
        simulate(test, table(RISES), runs=200, seed=1),
        ab.choose_goals(test, table(RISES)),
    )
    for one in found:
        for form in ("text", "md", "html"):
            assert told(one.render(form), form) == []


def test_no_quick_answer_says_unit() -> None:
    assert told(quick.render(ab.quick(A=(900, 90, 9), B=(500, 60, 12))), "text") == []


def told(page: str, form: str) -> list[str]:
    """Where a page speaks of units outside its methods, as it is read."""
    read = re.sub(METHODS[form], "", page)
    read = unescape(re.sub(r"<[^>]+>", "|", read)) if form == "html" else read
    return UNIT.findall(read)
