"""One document, told in one order by every renderer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from abmicro import Analysis
from abmicro.analysis.plots import Plots
from abmicro.report import document
from abmicro.report.blocks import Section, told_in_text
from abmicro.report.charts import registry
from abmicro.report.render import html, markdown, terminal, text
from abmicro.report.sections import goals, power
from abmicro.report.words import GLOSSARY, at_least

from . import built

RENDERERS = {
    "text": text.render,
    "md": markdown.render,
    "html": html.render,
    "terminal": terminal.render,
}


@pytest.fixture(scope="module")
def days() -> Analysis:
    return built.analysis()


@pytest.fixture(scope="module")
def told(days: Analysis) -> dict[str, str]:
    """The report in every format, without colours and marks."""
    shown = {form: render(days) for form, render in RENDERERS.items()}
    return {
        form: re.sub(r"\x1b\[[\d;]*m|</?[a-z][^>]*>|[*\\]", "", page)
        for form, page in shown.items()
    }


@pytest.mark.parametrize("form", RENDERERS)
def test_sections_stand_in_the_order_of_the_document(
    days: Analysis, told: dict[str, str], form: str
) -> None:
    whole = document.of(days)
    sections = [one for one in told_in_text(whole) if isinstance(one, Section)]
    if form == "html":
        sections = [one for one in whole.sections if one.medium != "text" and not one.hidden]
    heads = [one.head for one in sections]
    assert ("Your data" in heads) == (form == "html")  # which only a page folds away
    lines = [line.removeprefix("## ").strip() for line in told[form].splitlines()]
    places = [lines.index(head) for head in heads]
    assert places == sorted(places)


@pytest.mark.parametrize("form", RENDERERS)
def test_methods_and_glossary_stand_in_every_format(told: dict[str, str], form: str) -> None:
    page = " ".join(told[form].split())
    for words in ("Fabijan et al. (2019), KDD", GLOSSARY[0][1], GLOSSARY[-1][1], "Ship it"):
        assert words in page


def test_every_chart_of_a_document_is_declared(days: Analysis) -> None:
    known = {chart.name for chart in registry.CHARTS}
    found = set(re.findall(r"function='(\w+)'", repr(document.of(days))))
    assert found
    assert found <= known


def test_every_declared_chart_is_a_method_of_plot() -> None:
    methods = {name for name in vars(Plots) if not name.startswith("_")} - {"analysis"}
    assert methods == {chart.name for chart in registry.CHARTS}


def test_a_share_is_worded_alike_everywhere(days: Analysis) -> None:
    analysis = replace(
        days,
        experiment=days.experiment.model_copy(
            update={
                "analysis": days.experiment.analysis.model_copy(update={"carry_threshold": 0.4})
            }
        ),
        carry_through=tuple(replace(one, threshold=0.4) for one in days.carry_through),
    )
    claim = next(one for one in analysis.claims if one.claim == "at_least")
    expected = "at least 40% of the gain reached orders"
    assert at_least(0.4, "orders", falls=False) == expected
    assert power.statement(analysis, claim) == expected
    assert expected in dict(goals.beliefs(analysis.carry_through[0], "orders"))
