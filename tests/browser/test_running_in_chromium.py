"""The page of running tests, and the panel of a report, as a real browser shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

import abmicro as ab
from abmicro.cli.watched.running_test import RunningTest
from abmicro.report.monitoring.page import html

from ..analysis.monitoring.runs import counts, experiment
from .visits import PHONE, Visit

pytestmark = pytest.mark.external

WEEKLY = {"mode": "group_sequential", "first_look": "14d", "looks": "weekly"}
NOTES = [{"date": "2026-10-20", "text": "<b>autumn</b> sale"}]


def running_tests() -> list[RunningTest]:
    """One that does harm, one with three variants and notes."""
    tests = []
    for name, rates, arms in (
        ("Harm & co", [(0.12, 0.25), (0.12, 0.18)], ("control", "sticky")),
        ("sound", [(0.12, 0.25), (0.14, 0.25), (0.12, 0.25)], ("control", "sticky", "blue")),
    ):
        test = experiment(name=name, monitoring=WEEKLY, variants=arms, notes=NOTES)
        found = ab.monitor(test, counts(rates, units=800, variants=arms))
        tests.append(RunningTest(Path(name), test, found, ()))
    return tests


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("running") / "morning.html"
    path.write_text(html(running_tests(), ["Both overlap."]), encoding="utf-8")
    return path.as_uri()


def test_it_loads_alone_and_fits_a_phone(visit: Visit, page: str) -> None:
    visit.opens_alone(page)
    visit.fits()


def test_charts_stand_side_by_side_where_there_is_room(visit: Visit, page: str) -> None:
    visit.page.goto(page)
    charts = visit.page.locator("#test-sound > .chart")
    tops = [round(one["y"]) for one in (charts.nth(at).bounding_box() for at in range(2)) if one]
    assert tops[0] == tops[1]
    visit.page.set_viewport_size({"width": PHONE, "height": 800})
    text = visit.page.evaluate(
        "Math.min(...[...document.querySelectorAll('#test-sound > .chart svg text')]"
        ".filter(one => one.textContent.trim()).map(one => one.getBoundingClientRect().height))"
    )
    assert text >= 8


def test_every_chart_has_a_name(visit: Visit, page: str) -> None:
    visit.page.goto(page)
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    tree = visit.page.locator("body").aria_snapshot()
    assert tree.count('img "') == visit.page.locator("figure").count() >= 12
    ids = visit.page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
