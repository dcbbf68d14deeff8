"""The expert panel: off by default, every measure with its number, its words and its warning."""

from __future__ import annotations

from math import isnan
from string import Formatter

import numpy as np
import pytest

from abmicro.analysis.analyze import analyze
from abmicro.analysis.mediation.wording import NEVER, SAYINGS, UNCLEAR
from abmicro.analysis.results import Analysis, ExpertMeasure
from abmicro.counts import JointCounts
from abmicro.experiment.model import Experiment, Funnel, Goal
from abmicro.report.render.json_csv import from_record, to_record
from abmicro.report.sections.mediation import curves, pairs
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.mediation.effects import mediation

from .test_wording import CAUSAL

TITLE = "<b>cart</b>"


def of(path: list[list[int]]) -> Analysis:
    """The analysis, panel included, of a cart on the path to an order."""
    experiment = Experiment(
        name="Sticky button",
        variants=("control", "sticky"),
        goals=(Goal(name=TITLE, kind="milestone"), Goal(name="order", kind="macro")),
        funnel=Funnel(steps=(TITLE, "order")),
    )
    counts = JointCounts.of_path(("control", "sticky"), (TITLE, "order"), path)
    return analyze(experiment, counts, expert=True)


def beside() -> Analysis:
    """The analysis, panel included, of sign-ups beside orders: G4 of the carry-through note."""
    cells = np.array([[420, 3580, 480, 15520], [560, 4440, 470, 14530]])
    header = ("variant", "goal__signup", "goal__order", "units")
    patterns = ((1, 1), (1, 0), (0, 1), (0, 0))
    rows = [
        (variant, *pattern, int(units))
        for variant, arm in zip(("control", "sticky"), cells, strict=True)
        for pattern, units in zip(patterns, arm, strict=True)
    ]
    experiment = Experiment(
        name="Sign-ups",
        variants=("control", "sticky"),
        goals=(Goal(name="signup", kind="action"), Goal(name="order", kind="macro")),
    )
    return analyze(experiment, JointCounts.from_rows(header, rows), expert=True)


@pytest.fixture(scope="module")
def path() -> Analysis:
    return of([[100_000, 12_000, 2_950], [100_000, 13_200, 3_105]])


def measure(analysis: Analysis, name: str) -> ExpertMeasure:
    return next(one for one in analysis.expert if one.measure == name)


def test_the_panel_is_off_unless_asked_for(path: Analysis) -> None:
    counts = JointCounts.of_path(("control", "sticky"), (TITLE, "order"), [[9, 5, 2], [9, 6, 3]])
    assert analyze(path.experiment, counts).expert == ()


def test_figures_are_those_of_the_statistics() -> None:
    found, panel = (
        mediation(JointCells([560, 4440, 470, 14530]), JointCells([420, 3580, 480, 15520])),
        beside(),
    )
    assert measure(panel, "through").estimate == pytest.approx(1000 * found.through.estimate[0])
    assert measure(panel, "beside").estimate == pytest.approx(1000 * found.beside.estimate[1])
    assert measure(panel, "hidden_intent").estimate == pytest.approx(0.3625, abs=5e-5)
    assert measure(panel, "prentice").p_value == pytest.approx(0.4520630286817615)


def test_both_parts_add_up_to_the_difference(path: Analysis) -> None:
    parts = [measure(path, name).estimate for name in ("through", "beside")]
    assert sum(parts) == pytest.approx(1000 * (0.03105 - 0.0295))


def test_the_curve_passes_through_the_plain_sum_without_hidden_intent(path: Analysis) -> None:
    part = measure(path, "through")
    assert dict(zip(part.rho, part.curve, strict=True))[0.0] == pytest.approx(part.estimate)


def test_a_share_of_an_unclear_effect_is_not_shown(path: Analysis) -> None:
    explained = measure(path, "explained")
    assert isnan(explained.estimate)
    assert explained.sentence == UNCLEAR.format(macro="orders")


def test_on_a_path_no_hidden_intent_undoes_the_part_through_the_micro(path: Analysis) -> None:
    assert measure(path, "hidden_intent").sentence == NEVER.format(micro=TITLE, macro="orders")
    assert measure(path, "innocent").estimate == pytest.approx(0.73, abs=0.01)


def test_bounds_need_a_path() -> None:
    assert isnan(measure(beside(), "always").low)
    assert "Cannot be computed" in measure(beside(), "always").sentence


@pytest.mark.parametrize(
    "counts",
    [
        [[0, 0, 0], [5, 3, 2]],
        [[1, 1, 1], [1, 0, 0]],
        [[50, 0, 0], [50, 9, 0]],
        [[50, 50, 7], [50, 50, 9]],
        [[50, 50, 50], [50, 50, 50]],
        [[10**9, 12 * 10**7, 3 * 10**7], [10**9, 13 * 10**7, 3 * 10**7]],
    ],
    ids=["empty", "one", "none", "everybody", "all", "many"],
)
def test_every_measure_has_a_number_or_a_reason(counts: list[list[int]]) -> None:
    panel = of(counts)
    assert {one.measure for one in panel.expert} <= set(SAYINGS)
    for one in panel.expert:
        figures = one.estimate, one.low, one.high, one.p_value
        assert not all(map(isnan, figures)) or "nn" in one.sentence or "No" in one.sentence
        assert "n/a" not in one.sentence, one


@pytest.mark.parametrize("name", list(SAYINGS))
def test_every_measure_says_what_must_hold(name: str) -> None:
    saying = SAYINGS[name]
    assert saying.sentence.endswith(".")
    assert saying.warning.endswith(".")
    assert not CAUSAL.search(saying.sentence)
    fields = {field for _, field, _, _ in Formatter().parse(saying.warning) if field}
    assert fields <= {"micro", "macro", "variant"}


def test_the_panel_survives_its_record(path: Analysis) -> None:
    assert to_record(from_record(to_record(path)))["expert"] == to_record(path)["expert"]


def test_names_are_escaped_in_every_rendering(path: Analysis) -> None:
    assert TITLE not in path.render("html")
    assert "\\<b\\>cart" in path.render("md")
    assert "Expert panel" in path.render("text")


def test_every_curve_has_its_table(path: Analysis) -> None:
    (pair,) = pairs(path)
    table = curves(pair)
    assert len(table.rows) == len(pair.curves[0].rho)
    assert len(table.columns) == 1 + len(pair.curves)
