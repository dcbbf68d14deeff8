"""The charts of carry-through: the pass-through ruler and the plane of both lifts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import inf, isfinite, log, nan, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro import formatting
from abmicro.analysis.results import Analysis, CarryThrough, Interval, LogLifts, PassThroughSet
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report.charts import style
from abmicro.report.charts.selection import arm_of, some_of
from abmicro.report.charts.style import (
    FAINT,
    GREEN,
    GREY,
    HEAD,
    OFF,
    VERMILLION,
    WIDTH,
    beside,
    styled,
)
from abmicro.report.sections import goals
from abmicro.report.words import label_words, shorten

FARTHEST = 3.0  # a region is cut at this lift, or at twice the estimate


@styled
def ruler(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """The pass-through ruler: every micro goal of one variant on the scale 0, c, 1, macro by macro.

    0: nothing of the expected macro lift arrived; c: the asked share; 1: all of it. A set that is
    not an interval is drawn as two rays or as the whole line.
    """
    results = _carry(analysis, variant)
    lines = list(_by_macro(results))
    figure, ax = style.sheet(ax, WIDTH, 0.85 + 0.5 * len(lines))
    ax.set_xlim(*_span([one.pass_through for one in results]))
    style.rows(ax, [name for name, _ in lines])
    _landmarks(ax, results)
    for row, (label, (_, line)) in enumerate(zip(ax.get_yticklabels(), lines, strict=True)):
        if line is None:
            label.set(**HEAD)
            continue
        _mark(ax, row, line)
        beside(ax, row - 0.13, label_words(line).title)
        beside(ax, row + 0.19, _set(line.pass_through), color=GREY)
    ax.set_xlabel("pass-through: share of the expected macro lift that arrived")
    return figure


@styled
def plane(
    analysis: Analysis,
    *,
    variant: str | None = None,
    micro: str | None = None,
    macro: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Micro lift against macro lift with their joint region, beside the line of full carry-through.

    micro, macro: the goals, by default the first ones of the variant. The region is the ellipse of
    the two log lifts at the level of the pass-through, drawn on the scale of lifts; between the two
    lines lie the pass-throughs from c to 1.
    """
    results = _carry(analysis, variant)
    one = _pair(results, micro, macro)
    figure, ax = style.sheet(ax, 4.6, 3.9)
    ax.set_title(f"{label_words(one).title} ({formatting.level(one.pass_through.level)} region)")
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
    pen = style.pen(0)
    ax.fill(x, y, color=pen.color, alpha=0.2, lw=0, zorder=2)
    ax.plot(x, y, color=pen.color, lw=1.4, zorder=3)
    ax.plot(*point, marker=pen.marker, color=pen.color, ms=7, mec="white", zorder=4)
    return figure


def _carry(analysis: Analysis, variant: str | None) -> tuple[CarryThrough, ...]:
    found = goals.of_variant(analysis.carry_through, arm_of(analysis, variant))
    return some_of(analysis, "carry_through", found)


def _by_macro(
    results: tuple[CarryThrough, ...],
) -> Iterator[tuple[str, CarryThrough | None]]:
    """The micro goals; of several macro goals with their name above or, one by one, behind."""
    macros = len({one.macro for one in results})
    if 1 < macros == len(results):
        yield from ((f"{one.micro} to {one.macro}", one) for one in results)
        return
    for macro, pairs in groupby(results, key=lambda one: one.macro):
        if macros > 1:
            yield f"to {macro}", None
        yield from ((one.micro, one) for one in pairs)


def _pair(results: tuple[CarryThrough, ...], micro: str | None, macro: str | None) -> CarryThrough:
    """The first carry-through of the goals asked for; OutputError where there is none."""
    for name, asked, known in (
        ("micro", micro, [one.micro for one in results]),
        ("macro", macro, [one.macro for one in results]),
    ):
        if asked not in (None, *known):
            hint = suggest(str(asked), known)
            raise OutputError(Problem(name, f"{asked!r} has no carry-through", "E511", hint))
    fitting = (one for one in results if micro in (None, one.micro) and macro in (None, one.macro))
    return next(fitting, results[0])


def _set(through: PassThroughSet) -> str:
    """The pass-through beside its row, in few words."""
    if through.kind == "line":
        return "cannot be computed"
    return goals.share(through).removeprefix("not bounded: ")


def _span(sets: list[PassThroughSet]) -> tuple[float, float]:
    """Ends of the ruler: the landmarks with room, and bounded sets up to a limit."""
    ends = [end for one in sets for end in (one.low, one.high) if isfinite(end)]
    low, high = min([-0.6, *ends]), max([1.6, *ends])
    return max(low - 0.1, -1.25), min(high + 0.1, 2.25)


def _landmarks(ax: Axes, results: tuple[CarryThrough, ...]) -> None:
    """The marks 0, c and 1, and the three zones between them in words.

    The zones of gains are tinted as bad, open and good; where a micro goal fell they stay grey,
    since a loss that arrives is no good news, and where less of the macro is better.
    """
    threshold = results[0].threshold
    left, right = ax.get_xlim()
    share = "half" if threshold == 0.5 else f"{threshold:g}"
    gains = all(one.log_lifts.micro > 0 and one.sign > 0 for one in results)
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
    pen = OFF if label_words(one).tone in ("off", "warn") else style.pen(0)
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
        style.whisker(ax, row, part, pen, width=3.5)


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
    style.zero(ax)
    across_zero, up_zero = ax.transAxes.inverted().transform(ax.transData.transform((0, 0)))
    corners = (
        (0.98, 0.97, "both up"),
        (0.98, 0.03, "conflict: micro up, macro down"),
        (0.02, 0.97, "macro up only"),
        (0.02, 0.03, "both down"),
    )
    for across, up, words in corners:
        if abs(across - across_zero) < 0.02 * len(words) or abs(up - up_zero) < 0.1:
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
        style.ticks(axis, "%", scale=100, most=5)


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
