"""A real browser, and reports to show it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from abmicro import Analysis, analyze, datasets
from abmicro.report.render import html

from ..report import built, made
from .visits import DESK, Visit, written

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOWN = ("demo", "failed", "hostile", "several", "small", "two_arms", "unbounded")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium of the system; skips where there is none, fails in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is absent, and in CI nothing is skipped")
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": DESK, "height": 900}, offline=True)
    yield Visit(context.new_page())
    context.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every report and summary as a file."""
    folder = tmp_path_factory.mktemp("reports")
    for name in SHOWN:
        analysis = _analysis(name)
        short = html.render_summary(analysis)
        written(folder, {name: html.render(analysis), f"{name}-summary": short})
    return folder


def _analysis(name: str) -> Analysis:
    """A real test, one of three treated variants by day, or one made by hand."""
    if name == "demo":
        return analyze(*datasets.load("hillstrom"))
    return built.analysis(goals=2, arms=4) if name == "several" else made.MADE[name]()
