"""The chart of the Bayesian view: how the data turned the prior of a lift into its posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from abmicro import formatting
from abmicro.analysis.results import Analysis, Curve, GoalResult
from abmicro.errors import OutputError, Problem
from abmicro.report.charts import style
from abmicro.report.charts.style import FAINT, GREY, INK, NAME, WIDTH, styled
from abmicro.report.sections import bayes
from abmicro.report.words import shorten, typeset

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

HEIGHT, LOW = 2.3, 1.7  # inches; of one among others on a page
WORD = 0.15  # of the axis, which a word beside a line takes


@styled
def posterior(
    analysis: Analysis,
    *,
    variant: str | None = None,
    goal: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Density of the lift of the goals of one variant that have a curve, the prior thin beside it.

    variant: a treated variant, by default the first one. goal: one of them alone, with `ax` by
    default the first. The dot is the median, the line under the hill the credible interval, the
    grey band the region of practical equivalence.

    Raises OutputError for a variant or a goal without a curve.
    """
    variants = [arm.name for arm in analysis.experiment.treated]
    arm = variants[0] if variant is None else variant
    drawn = [one for one in bayes.drawn(analysis, arm) if goal in (None, one[0].goal)]
    if not drawn:
        what = f"{goal or arm!r} has no lift to draw"
        raise OutputError(Problem("posterior", what, "E511", "name a goal with a posterior"))
    rope = analysis.experiment.analysis.rope
    if ax is not None or goal is not None:
        figure, ax = style.sheet(ax, WIDTH / 2, HEIGHT)
        _hill(ax, *drawn[0], rope, analysis.experiment.names)
        return figure
    layout = ConstrainedLayoutEngine(wspace=0.06)
    if style.is_page():
        figure = style.Picture(figsize=(style.PAGE, LOW * len(drawn)), layout=layout)
        panels = figure.subplots(len(drawn), 1, squeeze=False)[:, 0]
    else:
        figure = style.Picture(figsize=(WIDTH, HEIGHT), layout=layout)
        panels = figure.subplots(1, max(2, len(drawn)), squeeze=False)[0]
    for panel, one in zip(panels, drawn, strict=False):
        _hill(panel, *one, rope, analysis.experiment.names)
    for panel in figure.axes[len(drawn) :]:
        panel.set_axis_off()
    return figure


def _hill(ax: Axes, row: GoalResult, curve: Curve, rope: float | None, names: Names) -> None:
    """One goal: the posterior filled, the prior thin, both on the same axes."""
    x, after, before = map(np.array, (curve.lift, curve.posterior, curve.prior))
    pen = style.pen(0)
    top = 1.12 * after.max()
    ax.set(xlim=_span(x[0], x[-1]), ylim=(-0.16 * top, top), yticks=[])
    if rope is not None:
        ax.axvspan(-rope, rope, color=FAINT, alpha=0.5, lw=0, zorder=0)
    ax.axhline(0, color=FAINT, lw=1, zorder=1)
    style.zero(ax)
    ax.fill_between(x, 0, after, color=pen.color, alpha=0.2, lw=0, zorder=2)
    ax.plot(x, after, color=pen.color, lw=1.6, zorder=3)
    ax.plot(x, np.minimum(before, top), color=INK, lw=0.8, ls="--", zorder=3)
    at = int(np.argmin(after + before))
    near = np.abs(x - x[at]) <= WORD * np.ptp(ax.get_xlim())
    ax.annotate(
        "before",
        (x[at], min(np.maximum(after, before)[near].max(), top)),
        xytext=(0, 3),
        textcoords="offset points",
        ha="left" if at < len(x) / 2 else "right",
        fontsize=8,
        color=GREY,
    )
    if row.credible is not None:
        style.whisker(ax, -0.08 * top, row.credible.lift, pen)
    chance = formatting.probability(row.probability_better)
    ax.set_title(
        typeset(f"{shorten(names.head(row.goal), NAME)}: chance to win {chance}"), color=INK
    )
    ax.set_xlabel("change against control")
    style.ticks(ax.xaxis, "%", scale=100, most=5)


def _span(low: float, high: float) -> tuple[float, float]:
    """Ends of the axis: those of the curve, and no difference where it is not far off."""
    wide = min(low, 0.0), max(high, 0.0)
    return wide if wide[1] - wide[0] < 2.5 * (high - low) else (low, high)
