"""The charts of a simulation: p-values in bins, decisions by truth as stacked bars."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abmicro.report.charts import style
from abmicro.report.charts.style import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    PURPLE,
    ROW,
    SMALL,
    VERMILLION,
    styled,
)
from abmicro.report.simulation import tables
from abmicro.report.words import DECISIONS
from abmicro.simulation.results import Simulation

COLORS = {
    "ship": (GREEN, ""),
    "keep_control": (VERMILLION, "///"),
    "too_small": (PURPLE, "..."),
    "no_detectable_difference": (GREY, ""),
    "unsettled": (FAINT, ""),
}


@styled
def p_values(found: Simulation, *, goal: str, ax: Axes | None = None) -> Figure:
    """Share of p-values in each of 20 bins, over the band of 99 of 100 bars."""
    one = next(row for row in found.shuffled.goals if row.goal == goal)
    figure, ax = style.sheet(ax, SMALL, 1.7)
    width = 1 / len(one.bins)
    ax.bar([(at + 0.5) * width for at in range(len(one.bins))], one.bins, width=0.86 * width,
           color=BLUE, lw=0, zorder=2)  # fmt: skip
    ax.axhspan(one.low, one.high, color=GREY, alpha=0.3, lw=0, zorder=3)
    ax.set_xlim(0, 1)
    ax.yaxis.set_major_locator(MaxNLocator(3))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    ax.set_xlabel("p")
    return figure


@styled
def decisions(found: Simulation, *, times: str, ax: Axes | None = None) -> Figure:
    """Decisions under each truth as bars of 100 %, at so many times the units."""
    rows = [one for one in found.truths if f"{one.times:g}" == times]
    figure, ax = style.sheet(ax, SMALL + 0.5, ROW * len(rows) + 1.1)
    named = [tables.lift(one.micro_lift) for one in rows]
    if found.macro:
        arrives = [f"{one.pass_through:.0%} arrives" for one in rows]
        named = [
            f"{lift}, {part}" if one.micro_lift else lift
            for one, lift, part in zip(rows, named, arrives, strict=True)
        ]
    style.rows(ax, named)
    left = [0.0] * len(rows)
    for name, (color, hatch) in COLORS.items():
        shares = [one.decisions.get(name, 0.0) for one in rows]
        if not any(shares):
            continue
        ax.barh(range(len(rows)), shares, left=left, height=0.72, color=color, hatch=hatch,
                edgecolor="white", lw=0.6, label=DECISIONS[name].title)  # fmt: skip
        left = [start + share for start, share in zip(left, shares, strict=True)]
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    ax.legend(loc="lower left", bbox_to_anchor=(-0.4, 1), ncols=3, frameon=False, fontsize=8.5,
              handlelength=1, handleheight=1, columnspacing=1.2)  # fmt: skip
    return figure


draw = style.by_name(p_values, decisions)
"""Draws every chart of a simulation."""
