"""The pass-through ruler: always from -1 to 2, so that people learn the picture."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from abmicro.analysis.results import Analysis, CarryThrough
from abmicro.phrases import asked_share
from abmicro.report.charts import style
from abmicro.report.charts.pass_through import findings, pair_of
from abmicro.report.charts.style import GREY, INK, Z_BAD, Z_GOOD, Z_MID, styled
from abmicro.report.sections.rulers import HIGH, LOW, is_bounded
from abmicro.report.words.carrying import falls

NARROW, BROAD, TALL = 3.4, 7.2, 0.54  # inches
LONGEST = 7  # letters of a goal that fit beside the marks
WITHHELD = {
    "measurement_fault": "not measured well",
    "immature": "too early",
    "too_early": "too early",
    "unstable": "the looks disagree",
}


@styled
def ruler(
    analysis: Analysis,
    *,
    variant: str | None = None,
    micro: str | None = None,
    macro: str | None = None,
    opens: str | None = None,
    broad: bool = False,
    ax: Axes | None = None,
) -> Figure:
    """How much of a micro gain reached the macro goal: none, the asked share, all, more than all.

    micro, macro: the goals, by default the first ones of the variant. opens: what stands on an
    empty ruler, before there is an answer. A set that is not bounded is a dotted line across.
    """
    one = pair_of(findings(analysis, variant), micro, macro)
    own = ax is None
    figure, ax = style.sheet(ax, BROAD if broad else NARROW, TALL)
    if own:
        figure.set_layout_engine("none")
        ax.set_position((0.003, 0, 0.994, 1))
    ax.set(xlim=(LOW, HIGH), ylim=(-0.68, 1.12), xticks=[], yticks=[])
    ax.spines["bottom"].set_visible(False)
    said = opens or WITHHELD.get(one.label.removeprefix("loss_"))
    _zones(ax, one, is_empty=said is not None)
    macro = analysis.experiment.names.goal(one.macro)
    fits = len(macro) <= LONGEST * (1 + 2 * broad)
    _words(ax, macro if fits else "", one, has_ends=said is None)
    if said is not None:
        ax.text(0.5, 0.5, said, ha="center", va="center", fontweight="bold", color=INK)
    elif is_bounded(one):
        _set(ax, one)
    else:
        _unbounded(ax)
    return figure


def _zones(ax: Axes, one: CarryThrough, *, is_empty: bool) -> None:
    """Tinted as bad, open and good; grey where a rise is no good news or nothing is known."""
    gains = not falls(one) and one.sign > 0 and not is_empty
    zones = ((LOW, 0.0, Z_BAD), (0.0, one.threshold, Z_MID), (one.threshold, HIGH, Z_GOOD))
    for low, high, color in zones:
        ax.fill_between([low, high], 0.0, 1.0, color=color if gains else Z_MID, lw=0, zorder=0)
    for place, dashes in ((0.0, "-"), (one.threshold, (0, (3, 3))), (1.0, "-")):
        span = [-0.12, 0.02 if is_empty else 1.1]
        ax.plot([place, place], span, color=GREY, lw=0.75, ls=dashes, zorder=1)


def _words(ax: Axes, macro: str, one: CarryThrough, *, has_ends: bool) -> None:
    """Words for the marks, and at both ends for what lies beyond them.

    macro: the goal, empty where there is no room for it.
    """
    marks = [(0.0, "none", "center"), (one.threshold, asked_share(one.threshold), "center")]
    marks.append((1.0, "all", "center"))
    if has_ends:
        against = "rose" if falls(one) else "fell"
        marks.append((LOW, f"{macro} {against}".lstrip(), "left"))
        marks.append((HIGH, "more than all", "right"))
    for place, word, side in marks:
        ax.text(place, -0.2, word, ha=side, va="top", color=GREY)


def _set(ax: Axes, one: CarryThrough) -> None:
    """The line of answers that fit, with the best guess and arrows where it goes on."""
    through = one.pass_through
    low, high = max(through.low, LOW + 0.04), min(through.high, HIGH - 0.04)
    if low < high:
        ax.plot([low, high], [0.5, 0.5], color=INK, lw=2.6, zorder=3)
    _arrows(ax, left=through.low < LOW, right=through.high > HIGH)
    if LOW <= through.estimate <= HIGH:
        ax.plot(through.estimate, 0.5, "o", color=INK, ms=9, mec="white", mew=1.5, zorder=5)


def _unbounded(ax: Axes) -> None:
    """A dotted line all across: these data rule nothing out."""
    ax.plot([LOW + 0.05, HIGH - 0.05], [0.5, 0.5], color=INK, lw=1.5, ls=(0, (1.5, 3.5)))
    _arrows(ax, left=True, right=True)
    ground = {"facecolor": Z_MID, "edgecolor": "none", "pad": 1.5}
    said = "these data cannot say"
    ax.text(0.5, 0.5, said, ha="center", va="center", fontweight="bold", color=INK, bbox=ground)


def _arrows(ax: Axes, *, left: bool, right: bool) -> None:
    for shown, place, head in ((left, LOW + 0.03, "<"), (right, HIGH - 0.03, ">")):
        if shown:
            ax.plot(place, 0.5, marker=head, color=INK, ms=7, mec="none", zorder=4)
