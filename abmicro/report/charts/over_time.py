"""The charts over time: who entered on each day, and how a lift came about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import isnan

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abmicro import formatting
from abmicro.analysis.results import Analysis, Day, Interval
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report.charts import style
from abmicro.report.charts.calendar import calendar
from abmicro.report.charts.selection import some_of
from abmicro.report.charts.style import GREY, NAME, OFF, WIDTH, Pen, styled
from abmicro.report.sections import goals, over_time
from abmicro.report.words import shorten

HEIGHT = 2.6
MARKED = 35  # days beyond which points bear no marks
SETTLED = 0.15  # share of all units from which the path sets the axis


@styled
def exposures(analysis: Analysis, *, ax: Axes | None = None) -> Figure:
    """Units of every variant by the day on which they entered."""
    some_of(analysis, "days", analysis.days)
    figure, ax = style.sheet(ax, WIDTH, HEIGHT)
    days, by_arm = over_time.exposures_by_arm(analysis)
    pens = (OFF, *map(style.pen, range(len(by_arm))))
    for pen, (name, units) in zip(pens, by_arm.items(), strict=False):
        _line(ax, units, pen, analysis.experiment.names.variant(name))
    ax.set_ylim(0, 1.08 * max(max(units) for units in by_arm.values()) or 1)
    calendar(ax, days, analysis.experiment.notes)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda units, _: formatting.count(units)))
    ax.set_ylabel(f"{analysis.experiment.names.units} that entered")
    return figure


@styled
def cumulative_lift(
    analysis: Analysis, *, goal: str | None = None, ax: Axes | None = None
) -> Figure:
    """The lift of one goal among all units that entered until each day, variant by variant.

    goal: the primary, which is the default, or a macro goal. Only the last day has an interval,
    that of the goals table: the days before are no findings.
    """
    rows = some_of(analysis, "days", analysis.days)
    known = list(dict.fromkeys(one.goal for one in rows))
    goal = known[0] if goal is None else goal
    if goal not in known:
        raise OutputError(Problem("goal", f"{goal!r} has no days", "E511", suggest(goal, known)))
    figure, ax = style.sheet(ax, WIDTH, HEIGHT)
    variants = [variant.name for variant in analysis.experiment.treated]
    paths = {
        variant: [one for one in rows if (one.goal, one.variant) == (goal, variant)]
        for variant in variants
    }
    last = {variant: _last(analysis, variant, goal) for variant, path in paths.items() if path}
    days = [date.fromisoformat(one.day) for one in next(filter(None, paths.values()))]
    ax.set_ylim(*_limits([*filter(None, paths.values())], list(last.values())))
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    step = max(0.35, 0.022 * len(days))
    for at, (variant, path) in enumerate(paths.items()):
        if path:
            name = analysis.experiment.names.variant(variant)
            _line(ax, [one.lift for one in path], style.pen(at), name)
            _end(ax, len(days) - 1 + step * (at + 1), last[variant], style.pen(at))
    room, notes = step * (len(variants) + 1), analysis.experiment.notes
    calendar(ax, days, notes, room=room)
    style.ticks(ax.yaxis, "%", scale=100, most=5)
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    ax.set_ylabel(f"change in {shorten(analysis.experiment.names.goal(goal), NAME)}")
    return figure


def _line(ax: Axes, values: Sequence[float], pen: Pen, name: str) -> None:
    mark = pen.marker if len(values) <= MARKED else ""
    ax.plot(
        range(len(values)), values, color=pen.color, lw=1.4, marker=mark, ms=4, mec="white",
        ls="-" if pen.alpha == 1 else "--", label=shorten(name, NAME), zorder=3,
    )  # fmt: skip


def _last(analysis: Analysis, variant: str, goal: str) -> Interval:
    return next(row.lift for row in goals.whole(analysis, variant) if row.goal == goal)


def _limits(paths: list[list[Day]], ends: list[Interval]) -> tuple[float, float]:
    """Ends of the lift axis: intervals at the end, and paths once enough units are in."""
    settled = []
    for path in paths:
        units = np.cumsum([one.units.control + one.units.treated for one in path])
        late = units >= SETTLED * units[-1]
        settled += [one.lift for one, is_late in zip(path, late, strict=True) if is_late]
    known = [lift for lift in settled if not isnan(lift)]
    spans = [
        Interval(lift, lift, lift, 0) for lift in (min(known, default=0), max(known, default=0))
    ]
    return style.limits([*ends, *spans])


def _end(ax: Axes, place: float, interval: Interval, pen: Pen) -> None:
    """The interval at the end, upright; an arrow head where it goes on beyond the axis."""
    if isnan(interval.low) or isnan(interval.high):
        return
    bottom, top = ax.get_ylim()
    ends = [max(interval.low, bottom), min(interval.high, top)]
    ax.plot([place, place], ends, color=pen.color, lw=2, zorder=3)
    for beyond, end, head in (
        (interval.low < bottom, bottom, "v"),
        (interval.high > top, top, "^"),
    ):
        if beyond:
            ax.plot(place, end, marker=head, color=pen.color, ms=6, zorder=4, clip_on=False)
    if bottom <= interval.estimate <= top:
        ax.plot(
            place,
            interval.estimate,
            marker=pen.marker,
            color=pen.color,
            ms=7,
            mec="white",
            zorder=5,
        )
