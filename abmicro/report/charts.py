"""The charts: each one function from an analysis to a matplotlib Figure.

They use no global state: neither pyplot nor the caller's settings are touched. Estimates are dots,
intervals lines, an arrow head means "goes on beyond the axis"; colour never speaks alone. A chart
of one arm takes `variant`, by default the first treated one; `ax` draws into the caller's axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import inf, isfinite, log, nan, sqrt
from typing import TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro import number
from abmicro.analysis.results import (
    Analysis,
    CarryThrough,
    GoalResult,
    Interval,
    LogLifts,
    PassThrough,
    StepResult,
)
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report import drawing, outline, tables
from abmicro.report.drawing import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    NAME,
    OFF,
    ROW,
    VERMILLION,
    WIDTH,
    Pen,
    beside,
    styled,
)
from abmicro.report.words import LABELS, shorten

T = TypeVar("T")
FARTHEST = 3.0  # a region is cut at this lift, or at twice the estimate


@styled
def ruler(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """The pass-through ruler: every micro goal of one arm on the scale 0, c, 1.

    0: nothing of the expected macro lift arrived; c: the asked share; 1: all of it. A set that is
    not an interval is drawn as two rays or as the whole line.
    """
    results = _carry(analysis, variant)
    figure, ax = drawing.sheet(ax, WIDTH, 0.85 + 0.5 * len(results))
    ax.set_xlim(*_span([one.pass_through for one in results]))
    drawing.rows(ax, [one.micro for one in results])
    _landmarks(ax, results)
    for row, one in enumerate(results):
        _mark(ax, row, one)
        title, place = LABELS[one.label].title, row - 0.13
        beside(ax, place, title)
        beside(ax, place + 0.32, _set(one.pass_through), color=GREY)
    ax.set_xlabel("pass-through: share of the expected macro lift that arrived")
    return figure


@styled
def plane(
    analysis: Analysis,
    *,
    variant: str | None = None,
    micro: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Micro lift against macro lift with their joint region, beside the line of full carry-through.

    micro: the micro goal, by default the first one of the arm. The region is the ellipse of the two
    log lifts at the level of the pass-through, drawn on the scale of lifts; between the two lines
    lie the pass-throughs from c to 1.
    """
    results = _carry(analysis, variant)
    one = next((one for one in results if micro in (None, one.micro)), None)
    if one is None:
        hint = suggest(str(micro), [one.micro for one in results])
        raise OutputError(Problem("micro", f"{micro!r} has no carry-through", "E511", hint))
    figure, ax = drawing.sheet(ax, 4.6, 3.9)
    ax.set_title(f"{LABELS[one.label].title} ({number.level(one.pass_through.level)} region)")
    ax.set_xlabel(f"lift of {shorten(one.micro, 40)}")
    ax.set_ylabel(f"lift of {shorten(one.macro, 36)}")
    x, y = _region(one.log_lifts, one.pass_through.level)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        ax.set(xticks=[], yticks=[])
        ax.text(0.5, 0.5, "no region: a lift cannot be computed", ha="center", color=GREY)
        return figure
    point = np.expm1([one.log_lifts.micro, one.log_lifts.macro])
    _frame(ax, x, y, point)
    _carry_lines(ax, one)
    pen = drawing.pen(0)
    ax.fill(x, y, color=pen.color, alpha=0.2, lw=0, zorder=2)
    ax.plot(x, y, color=pen.color, lw=1.4, zorder=3)
    ax.plot(*point, marker=pen.marker, color=pen.color, ms=7, mec="white", zorder=4)
    return figure


@styled
def funnel(analysis: Analysis) -> Figure:
    """Who reached each step, per exposed unit and variant, with the lift against control.

    Bars share one axis from zero; the lifts beside them carry their intervals.
    """
    arms = [variant.name for variant in analysis.experiment.treated]
    by_arm = [_steps(analysis, arm) for arm in arms]
    steps = [step.step for step in by_arm[0]]
    height = len(steps) * (0.24 * (len(arms) + 1) + 0.16) + 0.7
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    bars, lifts = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    thick = 0.8 / (len(arms) + 1)
    lifts.set_xlim(*drawing.limits([step.cumulative for one in by_arm for step in one]))
    for at, found in enumerate(by_arm):
        for row, step in enumerate(found):
            place = row - 0.4 + thick * (at + 1.5)
            share = tables.per_unit(step)
            if at == 0:
                drawing.bar(bars, row - 0.4 + thick / 2, share.control, thick, OFF)
            drawing.bar(bars, place, share.treated, thick, drawing.pen(at))
            drawing.whisker(lifts, place, step.cumulative, drawing.pen(at))
            beside(lifts, place, number.lift(step.cumulative))
    drawing.rows(bars, steps)
    drawing.zero(lifts)
    bars.set_xlim(0, 1.15 * max(bar.get_width() for bar in bars.patches) or 1)
    drawing.key(figure, bars, [analysis.experiment.control.name, *arms])
    bars.xaxis.set_visible(False)
    bars.spines["bottom"].set_visible(False)
    drawing.ticks(lifts.xaxis, "%", scale=100, most=3)
    lifts.set_title("lift per exposed unit")
    return figure


@styled
def waterfall(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """Where the extra macro conversions per 1,000 exposed units arise, step by step.

    The steps add up to the last row. Only the first step and the total compare the arms as they
    were randomised, so only these are coloured. A step that cannot be computed ends the picture.
    """
    steps = _steps(analysis, variant)
    figure, ax = drawing.sheet(ax, WIDTH, ROW * (len(steps) + 1) + 0.75)
    ends = np.concatenate([[0.0], np.cumsum([step.per_1000.estimate for step in steps])])
    bars = [_moved(step.per_1000, start) for step, start in zip(steps, ends, strict=False)]
    total = _total(analysis, steps[-1])
    ax.set_xlim(*drawing.limits([*bars, total]))
    drawing.rows(ax, [*(step.step for step in steps), "all steps"])
    drawing.zero(ax)
    for row, (bar, start) in enumerate(zip(bars, ends, strict=False)):
        pen = drawing.pen(0) if row == 0 else OFF
        drawing.floating(ax, row, start, bar, pen)
        ax.plot([bar.estimate] * 2, [row - 0.25, row + 1.25], color=FAINT, lw=1, zorder=1)
        beside(ax, row, number.change(steps[row].per_1000))
    drawing.floating(ax, len(steps), 0.0, total, drawing.pen(0))
    beside(ax, len(steps), number.change(total))
    drawing.ticks(ax.xaxis)
    macro = shorten(steps[-1].step, NAME)
    ax.set_xlabel(f"extra units with {macro} per 1,000 exposed units")
    return figure


@styled
def forest(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """The lift of every goal of one arm: primary, guardrails, secondary, exploratory.

    A diamond marks a macro goal, a tick the margin of a guardrail.
    """
    lines = list(_by_role(tables.whole(analysis, _arm(analysis, variant))))
    figure, ax = drawing.sheet(ax, WIDTH, 0.3 * len(lines) + 0.75)
    ax.set_xlim(*drawing.limits([row.lift for _, row in lines if row is not None]))
    drawing.rows(ax, [name for name, _ in lines])
    drawing.zero(ax)
    for at, (label, (_, row)) in enumerate(zip(ax.get_yticklabels(), lines, strict=True)):
        if row is None:
            label.set(color=GREY, fontsize=8, fontweight="bold")
            continue
        drawing.whisker(ax, at, row.lift, Pen(BLUE, "D" if row.kind == "macro" else "o"))
        if (guard := row.noninferiority) is not None:
            margin = guard.margin if row.direction == "down" else -guard.margin
            ax.plot([margin] * 2, [at - 0.3, at + 0.3], color=INK, lw=1.5, zorder=3)
        beside(ax, at, number.lift(row.lift))
    drawing.ticks(ax.xaxis, "%", scale=100)
    ax.set_xlabel("lift against control  (diamond: macro goal, tick: margin of a guardrail)")
    return figure


def _by_role(results: tuple[GoalResult, ...]) -> Iterator[tuple[str, GoalResult | None]]:
    """The goals with the name of their role, once, above them."""
    for role, rows in groupby(results, key=lambda row: row.role):
        yield role, None
        yield from ((row.goal, row) for row in rows)


def _arm(analysis: Analysis, variant: str | None) -> str:
    arms = [arm.name for arm in analysis.experiment.treated]
    if variant not in (None, *arms):
        hint = suggest(str(variant), arms)
        raise OutputError(Problem("variant", f"{variant!r} is no treated variant", "E511", hint))
    return arms[0] if variant is None else variant


def _carry(analysis: Analysis, variant: str | None) -> tuple[CarryThrough, ...]:
    found = tables.of_variant(analysis.carry_through, _arm(analysis, variant))
    return _some(analysis, "carry_through", found)


def _steps(analysis: Analysis, variant: str | None) -> tuple[StepResult, ...]:
    return _some(analysis, "funnel", tables.of_variant(analysis.funnel, _arm(analysis, variant)))


def _some(analysis: Analysis, panel: str, results: tuple[T, ...]) -> tuple[T, ...]:
    """The results; OutputError with the reason where there are none."""
    if not results:
        reason = next(outline.missing(analysis, panel, "carry_through"), "there is nothing to draw")
        raise OutputError(Problem(panel, reason.removesuffix("."), "E511"))
    return results


def _set(through: PassThrough) -> str:
    """The pass-through beside its row, in few words."""
    if through.kind == "line":
        return "cannot be computed"
    return tables.share(through).removeprefix("not bounded: ")


def _span(sets: list[PassThrough]) -> tuple[float, float]:
    """Ends of the ruler: the landmarks with room, and bounded sets up to a limit."""
    ends = [end for one in sets for end in (one.low, one.high) if isfinite(end)]
    low, high = min([-0.6, *ends]), max([1.6, *ends])
    return max(low - 0.1, -1.25), min(high + 0.1, 2.25)


def _landmarks(ax: Axes, results: tuple[CarryThrough, ...]) -> None:
    """The marks 0, c and 1, and the three zones between them in words.

    The zones of gains are tinted as bad, open and good; where a micro goal fell they stay grey,
    since a loss that arrives is no good news.
    """
    threshold = results[0].threshold
    left, right = ax.get_xlim()
    share = "half" if threshold == 0.5 else f"{threshold:g}"
    gains = all(one.log_lifts.micro > 0 for one in results)
    zones = (
        (left, 0.0, VERMILLION if gains else FAINT, "the other way"),
        (0.0, threshold, GREY if gains else FAINT, f"less than {share}"),
        (threshold, right, GREEN if gains else GREY, f"at least {share}"),
    )
    for low, high, color, words in zones:
        ax.axvspan(low, high, color=color, alpha=0.1, lw=0, zorder=0)
        _over(ax, (low + high) / 2, words)
    for place, line in ((0.0, "-"), (threshold, "--"), (1.0, "-")):
        ax.axvline(place, color=GREY, lw=1, ls=line, zorder=1)
    ax.set_xticks([0.0, threshold, 1.0], ["0 = nothing", f"{threshold:g}", "1 = all of it"])


def _over(ax: Axes, place: float, words: str) -> None:
    """Words centred over a place of the horizontal axis."""
    ax.annotate(
        words,
        (place, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=8,
        color=GREY,
    )


def _mark(ax: Axes, row: int, one: CarryThrough) -> None:
    """The set on its row: dotted where nothing is ruled out, otherwise line by line."""
    through = one.pass_through
    pen = OFF if LABELS[one.label].tone in ("off", "warn") else drawing.pen(0)
    if through.kind == "line":
        left, right = ax.get_xlim()
        ax.plot([left, right], [row, row], color=pen.color, lw=2.5, ls=":", zorder=3)
        for end, head in ((left, "<"), (right, ">")):
            ax.plot(end, row, marker=head, color=pen.color, ms=6, zorder=4, clip_on=False)
        return
    parts = [Interval(through.estimate, through.low, through.high, through.level)]
    if through.kind == "rays":
        ends = ((-inf, through.low), (through.high, inf))
        parts = [Interval(inf, low, high, through.level) for low, high in ends]
    for part in parts:
        drawing.whisker(ax, row, part, pen, width=3.5)


def _region(lifts: LogLifts, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The joint region as lifts: an ellipse on the log scale, radius from chi-square with 2 df."""
    covariance = np.array(
        [[lifts.var_micro, lifts.covariance], [lifts.covariance, lifts.var_macro]]
    )
    if not np.isfinite(covariance).all():
        return np.array([nan]), np.array([nan])
    sizes, axes = np.linalg.eigh(covariance)
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    radius = sqrt(-2 * log(1 - level))
    edge = radius * axes @ (np.sqrt(np.maximum(sizes, 0))[:, None] * circle)
    with np.errstate(over="ignore"):
        return np.expm1(lifts.micro + edge[0]), np.expm1(lifts.macro + edge[1])


def _frame(ax: Axes, x: np.ndarray, y: np.ndarray, point: np.ndarray) -> None:
    """Axes through zero, with the four quarters named in words."""
    for values, estimate, set_limits in ((x, point[0], ax.set_xlim), (y, point[1], ax.set_ylim)):
        low, high = min(values.min(), 0), max(values.max(), 0)
        high = min(high, max(FARTHEST, 2 * estimate))
        room = 0.22 * (high - low)
        set_limits(low - room, high + room)
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    drawing.zero(ax)
    across_zero, up_zero = ax.transAxes.inverted().transform(ax.transData.transform((0, 0)))
    corners = (
        (0.98, 0.97, "both up"),
        (0.98, 0.03, "conflict: micro up, macro down"),
        (0.02, 0.97, "macro up only"),
        (0.02, 0.03, "both down"),
    )
    for across, up, words in corners:
        if abs(across - across_zero) < 0.016 * len(words) or abs(up - up_zero) < 0.1:
            continue  # the quarter is too small for its name
        ax.text(
            across,
            up,
            words,
            transform=ax.transAxes,
            ha="right" if across > 0.5 else "left",
            va="top" if up > 0.5 else "bottom",
            fontsize=8,
            color=GREY,
        )
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    for axis in (ax.xaxis, ax.yaxis):
        drawing.ticks(axis, "%", scale=100, most=5)


def _carry_lines(ax: Axes, one: CarryThrough) -> None:
    """Full carry-through and the asked share, as macro lift for every micro lift."""
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    x = np.linspace(max(left, -0.99), right, 41)
    expected = np.log1p(np.maximum(one.dilution * x, -0.99))
    full, asked = np.expm1(expected), np.expm1(one.threshold * expected)
    ax.fill_between(x, asked, full, color=FAINT, alpha=0.4, lw=0, zorder=0)
    ax.plot(x, full, color=GREY, lw=1.2, zorder=1)
    ax.plot(x, asked, color=GREY, lw=1, ls="--", zorder=1)
    ax.set_ylim(bottom, top)
    for line, words in ((full, "all"), (asked, f"{one.threshold:g} of it")):
        seen = (line < top) & (line > bottom)
        last = int(np.flatnonzero(seen)[-1])
        ax.annotate(
            words,
            (x[last], line[last]),
            xytext=(3, 0),
            textcoords="offset points",
            fontsize=8,
            color=GREY,
            va="center",
            annotation_clip=False,
        )


def _total(analysis: Analysis, last: StepResult) -> Interval:
    """Extra macro conversions per 1,000 units of an arm; NaN where there is no carry-through."""
    for one in tables.of_variant(analysis.carry_through, last.variant):
        if one.macro == last.step:
            return one.extra_macro_per_1000
    return Interval(nan, nan, nan, nan)


def _moved(interval: Interval, by: float) -> Interval:
    return Interval(interval.estimate + by, interval.low + by, interval.high + by, interval.level)
