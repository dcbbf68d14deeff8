"""The plan page as a real browser shows and prints it, without a network."""

from __future__ import annotations

import pytest

from abmicro import Experiment, plan

from ..report import made
from .visits import Visit, written

pytestmark = pytest.mark.external

NAMES = {"plain": ("cart", "order"), "hostile": (made.SCRIPT, made.LONG.strip())}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two plans as addresses: one that works, one with names nobody should choose."""
    folder = tmp_path_factory.mktemp("plans")
    texts = {}
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
        texts[stem] = plan(experiment).render("html")
    return written(folder, texts)


@pytest.mark.parametrize("stem", NAMES)
def test_it_loads_alone_and_fits_a_phone(visit: Visit, pages: dict[str, str], stem: str) -> None:
    visit.opens_alone(pages[stem])
    visit.fits()


def test_every_figure_has_a_name_and_the_keyboard_reaches_the_answer(
    visit: Visit, pages: dict[str, str]
) -> None:
    visit.page.goto(pages["plain"])
    tree = visit.page.locator("body").aria_snapshot()
    assert tree.count('- img "') == visit.page.locator("figure").count() == 3
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**#answer")


def test_it_prints_with_its_numbers_open(visit: Visit, pages: dict[str, str]) -> None:
    visit.page.goto(pages["plain"])
    assert visit.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    visit.page.emulate_media(media="print")
    assert visit.page.locator("details table").first.is_visible()
