"""Every rendering of what the analysis makes of extreme counts."""

from __future__ import annotations

import json

import pytest

from abmicro import Analysis, JointCounts, loads
from abmicro.analysis.analyze import analyze
from abmicro.report.render import html, json_csv, markdown, terminal, text
from abmicro.report.words import DECISIONS

pytestmark = pytest.mark.journey

FILE = """
experiment.name = "extremes"
variants.arms = ["control", "treated"]
goals.cart.kind = "milestone"
goals.order.kind = "macro"
"""
EXTREMES = {
    "no orders at all": ((1000, 100, 0), (1000, 120, 0)),
    "no orders in the control": ((1000, 100, 0), (1000, 120, 9)),
    "nothing happens": ((1000, 0, 0), (1000, 0, 0)),
    "one unit each": ((1, 1, 0), (1, 0, 0)),
    "everything happens": ((10, 10, 10), (10, 10, 10)),
    "a variant without units": ((0, 0, 0), (100, 10, 1)),
    "no units": ((0, 0, 0), (0, 0, 0)),
    "a billion units": ((10**9, 10**8, 10**7), (10**9, 10**8 + 10**5, 10**7 + 20000)),
}


@pytest.fixture(params=EXTREMES)
def extreme(request: pytest.FixtureRequest) -> Analysis:
    rows = [list(arm) for arm in EXTREMES[request.param]]
    counts = JointCounts.of_path(("control", "treated"), ("cart", "order"), rows)
    return analyze(loads(FILE), counts)


def test_every_rendering_copes(extreme: Analysis) -> None:
    decision = DECISIONS[extreme.verdicts[0].decision].title.lower()
    assert decision.upper() in text.render(extreme)
    for render in (html.render, html.render_summary, markdown.render, terminal.render):
        told = render(extreme)
        assert "nan" not in told.lower()
        assert "n/a fewer" not in told
        assert decision in told.lower()


@pytest.mark.parametrize("name", ["a variant without units", "no units"])
def test_without_units_nothing_is_said_of_what_shipping_risks(name: str) -> None:
    """The prior alone would tell of 200 orders per 1,000 visitors."""
    counts = JointCounts.of_path(
        ("control", "treated"), ("cart", "order"), [list(arm) for arm in EXTREMES[name]]
    )
    told = text.render(analyze(loads(FILE), counts))
    assert "NOT SETTLED" in told or "KEEP" in told or "DO NOT TRUST" in told
    assert "take the risk" not in told


def test_the_record_reads_back(extreme: Analysis) -> None:
    made = json_csv.to_record(extreme)
    assert json_csv.to_record(json_csv.from_record(json.loads(json_csv.render(extreme)))) == made
