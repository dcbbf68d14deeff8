"""The panel of looks and its charts, drawn from the record of a running test."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from math import nan
from xml.dom import minidom

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import abmicro as ab
from abmicro.analysis.results import Analysis, MonitoringAlarm, Replan
from abmicro.errors import OutputError
from abmicro.report.charts import looks, over_time
from abmicro.report.document import of
from abmicro.report.monitoring import section
from abmicro.report.render import html, svg, text
from abmicro.report.words.since import of_the_last_look, since_the_last_look

from ..analysis.monitoring.runs import START, counts, experiment
from ..analysis.monitoring.test_monitor import until

pytestmark = pytest.mark.journey

DRAWN = (looks.lift_path, looks.evidence, looks.ruler_path, looks.shares, looks.daily_rate)
NOTES = [{"date": START + timedelta(days=9), "text": "checkout redesigned"}]


@pytest.fixture(scope="module")
def running() -> Analysis:
    """Day 26 of 28: carts are up, whether orders are is open."""
    table = counts([(0.12, 0.25), (0.135, 0.25)], units=900)
    weekly = {"mode": "group_sequential", "first_look": "14d"}
    return ab.analyze(experiment(monitoring=weekly, notes=NOTES), until(table, 26))


def with_monitoring(analysis: Analysis, **changes: object) -> Analysis:
    assert analysis.monitoring is not None
    return replace(analysis, monitoring=replace(analysis.monitoring, **changes))


def line(figure: Figure, label: str) -> np.ndarray:
    (found,) = (one for one in figure.axes[0].lines if one.get_label() == label)
    return np.asarray(found.get_ydata(), dtype=float)


def uprights(figure: Figure) -> list[tuple[float, float]]:
    """Ends of the intervals that stand, from left to right."""
    ends = [
        (one.get_xdata()[0], *one.get_ydata())
        for one in figure.axes[0].lines
        if len(one.get_xdata()) == 2 and one.get_xdata()[0] == one.get_xdata()[1]
        and one.get_linestyle() == "-" and one.get_ydata()[1] != 1
    ]  # fmt: skip
    return [(low, high) for _, low, high in sorted(ends)]


def words(figure: Figure) -> list[str]:
    return [one.get_text() for one in figure.axes[0].texts]


@pytest.mark.parametrize("draw", DRAWN)
def test_every_chart_fits_a_small_screen_and_reads_as_svg(running: Analysis, draw: object) -> None:
    figure = draw(running)
    assert figure.get_figwidth() < 3.6
    assert minidom.parseString(svg.inline(figure, "x")).getElementsByTagName("text")  # noqa: S318


@pytest.mark.parametrize("draw", DRAWN)
def test_every_chart_draws_into_the_axes_of_the_caller(running: Analysis, draw: object) -> None:
    figure = Figure()
    assert draw(running, ax=figure.add_subplot()) is figure


def test_lifts_stand_with_the_interval_of_their_look(running: Analysis) -> None:
    found = uprights(looks.lift_path(running))
    rows = [look.goals[0].lift for look in running.monitoring.path]
    assert found == [(one.low, one.high) for one in rows]


def test_a_point_is_full_where_the_goal_was_clear(running: Analysis) -> None:
    for goal, clear in (("cart", 13), ("order", 0)):
        points = [
            one
            for one in looks.evidence(running, goal=goal).axes[0].lines
            if one.get_marker() == "o"
        ]
        full = [to_hex(one.get_markerfacecolor()) != "#ffffff" for one in points]
        crossed = [look.goals[goal == "order"].crossed for look in running.monitoring.path]
        assert full == [one is not None for one in crossed]
        assert sum(full) == clear


def test_evidence_runs_between_its_bounds(running: Analysis) -> None:
    figure = looks.evidence(running)
    assert line(figure, "sticky").tolist() == [look.goals[0].z for look in running.monitoring.path]
    bounds = [look.critical for look in running.monitoring.path]
    drawn = [list(one.get_ydata()) for one in figure.axes[0].lines]
    assert bounds in drawn
    assert [-z for z in bounds] in drawn
    assert words(figure)[:2] == ["clear gain", "clear loss"]
    assert any(one.get_linestyle() == "--" for one in figure.axes[0].lines)  # harm


def test_where_less_is_better_gain_lies_below() -> None:
    goals = {"cart": {"kind": "milestone", "direction": "down"}, "order": {"kind": "macro"}}
    table = counts([(0.12, 0.25), (0.12, 0.25)], units=400)
    figure = looks.evidence(ab.analyze(experiment(goals=goals), until(table, 20)))
    places = {one.get_text(): one.xy[1] for one in figure.axes[0].texts}
    assert places["clear gain"] < 0 < places["clear loss"]


def test_the_thick_bar_is_what_all_looks_have_in_common(running: Analysis) -> None:
    figure = looks.ruler_path(running)
    (thick,) = (one for one in figure.axes[0].lines if one.get_linewidth() == 6)
    settled = running.monitoring.carry[0]
    assert list(thick.get_ydata()) == [settled.low, settled.high]
    assert figure.axes[0].get_ylim() == looks.ENDS
    assert [one.get_text() for one in figure.axes[0].get_yticklabels()] == ["none", "half", "all"]


def test_shares_are_drawn_against_their_alarm(running: Analysis) -> None:
    figure = looks.shares(running)
    found = running.monitoring.sample_ratio
    drawn = [list(one.get_ydata()) for one in figure.axes[0].lines]
    assert list(found.path) in drawn
    assert [found.threshold] * 2 in drawn


def test_a_day_that_dipped_is_ringed(running: Analysis) -> None:
    day = START + timedelta(days=12)
    dip = MonitoringAlarm("dip", "warn", "cart fell.", "Look.", variant="", goal="cart", day=day)
    figure = looks.daily_rate(with_monitoring(running, alarms=(dip,)))
    (ring,) = (one for one in figure.axes[0].lines if one.get_markersize() == 11)
    both = [one.rates[12] for one in running.monitoring.daily if one.goal == "cart"]
    assert (list(ring.get_xdata()), list(ring.get_ydata())) == ([12, 12], both)


@pytest.mark.parametrize("draw", [looks.shares, looks.daily_rate, over_time.exposures,
                                  over_time.cumulative_lift])  # fmt: skip
def test_what_happened_stands_on_every_chart_of_days(running: Analysis, draw: object) -> None:
    figure = draw(running)
    assert "checkout redesigned" in words(figure)
    assert any(list(one.get_xdata()) == [9, 9] for one in figure.axes[0].lines)


def test_a_chart_of_what_no_look_has_says_so(running: Analysis) -> None:
    with pytest.raises(OutputError, match="'basket' was not looked at"):
        running.plot.evidence(goal="basket")
    with pytest.raises(OutputError, match="no look has such a pair"):
        running.plot.ruler_path(macro="basket")
    fixed = replace(running, monitoring=None)
    for name in ("lift_path", "evidence", "ruler_path", "shares", "daily_rate"):
        with pytest.raises(OutputError):
            getattr(fixed.plot, name)()


def shown(analysis: Analysis) -> str:
    """The panel as lines of text."""
    whole = text.render(analysis)
    return whole[whole.index("While it ran\n") : whole.index("\nOver time\n")]


def test_the_panel_says_what_stands_and_what_to_do(running: Analysis) -> None:
    told = " ".join(shown(running).split())
    assert "Look 13 of 15: Carts +12% (+6% to +18%); clear since" in told
    assert "From carts to orders: these data cannot say." in told
    assert running.monitoring.advice in told
    assert "[No harm] No sign on any day that carts or orders fell." in told
    assert "12 October" not in told
    assert "[Noted] 14 October: checkout redesigned" in told


def drawn(analysis: Analysis) -> list[str]:
    """What draws the charts of a report."""
    return [one.function for part in of(analysis).sections for one in _charts(part.blocks)]


def test_the_panel_takes_the_place_of_the_paths(running: Analysis) -> None:
    functions = drawn(running)
    assert (functions.count("lift_path"), functions.count("cumulative_lift")) == (2, 0)
    functions = drawn(replace(running, monitoring=None))
    assert (functions.count("lift_path"), functions.count("cumulative_lift")) == (0, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "nobody can tell whether it was changed"),
        ({"recorded": True}, "Looks, end and goals are those of the first look"),
        (
            {"recorded": True, "replans": (Replan(date(2026, 10, 20), "Black Friday"),)},
            "The plan was changed on 20 October: Black Friday.",
        ),
    ],
)
def test_the_panel_says_whether_the_plan_was_kept(
    running: Analysis, changes: dict[str, object], said: str
) -> None:
    assert said in " ".join(shown(with_monitoring(running, **changes)).split())


def test_before_the_first_look_there_are_shares_and_days_only() -> None:
    table = counts([(0.12, 0.25), (0.135, 0.25)], units=200)
    early = ab.analyze(experiment(), until(table, 5))
    charts = [one.function for one in _charts(section.section(early).blocks)]
    assert charts == ["shares", "daily_rate", "daily_rate"]
    assert "First look on 19 October." in text.render(early)


def _charts(blocks: tuple[object, ...]) -> list[object]:
    found = []
    for block in blocks:
        found += [block] if hasattr(block, "function") else _charts(getattr(block, "blocks", ()))
    return found


def test_without_looks_there_is_no_panel(running: Analysis) -> None:
    names = [one.name for one in of(replace(running, monitoring=None)).sections]
    assert "ran" not in names


def test_the_pictures_of_a_page_with_looks_share_no_name(running: Analysis) -> None:
    ids = re.findall(r' id="([^"]+)"', html.render(running))
    assert len(ids) == len(set(ids))


def test_the_day_of_the_figures_is_told_where_more_have_come(running: Analysis) -> None:
    """The head counts everybody, the cards those of the look."""
    assert running.monitoring is not None
    look = running.monitoring.path[-1]
    seen = look.units.control + look.units.treated
    later = replace(running, provenance=replace(running.provenance, units=seen + 1_700))
    said = of_the_last_look(later)
    assert said == (
        f"The figures are those of {look.day.day} {look.day:%B}; 1,700 visitors have been counted "
        "since."
    )
    assert said in text.render(later).replace("\n  ", " ")
    assert of_the_last_look(running) == ""


def test_advice_calls_goals_by_their_words(running: Analysis) -> None:
    assert running.monitoring is not None
    told = "The change in carts is clear; let it run for what is still open."
    assert running.monitoring.advice == told


def test_what_changed_since_the_look_before_is_told(running: Analysis) -> None:
    assert running.monitoring is not None
    said = since_the_last_look(running)
    before, now = running.monitoring.path[-2:]
    more = now.units.control + now.units.treated - before.units.control - before.units.treated
    assert said.startswith(f"Since the look of {before.day.day} {before.day:%B}: {more:,} more")
    assert said in text.render(running).replace("\n  ", " ")
    first = with_monitoring(running, path=running.monitoring.path[:1])
    assert since_the_last_look(first) == ""


def test_after_a_look_that_came_too_early_no_visitors_are_counted(running: Analysis) -> None:
    assert running.monitoring is not None
    *early, before, last = running.monitoring.path
    unknown = replace(before, units=replace(before.units, control=nan, treated=nan))
    said = since_the_last_look(with_monitoring(running, path=(*early, unknown, last)))
    assert "n/a" not in said
    assert said.startswith(f"Since the look of {before.day.day} {before.day:%B}: ")


def test_a_claim_that_came_at_the_last_look_is_named(running: Analysis) -> None:
    assert running.monitoring is not None
    *early, last = running.monitoring.path
    silent = tuple(
        replace(look, goals=tuple(replace(one, crossed=None) for one in look.goals))
        for look in early
    )
    assert any(one.crossed for one in last.goals)
    news = since_the_last_look(with_monitoring(running, path=(*silent, last)))
    assert "carts rose clearly with" in news
