"""Over time, segments and what the test could see, in every rendering; exports and notebooks."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from itertools import takewhile
from pathlib import Path

import pytest

from abmicro import Analysis, JointCounts
from abmicro.report import document
from abmicro.report.charts import export
from abmicro.report.render import text
from abmicro.report.sections import goals, power

from . import built, made, pages

pytestmark = pytest.mark.journey

SIGHT = "How small an effect could this test detect?"


@pytest.fixture(scope="module")
def days() -> Analysis:
    return built.analysis()


@pytest.fixture(scope="module")
def flat() -> Analysis:
    return built.flat()


def test_the_sections_stand_in_their_order() -> None:
    page = pages.page("built")
    heads = [
        *("Verdict", "Did the gain reach the goal that pays?", "Where people left", "All goals"),
        *("Segments", "Over time", SIGHT, "Bayesian view", "How it was decided"),
        *("Methods and glossary", "Reproduce"),
    ]
    places = [page.index(f">{head}</h2>") for head in heads]
    assert places == sorted(places)


def test_of_a_flat_result_what_could_be_seen_comes_second(flat: Analysis) -> None:
    assert power.is_flat(flat)
    page = pages.page("flat")
    order = [page.index(f">{head}</h2>") for head in ("Verdict", SIGHT, "Where people left")]
    assert order == sorted(order)
    assert page.index(SIGHT) < page.index(">Did the gain reach the goal that pays?<")
    heads = [section.head for section in document.of(flat).sections]
    assert heads[1] == SIGHT
    assert SIGHT in pages.summary("flat")


def test_otherwise_the_summary_leaves_it_out() -> None:
    assert SIGHT not in pages.summary("built")


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_detectable_lifts_and_claims_are_told(days: Analysis, form: str) -> None:
    page = " ".join((pages.page("built") if form == "html" else days.render(form)).split())
    (row, *_) = power.goals(days, "variant B").pick("Detectable", "Needed").rows
    for words in (*row, "at least half of the gain reached orders", "No change is shown to differ"):
        assert words in page, words


def test_a_path_has_no_band_and_says_why() -> None:
    assert "The path has no band" in pages.page("built")


def test_the_interaction_comes_before_the_levels() -> None:
    page = pages.page("built")
    assert page.index("Do levels differ, variant B") < page.index("Segments of variant B")


def test_levels_that_differ_are_named(days: Analysis) -> None:
    first = replace(days.interactions[0], adjusted_p_value=0.004)
    told = text.render(replace(days, interactions=(first, *days.interactions[1:])))
    assert 'the change in "step 0" differs by device (adjusted p = 0.004)' in " ".join(told.split())


def test_units_still_needed_are_the_rest() -> None:
    one = built.analysis(mde=0.01).detectable[0]
    shown = power._needed(replace(one, units=100, needed=250))
    assert shown == ("250", "150")
    assert power._needed(replace(one, units=300, needed=250)) == ("250", "none")


def test_the_summary_follows_the_primary_goal_only() -> None:
    page = unescape(pages.summary("built"))
    assert 'Did the extra "step 0" become orders?' in page
    assert 'Did the extra "step 1" become orders?' not in page


def test_a_notebook_shows_the_summary_in_a_frame_without_rights(days: Analysis) -> None:
    shown = days._repr_html_()
    assert shown.startswith('<iframe sandbox="" title="Built from days" srcdoc="')
    assert unescape(shown).count("<html") == 1
    assert pages.summary("built") in unescape(shown)


def test_names_cannot_leave_the_frame(hostile: Analysis) -> None:
    assert made.SCRIPT not in hostile._repr_html_()


def test_counts_show_what_every_arm_reached() -> None:
    counts = JointCounts.of_path(("A", made.SCRIPT), ("cart",), [[1000, 20], [1001, 30]])
    shown = counts._repr_html_()
    assert made.SCRIPT not in shown
    assert "<td>1,001</td><td>30</td>" in shown
    assert "style" not in shown


@pytest.mark.parametrize("form", ["svg", pytest.param("png", marks=pytest.mark.slow)])
def test_every_chart_is_a_file_of_the_same_bytes(days: Analysis, form: str) -> None:
    files = dict(export.pictures(days, form))
    assert len(files) == 2 + 2 + 2 * 7
    assert f"forest-1-variant-b.{form}" in files
    again = export.pictures(replace(days, carry_through=()), form)
    drawn = dict(takewhile(lambda picture: "posterior" not in picture[0], again))
    assert f"ruler-1-variant-b.{form}" in files.keys() - drawn.keys()
    assert drawn[f"forest-1-variant-b.{form}"] == files[f"forest-1-variant-b.{form}"]


def test_hostile_names_make_harmless_file_names(hostile: Analysis) -> None:
    names = [name for name, _ in export._drawn(hostile)]
    assert len(names) > 10
    for name in names:
        assert Path(name).name == name
        assert name.isascii()


def test_interaction_rows_are_as_many_as_tests(days: Analysis) -> None:
    assert len(goals.interactions(days, "variant B").rows) == 3
