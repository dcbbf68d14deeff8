"""The pages of `abmicro app` as somebody walks them in a browser, with script and by keyboard."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from abmicro import datasets
from abmicro.app import examples

from ..workbooks import write_workbook
from .test_axe_in_chromium import AXE, RUN

pytestmark = pytest.mark.external

SECONDS = 60_000
COUNTS = re.compile(r"1,200 of 10,000 → 1,350 of 10,050.*\n.*300 of 10,000 → 318 of 10,050")
STICKY = examples.MADE_UP["Sticky order button"]
GA4 = Path(__file__).parents[1] / "sources" / "presets" / "ga4" / "events_20261005.jsonl"
SCREENS = ("/counts", "/file", "/goals", "/plan", "/tests", "/health")


@pytest.fixture(scope="module")
def first_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a folder with a finished test."""
    folder = tmp_path_factory.mktemp("app") / "tests"
    copytree(Path(datasets.__file__).parent / "hillstrom", folder / "hillstrom")
    command = [sys.executable, "-m", "abmicro", "app", "--no-open", "--port", "0"]
    command += ["--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(scope="module")
def context(browser: Browser, first_address: str) -> Iterator[BrowserContext]:
    """Two tabs of one person are two pages of this."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    page.goto(first_address)
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, first_address: str) -> Iterator[Page]:
    """A tab that must not complain: no fault of a script, nothing that the policy refused."""
    said: list[str] = []
    page = context.new_page()
    page.on(
        "console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda one: said.append(str(one)))
    page.goto(first_address)
    yield page
    page.close()
    wanted = [one for one in said if "422" not in one]  # a form with a mistake
    assert wanted == []


def to(page: Page, path: str) -> None:
    """Go to a page and wait until it shows no progress."""
    page.goto(re.sub(r"(http://[^/]+).*", rf"\1{path}", page.url))
    page.wait_for_selector(".moving", state="detached", timeout=SECONDS)


def test_pasted_counts_are_answered_while_one_types(page: Page, tmp_path: Path) -> None:
    assert "key" not in page.url
    page.get_by_label("Paste from Excel or Sheets").fill(STICKY)
    expect(page.locator("#answer .say")).to_contain_text("Clicks rose.", timeout=SECONDS)
    expect(page.locator("#said")).to_contain_text("“Today's page” is the control.")
    page.get_by_label("Sticky button, orders").fill("936")
    expect(page.locator("#answer")).to_contain_text("936 of 12,020")
    expect(page.get_by_label("Paste from Excel or Sheets")).to_have_value(re.compile("936$"))
    with page.expect_download() as got:
        page.get_by_text("Whole report as a file").click()
    got.value.save_as(tmp_path / "report.html")
    page.reload()
    expect(page.locator("#answer")).to_contain_text("936 of 12,020")
    again = page.context.new_page()
    again.goto((tmp_path / "report.html").as_uri())
    expect(again.locator("h1")).to_contain_text("Sticky button")
    again.close()


def test_back_finds_what_was_there(page: Page) -> None:
    page.get_by_text("Sticky order button").click()
    page.get_by_text("Quote form, 600 visitors").click()
    expect(page.locator("#answer")).to_contain_text("Shorter form")
    page.go_back()
    expect(page.locator("#answer")).to_contain_text("Sticky button")
    expect(page.get_by_label("Paste from Excel or Sheets")).to_have_value(STICKY)


def test_a_mistake_leads_to_its_field(page: Page) -> None:
    page.get_by_label("Paste from Excel or Sheets").fill(STICKY.replace("336", "2.8%"))
    page.get_by_role("button", name="Show the answer").click()
    page.get_by_role("link", name="2.8% is a rate").click()
    expect(page.locator("#cell-2-4")).to_have_attribute("aria-invalid", "true")
    page.wait_for_url("**#cell-2-4")


def cells_in(path: Path) -> list[list[str | int]]:
    """The cells of a sheet of text, whole numbers as a workbook holds them."""
    text = path.read_bytes().decode("cp1252" if path.stem == "latin1" else "utf-8")
    sign = next(one for one in ";\t," if one in text)
    rows = csv.reader(text.splitlines(), delimiter=sign)
    return [[int(one) if one.strip().isdigit() else one for one in row] for row in rows]


def test_sheets_of_every_layout_give_their_counts(
    page: Page, tmp_path: Path, shared_data: Path
) -> None:
    """Each of the fourteen says the same: pasted where it is a text, and as a workbook."""
    sheets = sorted(one for one in (shared_data / "sheets").iterdir() if one.suffix != ".md")
    assert len(sheets) == 14
    for sheet in sheets:
        files = [sheet]
        if sheet.suffix != ".xlsx":
            files = [write_workbook(tmp_path / f"{sheet.stem}.xlsx", {"Test": cells_in(sheet)})]
            rows = ("\t".join(map(str, row)) for row in cells_in(sheet))
            to(page, "/counts")
            page.get_by_label("Paste from Excel or Sheets").fill("\n".join(rows))
            expect(page.locator("#copy")).to_contain_text(COUNTS, timeout=SECONDS)
        if sheet.stem in ("latin1", "thousands_dot", "tabs"):
            files.append(sheet)
        for file in files:
            to(page, "/file")
            page.get_by_label("Your file").set_input_files(file)
            page.get_by_role("button", name="Look into it").click()
            page.get_by_role("link", name="Answer these counts at once").click()
            expect(page.locator("#copy")).to_contain_text(COUNTS, timeout=SECONDS)


def test_goals_are_dragged_into_their_order(page: Page) -> None:
    to(page, "/file/example/shop")
    page.get_by_role("button", name="Choose the goals").click()
    names = page.locator("#goals th[scope=row] label")
    expect(names.first).to_contain_text("add_to_cart", timeout=SECONDS)
    page.locator(".handle").nth(2).drag_to(page.locator("#goals tbody tr").first,
                                           target_position={"x": 60, "y": 2})  # fmt: skip
    expect(names.first).to_contain_text("purchase", timeout=SECONDS)
    page.reload()
    expect(names.nth(1)).to_contain_text("add_to_cart")
    page.get_by_label("adds to cart: later").press("Enter")
    expect(names.nth(2)).to_contain_text("add_to_cart", timeout=SECONDS)


def test_an_export_leads_to_a_report(page: Page) -> None:
    to(page, "/file")
    page.get_by_label("Your file").set_input_files(GA4)
    page.get_by_role("button", name="Look into it").click()
    expect(page.locator("main")).to_contain_text("GA4 export", timeout=SECONDS)
    page.get_by_role("button", name="Choose the goals").click()
    page.get_by_label("Name of add_to_cart for people").fill("Baskets")
    page.get_by_role("button", name="Show the verdict").click()
    expect(page.get_by_role("heading", name="Take it with you")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_label("Funnel, copy")).to_be_visible(timeout=SECONDS)  # the script has run
    with page.expect_download() as got:
        page.get_by_role("link", name="Definition").click()
    assert 'label = "Baskets"' in Path(got.value.path()).read_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("Funnel, copy").click()
    expect(page.get_by_label("Funnel, copy")).to_have_text("Copied", timeout=SECONDS)
    kinds = "navigator.clipboard.read().then(([one]) => one.types.join())"
    assert page.evaluate(kinds) == "image/png"
    page.go_back()
    expect(page.get_by_label("Name of add_to_cart for people")).to_be_visible()


def test_two_tabs_keep_to_themselves(page: Page, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto(page.url)
    page.get_by_label("Paste from Excel or Sheets").fill(STICKY)
    other.get_by_label("Paste from Excel or Sheets").fill(STICKY.replace("336", "500"))
    expect(page.locator("#answer")).to_contain_text("336 of 12,020", timeout=SECONDS)
    expect(other.locator("#answer")).to_contain_text("500 of 12,020", timeout=SECONDS)
    other.close()


def test_a_plan_answers_while_a_slider_moves(page: Page) -> None:
    to(page, "/plan")
    expect(page.locator("#answer .say")).to_contain_text("4 weeks show a 10% rise in baskets.")
    page.get_by_label("Rise worth finding, slider").fill("20")
    expect(page.locator("#answer .say")).to_contain_text("a 20% rise in baskets", timeout=SECONDS)
    page.get_by_label("New visitors a day", exact=True).fill("0")
    expect(page.locator("#mistakes")).to_contain_text("must be a number from 1", timeout=SECONDS)


def test_tests_and_health_are_shown(page: Page) -> None:
    to(page, "/tests")
    expect(page.locator("main")).to_contain_text("Mens E-Mail", timeout=SECONDS)
    page.get_by_role("link", name="An e-mail to past customers: Mens E-Mail").click()
    expect(page.get_by_role("heading", name="Take it with you")).to_be_visible(timeout=SECONDS)
    to(page, "/health?test=hillstrom/experiment.toml")
    expect(page.locator("main")).to_contain_text("Where they leave", timeout=SECONDS)


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.get_by_label("Paste from Excel or Sheets").focus()
    page.keyboard.insert_text(STICKY)
    for _ in range(40):
        if page.evaluate("document.activeElement.textContent") == "Show the answer":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#answer .say")).to_contain_text("Clicks rose.", timeout=SECONDS)


def audited(page: Page) -> list[str]:
    page.wait_for_load_state("load")  # its style sheets are there
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_screen(
    browser: Browser, first_address: str, scheme: str
) -> None:
    if not AXE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{AXE.name} is absent, and in CI nothing is skipped")
        pytest.skip("axe-core is not installed")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    context.add_init_script(AXE.read_text(encoding="utf-8"))
    page = context.new_page()
    page.goto(first_address)
    states = [*SCREENS, examples.of_counts()[0].address, "/file/example/shop", "/plan?s=nonsense"]
    for state in states:
        to(page, state)
        assert audited(page) == [], state
        for width in (390, 1600):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, state
        if state == "/file/example/shop":
            page.get_by_role("button", name="Choose the goals").click()
            page.wait_for_selector("#goals", timeout=SECONDS)
            assert audited(page) == []
            page.get_by_label("Smallest rise worth having").fill("0")
            page.get_by_role("button", name="Show the verdict").click()
            page.wait_for_selector(".problems", timeout=SECONDS)
            assert audited(page) == []
    context.close()
