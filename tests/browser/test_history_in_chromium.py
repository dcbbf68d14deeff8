"""The pages of past tests and of a choice of goals as a real browser shows them."""

from __future__ import annotations

import pytest

from abmicro import choose_goals, datasets, review_history

from ..portfolio.pasts import drawn, history
from .visits import Visit, written

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
    return written(folder, texts)


@pytest.mark.parametrize("name", ["many", "few", "none", "goals"])
def test_it_loads_alone_and_fits_a_phone(visit: Visit, pages: dict[str, str], name: str) -> None:
    visit.opens_alone(pages[name])
    visit.fits()


def test_every_chart_has_a_name_and_its_numbers(visit: Visit, pages: dict[str, str]) -> None:
    visit.page.goto(pages["many"])
    tree = visit.page.locator("body").aria_snapshot()
    assert tree.count('- img "') == visit.page.locator("figure").count() >= 3
    visit.page.emulate_media(media="print")
    assert visit.page.locator("details table").first.is_visible()
