"""The hand of the charts: palette, style and the marks that several charts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from io import BytesIO
from math import isfinite, isnan
from typing import ParamSpec, TypeVar

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from abmicro import formatting
from abmicro.analysis.results import Interval
from abmicro.frozen import frozen
from abmicro.report.blocks.elements import MOST_TICKS, RUNAWAY, down_to_all, usual_of
from abmicro.report.charts.settings import drawing
from abmicro.report.words import shorten, typeset

INK, GREY, FAINT = "#1F2937", "#6B7280", "#D5D9E0"
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
Z_BAD, Z_MID, Z_GOOD = "#FBE6D8", "#E9ECF0", "#D3EDE2"  # zones of the ruler
WIDTH = 8.6  # inches of a chart that stands alone
PAGE = 3.5  # inches of one on a page: so many fit a phone, and a large screen shows it larger
ON_PAGE = 0.52  # inches of a row there, its name and number above it
ROW = 0.36  # inches of a row
DOTS = 100  # per inch, in a notebook
HEAD = {"color": GREY, "fontsize": 8, "fontweight": "bold"}  # a name above its rows
NAME = 26  # longest name beside a chart
LONGEST = 30  # longest name above a row, with a number at its end
STEPS = (1, 2, 5)  # of a logarithmic axis
SMALL = 3.9  # inches of a chart that fits a phone

STYLE = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # a goal may be called $x$
    "axes.labelcolor": GREY,
    "axes.labelsize": 8.5,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.titlesize": 9.0,
    "axes.titlecolor": GREY,
    "axes.titlelocation": "left",
    "xtick.color": FAINT,
    "xtick.labelcolor": GREY,
    "xtick.labelsize": 8.5,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0.0,
    "ytick.major.pad": 9.0,
    "lines.solid_capstyle": "butt",
}

P = ParamSpec("P")
R = TypeVar("R")


@frozen
class Pen:
    """How a variant is drawn: never by colour alone."""

    color: str
    marker: str
    alpha: float = 1.0


PENS = tuple(
    Pen(color, marker, alpha)
    for markers, alpha in (("osD^", 1.0), ("vPX*", 0.5), ("<>ph", 0.3))
    for color, marker in zip((BLUE, VERMILLION, GREEN, PURPLE), markers, strict=True)
)
OFF = Pen(GREY, "o")


def pen(variant: int) -> Pen:
    """The pen of a treated variant by its place."""
    return PENS[variant % len(PENS)]


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw in the style of the report without touching the settings of the caller."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with drawing(STYLE):
            return draw(*args, **kwargs)

    return inside


def by_name(*charts: Callable[..., Figure]) -> Callable[..., Figure]:
    """What draws charts by the names of their functions: `draw(name, result, **choices)`."""
    named = {getattr(chart, "__name__", ""): chart for chart in charts}

    def draw(name: str, result: object, **choices: object) -> Figure:
        return named[name](result, **choices)

    return draw


_IS_PAGE: ContextVar[bool] = ContextVar("is_page", default=False)


@contextmanager
def for_page() -> Iterator[None]:
    """Draw what follows so that a phone shows it whole, in words that can be read there."""
    before = _IS_PAGE.set(True)
    try:
        yield
    finally:
        _IS_PAGE.reset(before)


def is_page() -> bool:
    """Whether charts are drawn for a page."""
    return _IS_PAGE.get()


class Picture(Figure):
    """A figure that a notebook shows by itself, without pyplot and whatever its settings."""

    def _repr_png_(self) -> bytes:
        """The figure as PNG; the same bytes every time."""
        with drawing(STYLE), BytesIO() as file:
            self.savefig(file, format="png", dpi=DOTS, metadata={"Software": None})
            return file.getvalue()


def whole_figure(ax: Axes) -> Figure | None:
    """The figure that axes stand in, not the part of it; before Matplotlib 3.10 none tells that."""
    owner = ax.get_figure()
    return owner.figure if isinstance(owner, SubFigure) else owner


def sheet(ax: Axes | None, width: float, height: float) -> tuple[Figure, Axes]:
    """The caller's axes with their figure, or new ones of this size in inches."""
    if ax is not None and (owner := whole_figure(ax)) is not None:
        return owner, ax
    if is_page():
        width, height = min(width, PAGE), min(height, 0.7 * PAGE)
    figure = Picture(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def halves(ax: Axes | None, height: float) -> tuple[Figure, Axes, Axes]:
    """Two axes side by side that share their rows: on a new sheet, or in place of the caller's."""
    if ax is not None and (owner := whole_figure(ax)) is not None:
        ax.set_axis_off()
        left = ax.inset_axes((0, 0, 0.58, 1))
        right = ax.inset_axes((0.64, 0, 0.36, 1), sharey=left)
        right.tick_params(labelleft=False)
        return owner, left, right
    if is_page():
        figure = Picture(figsize=(PAGE, 2 * height), layout="constrained")
        left, right = figure.subplots(2, 1, sharey=True)
        return figure, left, right
    figure = Picture(figsize=(WIDTH, height), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    return figure, left, right


def rows(ax: Axes, names: Sequence[str], *, longest: int = NAME) -> None:
    """One row per name, the first on top; on a page the name stands above its row.

    longest: letters of a name, off a page.
    """
    if not is_page():
        ax.set_yticks(range(len(names)), [shorten(name, longest) for name in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        return
    ax.set_yticks([])
    ax.set_ylim(len(names) - 0.6, -0.85)
    for row, name in enumerate(names):
        _above(ax, row, shorten(name, LONGEST), left=True, color=INK)
    if (figure := whole_figure(ax)) is not None and len(figure.axes) == 1:
        figure.set_figheight(ON_PAGE * len(names) + 0.6)


def _above(ax: Axes, row: float, text: str, *, left: bool, color: str) -> None:
    """A text above a row, at its left or right end, which takes no room from the chart."""
    told = ax.annotate(
        text,
        (0 if left else 1, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(0, 7),
        textcoords="offset points",
        ha="left" if left else "right",
        va="bottom",
        fontsize=8.5,
        color=color,
        annotation_clip=False,
    )
    told.set_in_layout(False)


def limits(lifts: Sequence[Interval]) -> tuple[float, float]:
    """Ends of an axis of lifts, which needs no place beneath the loss of everything."""
    return ends([down_to_all(one) for one in lifts])


def ends(intervals: Sequence[Interval]) -> tuple[float, float]:
    """Ends of an axis that shows zero, every estimate, and every interval but a runaway one."""
    known = [one for one in intervals if not isnan(one.low) and not isnan(one.high)]
    reach = [max(map(abs, filter(isfinite, (one.low, one.high))), default=0.0) for one in known]
    estimates = [abs(one.estimate) for one in known if isfinite(one.estimate)]
    usual = max([RUNAWAY * usual_of(reach) if reach else 0.0, *estimates])
    most = min(max(reach, default=0.0), usual) or 0.1
    low = max(-most, min([0.0, *(one.low for one in known)]))
    high = min(most, max([0.0, *(one.high for one in known)]))
    high = high if high > low else most
    pad = 0.06 * (high - low)
    return low - pad, high + pad


def whisker(ax: Axes, row: float, interval: Interval, pen: Pen, *, width: float = 2.0) -> None:
    """An interval as a line with a dot; an arrow head where it goes on beyond the axis."""
    if isnan(interval.low) or isnan(interval.high):
        return
    left, right = ax.get_xlim()
    low, high = max(interval.low, left), min(interval.high, right)
    if low <= high:
        ax.plot([low, high], [row, row], color=pen.color, lw=width, zorder=3)
    if interval.low < left:
        ax.plot(left, row, marker="<", color=pen.color, ms=6, zorder=4, clip_on=False)
    if interval.high > right:
        ax.plot(right, row, marker=">", color=pen.color, ms=6, zorder=4, clip_on=False)
    if left <= interval.estimate <= right:
        ax.plot(
            interval.estimate, row, marker=pen.marker, color=pen.color, ms=7, mec="white", zorder=5
        )


def beside(ax: Axes, row: float, text: str, *, color: str = INK) -> None:
    """A direct label to the right of a row, on a page above its end."""
    if is_page():
        _above(ax, row, typeset(text), left=False, color=color)
        return
    ax.annotate(
        typeset(text),
        (1, row),
        xycoords=ax.get_yaxis_transform(),
        xytext=(12, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=color,
        annotation_clip=False,
    )


def bar(ax: Axes, place: float, share: float, thick: float, pen: Pen) -> None:
    """A bar from zero with its share beside it."""
    width, height = 0.0 if isnan(share) else share, 0.86 * thick
    ax.barh(place, width, height=height, color=pen.color, alpha=pen.alpha, lw=0)
    ax.annotate(
        formatting.rate(share),
        (width, place),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=GREY,
    )


def floating(ax: Axes, row: int, start: float, end: Interval, pen: Pen) -> None:
    """A bar from `start` to the estimate, with its interval."""
    if isnan(end.estimate):
        return
    ax.barh(row, end.estimate - start, left=start, height=0.5, color=pen.color, alpha=0.3, lw=0)
    whisker(ax, row, end, pen, width=1.5)


def key(ax: Axes, names: list[str]) -> None:
    """Names of the variants over the chart, in the order and colour of the bars."""
    handles = [
        ax.barh(0, 0, color=pencil.color, alpha=pencil.alpha, label=shorten(name, NAME))
        for name, pencil in zip(names, (OFF, *map(pen, range(len(names)))), strict=False)
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        frameon=False,
        handlelength=1,
        handleheight=1,
        fontsize=8.5,
        borderaxespad=0.2,
        columnspacing=1.2,
    )


def zero(ax: Axes) -> None:
    """The line of no difference."""
    ax.axvline(0, color=GREY, lw=1, zorder=1)


def ticks(axis: Axis, unit: str = "", *, scale: float = 1.0, most: int = 6) -> None:
    """At most so many ticks at round places, signed and never rounded."""
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(scale * value, unit)))


def _tick(value: float, unit: str) -> str:
    return typeset(f"{value:+g}{unit}") if abs(value) > 1e-9 else f"0{unit}"


def logarithmic(axis: Axis, values: Sequence[float], unit: str, *, scale: float = 1) -> None:
    """A logarithmic axis around the values with few ticks at round places."""
    shown = [scale * value for value in values if value > 0] or [1.0, 10.0]
    low, high = min(shown) / 1.35, max(shown) * 1.35
    exponents = range(-9, 19)
    places = [step * 10.0**power for power in exponents for step in STEPS]
    inside = [place for place in places if low <= place <= high]
    if len(inside) > MOST_TICKS:
        inside = [place for place in inside if f"{place:e}".startswith("1")]
    every = -(-len(inside) // MOST_TICKS) or 1
    of = "x" if axis is axis.axes.xaxis else "y"
    axis.axes.set(**{f"{of}scale": "log", f"{of}lim": (low / scale, high / scale)})
    axis.set_major_locator(FixedLocator([place / scale for place in inside[::every]]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: typeset(f"{scale * value:,.12g}{unit}"))
    )
