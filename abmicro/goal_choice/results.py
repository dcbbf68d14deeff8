"""What a choice of goals says: frozen, labelled records of plain numbers.

Rates are fractions. A number that cannot be computed is NaN, and the goal says in `excluded` why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from abmicro.analysis.rendering import Rendered, drawn, frame
from abmicro.analysis.results import Interval
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from abmicro.experiment.model import Experiment
    from abmicro.experiment.naming.names import Names


@frozen
class GoalLink:
    """How a goal and the macro goal go together over units that nobody treated.

    macro_if_reached, macro_if_not: macro rates with and without the goal; ratio: of the two, with
    its interval. share_of_macro: part of macro units that had the goal. dilution: 1 less
    `macro_if_not` over the macro rate. phi: correlation over units.
    """

    macro_if_reached: float
    macro_if_not: float
    ratio: Interval
    share_of_macro: float
    dilution: float
    phi: float
    sentence: str


@frozen
class CandidateGoal:
    """One goal: what it is worth as a sign of the macro goal's true lift.

    conversions: to be expected in one variant of one test; per_week: of all units, NaN where no
    week is known. quality: correlation of its estimated lift with the true lift of the macro goal;
    score: 100 times its square. orders_per_30: macro conversions that 30 tests gain per 100,000
    later units when changes ship by this goal, its lift being 0 on average.
    association: None for the macro goal itself. excluded: why it cannot be chosen; empty if it can.
    """

    goal: str
    kind: str
    role: str
    rate: float
    conversions: float
    per_week: float
    quality: float
    score: float
    orders_per_30: float
    association: GoalLink | None
    flags: tuple[str, ...]
    excluded: str


@frozen
class GoalChoice(Rendered):
    """The goals of a definition, best first, and the set that tells most of the macro goal.

    units_per_arm: units of one variant of one test; units_from: where they come from.
    acts: the step where changes act; None for anywhere. tests: past tests learnt from.
    chosen: goals of the set in the order in which they were taken, weights: of their log lifts in
    the best guess of the macro's; score_of_set: 100 times the squared quality of that guess.
    orders_per_30: as of a goal, for shipping by the set, by the macro goal alone, and by the truth.
    """

    experiment: Experiment
    version: str
    headline: str
    units_per_arm: float
    units_from: str
    acts: str | None
    tests: int
    macro: str
    goals: tuple[CandidateGoal, ...]
    chosen: tuple[str, ...]
    weights: tuple[float, ...]
    score_of_set: float
    orders_per_30: float
    orders_by_macro: float
    orders_by_truth: float
    notes: tuple[str, ...]

    FORMATS: ClassVar[str] = "abmicro.goal_choice_formats"

    @property
    def names(self) -> Names:
        """What people read in place of the names of goals and units."""
        return self.experiment.names

    def __repr__(self) -> str:
        return f"GoalChoice({self.experiment.name!r}, {self.headline!r})"

    def __getitem__(self, goal: str) -> CandidateGoal:
        """The goal of that name; KeyError where there is none."""
        found = next((one for one in self.goals if one.goal == goal), None)
        if found is None:
            raise KeyError(goal)
        return found

    def to_pandas(self) -> DataFrame:
        """The goals as a tidy frame, nested figures as columns such as `association_phi`."""
        return frame(self.goals)

    def plot(self, *, ax: Axes | None = None) -> Figure:
        """The score of every goal that can be chosen, as a matplotlib Figure or into your axes."""
        return drawn("goal_choice", "scores", self, ax=ax)
