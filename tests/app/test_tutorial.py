"""The lesson of the site about these pages, walked: what it names in bold is there."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from .conftest import Visitor
from .test_file import fields, packed

pytestmark = pytest.mark.journey

LESSON = (Path(__file__).parents[2] / "docs/tutorials/app.md").read_text("utf-8")


def part(title: str) -> str:
    """A chapter of the lesson, as one line."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## )", LESSON, re.MULTILINE | re.DOTALL)
    assert found, title
    return " ".join(found[1].split())


def seen(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def has_all(told: str, *pages: str) -> bool:
    words = " ".join(map(seen, pages))
    return all(name in words for name in re.findall(r"\*\*(.+?)\*\*", told))


@pytest.fixture
def counts() -> str:
    (found,) = re.findall(r"```text counts.csv\n(.*?)```", LESSON, re.DOTALL)
    return str(found)


def test_pasted_counts_are_answered_as_the_lesson_says(visitor: Visitor, counts: str) -> None:
    page = visitor.sends("/counts", paste=counts)
    assert has_all(part("Paste counts") + part("Read the answer"), page)
    assert "Orders may have fallen by 12% or risen by 19%" in seen(page)
    assert "fallen by 12 % or risen by 19 %" in part("Read the answer")
    assert "Ship it" in seen(visitor.sends("/counts", paste=counts.replace("336", "436")))


def test_the_log_leads_to_the_verdict_that_the_lesson_tells(visitor: Visitor) -> None:
    file = visitor.goes("/file")
    assert "Shop, four weeks of events" in seen(file)
    looked = visitor.goes("/file/example/shop")
    goals = visitor.sends("/file", s=packed(looked), do="goals")
    assert re.search(r'name="use-\d+"> view_item', goals)
    verdict = visitor.sends("/goals", **fields(goals) | {"rise": "10"}, do="verdict")
    assert has_all(part("From a log"), file, looked, goals, verdict)


def test_the_plan_opens_with_the_weeks_of_the_lesson(visitor: Visitor) -> None:
    assert "4 weeks show a 10% rise in baskets. To see it in orders takes 17." in seen(
        visitor.goes("/plan")
    )
    assert "takes 4 weeks to see, and the orders behind it 17" in part("Before the next test")
