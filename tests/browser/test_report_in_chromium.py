"""The report as a real browser shows and prints it, without a network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ..report import made
from .conftest import SHOWN
from .visits import DESK, OUTSIDE, PHONE, TABLET, Visit

pytestmark = pytest.mark.external

A4 = 700  # pixels between the margins of a printed page


@pytest.mark.parametrize("name", SHOWN)
def test_it_loads_alone_and_says_nothing(visit: Visit, folder: Path, name: str) -> None:
    addresses = [(folder / f"{stem}.html").as_uri() for stem in (name, f"{name}-summary")]
    for address in addresses:
        visit.page.goto(address)
    assert visit.asked == addresses
    assert visit.said == []


WIDTHS = (PHONE, TABLET, DESK)
WIDER = """() => [...document.querySelectorAll("main *, header *, footer *")].filter(one => {
  const box = one.getBoundingClientRect();
  const isShown = box.width > 1 && !one.closest(".hidden, .scroll, .skip, svg");
  return isShown && (box.right > innerWidth + 1 || box.left < -1);
}).map(one => `${one.tagName}.${one.className}`)"""
BELOW = """() => [".answer .say", ".arm .why", ".arm .ruler"].map(one =>
  document.querySelector(one).getBoundingClientRect().bottom)"""


@pytest.mark.parametrize("name", [*SHOWN, "hostile-summary"])
def test_nothing_is_wider_than_the_page(visit: Visit, folder: Path, name: str) -> None:
    visit.page.goto((folder / f"{name}.html").as_uri())
    visit.open_folds()
    for media in ("screen", "print"):
        visit.page.emulate_media(media=media)  # type: ignore[arg-type]
        for width in WIDTHS if media == "screen" else (A4,):
            visit.page.set_viewport_size({"width": width, "height": 800})
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
            assert visit.page.evaluate(WIDER) == [], (media, width)


@pytest.mark.parametrize("name", ["demo", "two_arms", "failed", "several"])
def test_decision_reason_and_ruler_stand_on_the_first_screen(
    visit: Visit, folder: Path, name: str
) -> None:
    visit.page.goto((folder / f"{name}.html").as_uri())
    assert max(visit.page.evaluate(BELOW)) <= 900


@pytest.mark.parametrize("name", ["two_arms", "several"])
def test_charts_are_read_whole_on_a_phone(visit: Visit, folder: Path, name: str) -> None:
    visit.page.set_viewport_size({"width": PHONE, "height": 800})
    visit.page.goto((folder / f"{name}.html").as_uri())
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    assert visit.page.evaluate(CHARTS) == []


CHARTS = """() => [...document.querySelectorAll(".chart svg, .ruler svg")].filter(one => {
  const box = one.getBoundingClientRect();
  const high = [...one.querySelectorAll("text")].filter(text => text.textContent.trim())
    .map(text => text.getBoundingClientRect()).map(text => Math.max(text.height, text.width));
  return box.width > 0 && (box.right > innerWidth || Math.min(...high) < 9);
}).map(one => one.closest("figure").outerHTML.slice(0, 99))"""


def test_a_row_of_a_table_becomes_a_block_on_a_phone(visit: Visit, folder: Path) -> None:
    visit.page.set_viewport_size({"width": PHONE, "height": 800})
    visit.page.goto((folder / "demo.html").as_uri())
    row = visit.page.locator("table.stacks tbody tr").nth(1)
    assert row.evaluate("one => getComputedStyle(one).display") == "grid"
    assert visit.page.evaluate(SCROLLS) == []


SCROLLS = """() => [...document.querySelectorAll(".scroll")]
  .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"""


@pytest.mark.parametrize("name", SHOWN)
def test_every_figure_and_region_has_a_name(visit: Visit, folder: Path, name: str) -> None:
    visit.page.goto((folder / f"{name}.html").as_uri())
    visit.open_folds()
    tree = visit.page.locator("body").aria_snapshot()
    assert not re.findall(r"- (?:img|region|navigation)(?::|$)", tree, re.MULTILINE)
    assert len(re.findall(r"- img \"", tree)) == visit.page.locator("figure").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, folder: Path, scheme: str) -> None:
    # WCAG 2.2, 1.4.3: 4.5 to 1 for text; the charts take their inks from the same variables.
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((folder / "two_arms.html").as_uri())
    for ink in ("ink", "grey", "good", "bad", "open", "warn", "off"):
        for ground in ("card", "page"):
            assert page.evaluate(CONTRAST, [ink, ground]) >= 4.5, (ink, ground)
    page.close()


CONTRAST = """([ink, ground]) => {
  const seen = name => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    probe.remove();
    const linear = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const [red, green, blue] = parts.map(part => linear(part / 255));
    return .2126 * red + .7152 * green + .0722 * blue;
  };
  const [low, high] = [seen(ink), seen(ground)].sort((a, b) => a - b);
  return (high + .05) / (low + .05);
}"""


def test_the_keyboard_reaches_the_verdict_first(visit: Visit, folder: Path) -> None:
    visit.page.goto((folder / "two_arms.html").as_uri())
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**#verdict")


def test_hostile_names_are_read_as_text(visit: Visit, folder: Path) -> None:
    visit.page.goto((folder / "hostile.html").as_uri())
    assert visit.page.locator("h1").inner_text() == made.hostile().experiment.name
    assert visit.page.locator("script").count() == 0
    assert visit.page.locator("svg text", has_text=made.SCRIPT).count() > 0


def test_long_labels_stay_inside_their_chart(visit: Visit, folder: Path) -> None:
    visit.page.goto((folder / "hostile.html").as_uri())
    assert visit.page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("name", ["two_arms", "demo", "failed"])
def test_the_summary_prints_on_one_page(visit: Visit, folder: Path, name: str) -> None:
    visit.page.goto((folder / f"{name}-summary.html").as_uri())
    assert _pages(visit.page.pdf(prefer_css_page_size=True)) == 1


def test_the_report_prints_with_its_numbers_open(visit: Visit, folder: Path) -> None:
    visit.page.goto((folder / "two_arms.html").as_uri())
    assert _pages(visit.page.pdf(prefer_css_page_size=True)) >= 3
    visit.page.emulate_media(media="print")
    assert visit.page.locator("details table").first.is_visible()


def _pages(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF")
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
