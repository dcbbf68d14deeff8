"""The charts of health: sources with their ranges, days with the band of their weekday."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abmicro.analysis.results import Interval
from abmicro.errors import OutputError, Problem
from abmicro.report.charts import style
from abmicro.report.charts.style import BLUE, FAINT, GREY, PENS, ROW, SMALL, VERMILLION, styled
from abmicro.report.tables.traffic import MOST_SOURCES, of_rate
from abmicro.report.words import shorten
from abmicro.traffic.results import Health

MOST_TICKS = 6


@styled
def rates(health: Health, *, segment: str, ax: Axes | None = None) -> Figure:
    """The engaged rate of every source with its range; dashed: all together."""
    rows = [one for one in health.traffic if one.segment == segment]
    rows = [one for one in rows if one.engaged.low == one.engaged.low][:MOST_SOURCES]
    if not rows:
        raise _absent("rates", f"no source of {segment!r} has enough units")
    figure, ax = style.sheet(ax, SMALL, ROW * len(rows) + 0.6)
    style.rows(ax, [one.source for one in rows])
    ax.set_xlim(0, 1.05 * max(one.engaged.high for one in rows))
    pooled = sum(one.units * one.engaged.estimate for one in rows) / sum(one.units for one in rows)
    ax.axvline(pooled, color=GREY, lw=1, ls="--", zorder=1)
    for row, one in enumerate(rows):
        pen = PENS[1] if one.signals else PENS[0]
        style.whisker(ax, row, Interval(*_ends(one.engaged)), pen)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    return figure


def _ends(interval: Interval) -> tuple[float, float, float, float]:
    return interval.estimate, interval.low, interval.high, interval.level


@styled
def days(health: Health, *, goal: str, of: str = "", ax: Axes | None = None) -> Figure:
    """Conversions by day of entry over the band that is usual for the weekday; odd days ringed."""
    rows = [one for one in health.days if (one.goal, one.of) == (goal, of)]
    if not rows:
        raise _absent("days", f"no days of {goal!r} were judged")
    figure, ax = style.sheet(ax, SMALL, 2.3)
    places = range(len(rows))
    ax.fill_between(places, [one.low for one in rows], [one.high for one in rows],
                    color=FAINT, alpha=0.6, lw=0, zorder=1)  # fmt: skip
    reached = [one.reached for one in rows]
    ax.plot(places, reached, color=BLUE, lw=1.2, marker="o", ms=3.2, zorder=3)
    for at, one in enumerate(rows):
        if one.flagged:
            ax.plot(at, one.reached, marker="o", ms=11, mfc="none", mec=VERMILLION, mew=2, zorder=4)
            right = at > 0.6 * len(rows)
            told = f"{_short(one.day)}: {one.reached:,}, {one.expected:,.0f} usual"
            ax.annotate(
                told,
                (at, one.reached),
                xytext=(-9 if right else 9, -3),
                textcoords="offset points",
                ha="right" if right else "left",
                va="center",
                fontsize=8.5,
                color=VERMILLION,
            )
    every = max(1, -(-len(rows) // MOST_TICKS))
    shown = list(places)[::every]
    ax.set_xticks(shown, [_short(rows[at].day) for at in shown])
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    ax.set_title(shorten(of_rate(health.experiment.names, goal, of), 60))
    return figure


def _short(day: object) -> str:
    return f"{day:%-d %b}"


def _absent(chart: str, what: str) -> OutputError:
    return OutputError(Problem(chart, what, "E511", "draw another chart of this page"))


draw = style.by_name(rates, days)
"""Draws every chart of health."""
