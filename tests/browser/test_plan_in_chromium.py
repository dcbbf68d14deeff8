"""The plan page as a real browser shows and prints it, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from abmicro import Experiment, plan

from ..report import made
from .test_report_in_chromium import DESK, OUTSIDE, PHONE, Visit

pytestmark = pytest.mark.external

NAMES = {"plain": ("cart", "order"), "hostile": (made.SCRIPT, made.LONG.strip())}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two plans as addresses: one that works, one with names nobody should choose."""
    folder = tmp_path_factory.mktemp("plans")
    addresses = {}
    for stem, (micro, macro) in NAMES.items():
        experiment = Experiment(
            name=f"Plan {micro}",
            variants={"control": 0.5, micro: 0.3, macro: 0.2},
            goals={
                micro: {"kind": "milestone", "baseline": 0.12, "mde": 0.1},
                macro: {"kind": "macro", "baseline": 0.03, "mde": 0.05},
            },
            plan={"traffic": 300},
        )
        path: Path = folder / f"{stem}.html"
        path.write_text(plan(experiment).render("html"), encoding="utf-8")
        addresses[stem] = path.as_uri()
    return addresses


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": DESK, "height": 900}, offline=True)
    yield Visit(context.new_page())
    context.close()


@pytest.mark.parametrize("stem", NAMES)
def test_it_loads_alone_and_says_nothing(visit: Visit, pages: dict[str, str], stem: str) -> None:
    visit.page.goto(pages[stem])
    assert visit.asked == [pages[stem]]
    assert visit.said == []


@pytest.mark.parametrize("stem", NAMES)
def test_the_page_never_scrolls_sideways(visit: Visit, pages: dict[str, str], stem: str) -> None:
    visit.page.goto(pages[stem])
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    for width in (PHONE, DESK):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("stem", NAMES)
def test_labels_stay_inside_their_chart(visit: Visit, pages: dict[str, str], stem: str) -> None:
    visit.page.goto(pages[stem])
    assert visit.page.evaluate(OUTSIDE) == []


def test_every_figure_has_a_name_and_the_keyboard_reaches_the_answer(
    visit: Visit, pages: dict[str, str]
) -> None:
    visit.page.goto(pages["plain"])
    tree = visit.page.locator("body").aria_snapshot()
    assert tree.count('- img "') == visit.page.locator("figure").count() == 3
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    assert visit.page.url.endswith("#answer")


def test_it_prints_with_its_numbers_open(visit: Visit, pages: dict[str, str]) -> None:
    visit.page.goto(pages["plain"])
    assert visit.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    visit.page.emulate_media(media="print")
    assert visit.page.locator("details table").first.is_visible()
