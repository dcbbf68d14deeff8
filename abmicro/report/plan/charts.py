"""The charts of a plan: each one function from a plan to a matplotlib Figure.

Like those of an analysis they use no global state, and colour never speaks alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abmicro import formatting
from abmicro.errors import OutputError, Problem
from abmicro.planning.results import Plan, PlannedStatement
from abmicro.report.charts import calendar, style
from abmicro.report.charts.style import BLUE, FAINT, GREEN, GREY, NAME, WIDTH, Pen, beside, styled
from abmicro.report.plan import carry_through, document, tables
from abmicro.report.words import shorten

LINE, ROOM = 11, 90  # points that a name takes, up and across
STATEMENT = 44  # longest statement beside a chart

End = tuple[float, float, str, Pen]


@styled
def power(plan: Plan, *, ax: Axes | None = None) -> Figure:
    """Power by true lift with what the allowed weeks bring; dots mark the planned lifts."""
    figure, ax = style.sheet(ax, WIDTH, 3.4)
    wanted, goals = plan.experiment.plan.power, document.drawn_goals(plan)
    ends: list[End] = []
    ax.axhline(wanted, color=GREY, lw=1, ls="--", zorder=1)
    ax.annotate(
        f"wanted: {formatting.level(wanted)}",
        (0, wanted),
        xycoords=ax.get_yaxis_transform(),
        xytext=(2, 3),
        textcoords="offset points",
        fontsize=8,
        color=GREY,
    )
    for at, goal in enumerate(goals):
        points = [(abs(one.lift), one.power) for one in plan.curve if one.goal == goal]
        pen = style.pen(at)
        ax.plot(*zip(*points, strict=True), color=pen.color, lw=1.8, zorder=3)
        planned = next(one for one in plan.goals if one.goal == goal)
        if planned.size is not None and abs(planned.lift) <= points[-1][0]:
            _dot(ax, abs(planned.lift), planned.power, pen)
        ends.append((*points[-1], plan.experiment.names.head(goal), pen))
    ax.set_xlim(left=0)
    ax.set_ylim(0, 1.03)
    _names(ax, ends)
    _percent(ax.xaxis)
    _percent(ax.yaxis)
    ax.set_xlabel("true size of the change")
    if not style.is_page():
        ax.set_title(f"power after {formatting.weeks(plan.experiment.plan.weeks)}")
    return figure


@styled
def weeks(plan: Plan, *, ax: Axes | None = None) -> Figure:
    """The smallest lift found with the planned power, week by week; the axis is logarithmic."""
    figure, ax = style.sheet(ax, WIDTH, 3.4)
    ends: list[End] = []
    shown: list[float] = []
    for at, goal in enumerate(document.drawn_goals(plan)):
        rows = [one for one in plan.weeks if one.goal == goal and not isnan(one.detectable)]
        if not rows:
            continue
        pen = style.pen(at)
        found = [abs(one.detectable) for one in rows]
        ax.plot([one.week for one in rows], found, color=pen.color, lw=1.8, zorder=3)
        for one in rows:
            _dot(ax, one.week, abs(one.detectable), pen, size=5)
        ends.append((rows[-1].week, found[-1], plan.experiment.names.head(goal), pen))
        shown += found
    allowed, last = plan.experiment.plan.weeks, max((one.week for one in plan.weeks), default=12)
    if allowed <= last:
        ax.axvline(allowed, color=GREY, lw=1, ls="--", zorder=1)
    style.logarithmic(ax.yaxis, shown, "%", scale=100)
    ax.set_xlim(0.6, last + 0.4)
    _names(ax, ends)
    ax.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    ax.set_xlabel(f"weeks (allowed: {allowed})")
    if not style.is_page():
        ax.set_title("smallest change that is found")
    return figure


@styled
def claims(plan: Plan, *, micro: str | None = None, ax: Axes | None = None) -> Figure:
    """How many each statement about one micro goal and the macro goal needs.

    micro: by default the first. The axis is logarithmic; dashed: what the allowed weeks bring.
    """
    rows = _claims_of(plan, micro)
    figure, ax = style.sheet(ax, WIDTH, 0.36 * len(rows) + 0.85)
    style.rows(ax, [_statement(plan, one) for one in rows], longest=STATEMENT)
    totals = [one.size.total for one in rows if isfinite(one.size.total)]
    allowed = plan.arrivals.allowed
    style.logarithmic(ax.xaxis, [*totals, max(1, allowed)], "")
    left, right = ax.get_xlim()
    for row, one in enumerate(rows):
        end = min(one.size.total, right)
        pen = Pen(GREEN, "o") if one.fits else Pen(BLUE, "D")
        ax.plot([left, end], [row, row], color=FAINT, lw=2, zorder=2)
        _dot(ax, end, row, pen)
        time = f", {formatting.weeks(one.size.weeks)}" * plan.has_traffic
        beside(ax, row, f"{tables.units(one.size.total)}{time}")
    if allowed > left:
        ax.axvline(allowed, color=GREY, lw=1, ls="--", zorder=1)
    weeks = formatting.weeks(plan.experiment.plan.weeks)
    dashed = f" (dashed: after {weeks})"
    timed = f"{dashed[:-1]}; circle: in time, diamond: not)" * plan.has_traffic
    timed = dashed * plan.has_traffic if style.is_page() else timed
    ax.set_xlabel(f"{plan.experiment.names.units} in all variants{timed}")
    return figure


def _claims_of(plan: Plan, micro: str | None) -> list[PlannedStatement]:
    known = carry_through.micros(plan)
    wanted = known[0] if micro is None and known else micro
    rows = [one for one in plan.claims if one.micro == wanted]
    if not rows:
        what, hint = carry_through.no_pairs(plan).rstrip("."), "draw another chart of this plan"
        raise OutputError(Problem("claims", what, "E511", hint))
    return rows


def _statement(plan: Plan, one: PlannedStatement) -> str:
    words = tables.statement(plan, one)
    return words if isnan(one.pass_through) else f"{words} (if {tables.arrives(one)})"


def _dot(ax: Axes, x: float, y: float, pen: Pen, *, size: float = 7) -> None:
    ax.plot(x, y, marker=pen.marker, color=pen.color, ms=size, mec="white", zorder=4)


def _names(ax: Axes, ends: Sequence[End]) -> None:
    """The names of the goals where their lines end, pushed down where one is in the way.

    On a page they stand above the chart.
    """
    if style.is_page():
        for _, _, goal, pen in ends:
            ax.plot([], [], color=pen.color, label=shorten(goal, NAME))
        calendar.names(ax)
        return
    points = 72 / ax.figure.dpi
    taken: list[tuple[float, float]] = []
    for x, y, goal, pen in sorted(ends, key=lambda end: -end[1]):
        across, height = points * ax.transData.transform((x, y))
        place = height
        while any(abs(across - a) < ROOM and abs(place - b) < LINE for a, b in taken):
            place -= 1
        taken.append((across, place))
        ax.annotate(
            shorten(goal, NAME),
            (x, y),
            xytext=(7, place - height),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=pen.color,
            annotation_clip=False,
        )


def _percent(axis: Axis) -> None:
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    axis.axes.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)


draw = style.by_name(power, weeks, claims)
"""Draws every chart of a plan; pages and `plan.plot` find them here."""
