"""What is left of a part that goes through the micro goal when intent ties both goals."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro.analysis.results import Analysis, ExpertMeasure
from abmicro.report.charts import style
from abmicro.report.charts.selection import arm_of, some_of
from abmicro.report.charts.style import GREY, styled
from abmicro.report.sections import mediation
from abmicro.report.words import shorten


@styled
def hidden_intent(
    analysis: Analysis,
    *,
    variant: str | None = None,
    micro: str | None = None,
    macro: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """The part through the micro goal by the correlation of hidden intent.

    By default of the first pair with a curve. The dot marks no hidden intent, where the plain sums
    hold.
    """
    measure = _measure(analysis, arm_of(analysis, variant), micro, macro)
    figure, ax = style.sheet(ax, 4.6, 3.0)
    pen = style.pen(0)
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    ax.plot(measure.rho, measure.curve, color=pen.color, lw=1.6, zorder=3)
    for rho, value in zip(measure.rho, measure.curve, strict=True):
        if rho == 0:
            ax.plot(rho, value, marker=pen.marker, color=pen.color, ms=7, mec="white", zorder=4)
    style.ticks(ax.xaxis)
    style.ticks(ax.yaxis, most=5)
    ax.set_xlabel("correlation of hidden intent")
    ax.set_ylabel(f"{shorten(measure.macro, 24)} per 1,000 {analysis.experiment.names.units}")
    ax.set_title(f"through {shorten(measure.micro, 36)}")
    return figure


def _measure(
    analysis: Analysis, variant: str, micro: str | None, macro: str | None
) -> ExpertMeasure:
    found = tuple(
        one
        for pair in mediation.pairs(analysis)
        if pair.variant == variant and micro in (None, pair.micro) and macro in (None, pair.macro)
        for one in pair.curves
    )
    return some_of(analysis, "expert", found)[0]
