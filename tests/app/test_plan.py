"""A plan in numbers that people type, against the plan that the command gives."""

from __future__ import annotations

from html import unescape

import pytest

import abmicro as ab
from abmicro.app.planned import START, planned
from abmicro.app.weeks_chart import weeks_chart

from .conftest import Visitor

pytestmark = pytest.mark.journey

SENT = dict(START)


def test_the_answer_is_that_of_the_plan() -> None:
    found = planned({"looks": "end"})
    plan = ab.plan(ab.loads(found.definition))
    micro = next(one for one in plan.claims if one.claim == "micro_moved")
    assert (found.claims[0].weeks, found.claims[0].visitors) == (micro.size.weeks, micro.size.total)
    assert [one.fits for one in found.claims] == [True, False, False]


def test_looks_cost_visitors_and_variants_too() -> None:
    plain, looked, more = (
        planned(one).claims[0].visitors for one in ({}, {"looks": "weekly"}, {"arms": "4"})
    )
    assert plain < looked < more


def test_numbers_are_answered_beside_the_form(visitor: Visitor) -> None:
    page = visitor.sends("/plan", **SENT | {"rise": "20"})
    assert "show a 20% rise in baskets" in page or "shows a 20% rise in baskets" in page
    assert visitor.address.startswith("/plan?s=")
    query = visitor.address.partition("?")[2]
    definition = visitor.client.get(f"/plan/experiment.toml?{query}")
    assert ab.loads(definition.text).primary.mde == 0.2


WRONG = {
    "no visitors": ({"traffic": "0"}, "traffic", "must be a number from 1"),
    "a word": ({"base": "many"}, "base", "“many” must be a number"),
    "half a variant": ({"arms": "2.5"}, "arms", "must be a whole number"),
    "more orders than baskets": ({"macro": "20"}, "macro", "but only 12 baskets"),
    "one name for two": ({"step": "orders"}, "step", "two names"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_number_that_cannot_be_is_said_at_its_field(visitor: Visitor, name: str) -> None:
    changed, field, said = WRONG[name]
    page = unescape(visitor.sends("/plan", **SENT | changed))
    assert visitor.status == 422
    assert said in page
    assert f'href="#{field}"' in page
    assert 'id="answer"' in page


@pytest.mark.parametrize("chosen", [{}, {"base": "0.02", "macro": "0.001", "traffic": "5"}])
def test_the_picture_says_what_the_plan_says(chosen: dict[str, str]) -> None:
    found = planned(chosen)
    assert found.plan is not None
    chart = weeks_chart(found.plan)
    for line in chart.lines if chart else ():
        first = next(one for one in found.plan.weeks if one.goal == line.goal)
        assert f"{100 * first.detectable:.0f}% after {first.week} week" in line.told


def test_the_names_of_goals_are_text(visitor: Visitor) -> None:
    page = visitor.sends("/plan", **SENT | {"step": "<b>x</b>", "pays": '"y"'})
    assert "<b>x" not in page
    assert "rise in &lt;b&gt;x" in page
