"""A plan as text, Markdown, JSON and one HTML page."""

from __future__ import annotations

import json
import re
from html import escape
from html.parser import HTMLParser

import pytest

from abmicro import Experiment, Plan, plan
from abmicro.report.plan import tables
from abmicro.report.plan.words import CLAIMS, OPTIONS

from .made import EMOJI, LONG, RTL, SCRIPT, SQL

BUDGET = 400_000


def made(cart: str = "cart", order: str = "order", traffic: float = 300, **keys: object) -> Plan:
    goals = {
        cart: {"kind": "milestone", "baseline": 0.12, "mde": 0.1},
        order: {"kind": "macro", "baseline": 0.03, "mde": 0.05},
        "signup": {"kind": "action", "baseline": 0.05, "phi": 0.1},
        "returns": {"kind": "action", "role": "guardrail", "margin": 0.1, "baseline": 0.02},
        "unknown": {"kind": "action"},
    }
    usual = {"name": "Sticky button", "variants": ["control", "sticky"], "goals": goals}
    return plan(Experiment(**usual | {"plan": {"traffic": traffic}} | keys))


@pytest.fixture(scope="module")
def slow() -> Plan:
    return made()


@pytest.fixture(scope="module")
def page(slow: Plan) -> str:
    """Its page, rendered once."""
    return slow.render("html")


@pytest.mark.parametrize("form", ["text", "md", "html", "json", "terminal"])
def test_the_first_line_says_whether_it_works(slow: Plan, page: str, form: str) -> None:
    shown = page if form == "html" else slow.render(form)
    told = re.sub(r"[^a-z0-9]+", " ", re.sub(r"\x1b\[[0-9;]*m", "", shown).lower())
    assert "no planned change shows in 6 weeks" in told


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_every_rendering_shows_the_same_units(slow: Plan, page: str, form: str) -> None:
    shown = page if form == "html" else slow.render(form)
    for goal in slow.goals:
        if goal.size is not None:
            assert tables.units(goal.size.total) in shown
            assert tables.per_arm(goal.size) in shown
    for claim in slow.claims:
        assert tables.units(claim.size.total) in shown


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_every_rendering_tells_what_shipping_takes(slow: Plan, page: str, form: str) -> None:
    shown = " ".join((page if form == "html" else slow.render(form)).split())
    assert slow.ship is not None
    for told in (
        f"{tables.units(slow.ship.size.total)} visitors in all",
        f"most for {slow.experiment.names.goal(slow.ship.costliest)}",
        f"the chance to ship is {tables.chance(slow.ship.power)}",
    ):
        assert (escape(told) if form == "html" else told) in shown


def test_the_record_tells_what_shipping_takes(slow: Plan) -> None:
    record = json.loads(slow.render("json"))["ship"]
    assert slow.ship is not None
    assert record["size"]["total"] == slow.ship.size.total
    assert record["power"] == slow.ship.power
    assert [gate["goal"] for gate in record["gates"]] == ["cart", "order", "returns"]


@pytest.mark.parametrize(
    ("traffic", "answer"), [(900, "In time"), (300, "In part"), (3, "Out of reach")]
)
def test_the_answer_is_about_the_primary_goal_first(traffic: float, answer: str) -> None:
    goals = {
        "view": {"kind": "milestone", "baseline": 0.6, "mde": 0.1},
        "cart": {"kind": "milestone", "role": "primary", "baseline": 0.12, "mde": 0.1},
    }
    found = made(goals=goals, traffic=traffic)
    assert f"| {answer.upper()}   Carts " in found.render("text")
    assert f'<p class="say">{answer}</p>' in found.render("html")


def test_units_in_all_and_per_arm_stand_side_by_side(slow: Plan) -> None:
    for table in (tables.goals(slow), tables.claims(slow, "cart")):
        heads = [column.head for column in table.columns]
        assert heads.index("Per variant") == heads.index("In all") + 1


def test_unequal_arms_are_told_one_by_one() -> None:
    found = made(variants={"control": 0.8, "sticky": 0.2})
    assert " / " in tables.goals(found).rows[0][6]
    told = " ".join(found.render("text").split())
    assert re.search(r"Per variant, carts: [\d,]+ in control, [\d,]+ in sticky\.", told)


def test_the_same_plan_gives_the_same_bytes(page: str) -> None:
    assert made().render("html") == page


def test_the_record_is_json_without_nan(slow: Plan) -> None:
    record = json.loads(slow.render("json"), parse_constant=pytest.fail)
    assert list(record)[:2] == ["schema_version", "abmicro"]
    assert record["goals"][0]["size"]["arms"][0] == {"variant": "control", "units": 12004}
    assert record["goals"][-1]["baseline"] is None


def test_units_that_never_come_are_an_open_end_in_the_record() -> None:
    goals = {"x": {"kind": "macro", "baseline": 0.1, "mde": 0.1}}
    record = json.loads(made(goals=goals, traffic=[0, 0, 0, 0, 0, 0, 1e-320]).render("json"))
    assert record["goals"][0]["size"]["days"] == "Infinity"


class Page(HTMLParser):
    """Ids, headings and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_small_and_holds_no_script(page: str) -> None:
    assert len(page.encode()) < BUDGET
    assert "default-src 'none'" in page
    assert not Page(page).tags & {"script", "link", "img", "iframe"}


def test_no_id_stands_twice_and_headings_are_in_order(page: str) -> None:
    read = Page(page)
    assert len(read.ids) == len(set(read.ids))
    assert read.headings[0] == 1
    steps = zip(read.headings, read.headings[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)


def test_every_chart_carries_its_numbers(page: str) -> None:
    text = " ".join(Page(page).text.split())
    assert "80% at a change of +13.9%" in text
    assert "Orders moved too (gain kept: all): 106,422 visitors" in text


NAMES = (SCRIPT, SQL, EMOJI, RTL, LONG.strip(), "$x$", "a|b *c*")


@pytest.fixture(scope="module")
def hostile() -> Plan:
    goals = {
        name: {"kind": "milestone", "baseline": 0.5 / 2**at, "mde": 0.1}
        for at, name in enumerate(NAMES)
    }
    goals |= {"order": {"kind": "macro", "baseline": 0.001}}
    return made(goals=goals, name=SCRIPT)


def test_names_arrive_on_the_page_as_text(hostile: Plan) -> None:
    page = Page(hostile.render("html"))
    assert "script" not in page.tags
    for name in NAMES:
        assert name in page.text


def test_names_make_no_markup_in_markdown(hostile: Plan) -> None:
    shown = hostile.render("md")
    assert SCRIPT not in shown
    tables_only = [line for line in shown.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in tables_only} <= {5, 6, 7, 8, 9}


def test_text_keeps_to_a_hundred_columns(hostile: Plan, slow: Plan) -> None:
    uneven = made(variants={"control": 0.5, "sticky": 0.3, LONG.strip(): 0.2}, traffic=1e6)
    for found in (hostile, slow, uneven):
        assert max(map(len, found.render("text").splitlines())) <= 100
    assert slow.render("text").isascii()


@pytest.mark.parametrize("form", ["text", "terminal"])
def test_names_stay_on_one_line(hostile: Plan, form: str) -> None:
    assert SCRIPT[:20] in hostile.render(form)


def test_a_plan_with_one_goal_alone_has_a_page() -> None:
    page = made(goals={"x": {"kind": "action", "baseline": 0.1}}).render("html")
    assert "No macro goal is defined" in page
    assert "No lift planned" in page


def test_a_plan_of_guardrails_only_beside_an_unknown_goal_has_a_page() -> None:
    goals = {
        "x": {"kind": "macro"},
        "y": {"kind": "action", "role": "guardrail", "margin": 0.1, "baseline": 0.1},
    }
    assert "no loss beyond" in made(goals=goals).render("html")


def test_every_claim_and_option_has_words() -> None:
    from typing import get_args

    from abmicro.planning.results import ClaimName, OptionName

    assert set(CLAIMS) == set(get_args(ClaimName))
    assert set(OPTIONS) == set(get_args(OptionName))
