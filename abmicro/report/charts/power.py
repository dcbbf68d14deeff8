"""The chart of what a test could see."""

from __future__ import annotations

from math import isnan

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro.analysis.results import Analysis
from abmicro.report.charts import style
from abmicro.report.charts.selection import arm_of, some_of
from abmicro.report.charts.style import BLUE, FAINT, GREEN, INK, ROW, WIDTH, Pen, beside, styled
from abmicro.report.sections import goals, power


@styled
def detectable(analysis: Analysis, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
    """The smallest lift that the units of one variant find, goal by goal, beside the planned one.

    The axis is logarithmic and shows sizes; a tick marks the planned lift or the margin. A circle
    lies within it, a diamond beyond it or without a plan.
    """
    found = goals.of_variant(analysis.detectable, arm_of(analysis, variant))
    results = some_of(analysis, "detectable", found)
    figure, ax = style.sheet(ax, WIDTH, ROW * len(results) + 0.85)
    sizes = [abs(size) for one in results for size in (one.lift, one.planned) if not isnan(size)]
    style.rows(ax, [analysis.experiment.names.head(one.goal) for one in results])
    style.logarithmic(ax.xaxis, sizes, "%", scale=100)
    left, _ = ax.get_xlim()
    for row, one in enumerate(results):
        seen = abs(one.lift) <= abs(one.planned)
        pen = Pen(GREEN, "o") if seen else Pen(BLUE, "D")
        if not isnan(one.lift):
            ax.plot([left, abs(one.lift)], [row, row], color=FAINT, lw=2, zorder=2)
            ax.plot(
                abs(one.lift), row, marker=pen.marker, color=pen.color, ms=7, mec="white", zorder=4
            )
        if not isnan(one.planned):
            high = 0.16 if style.is_page() else 0.3  # below the words above a row of a page
            ax.plot([abs(one.planned)] * 2, [row - high, row + high], color=INK, lw=1.5, zorder=3)
        beside(ax, row, power.beside(one))
    ax.set_xlabel("smallest change it can show (tick: planned)")
    return figure
