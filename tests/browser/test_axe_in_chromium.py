"""What axe-core says of the pages, in both colour schemes, and on how many sheets they print.

axe-core lies in node_modules where somebody installed it (`npm install --no-save axe-core`); the
tests skip elsewhere and fail in CI. Only here the page's policy is set aside, so that it can run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from abmicro import (
    Experiment,
    analyze,
    choose_goals,
    datasets,
    health,
    plan,
    review_history,
    simulate,
)
from abmicro.report.monitoring.page import html as running
from abmicro.report.render import html

from ..portfolio.pasts import drawn, history
from ..report import built, made
from ..traffic.shops import days, shop
from .test_running_in_chromium import running_tests

pytestmark = pytest.mark.external

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run()).violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`))"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The program text of axe-core."""
    if not AXE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{AXE.name} is absent, and in CI nothing is skipped")
        pytest.skip("axe-core is not installed")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of reports and summaries, of a plan, and of all that needs no running test."""
    folder = tmp_path_factory.mktemp("pages")
    whole, demo = built.analysis(), analyze(*datasets.load("hillstrom"))
    large, failed = built.large(), made.failed()
    dipped = days(np.random.default_rng(7), dip=(15, "phone", 0.8))
    texts = {
        "report": html.render(whole),
        "summary": html.render_summary(whole),
        "failed": html.render(failed),
        "plan": plan(_planned()).render("html"),
        "past": review_history(history(drawn(8, arms=3))).render("html"),
        "goals": choose_goals(*datasets.load("msnbc"), units=5_000).render("html"),
        "health": health(shop(), dipped).render("html"),
        "simulation": simulate(shop(), dipped, runs=200).render("html"),
        "running": running(running_tests(), ["Both overlap."]),
        "demo": html.render(demo),
        "demo-summary": html.render_summary(demo),
        "large": html.render(large),
        "large-summary": html.render_summary(large),
        "flat-summary": html.render_summary(built.flat()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


def _planned() -> Experiment:
    return Experiment(
        name="Sticky button",
        variants=("control", "sticky"),
        goals={
            "cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.1},
            "order": {"kind": "macro", "baseline": 0.03, "mde": 0.05},
        },
        plan={"traffic": 300},
    )


@pytest.fixture(params=["light", "dark"])
def audited(request: pytest.FixtureRequest, browser: Browser, axe: str) -> Iterator[Page]:
    """A page that axe can read, in either colour scheme."""
    context = browser.new_context(color_scheme=request.param, bypass_csp=True, offline=True)
    context.add_init_script(axe)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "name",
    ["report", "summary", "failed", "plan", "past", "goals", "health", "simulation", "running"],
)
def test_axe_finds_nothing_serious(audited: Page, pages: dict[str, str], name: str) -> None:
    audited.goto(pages[name])
    audited.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    assert audited.evaluate(RUN) == []


def test_axe_is_awake(audited: Page, pages: dict[str, str]) -> None:
    audited.goto(pages["plan"])
    audited.evaluate("document.body.append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in audited.evaluate(RUN))


@pytest.mark.parametrize(
    ("name", "most"),
    [("demo", 8), ("large", 8), ("demo-summary", 1), ("large-summary", 1), ("flat-summary", 1)],
)
def test_a_page_prints_on_few_sheets(
    browser: Browser, pages: dict[str, str], name: str, most: int
) -> None:
    page = browser.new_page(offline=True)
    page.goto(pages[name])
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= most


@pytest.mark.parametrize("name", ["report", "large"])
def test_no_section_scrolls_the_page_sideways(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    page = browser.new_page(offline=True)
    page.goto(pages[name])
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
