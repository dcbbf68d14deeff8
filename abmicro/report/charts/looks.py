"""The charts of a running test: lifts, evidence, pass-through, shares and rates, look by look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import isfinite, isinf, isnan

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.analysis.results.monitoring import DailyRate
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report.charts import style
from abmicro.report.charts.calendar import calendar, names
from abmicro.report.charts.style import FAINT, GREEN, GREY, OFF, VERMILLION, Pen, styled
from abmicro.report.monitoring.told import PairPath, Running, lift_rows, pairs, watched_goals
from abmicro.report.words import shorten

SIZE = 3.5, 2.3  # inches: as wide as a small screen
TICKS = 3
WORD = 18  # longest name beside a chart
ASIDE = 0.012  # of the axis, by which variants stand beside one another
ENDS = -1.0, 2.0  # of the ruler: people learn the picture


@styled
def lift_path(watched: Running, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
    """The lift of one goal against mature units, with the interval that holds over all looks.

    goal: by default the primary. A point is filled where the goal was clear at that look.
    """
    goal = _goal(watched, goal)
    figure, ax = style.sheet(ax, *SIZE)
    rows = {
        variant.name: lift_rows(watched, variant.name, goal)
        for variant in watched.experiment.treated
    }
    lifts = [one.lift for own in rows.values() for _, one in own]
    ax.set_ylim(*style.limits(lifts))
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    for at, (variant, own) in enumerate(rows.items()):
        pen = style.pen(at)
        units = [look.units.control + look.units.treated for look, _ in own]
        places = [one + ASIDE * at * (units[-1] - units[0]) for one in units]
        ax.plot(places, [one.lift.estimate for _, one in own], color=pen.color, lw=1, zorder=2)
        for place, (_, one) in zip(places, own, strict=True):
            _upright(ax, place, one.lift, pen, full=one.crossed is not None)
        ax.plot([], [], color=pen.color, marker=pen.marker, label=_called(watched, variant))
    if len(rows) > 1:
        names(ax)
    ax.xaxis.set_major_locator(MaxNLocator(TICKS, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda units, _: formatting.count(units)))
    ax.set_xlabel(f"{watched.experiment.names.units} judged")
    _percent(ax, f"lift of {_word(watched, goal)}")
    return figure


@styled
def evidence(watched: Running, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
    """The score of one goal at every look against its bound, and the line of harm beside it.

    goal: by default the primary. Beyond the bounds lie a clear gain and a clear loss.
    """
    goal = _goal(watched, goal)
    monitoring = watched.monitoring
    looks = () if monitoring is None else monitoring.path
    figure, ax = style.sheet(ax, *SIZE)
    days = _days(look.day for look in looks)
    places = [days.index(look.day) for look in looks]
    bound = np.array([np.nan if isinf(look.critical) else look.critical for look in looks])
    scores = []
    for at, variant in enumerate(watched.experiment.treated):
        own = lift_rows(watched, variant.name, goal)
        z = [one.z for _, one in own]
        pen = style.pen(at)
        where = [days.index(look.day) for look, _ in own]
        ax.plot(where, z, color=pen.color, lw=1.4, zorder=3, label=_called(watched, variant.name))
        for place, score, (_, one) in zip(where, z, own, strict=True):
            _dot(ax, place, score, pen, full=one.crossed is not None)
        scores += [score for score in z if isfinite(score)]
    reach = 1.3 * max([*map(abs, scores), float(np.nanmax(bound, initial=3.0))])
    ax.set_ylim(-reach, reach)
    _zones(ax, places, bound, reach, falls=_falls(watched, goal))
    _harm(ax, watched, goal, days)
    calendar(ax, days, watched.experiment.notes, ticks=TICKS)
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_ylabel(f"evidence on {_word(watched, goal)} (z)")
    return figure


@styled
def ruler_path(
    watched: Running,
    *,
    variant: str | None = None,
    micro: str | None = None,
    macro: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """The pass-through of one pair at every look; at the right what all looks have in common.

    variant, micro, macro: by default the first pair.
    """
    asked = (variant, micro, macro)
    known = [one for one in pairs(watched) if _fits(one, asked)]
    if not known:
        raise OutputError(Problem("carry", "no look has such a pair", "E511", "name another"))
    one = known[0]
    figure, ax = style.sheet(ax, *SIZE)
    ax.set_ylim(*ENDS)
    days = _days(day for day, _ in one.sets)
    pen = style.pen([arm.name for arm in watched.experiment.treated].index(one.variant))
    for day, found in one.sets:
        _upright(ax, days.index(day), found, pen, full=False, dot=False)
    if one.common is not None:
        _upright(ax, len(days) + 0.5, one.common, pen, full=True, dot=False, width=6.0)
    for low, high, color in (
        (ENDS[0], 0.0, VERMILLION), (0.0, one.threshold, GREY), (one.threshold, ENDS[1], GREEN)
    ):  # fmt: skip
        ax.axhspan(low, high, color=color, alpha=0.1, lw=0, zorder=0)
    for place, line in ((0.0, "-"), (one.threshold, "--"), (1.0, "-")):
        ax.axhline(place, color=GREY, lw=1, ls=line, zorder=1)
    calendar(ax, days, watched.experiment.notes, room=2.0, ticks=TICKS)
    share = "half" if one.threshold == 0.5 else f"{one.threshold:g}"
    ax.set_yticks([0.0, one.threshold, 1.0], ["none", share, "all"])
    ax.set_ylabel(f"{_word(watched, one.micro)} to {_word(watched, one.macro)}")
    return figure


@styled
def shares(watched: Running, *, ax: Axes | None = None) -> Figure:
    """The log e-value of the planned shares of units, day by day, and where it alarms."""
    found = None if watched.monitoring is None else watched.monitoring.sample_ratio
    if found is None or not found.days:
        raise OutputError(Problem("sample_ratio", "no days are known", "E511", "draw another"))
    figure, ax = style.sheet(ax, *SIZE)
    days = _days(found.days)
    places = [days.index(day) for day in found.days]
    ax.plot(places, found.path, color=style.BLUE, lw=1.4, zorder=3)
    ax.axhline(found.threshold, color=VERMILLION, lw=1, ls="--", zorder=2)
    ax.axhspan(found.threshold, 1e6, color=VERMILLION, alpha=0.1, lw=0, zorder=0)
    low, high = min(0.0, *found.path), max(found.threshold, *found.path)
    ax.set_ylim(low - 0.1 * (high - low), high + 0.15 * (high - low))
    calendar(ax, days, watched.experiment.notes, ticks=TICKS)
    ax.set_ylabel("evidence of wrong shares (log e)")
    return figure


@styled
def daily_rate(watched: Running, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
    """The rate of one goal among the units of each day of entry; dips are ringed."""
    goal, own = _daily(watched, goal)
    figure, ax = style.sheet(ax, *SIZE)
    days = _days(own[0].days)
    places = [days.index(day) for day in own[0].days]
    for pen, one in zip((OFF, *style.PENS), own, strict=False):
        label = _called(watched, one.variant)
        ax.plot(places, one.rates, color=pen.color, lw=1.4, label=label, zorder=3)
    _dips(ax, watched, own, days)
    highest = max((rate for one in own for rate in one.rates if isfinite(rate)), default=1.0)
    ax.set_ylim(0, 1.2 * highest or 1)
    calendar(ax, days, watched.experiment.notes, ticks=TICKS)
    ax.yaxis.set_major_locator(MaxNLocator(TICKS))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{100 * rate:g}%"))
    ax.set_ylabel(f"{_word(watched, goal)} by day of entry")
    return figure


def _goal(watched: Running, goal: str | None) -> str:
    """The goal asked for, by default the primary; OutputError for one that no look judged."""
    known = watched_goals(watched)
    if not known:
        raise OutputError(Problem("monitoring", "no look has been yet", "E511", "wait for one"))
    if goal not in (None, *known):
        hint = suggest(str(goal), known)
        raise OutputError(Problem("goal", f"{goal!r} was not looked at", "E511", hint))
    return known[0] if goal is None else goal


def _daily(watched: Running, goal: str | None) -> tuple[str, list[DailyRate]]:
    """The goal asked for, by default the first with rates by day, and those of each variant."""
    daily = () if watched.monitoring is None else watched.monitoring.daily
    known = list(dict.fromkeys(one.goal for one in daily if one.days))
    wanted = next(iter(known), "") if goal is None else goal
    if wanted not in known:
        hint = suggest(wanted, known)
        raise OutputError(Problem("goal", f"{goal!r} has no daily rate", "E511", hint))
    return wanted, [one for one in daily if one.goal == wanted]


def _dips(ax: Axes, watched: Running, own: Sequence[DailyRate], days: Sequence[date]) -> None:
    """A ring around the rates of each day that dipped."""
    alarms = () if watched.monitoring is None else watched.monitoring.alarms
    for alarm in alarms:
        if (alarm.kind, alarm.goal) == ("dip", own[0].goal) and alarm.day in days:
            at = own[0].days.index(alarm.day)
            dipped = [one.rates[at] for one in own if alarm.variant in ("", one.variant)]
            ax.plot(
                [days.index(alarm.day)] * len(dipped), dipped, ls="", marker="o", ms=11,
                mfc="none", mec=VERMILLION, mew=2, zorder=4,
            )  # fmt: skip


def _fits(one: PairPath, asked: tuple[str | None, str | None, str | None]) -> bool:
    """Whether a pair has the variant and goals asked for."""
    is_of = one.variant, one.micro, one.macro
    return all(wish in (None, own) for wish, own in zip(asked, is_of, strict=True))


def _days(found: Iterable[date]) -> list[date]:
    """All days from the first to the last."""
    days = sorted(found)
    return [days[0] + timedelta(days=at) for at in range((days[-1] - days[0]).days + 1)]


def _word(watched: Running, goal: str) -> str:
    return shorten(watched.experiment.names.goal(goal), WORD)


def _called(watched: Running, variant: str) -> str:
    return shorten(watched.experiment.names.variant(variant), WORD)


def _falls(watched: Running, goal: str) -> bool:
    """Whether less of a goal is better."""
    return any(one.name == goal and one.direction == "down" for one in watched.experiment.goals)


def _zones(
    ax: Axes, places: Sequence[int], bound: np.ndarray, reach: float, *, falls: bool
) -> None:
    """What lies beyond the bounds, in words."""
    words = (("clear gain", GREEN), ("clear loss", VERMILLION))
    for (text, color), sign in zip(words, (-1, 1) if falls else (1, -1), strict=True):
        ax.fill_between(places, sign * bound, sign * reach, color=color, alpha=0.12, lw=0)
        ax.plot(places, sign * bound, color=GREY, lw=1, zorder=2)
        ax.annotate(
            text, (1, sign * reach), xycoords=ax.get_yaxis_transform(), xytext=(-3, -4 * sign),
            textcoords="offset points", ha="right", va="top" if sign > 0 else "bottom",
            fontsize=8, color=color,
        )  # fmt: skip
    ax.axhline(0, color=FAINT, lw=1, zorder=1)


def _harm(ax: Axes, watched: Running, goal: str, days: list[date]) -> None:
    """The bound of the alarm of harm, dashed."""
    found = () if watched.monitoring is None else watched.monitoring.harm
    for one in (one for one in found if one.goal == goal):
        told = [(days.index(day), z) for day, z in zip(one.days, one.bound, strict=True)
                if day in days and not isnan(z)]  # fmt: skip
        if told:
            ax.plot(*zip(*told, strict=True), color=VERMILLION, lw=1, ls="--", zorder=2)


def _upright(
    ax: Axes, place: float, interval: Interval, pen: Pen, *, full: bool, dot: bool = True,
    width: float = 2.0,
) -> None:  # fmt: skip
    """An interval that stands; an arrow head where it goes on beyond the axis."""
    if isnan(interval.low) or isnan(interval.high):
        return
    bottom, top = ax.get_ylim()
    low, high = max(interval.low, bottom), min(interval.high, top)
    if low <= high:
        ax.plot([place, place], [low, high], color=pen.color, lw=width, zorder=3)
    for beyond, end, head in (
        (interval.low < bottom, bottom, "v"), (interval.high > top, top, "^")
    ):  # fmt: skip
        if beyond:
            ax.plot(place, end, marker=head, color=pen.color, ms=5, zorder=4, clip_on=False)
    if dot and bottom <= interval.estimate <= top:
        _dot(ax, place, interval.estimate, pen, full=full)


def _dot(ax: Axes, place: float, value: float, pen: Pen, *, full: bool) -> None:
    """A point, filled where it lies beyond its bound."""
    fill = pen.color if full else "white"
    ax.plot(place, value, marker=pen.marker, color=pen.color, mfc=fill, ms=5, zorder=5)


def _percent(ax: Axes, label: str) -> None:
    style.ticks(ax.yaxis, "%", scale=100, most=5)
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    ax.set_ylabel(label)
