"""The charts of a portfolio: each one function from a portfolio to a matplotlib Figure."""

from __future__ import annotations

from math import log1p

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from abmicro.analysis.results import Interval
from abmicro.errors import OutputError, Problem
from abmicro.portfolio.results import PairRecord, Portfolio, VariantLift
from abmicro.report.charts import style
from abmicro.report.charts.style import BLUE, FAINT, GREY, INK, ROW, VERMILLION, WIDTH, styled
from abmicro.report.portfolio.tables import counted, head, told

MOST_ROWS = 40  # tests of a forest; a table holds all
HALF = 1.1774  # standard deviations within which half of a plane normal law lies
SQUARE = 4.6  # inches of the scatter


@styled
def forest(portfolio: Portfolio, *, ax: Axes | None = None) -> Figure:
    """Micro and macro lift of every test, the newest on top, and what is thought of them."""
    rows = counted(portfolio)[::-1][:MOST_ROWS]
    if not rows:
        raise _nothing("forest", "no test has a macro goal")
    figure, left, right = style.halves(ax, ROW * len(rows) * 0.75 + 0.9)
    style.rows(left, [macro.name for _, macro in rows])
    sides: tuple[tuple[Axes, str, list[VariantLift | None]], ...] = (
        (left, portfolio.noun(portfolio.micro) or "micro goal", [micro for micro, _ in rows]),
        (right, portfolio.noun(portfolio.macro), [macro for _, macro in rows]),
    )
    for at, (side, name, lifts) in enumerate(sides):
        side.set_xlim(*style.limits([one.lift for one in lifts if one is not None]))
        style.zero(side)
        for row, one in enumerate(lifts):
            if one is not None:
                style.whisker(side, row, one.lift, style.pen(at), width=1.4)
                _ring(side, row, one.kept)
        style.ticks(side.xaxis, "%", scale=100, most=5)
        side.set_title(name)
    return figure


def _ring(ax: Axes, row: int, kept: Interval | None) -> None:
    if kept is not None:
        ax.plot(kept.estimate, row, "o", mfc="none", mec=INK, ms=8, mew=1.2, zorder=6)


@styled
def gains(portfolio: Portfolio, *, ax: Axes | None = None) -> Figure:
    """Gains so far: claimed, and kept with its band."""
    if portfolio.gain is None:
        raise _nothing("gains", "nothing went live, or the tests are too few")
    from matplotlib.dates import date2num

    steps = portfolio.gain.steps
    figure, ax = style.sheet(ax, WIDTH, 3.2)
    days = [date2num(one.day) for one in steps]
    low, kept, high = (
        [getattr(one.kept, end) for one in steps] for end in ("low", "estimate", "high")
    )
    claimed = [one.claimed for one in steps]
    ax.fill_between(days, low, high, color=BLUE, alpha=0.15, lw=0)
    ax.plot(days, kept, color=BLUE, lw=1.8, marker="o", ms=5, mec="white")
    ax.plot(days, claimed, color=GREY, lw=1.4, ls="--", marker="s", ms=4, mec="white")
    for value, text, color in ((kept[-1], "kept", BLUE), (claimed[-1], "claimed", GREY)):
        ax.annotate(
            text,
            (days[-1], value),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=color,
            annotation_clip=False,
        )
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    style.ticks(ax.yaxis, "%", scale=100)
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    _few_days(ax)
    ax.set_title(f"gain in {portfolio.noun(portfolio.gain.macro)}")
    return figure


def _few_days(ax: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=6)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))


@styled
def scatter(portfolio: Portfolio, *, ax: Axes | None = None) -> Figure:
    """Both lifts of every variant, noise taken off, with the line to expect and the raw one."""
    if (pair := portfolio.pair) is None:
        raise _nothing("scatter", "no test has a micro and a macro goal")
    figure, ax = style.sheet(ax, SQUARE, SQUARE)
    micro = [one.micro for one in pair.line]
    low, mean, high = (
        [getattr(one.macro, end) for one in pair.line] for end in ("low", "estimate", "high")
    )
    _noise(ax, pair)
    ax.fill_between(micro, low, high, color=BLUE, alpha=0.15, lw=0, zorder=2)
    ax.plot(micro, mean, color=BLUE, lw=1.8, zorder=3)
    raw = [np.expm1(pair.raw_intercept + pair.raw_slope * log1p(at)) for at in micro]
    ax.plot(micro, raw, color=GREY, lw=1.2, ls="--", zorder=3)
    shown = [(one.micro, one.macro) for one in pair.points]
    ax.plot(*zip(*shown, strict=True), "o", mfc="none", mec=GREY, ms=4, mew=0.7, zorder=3)
    kept = [(one.micro_kept, one.macro_kept) for one in pair.points]
    ax.plot(*zip(*kept, strict=True), "o", color=VERMILLION, ms=5, mec="white", mew=0.6, zorder=4)
    _reach(ax, pair)
    ax.axhline(0, color=FAINT, lw=1, zorder=1)
    ax.axvline(0, color=FAINT, lw=1, zorder=1)
    for axis in (ax.xaxis, ax.yaxis):
        style.ticks(axis, "%", scale=100, most=5)
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    ax.set_xlabel(f"change in {portfolio.noun(pair.micro)}")
    ax.set_title(f"change in {portfolio.noun(pair.macro)}")
    return figure


def _reach(ax: Axes, pair: PairRecord) -> None:
    """Ends of the axes that show all dots and cut the band."""
    for put, lifts in (
        (ax.set_xlim, [one.micro for one in pair.points]),
        (ax.set_ylim, [one.macro for one in pair.points]),
    ):
        most = 1.1 * max(0.01, *map(abs, lifts))
        put(-most, most)


def _noise(ax: Axes, pair: PairRecord) -> None:
    """Where half of all tests of the usual noise fall if nothing works."""
    micro, both, macro = pair.noise
    values, vectors = np.linalg.eigh(np.array([[micro, both], [both, macro]]))
    width, height = 2 * HALF * np.sqrt(values[::-1])
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    ellipse = Ellipse((0, 0), width, height, angle=angle, fc=FAINT, ec=GREY, lw=0.8, alpha=0.6)
    ax.add_patch(ellipse)


@styled
def qualities(portfolio: Portfolio, *, ax: Axes | None = None) -> Figure:
    """What each micro goal, and the macro goal alone, tells in a test of the usual size."""
    if not portfolio.pairs:
        raise _nothing("qualities", "no test has a micro and a macro goal")
    best, macro = portfolio.pairs[0], portfolio.noun(portfolio.macro)
    bars = [(head(portfolio, one.micro), one.quality.micro) for one in portfolio.pairs]
    bars.append((f"{head(portfolio, portfolio.macro)} alone", best.quality.macro))
    bars.append((f"{head(portfolio, best.micro)} and {macro}", best.quality.both))
    figure, ax = style.sheet(ax, WIDTH, ROW * len(bars) + 0.7)
    style.rows(ax, [name for name, _ in bars])
    for row, (_, quality) in enumerate(bars):
        size = 100 * max(quality, 0.0) ** 2
        ax.barh(row, size, height=0.6, color=BLUE if row < len(portfolio.pairs) else GREY, lw=0)
        style.beside(ax, row, told(quality))
    ax.set_xlim(0, max([100 * max(q, 0.0) ** 2 for _, q in bars] + [1.0]) * 1.02)
    of = f" that one test tells of what a change does to {macro}"
    ax.set_xlabel("parts of 100" + of * (not style.is_page()))
    return figure


def _nothing(name: str, why: str) -> OutputError:
    return OutputError(Problem(name, why, "E511", "draw another chart of this portfolio"))


draw = style.by_name(forest, gains, scatter, qualities)
"""Draws every chart of a portfolio."""
