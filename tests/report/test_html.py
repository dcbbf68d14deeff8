"""The one-file HTML report."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from abmicro import Analysis
from abmicro.analysis.results import Level
from abmicro.report.render import html, markdown, text
from abmicro.report.sections import goals
from abmicro.report.words import typeset

from ..examples import examples
from . import made
from .pages import page as page_of, summary

pytestmark = pytest.mark.journey


class Reader(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [found for _, own in self.elements if (found := own.get(attribute)) is not None]


PAGES = ("failed", "hillstrom", "hostile", "small", "unbounded")


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    return {name: page_of(name) for name in PAGES}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, pages: dict[str, str]) -> Reader:
    """Every page in turn, read."""
    return Reader(pages[request.param])


def test_the_page_holds_no_script_and_asks_for_nothing(page: Reader) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert all(value.startswith("#") for value in page.values("href"))
    assert not page.values("src")
    assert not [name for _, own in page.elements for name in own if name.startswith("on")]


def test_the_policy_forbids_everything_but_style(page: Reader) -> None:
    (policy,) = (own for own in page.of("meta") if own.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_no_id_stands_twice_and_every_reference_is_met(page: Reader) -> None:
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    wanted = {*page.values("aria-labelledby"), *page.values("aria-describedby")}
    wanted |= {value.removeprefix("#") for value in page.values("href")}
    assert wanted <= set(ids)


def test_headings_begin_with_one_h1_and_skip_no_level(page: Reader) -> None:
    _in_order(page)


def test_guardrails_of_one_variant_alone_skip_no_heading() -> None:
    whole = made.hillstrom()
    page = Reader(html.render(replace(whole, verdicts=whole.verdicts[:1])))
    assert "Guardrails" in page.texts
    _in_order(page)


def _in_order(page: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_figure_is_an_image_with_a_name_and_its_numbers(page: Reader) -> None:
    for figure in page.of("figure"):
        assert figure["role"] == "img"
        assert figure.get("aria-labelledby") or figure["aria-label"]
        assert figure["aria-describedby"]


def test_every_head_of_a_table_has_a_scope(page: Reader) -> None:
    assert {head.get("scope") for head in page.of("th")} <= {"col", "row"}


def test_every_arm_gets_its_verdict(pages: dict[str, str]) -> None:
    cards = pages["hillstrom"].partition('<div class="arms">')[2].split("<article")[1:]
    assert len(cards) == 2
    assert all("> Ship it</span>" in card for card in cards)


def test_a_failed_check_replaces_the_headline_and_greys_the_results(
    pages: dict[str, str],
) -> None:
    page = Reader(pages["failed"])
    assert page.of("body") == [{"class": "distrust"}]
    assert "Do not trust yet" in page.texts
    assert Reader(pages["hillstrom"]).of("body") == [{}]


def test_what_is_not_shown_says_why(pages: dict[str, str]) -> None:
    assert "Not shown: the file defines no macro goal." in pages["small"]
    assert "Not shown, segments: the file names no segments." in pages["unbounded"]


def without_isolation(told: str) -> str:
    return told.replace("\u2068", "").replace("\u2069", "")


def test_numbers_beside_an_arabic_name_stay_in_their_order(pages: dict[str, str]) -> None:
    """Else a browser shows "2,702 with A, 2,710 with B" with its numbers changed over."""
    told = "".join(Reader(pages["hostile"]).texts)
    assert told.count(f"\u2068{made.RTL}\u2069") == told.count(made.RTL) > 0


def test_hostile_names_arrive_as_text(pages: dict[str, str]) -> None:
    page = Reader(pages["hostile"])
    told = without_isolation("".join(page.texts))
    for name in (made.SCRIPT, made.SQL, made.EMOJI, made.RTL, made.LONG[:200]):
        assert name in told
    assert "<b>bold" not in pages["hostile"]


@examples(15)
@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=40))
def test_any_name_arrives_as_text(name: str) -> None:
    small = made.small()
    row = replace(small.goals[0], goal=name, segment=Level("device", name))
    page = Reader(html.render(replace(small, goals=(small.goals[0], row))))
    assert without_isolation(name) in without_isolation("".join(page.texts))


def test_the_same_analysis_gives_the_same_bytes(hillstrom: Analysis, pages: dict[str, str]) -> None:
    assert html.render(hillstrom) == pages["hillstrom"]


def test_a_summary_stops_after_carry_through() -> None:
    heads = [own.get("id") for own in Reader(summary("hillstrom")).of("section")]
    assert heads == ["verdict", None, "guardrails", "caveat"]  # the second is the row of checks


def test_a_summary_names_what_passed_and_tells_what_did_not() -> None:
    told = summary("failed")
    assert "Immature units" in told
    assert "Look for redirects" in told


def test_a_large_report_stays_within_its_budget() -> None:
    # 8 goals x 3 treated arms x 4 segments of 3 levels; report.md 3: 400 KB and 120 KB.
    large = made.large()
    assert len(html.render(large).encode()) <= 400_000
    assert len(html.render_summary(large).encode()) <= 120_000


@pytest.mark.parametrize("name", PAGES)
def test_every_rendering_shows_the_same_numbers(
    analyses: dict[str, Analysis], pages: dict[str, str], name: str
) -> None:
    analysis, page = analyses[name], "".join(Reader(pages[name]).texts)
    marked, plain = markdown.render(analysis), " ".join(text.render(analysis).split())
    for verdict in analysis.verdicts:
        for row in goals.goals(analysis, verdict.variant).pick("Lift", "Adjusted p").rows:
            for cell in row:
                value = typeset(cell).partition(" (")[0]
                assert value in page
                assert value in marked
                assert cell in plain
