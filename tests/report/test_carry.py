"""How carry-through is shown: every label, several macros, the posterior, less is better."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest

from abmicro import Analysis
from abmicro.analysis.carry_through.wording import CARRY
from abmicro.analysis.results import CarryPosterior, CarryThrough, Drawn, PassThroughSet
from abmicro.errors import OutputError
from abmicro.report.charts import goals_and_funnel
from abmicro.report.charts.ruler import WITHHELD, ruler
from abmicro.report.render import json_csv, svg
from abmicro.report.sections import goals
from abmicro.report.words import LABELS, label_words

POSTERIOR = CarryPosterior(
    falls=False,
    macro_up=Drawn(0.978, 0.0),
    at_least=Drawn(0.561, 0.0078),
    full=Drawn(0.0004, 0.0003),
    both_up=Drawn(0.97, 0.003),
)
SETS = (
    PassThroughSet(0.54, "interval", 0.02, 0.99, 0.95),
    PassThroughSet(0.54, "rays", -3.4, 4.8, 0.95),
    PassThroughSet(0.54, "line", -inf, inf, 0.95),
    PassThroughSet(nan, "line", -inf, inf, 0.95),
)


@pytest.fixture
def first(two_arms: Analysis) -> CarryThrough:
    return two_arms.carry_through[0]


def shown(analysis: Analysis, *pairs: CarryThrough) -> Analysis:
    return replace(analysis, carry_through=pairs)


DRAWN = [*((label, SETS[0]) for label in CARRY), *(("inconclusive", one) for one in SETS[1:])]


@pytest.mark.parametrize(("label", "through"), DRAWN)
def test_ruler_and_plane_are_drawn_for_every_label_and_set(
    two_arms: Analysis, first: CarryThrough, label: str, through: PassThroughSet
) -> None:
    analysis = shown(two_arms, replace(first, label=label, pass_through=through))
    assert LABELS[label].title in svg.inline(goals_and_funnel.plane(analysis), "x")
    drawn = svg.inline(ruler(analysis), "x")
    assert all(f">{word}<" in drawn for word in ("none", "half", "all"))
    unknown = through.kind != "interval" or label in ("no_micro_signal", "no_expected_carry")
    silent = label.removeprefix("loss_") in WITHHELD
    assert ("these data cannot say" in drawn) == (unknown and not silent)


def test_the_ruler_never_changes_its_ends(two_arms: Analysis, first: CarryThrough) -> None:
    for low, high in ((0.02, 0.99), (-40.0, 60.0)):
        through = replace(first.pass_through, kind="interval", low=low, high=high)
        one = replace(first, label="inconclusive", pass_through=through)
        (axes,) = ruler(shown(two_arms, one)).axes
        assert axes.get_xlim() == (-1.0, 2.0)


def test_an_empty_ruler_says_when_it_opens(two_arms: Analysis) -> None:
    drawn = svg.inline(ruler(two_arms, opens="opens on 26 October"), "x")
    assert "opens on 26 October" in drawn
    assert "more than all" not in drawn


def test_the_plane_of_another_macro_is_drawn_when_asked_for(
    two_arms: Analysis, first: CarryThrough
) -> None:
    both = shown(two_arms, first, replace(first, macro="revenue"))
    assert "change in revenue" in svg.inline(goals_and_funnel.plane(both, macro="revenue"), "x")
    with pytest.raises(OutputError, match=r"'revenu' has no .*did you mean 'revenue'"):
        goals_and_funnel.plane(both, macro="revenu")


def test_the_posterior_is_told_with_what_its_draws_leave_open(first: CarryThrough) -> None:
    told = dict(goals.beliefs(replace(first, posterior=POSTERIOR), "orders"))
    assert told == {
        "orders rose": "97.8%",
        "at least half of the gain reached orders": "56%",
        "all of it reached orders": "<0.1%",
    }


def test_the_posterior_of_a_loss_is_told_as_a_loss(first: CarryThrough) -> None:
    fell = replace(first, posterior=replace(POSTERIOR, falls=True, macro_up=Drawn(0.02, 0.0)))
    told = dict(goals.beliefs(fell, "orders"))
    assert told["orders fell"] == "98.0%"
    assert "at least half of the loss reached orders" in told


def test_a_finding_that_is_withheld_has_no_posterior(first: CarryThrough) -> None:
    withheld = replace(first, posterior=POSTERIOR, withheld=("sample_ratio",))
    assert goals.beliefs(withheld, "orders") == ()


def test_the_posterior_stands_in_text_and_page(two_arms: Analysis, first: CarryThrough) -> None:
    analysis = shown(two_arms, replace(first, posterior=POSTERIOR))
    told = " ".join(analysis.render("text").split())
    assert "at least half of the gain reached purchases: 56%" in told
    assert "56%" in analysis.render("html")


@pytest.mark.parametrize(("label", "tone"), [("carried", "bad"), ("not_carried", "good")])
def test_a_rise_of_what_should_be_low_is_no_good_news(
    two_arms: Analysis, first: CarryThrough, label: str, tone: str
) -> None:
    down = replace(first, label=label, direction="down")
    assert label_words(down).tone == tone
    assert "var(--z-good)" not in svg.inline(ruler(shown(two_arms, down)), "x")


def test_a_carry_through_with_its_posterior_reads_back(
    two_arms: Analysis, first: CarryThrough
) -> None:
    one = replace(first, posterior=POSTERIOR, leaks=("checkout",), planned_power=0.4, strata=3)
    kept = json_csv.to_record(shown(two_arms, one))
    assert kept["carry_through"][0]["leaks"] == ["checkout"]
    assert json_csv.to_record(json_csv.from_record(kept)) == kept
