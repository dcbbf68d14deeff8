"""The pages of health and of a simulation as a real browser shows and prints them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abmicro import health, simulate

from ..report import made
from ..traffic.shops import SOURCES, days, shop
from .visits import Visit, written

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
    return written(folder, texts)


@pytest.mark.parametrize("name", ["health", "hostile", "simulation"])
def test_it_loads_alone_and_fits_a_phone_and_a_desk(
    visit: Visit, pages: dict[str, str], name: str
) -> None:
    visit.opens_alone(pages[name])
    visit.fits()


def test_the_keyboard_reaches_the_answer_and_paper_shows_the_numbers(
    visit: Visit, pages: dict[str, str]
) -> None:
    visit.page.goto(pages["health"])
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**#answer")
    assert visit.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
