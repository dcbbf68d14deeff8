"""The plane of both lifts, and which pair of goals a chart of carry-through shows."""

from __future__ import annotations

from math import log, nan, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro import formatting
from abmicro.analysis.results import Analysis, CarryThrough, LogLifts
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report.charts import style
from abmicro.report.charts.selection import arm_of, some_of
from abmicro.report.charts.style import (
    FAINT,
    GREY,
    styled,
)
from abmicro.report.sections import goals
from abmicro.report.words import label_words, shorten

FARTHEST = 3.0  # a region is cut at this lift, or at twice the estimate


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
    results = findings(analysis, variant)
    one = pair_of(results, micro, macro)
    figure, ax = style.sheet(ax, 4.6, 3.9)
    ax.set_title(f"{label_words(one).title} ({formatting.level(one.pass_through.level)} region)")
    names = analysis.experiment.names
    ax.set_xlabel(f"change in {shorten(names.goal(one.micro), 40)}")
    ax.set_ylabel(f"change in {shorten(names.goal(one.macro), 36)}")
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


def findings(analysis: Analysis, variant: str | None) -> tuple[CarryThrough, ...]:
    """The carry-through of one variant; OutputError with the reason where there is none."""
    found = goals.of_variant(analysis.carry_through, arm_of(analysis, variant))
    return some_of(analysis, "carry_through", found)


def pair_of(
    results: tuple[CarryThrough, ...], micro: str | None, macro: str | None
) -> CarryThrough:
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
