"""What is left of a part that goes through the micro goal when intent ties both goals."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro import formatting
from abmicro.analysis.results import ExpertMeasure
from abmicro.report.charts import style
from abmicro.report.charts.style import GREY, styled
from abmicro.report.words import shorten


@styled
def hidden_intent(measure: ExpertMeasure, *, ax: Axes | None = None) -> Figure:
    """The part through the micro goal by the correlation of hidden intent.

    measure: one whose `curve` is known. The dot marks no hidden intent, where the plain sums hold.
    """
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
    ax.set_ylabel(f"{shorten(measure.macro, 24)} per 1,000 units")
    ax.set_title(f"through {shorten(measure.micro, 36)}")
    return figure


def caption(measure: ExpertMeasure) -> str:
    """Ends of the curve and its value without hidden intent, in a sentence."""
    told = dict(zip(measure.rho, measure.curve, strict=True))
    parts = (f"{formatting.amount(told[rho])} at {rho:+.1f}" for rho in (min(told), 0.0, max(told)))
    return f"Through {measure.micro}: " + ", ".join(parts) + "."
