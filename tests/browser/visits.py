"""A visit to a page: what it says and asks for, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page

PHONE, TABLET, DESK = 390, 768, 1280
OUTSIDE = """() => [...document.querySelectorAll("svg text")].filter(text => {
  const inner = text.getBoundingClientRect();
  const outer = text.closest("svg").getBoundingClientRect();
  return inner.left < outer.left - 1 || inner.right > outer.right + 1;
}).map(text => text.textContent)"""


class Visit:
    """One page with what it said and asked for while it was open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.on("request", lambda request: self.asked.append(request.url))

    def opens_alone(self, address: str) -> None:
        """The page asks for nothing else, says nothing, and no label leaves its chart."""
        self.page.goto(address)
        assert self.asked == [address]
        assert self.said == []
        assert self.page.evaluate(OUTSIDE) == []

    def open_folds(self) -> None:
        """Open all that is folded."""
        self.page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")

    def fits(self) -> None:
        """With all folds open the page scrolls sideways neither on a phone nor on a desk."""
        self.open_folds()
        for width in (PHONE, DESK):
            self.page.set_viewport_size({"width": width, "height": 800})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width


def written(folder: Path, pages: Mapping[str, str]) -> dict[str, str]:
    """Pages as files of a folder; their addresses."""
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}
