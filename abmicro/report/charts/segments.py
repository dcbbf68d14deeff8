"""The lift of one goal in every level of every segment, under the test of whether levels differ."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro import formatting
from abmicro.analysis.results import Analysis
from abmicro.errors import OutputError, Problem, suggest
from abmicro.report.charts import style
from abmicro.report.charts.selection import arm_of
from abmicro.report.charts.style import FAINT, GREY, HEAD, WIDTH, beside, styled
from abmicro.report.sections import goals, segments as segments_of


@styled
def segments(
    analysis: Analysis,
    *,
    variant: str | None = None,
    goal: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """The lift of one goal and variant by segment level; cells of fewer than ten units are empty.

    goal: by default the primary. The dotted line is the lift over all units. Beside the name of a
    segment stands the p of the interaction, adjusted: whether its levels differ at all.
    """
    arm, goal = arm_of(analysis, variant), goal or analysis.experiment.primary.name
    lines = list(segments_of.lines(analysis, arm, goal))
    if not lines:
        known = [one.name for one in analysis.experiment.goals]
        hint = "declare [segments] in the definition" if goal in known else suggest(goal, known)
        raise OutputError(Problem("segments", f"{goal!r} has no segments", "E511", hint))
    figure, ax = style.sheet(ax, WIDTH, 0.3 * len(lines) + 0.75)
    (overall,) = (row for row in goals.whole(analysis, arm) if row.goal == goal)
    shown = [row.lift for _, row in lines if row is not None and not goals.is_few(row)]
    ax.set_xlim(*style.limits([*shown, overall.lift]))
    style.rows(ax, [name for name, _ in lines])
    ax.axvline(overall.lift.estimate, color=GREY, lw=1, ls=":", zorder=1)
    style.zero(ax)
    for at, (label, (name, row)) in enumerate(zip(ax.get_yticklabels(), lines, strict=True)):
        if row is None:
            label.set(**HEAD)
            beside(ax, at, segments_of.interaction(analysis, arm, goal, name), color=GREY)
        elif goals.is_few(row):
            ax.axhline(at, color=FAINT, lw=1, ls=":", zorder=1)
            beside(ax, at, goals.FEW, color=GREY)
        else:
            style.whisker(ax, at, row.lift, style.pen(0))
            beside(ax, at, formatting.lift(row.lift))
    style.ticks(ax.xaxis, "%", scale=100)
    ax.set_xlabel("lift against control  (dotted: over everybody)")
    return figure
