"""The pages of past tests and of a choice of goals as a real browser shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from abmicro import choose_goals, datasets, review_history

from ..portfolio.pasts import drawn, history
from .test_report_in_chromium import DESK, OUTSIDE, PHONE, Visit

pytestmark = pytest.mark.external


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Many past tests, few, none, and a choice of goals, as addresses."""
    folder = tmp_path_factory.mktemp("past")
    texts = {
        "many": review_history(history(drawn(12, arms=3))).render("html"),
        "few": review_history(history(drawn(3))).render("html"),
        "none": review_history(history(())).render("html"),
        "goals": choose_goals(*datasets.load("msnbc"), units=5_000).render("html"),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in texts}


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": DESK, "height": 900}, offline=True)
    yield Visit(context.new_page())
    context.close()


@pytest.mark.parametrize("name", ["many", "few", "none", "goals"])
def test_it_loads_alone_and_fits_a_phone(visit: Visit, pages: dict[str, str], name: str) -> None:
    visit.page.goto(pages[name])
    assert visit.asked == [pages[name]]
    assert visit.said == []
    assert visit.page.evaluate(OUTSIDE) == []
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    for width in (PHONE, DESK):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_chart_has_a_name_and_its_numbers(visit: Visit, pages: dict[str, str]) -> None:
    visit.page.goto(pages["many"])
    tree = visit.page.locator("body").aria_snapshot()
    assert tree.count('- img "') == visit.page.locator("figure").count() >= 3
    visit.page.emulate_media(media="print")
    assert visit.page.locator("details table").first.is_visible()
