"""The charts of an analysis: `analysis.plot.forest()`, `.ruler()` and so on.

What draws them is found behind the entry point `analysis` of the group `abmicro.charts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from abmicro.analysis.rendering import drawn
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abmicro.analysis.results import Analysis


class OfAll(TypedDict, total=False):
    """What a chart of all variants can be told: axes to draw into."""

    ax: Axes | None


class OfGoal(OfAll, total=False):
    """What a chart of one goal can be told."""

    goal: str | None


class OfVariant(OfAll, total=False):
    """What a chart of one variant can be told: which, by default the first treated one."""

    variant: str | None


class OfGoalAndVariant(OfGoal, OfVariant, total=False):
    """What a chart of one goal in one variant can be told."""


class OfPair(OfVariant, total=False):
    """What a chart of a micro and a macro goal can be told, by default the first pair."""

    micro: str | None
    macro: str | None


@frozen
class Plots:
    """The charts of an analysis; each returns a matplotlib Figure, or draws into axes of yours.

    variant: a treated variant, by default the first. Settings of matplotlib are left alone. Each
    raises OutputError that says why where there is nothing to draw.
    """

    analysis: Analysis

    def ruler(self, **choices: Unpack[OfPair]) -> Figure:
        """How much of a micro gain reached a macro goal, by default of the first pair."""
        return drawn("analysis", "ruler", self.analysis, **choices)

    def plane(self, **choices: Unpack[OfPair]) -> Figure:
        """Micro lift against macro lift, by default of the first pair, with their joint region."""
        return drawn("analysis", "plane", self.analysis, **choices)

    def funnel(self, **choices: Unpack[OfAll]) -> Figure:
        """Who reached each step, by variant, with the lifts beside it."""
        return drawn("analysis", "funnel", self.analysis, **choices)

    def waterfall(self, **choices: Unpack[OfVariant]) -> Figure:
        """Where extra macro conversions per 1,000 exposed units arise, step by step."""
        return drawn("analysis", "waterfall", self.analysis, **choices)

    def forest(self, **choices: Unpack[OfVariant]) -> Figure:
        """The lift of every goal with its interval."""
        return drawn("analysis", "forest", self.analysis, **choices)

    def posterior(self, **choices: Unpack[OfGoalAndVariant]) -> Figure:
        """Density of the lift of one goal, or of all that have one, the prior beside it."""
        return drawn("analysis", "posterior", self.analysis, **choices)

    def exposures(self, **choices: Unpack[OfAll]) -> Figure:
        """Units of every variant by the day on which they entered."""
        return drawn("analysis", "exposures", self.analysis, **choices)

    def cumulative_lift(self, **choices: Unpack[OfGoal]) -> Figure:
        """The lift of the primary or a macro goal as units entered; an interval at the end only."""
        return drawn("analysis", "cumulative_lift", self.analysis, **choices)

    def lift_path(self, **choices: Unpack[OfGoal]) -> Figure:
        """The lift of a goal at every look, with the interval that holds for all looks together."""
        return drawn("analysis", "lift_path", self.analysis, **choices)

    def evidence(self, **choices: Unpack[OfGoal]) -> Figure:
        """The score of a goal at every look against its bound, the line of harm beside it."""
        return drawn("analysis", "evidence", self.analysis, **choices)

    def ruler_path(self, **choices: Unpack[OfPair]) -> Figure:
        """How much of a micro gain reached a macro goal by every look, and by all of them."""
        return drawn("analysis", "ruler_path", self.analysis, **choices)

    def shares(self, **choices: Unpack[OfAll]) -> Figure:
        """The evidence against the planned shares of units, day by day, where looks are planned."""
        return drawn("analysis", "shares", self.analysis, **choices)

    def daily_rate(self, **choices: Unpack[OfGoal]) -> Figure:
        """The rate of a goal by day of entry, where looks are planned; dips are ringed."""
        return drawn("analysis", "daily_rate", self.analysis, **choices)

    def segments(self, **choices: Unpack[OfGoalAndVariant]) -> Figure:
        """The lift of one goal, by default the primary, in every segment level."""
        return drawn("analysis", "segments", self.analysis, **choices)

    def detectable(self, **choices: Unpack[OfVariant]) -> Figure:
        """The smallest lift that the units find, goal by goal, beside the planned one."""
        return drawn("analysis", "detectable", self.analysis, **choices)

    def hidden_intent(self, **choices: Unpack[OfPair]) -> Figure:
        """What goes through the micro goal by the correlation of hidden intent: expert panel."""
        return drawn("analysis", "hidden_intent", self.analysis, **choices)
