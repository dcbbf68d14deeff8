"""The charts: each one function from an analysis to a matplotlib Figure.

They use no global state: neither pyplot nor the caller's settings are touched. Estimates are dots,
intervals lines, an arrow head means "goes on beyond the axis"; colour never speaks alone. A chart
of one variant takes `variant`, by default the first treated one; `ax` draws into the caller's axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import nan

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro import formatting
from abmicro.analysis.results import Analysis, GoalResult, Interval, StepResult
from abmicro.report.charts import style
from abmicro.report.charts.pass_through import plane
from abmicro.report.charts.selection import arm_of, some_of
from abmicro.report.charts.style import (
    BLUE,
    FAINT,
    HEAD,
    INK,
    NAME,
    OFF,
    ROW,
    WIDTH,
    Pen,
    beside,
    styled,
)
from abmicro.report.sections import goals
from abmicro.report.tables.funnel import per_unit
from abmicro.report.words import shorten

__all__ = ["forest", "funnel", "plane", "waterfall"]


@styled
def funnel(analysis: Analysis, *, ax: Axes | None = None) -> Figure:
    """Who reached each step, per exposed unit and variant, with the lift against control.

    Bars share one axis from zero; the lifts beside them carry their intervals.
    """
    variants = [variant.name for variant in analysis.experiment.treated]
    by_arm = [_steps(analysis, arm) for arm in variants]
    steps = [step.step for step in by_arm[0]]
    height = len(steps) * (0.24 * (len(variants) + 1) + 0.16) + 0.7
    figure, bars, lifts = style.halves(ax, height)
    thick = 0.8 / (len(variants) + 1)
    lifts.set_xlim(*style.limits([step.cumulative for one in by_arm for step in one]))
    for at, found in enumerate(by_arm):
        for row, step in enumerate(found):
            place = row - 0.4 + thick * (at + 1.5)
            share = per_unit(step)
            if at == 0:
                style.bar(bars, row - 0.4 + thick / 2, share.control, thick, OFF)
            style.bar(bars, place, share.treated, thick, style.pen(at))
            style.whisker(lifts, place, step.cumulative, style.pen(at))
            beside(lifts, place, formatting.lift(step.cumulative))
    style.rows(bars, steps)
    style.zero(lifts)
    bars.set_xlim(0, 1.15 * bars.dataLim.x1 or 1)
    style.key(bars, [analysis.experiment.control.name, *variants])
    bars.xaxis.set_visible(False)
    bars.spines["bottom"].set_visible(False)
    style.ticks(lifts.xaxis, "%", scale=100, most=3)
    lifts.set_title(f"lift over all {analysis.experiment.names.units}")
    return figure


@styled
def waterfall(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """Where the extra macro conversions per 1,000 exposed units arise, step by step.

    The steps add up to the last row. Only the first step and the total compare the variants as they
    were randomised, so only these are coloured. A step that cannot be computed ends the picture.
    """
    steps = _steps(analysis, variant)
    figure, ax = style.sheet(ax, WIDTH, ROW * (len(steps) + 1) + 0.75)
    starts = np.concatenate([[0.0], np.cumsum([step.per_1000.estimate for step in steps])])
    bars = [_moved(step.per_1000, start) for step, start in zip(steps, starts, strict=False)]
    total = _total(analysis, steps[-1])
    ax.set_xlim(*style.ends([*bars, total]))
    style.rows(ax, [*(step.step for step in steps), "all steps"])
    style.zero(ax)
    for row, (bar, start) in enumerate(zip(bars, starts, strict=False)):
        pen = style.pen(0) if row == 0 else OFF
        style.floating(ax, row, start, bar, pen)
        ax.plot([bar.estimate] * 2, [row - 0.25, row + 1.25], color=FAINT, lw=1, zorder=1)
        beside(ax, row, formatting.change(steps[row].per_1000))
    style.floating(ax, len(steps), 0.0, total, style.pen(0))
    beside(ax, len(steps), formatting.change(total))
    style.ticks(ax.xaxis)
    macro = shorten(steps[-1].step, NAME)
    ax.set_xlabel(f"extra {macro} per 1,000 {analysis.experiment.names.units}")
    return figure


@styled
def forest(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """The lift of every goal of one variant: primary, guardrails, secondary, exploratory.

    A diamond marks a macro goal, a tick the margin of a guardrail.
    """
    lines = list(_by_role(goals.whole(analysis, arm_of(analysis, variant))))
    figure, ax = style.sheet(ax, WIDTH, 0.3 * len(lines) + 0.75)
    ax.set_xlim(*style.limits([row.lift for _, row in lines if row is not None]))
    style.rows(ax, [name for name, _ in lines])
    style.zero(ax)
    for at, (label, (_, row)) in enumerate(zip(ax.get_yticklabels(), lines, strict=True)):
        if row is None:
            label.set(**HEAD)
            continue
        style.whisker(ax, at, row.lift, Pen(BLUE, "D" if row.kind == "macro" else "o"))
        if (guard := row.noninferiority) is not None:
            margin = -row.sign * guard.margin
            ax.plot([margin] * 2, [at - 0.3, at + 0.3], color=INK, lw=1.5, zorder=3)
        beside(ax, at, formatting.lift(row.lift))
    style.ticks(ax.xaxis, "%", scale=100)
    ax.set_xlabel("lift against control  (diamond: macro goal, tick: margin of a guardrail)")
    return figure


def _by_role(results: tuple[GoalResult, ...]) -> Iterator[tuple[str, GoalResult | None]]:
    """The goals with the name of their role, once, above them."""
    for role, rows in groupby(results, key=lambda row: row.role):
        yield role, None
        yield from ((row.goal, row) for row in rows)


def _steps(analysis: Analysis, variant: str | None) -> tuple[StepResult, ...]:
    return some_of(analysis, "funnel", goals.of_variant(analysis.funnel, arm_of(analysis, variant)))


def _total(analysis: Analysis, last: StepResult) -> Interval:
    """Extra macro conversions per 1,000 units of a variant; NaN where there is no carry-through."""
    for one in goals.of_variant(analysis.carry_through, last.variant):
        if one.macro == last.step:
            return one.extra_macro_per_1000
    return Interval(nan, nan, nan, nan)


def _moved(interval: Interval, by: float) -> Interval:
    return Interval(interval.estimate + by, interval.low + by, interval.high + by, interval.level)
