"""The charts as matplotlib figures and as inline SVG."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from math import nan
from xml.dom import minidom

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from abmicro import Analysis
from abmicro.analysis.results import Interval, LogLifts
from abmicro.errors import OutputError
from abmicro.report.blocks.elements import PlotScale
from abmicro.report.charts import (
    goals_and_funnel,
    over_time,
    pass_through,
    power,
    ruler as rulers,
    segments,
)
from abmicro.report.charts.style import PENS, limits
from abmicro.report.render import svg

from . import built, made

pytestmark = pytest.mark.journey

ALL = {
    name: getattr(goals_and_funnel, name) for name in ("plane", "funnel", "waterfall", "forest")
} | {"ruler": rulers.ruler}
LATER = {
    "exposures": over_time.exposures,
    "cumulative_lift": over_time.cumulative_lift,
    "segments": segments.segments,
    "detectable": power.detectable,
}
SINGLE = ("ruler", "plane", "waterfall", "forest")
Draw = Callable[..., Figure]


@pytest.fixture(params=ALL)
def draw(request: pytest.FixtureRequest) -> Draw:
    chart: Draw = ALL[request.param]
    return chart


@pytest.mark.parametrize("name", ["hillstrom", "monster", "hostile", "unbounded", "tiny", "huge"])
def test_every_chart_draws_whatever_the_numbers_and_names(
    analyses: dict[str, Analysis], name: str, draw: Draw
) -> None:
    picture = minidom.parseString(svg.inline(draw(analyses[name]), "x"))  # noqa: S318
    assert picture.getElementsByTagName("text")


def test_a_chart_leaves_the_settings_of_the_caller_alone(two_arms: Analysis, draw: Draw) -> None:
    before = dict(mpl.rcParams)
    draw(two_arms)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", SINGLE)
def test_a_chart_draws_into_the_axes_of_the_caller(two_arms: Analysis, name: str) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert ALL[name](two_arms, ax=ax) is figure
    assert len(figure.axes) == 1
    assert ax.has_data()


def test_charts_do_not_start_pyplot() -> None:
    code = (
        "import sys, abmicro.report.charts.goals_and_funnel; print('matplotlib.pyplot' "
        "in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_the_same_numbers_give_the_same_bytes(two_arms: Analysis, draw: Draw) -> None:
    assert svg.inline(draw(two_arms), "x") == svg.inline(draw(two_arms), "x")


def test_a_notebook_shows_a_chart_without_pyplot(two_arms: Analysis, draw: Draw) -> None:
    # IPython asks an object for `_repr_png_` where nobody taught it the type.
    picture = draw(two_arms)._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert picture == draw(two_arms)._repr_png_()


def test_ids_of_two_pictures_never_meet(two_arms: Analysis, draw: Draw) -> None:
    ids = [
        set(re.findall(r' id="([^"]+)"', svg.inline(draw(two_arms), name))) for name in ("a", "b")
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_every_reference_of_a_picture_is_met(two_arms: Analysis, draw: Draw) -> None:
    text = svg.inline(draw(two_arms), "x")
    wanted = {found[1] for found in svg.REFERENCE.findall(text)}
    assert wanted == set(re.findall(r' id="([^"]+)"', text))


def test_text_stays_text_and_colours_follow_the_page(two_arms: Analysis, draw: Draw) -> None:
    text = svg.inline(draw(two_arms), "x")
    assert "<text" in text
    assert "var(--grey)" in text
    assert "font-family" not in text
    assert not re.search(r"#[0-9a-f]{6}", text, re.IGNORECASE)


def test_a_name_is_never_markup_nor_mathematics(hostile: Analysis) -> None:
    text = svg.inline(goals_and_funnel.forest(hostile), "x")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "$\\alpha_{1}$" in text


def test_missing_glyphs_are_no_warning(hostile: Analysis) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg.inline(goals_and_funnel.funnel(hostile), "x")


def test_no_two_of_the_first_eight_arms_are_drawn_alike() -> None:
    assert len({(pen.color, pen.alpha) for pen in PENS[:8]}) == 8
    assert len({pen.marker for pen in PENS[:8]}) == 8


def test_an_axis_shows_zero_and_cuts_a_runaway_interval() -> None:
    usual = [Interval(0.1, 0.05, 0.15, 0.95)] * 3
    low, high = limits([*usual, Interval(0.2, -0.5, 100, 0.95)])
    assert low < 0
    assert 0.2 < high < 2


def test_an_axis_shows_every_estimate() -> None:
    low, high = limits([Interval(0.1, 0.05, 0.15, 0.95)] * 3 + [Interval(9, -0.5, 100, 0.95)])
    assert low < 0
    assert 9 < high < 10


def test_an_axis_ends_at_the_loss_of_everything() -> None:
    wide = [Interval(0.2, -1.9, 2.1, 0.95), Interval(0.1, -2.4, 2.5, 0.95)]
    assert -2 < limits(wide)[0] < -1
    assert not [word for _, word in PlotScale.around(wide).ticks if word.startswith("-2")]
    returned = [Interval(-2.2, -3.0, 1.1, 0.95)]
    assert limits(returned)[0] < -2.2


def test_an_axis_of_nothing_has_ends() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"), 0.95)
    low, high = limits([nothing])
    assert low <= 0 < high


def test_an_axis_of_zeros_has_ends() -> None:
    low, high = limits([Interval(0.0, 0.0, 0.0, 0.95)])
    assert low < high


def test_a_region_that_cannot_be_computed_says_so(two_arms: Analysis) -> None:
    unknown = LogLifts(0.1, nan, 0.01, nan, nan)
    one = replace(two_arms.carry_through[0], log_lifts=unknown)
    drawn = svg.inline(goals_and_funnel.plane(replace(two_arms, carry_through=(one,))), "x")
    assert "no region: a lift cannot be computed" in drawn


def test_a_variant_nobody_knows_is_refused_with_a_hint(two_arms: Analysis) -> None:
    with pytest.raises(OutputError, match="did you mean 'sticky'"):
        goals_and_funnel.forest(two_arms, variant="stiky")


def test_a_chart_that_is_missing_says_why(analyses: dict[str, Analysis]) -> None:
    with pytest.raises(OutputError, match="the file defines no macro goal"):
        rulers.ruler(analyses["small"])
    with pytest.raises(OutputError, match="a funnel needs a milestone"):
        goals_and_funnel.funnel(analyses["small"])


def test_the_plane_lays_the_region_around_the_two_lifts(two_arms: Analysis) -> None:
    # The axis-parallel shadow of the ellipse is sqrt(5.99) / 1.96 = 1.249 times the interval.
    one = two_arms.carry_through[0]
    x, y = pass_through._region(one.log_lifts, 0.95)
    half = np.log1p(one.micro_lift.high) - one.log_lifts.micro
    assert (np.log1p(x).max() - one.log_lifts.micro) / half == pytest.approx(1.249, abs=0.002)
    assert y.min() < one.macro_lift.low
    assert one.macro_lift.high < y.max()


def test_a_loss_is_not_painted_as_good_news(two_arms: Analysis) -> None:
    one = two_arms.carry_through[0]
    fell = replace(one, label="loss_carried")
    assert "var(--z-good)" in svg.inline(rulers.ruler(two_arms), "x")
    text = svg.inline(rulers.ruler(replace(two_arms, carry_through=(fell,))), "x")
    assert "var(--z-good)" not in text
    assert "var(--z-bad)" not in text


@pytest.fixture(scope="module")
def days() -> Analysis:
    return built.analysis()


@pytest.fixture(params=LATER)
def later(request: pytest.FixtureRequest) -> Draw:
    """Every chart of days, segments and sight in turn."""
    chart: Draw = LATER[request.param]
    return chart


def test_a_later_chart_draws_into_the_axes_of_the_caller(days: Analysis, later: Draw) -> None:
    before, figure = dict(mpl.rcParams), Figure()
    ax = figure.add_subplot()
    assert later(days, ax=ax) is figure
    assert ax.has_data()
    assert dict(mpl.rcParams) == before


def test_a_later_chart_gives_the_same_bytes_and_unique_ids(days: Analysis, later: Draw) -> None:
    text = svg.inline(later(days), "x")
    assert text == svg.inline(later(days), "x")
    assert {one[1] for one in svg.REFERENCE.findall(text)} == set(
        re.findall(r' id="([^"]+)"', text)
    )


@pytest.mark.parametrize("shape", [{"goals": 12, "arms": 6, "days": 3}, {"goals": 1, "arms": 2}])
def test_a_later_chart_draws_many_goals_and_arms_or_one(later: Draw, shape: dict[str, int]) -> None:
    figure = later(built.analysis(units=3000, **shape))  # type: ignore[arg-type]
    assert svg.inline(figure, "x").startswith("<svg")


def test_names_stay_text_in_later_charts(later: Draw) -> None:
    names = (made.SCRIPT, made.LONG[:99], made.RTL)
    text = svg.inline(later(built.analysis(names=names, units=3000)), "x")
    assert "<script" not in text


@pytest.mark.parametrize("name", LATER)
def test_a_later_chart_without_data_says_why(analyses: dict[str, Analysis], name: str) -> None:
    with pytest.raises(OutputError, match=r"E511"):
        LATER[name](analyses["small"])


def test_a_lift_by_day_has_one_interval_and_it_stands_at_the_end(days: Analysis) -> None:
    (ax,) = over_time.cumulative_lift(days).axes
    upright = [line for line in ax.lines if len(set(line.get_xdata())) == 1 < len(line.get_xdata())]
    assert len(upright) == len(days.verdicts)
    assert min(line.get_xdata()[0] for line in upright) > 13


def test_a_goal_without_days_is_refused_with_those_that_have(days: Analysis) -> None:
    with pytest.raises(OutputError, match="did you mean 'order'"):
        over_time.cumulative_lift(days, goal="ordr")


def test_a_segment_cell_of_few_units_is_named_and_not_drawn(days: Analysis) -> None:
    rows = [
        replace(row, reached=replace(row.reached, treated=9))
        if row.segment and row.reached
        else row
        for row in days.goals
    ]
    text = svg.inline(segments.segments(replace(days, goals=tuple(rows))), "x")
    assert text.count("fewer than 10") == 3


def test_plotting_by_name_gives_the_charts(days: Analysis) -> None:
    for name in (*ALL, *LATER, "posterior"):
        assert isinstance(getattr(days.plot, name)(), Figure), name


def test_plots_pass_on_what_they_are_asked_for(days: Analysis) -> None:
    ax = Figure().add_subplot()
    assert days.plot.forest(variant="variant C", ax=ax) is ax.figure
    assert days.plot.cumulative_lift(goal="order").axes[0].get_ylabel() == "change in orders"


@pytest.mark.parametrize("name", ["ruler", "plane", "funnel", "waterfall", "forest", "posterior"])
def test_every_chart_draws_into_axes_of_the_caller(name: str, hillstrom: Analysis) -> None:
    figure = Figure()
    upper, _ = figure.subplots(2, 1)
    assert getattr(hillstrom.plot, name)(ax=upper) is figure
    assert len(svg.inline(figure, "x")) > 3_000


def test_the_posterior_of_one_goal_stands_alone(hillstrom: Analysis) -> None:
    plot = hillstrom.plot
    assert len(plot.posterior(goal="visit").axes) == 1
    with pytest.raises(OutputError, match="'spent' has no lift to draw"):
        plot.posterior(goal="spent")
