"""The chart of a choice of goals: what each tells of the macro goal, as bars."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro.goal_choice.results import GoalChoice
from abmicro.report.charts import style
from abmicro.report.charts.style import BLUE, GREY, INK, ROW, WIDTH, styled


@styled
def scores(choice: GoalChoice, *, ax: Axes | None = None) -> Figure:
    """Score of every goal that can be chosen, of 100; chosen ones are full, others pale."""
    goals = [one for one in choice.goals if not one.excluded]
    figure, ax = style.sheet(ax, WIDTH, ROW * len(goals) + 0.7)
    style.rows(ax, [choice.names.head(one.goal) for one in goals])
    for row, one in enumerate(goals):
        taken = one.goal in choice.chosen
        ax.barh(row, one.score, height=0.6, color=BLUE, alpha=1.0 if taken else 0.3, lw=0)
        style.beside(ax, row, f"{one.score:.0f}", color=INK if taken else GREY)
    ax.set_xlim(0, max([one.score for one in goals] + [1]) * 1.02)
    of = f" that it tells of what changes do to {choice.names.goal(choice.macro)}"
    ax.set_xlabel("parts of 100" + of * (not style.is_page()))
    return figure


draw = style.by_name(scores)
"""Draws every chart of a choice."""
