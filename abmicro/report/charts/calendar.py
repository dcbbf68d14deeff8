"""The axis of days, with what happened on them: notes of the definition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from abmicro.experiment.monitoring import CalendarNote
from abmicro.report.charts.style import GREY, INK, is_page
from abmicro.report.words import shorten

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PER_ROW = 3  # names above a chart
ROOM, HANDLE = 46, 6  # letters side by side on a page; what the line before a name takes
NOTE = 24  # longest note beside its line


def calendar(
    ax: Axes,
    days: Sequence[date],
    notes: Iterable[CalendarNote] = (),
    *,
    room: float = 0.5,
    ticks: int = 7,
) -> None:
    """Days below the axis, names of the lines above it, and a line at every noted day."""
    ax.set_xlim(-0.5, len(days) - 1 + room)

    def name(place: float, _: object) -> str:
        at = round(place)
        return short(days[at]) if 0 <= at < len(days) else ""

    ax.xaxis.set_major_locator(MaxNLocator(min(ticks, 4) if is_page() else ticks, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(name))
    ax.tick_params(axis="y", labelcolor=GREY, labelsize=8.5)
    names(ax)
    for note in notes:
        if note.date in days:
            _note(ax, days.index(note.date), note.text)


def short(day: date) -> str:
    """A day in few letters.

    >>> short(date(2026, 10, 5))
    '5 Oct'
    """
    return f"{day.day} {MONTHS[day.month - 1]}"


def names(ax: Axes) -> None:
    """The names of the lines above the axes, to be read row by row."""
    handles, told = ax.get_legend_handles_labels()
    longest = max(map(len, told), default=0)
    per_row = max(1, ROOM // (longest + HANDLE)) if is_page() else PER_ROW
    rows = -(-len(told) // per_row)
    order = [at for column in range(per_row) for at in range(column, len(told), per_row)]
    if not handles:
        return
    ax.legend(
        [handles[at] for at in order],
        [told[at] for at in order],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=per_row if rows > 1 else len(told),
        frameon=False,
        fontsize=8.5,
    )


def _note(ax: Axes, at: int, text: str) -> None:
    """A line on a day, and what happened beside it, upright."""
    ax.axvline(at, color=GREY, lw=0.8, ls=":", zorder=1)
    ax.annotate(
        shorten(text, NOTE),
        (at, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(-2, -3),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="top",
        fontsize=7.5,
        color=INK,
    )
