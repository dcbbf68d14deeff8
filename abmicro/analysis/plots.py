"""The charts of an analysis: `analysis.plot.forest()`, `.ruler()` and so on.

What draws them is found behind the entry point `analysis` of the group `abmicro.charts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abmicro.analysis.rendering import found

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abmicro.analysis.results import Analysis

GROUP = "abmicro.charts"


@dataclass(frozen=True, slots=True)
class Plots:
    """The charts of an analysis; each returns a matplotlib Figure, or draws into axes of yours.

    variant: a treated variant, by default the first. Settings of matplotlib are left alone. Each
    raises OutputError that says why where there is nothing to draw.
    """

    analysis: Analysis

    def ruler(
        self,
        *,
        variant: str | None = None,
        micro: str | None = None,
        macro: str | None = None,
        ax: Axes | None = None,
    ) -> Figure:
        """How much of a micro gain reached a macro goal, by default of the first pair."""
        return self._drawn("ruler", ax, variant=variant, micro=micro, macro=macro)

    def plane(
        self,
        *,
        variant: str | None = None,
        micro: str | None = None,
        macro: str | None = None,
        ax: Axes | None = None,
    ) -> Figure:
        """Micro lift against macro lift, by default of the first pair, with their joint region."""
        return self._drawn("plane", ax, variant=variant, micro=micro, macro=macro)

    def funnel(self, *, ax: Axes | None = None) -> Figure:
        """Who reached each step, by variant, with the lifts beside it."""
        return self._drawn("funnel", ax)

    def waterfall(self, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
        """Where extra macro conversions per 1,000 exposed units arise, step by step."""
        return self._drawn("waterfall", ax, variant=variant)

    def forest(self, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
        """The lift of every goal with its interval."""
        return self._drawn("forest", ax, variant=variant)

    def posterior(
        self, *, variant: str | None = None, goal: str | None = None, ax: Axes | None = None
    ) -> Figure:
        """Density of the lift of one goal, or of all that have one, the prior beside it."""
        return self._drawn("posterior", ax, variant=variant, goal=goal)

    def exposures(self, *, ax: Axes | None = None) -> Figure:
        """Units of every variant by the day on which they entered."""
        return self._drawn("exposures", ax)

    def cumulative_lift(self, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
        """The lift of the primary or a macro goal as units entered; an interval at the end only."""
        return self._drawn("cumulative_lift", ax, goal=goal)

    def lift_path(self, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
        """The lift of a goal at every look, with the interval that holds for all looks together."""
        return self._drawn("lift_path", ax, goal=goal)

    def evidence(self, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
        """The score of a goal at every look against its bound, the line of harm beside it."""
        return self._drawn("evidence", ax, goal=goal)

    def ruler_path(
        self,
        *,
        variant: str | None = None,
        micro: str | None = None,
        macro: str | None = None,
        ax: Axes | None = None,
    ) -> Figure:
        """How much of a micro gain reached a macro goal by every look, and by all of them."""
        return self._drawn("ruler_path", ax, variant=variant, micro=micro, macro=macro)

    def shares(self, *, ax: Axes | None = None) -> Figure:
        """The evidence against the planned shares of units, day by day, where looks are planned."""
        return self._drawn("shares", ax)

    def daily_rate(self, *, goal: str | None = None, ax: Axes | None = None) -> Figure:
        """The rate of a goal by day of entry, where looks are planned; dips are ringed."""
        return self._drawn("daily_rate", ax, goal=goal)

    def segments(
        self, *, variant: str | None = None, goal: str | None = None, ax: Axes | None = None
    ) -> Figure:
        """The lift of one goal, by default the primary, in every segment level."""
        return self._drawn("segments", ax, variant=variant, goal=goal)

    def detectable(self, *, variant: str | None = None, ax: Axes | None = None) -> Figure:
        """The smallest lift that the units find, goal by goal, beside the planned one."""
        return self._drawn("detectable", ax, variant=variant)

    def hidden_intent(
        self,
        *,
        variant: str | None = None,
        micro: str | None = None,
        macro: str | None = None,
        ax: Axes | None = None,
    ) -> Figure:
        """What goes through the micro goal by the correlation of hidden intent: expert panel."""
        return self._drawn("hidden_intent", ax, variant=variant, micro=micro, macro=macro)

    def _drawn(self, name: str, ax: Axes | None, **choices: str | None) -> Figure:
        asked: dict[str, object] = {
            key: value for key, value in choices.items() if value is not None
        }
        if ax is not None:
            asked["ax"] = ax
        figure: Figure = found("analysis", GROUP)(name, self.analysis, **asked)
        return figure
