"""The pages of health and of a simulation as a real browser shows and prints them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from abmicro import health, simulate

from ..report import made
from ..traffic.shops import SOURCES, days, shop
from .test_report_in_chromium import DESK, OUTSIDE, PHONE, Visit

pytestmark = pytest.mark.external


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shop with a dip, one with names that nobody should choose, and its verdict on trial."""
    folder: Path = tmp_path_factory.mktemp("traffic")
    nasty = dict(zip((made.SCRIPT, made.LONG.strip(), "c"), SOURCES.values(), strict=True))
    counts = days(np.random.default_rng(7), dip=(15, "phone", 0.8))
    texts = {
        "health": health(shop(), counts).render("html"),
        "hostile": health(shop(made.SCRIPT), days(np.random.default_rng(7), 20, nasty)).render(
            "html"
        ),
        "simulation": simulate(shop(), counts, runs=200).render("html"),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": DESK, "height": 900}, offline=True)
    yield Visit(context.new_page())
    context.close()


@pytest.mark.parametrize("name", ["health", "hostile", "simulation"])
def test_it_loads_alone_and_fits_a_phone_and_a_desk(
    visit: Visit, pages: dict[str, str], name: str
) -> None:
    visit.page.goto(pages[name])
    assert visit.asked == [pages[name]]
    assert visit.said == []
    assert visit.page.evaluate(OUTSIDE) == []
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    for width in (PHONE, DESK):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_answer_and_paper_shows_the_numbers(
    visit: Visit, pages: dict[str, str]
) -> None:
    visit.page.goto(pages["health"])
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    assert visit.page.url.endswith("#answer")
    assert visit.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
