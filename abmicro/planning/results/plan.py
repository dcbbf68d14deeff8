"""What a plan says: frozen, labelled records of plain numbers, with no arrays in them.

Rates and lifts are fractions, never percent; lifts are signed, so that of a goal of which less is
better is negative. A number that cannot be computed is NaN and the `note` says why; an infinite
number of units or days means that no number would do.
"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from abmicro.analysis.rendering import Rendered, drawn, frame
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from abmicro.analysis.results import ProgrammeGain
    from abmicro.experiment.model import Experiment
    from abmicro.planning.results.looking import PlannedMonitoring
    from abmicro.planning.results.size import Size
    from abmicro.planning.results.worth import Promise, Wait

Section = Literal["goals", "claims", "pairs", "weeks", "curve", "promises", "waiting", "options"]
ClaimName = Literal["micro_moved", "macro_up", "at_least", "less_than_full"]
OptionName = Literal[
    "other_goal", "bolder", "fewer_arms", "no_loss", "longer", "more_traffic", "loss_tolerance"
]


@frozen
class GoalPlan:
    """One goal: what it takes to find the planned lift, and what the allowed weeks can find.

    per: what the goal is counted over instead of units, such as `session`; else None.
    asks: `change` (two-sided), or `no_loss` (a guardrail: one-sided, against its margin).
    lift: the planned lift, or for a guardrail the lift that is to be ruled out; NaN where none is
        set. planned: the rate at that lift; the baseline itself for a guardrail.
    alpha: the level of one comparison after correction, two-sided for `change`, else one-sided.
    size: None where no lift is set. fits: within the weeks allowed.
    power: at the planned lift, with what the allowed weeks bring. any_arm: that at least one of
        several treated variants is found, if all have the planned lift; NaN where there is one.
    detectable: smallest lift found with the planned power in the allowed weeks, in the direction
        that is good (a guardrail: the smallest margin that can be held); NaN where there is none.
    """

    goal: str
    kind: str
    role: str
    direction: str
    is_value: bool
    per: str | None
    asks: Literal["change", "no_loss"]
    baseline: float
    lift: float
    planned: float
    alpha: float
    size: Size | None
    fits: bool
    power: float
    any_arm: float
    detectable: float
    note: str = ""


@frozen
class ShippingGate:
    """One finding that shipping asks for.

    asks: `change` for the better, or `no_loss` beyond the margin of a guardrail. lift: the planned
    one, of a macro goal at most that to which all of the primary goal's comes, or the margin.
    alpha: the level at which the verdict reads it. power: by itself, in the weeks allowed; NaN
    without traffic.
    """

    goal: str
    asks: Literal["change", "no_loss"]
    lift: float
    alpha: float
    power: float


@frozen
class Shipping:
    """What it takes to ship: all that the verdict asks for, found in the same data.

    If the planned lift is true, all of it reaches the macro goal (or as much as that goal's own
    planned lift, where that is less), and no guardrail changes.
    gates: the primary goal first. size: with the planned power. fits: within the weeks allowed.
    power: of all gates together, in the weeks allowed; NaN without traffic.
    costliest: the goal whose gate takes the most units by itself. missing: goals that are asked
    for too and of which nothing is known.
    """

    gates: tuple[ShippingGate, ...]
    size: Size
    fits: bool
    power: float
    costliest: str
    missing: tuple[str, ...]


@frozen
class PlannedStatement:
    """What one statement about a micro goal and its macro goal costs.

    claim: `micro_moved`; `macro_up`; `at_least` the asked share of the gain arrived;
        `less_than_full`: part of it did not arrive.
    pass_through: the truth under which the statement is found with the planned power.
    alpha: the two-sided level at which it is judged.
    times: units, as a multiple of those that `micro_moved` needs.
    """

    micro: str
    macro: str
    claim: ClaimName
    pass_through: float
    micro_lift: float
    macro_lift: float
    alpha: float
    size: Size
    fits: bool
    times: float


@frozen
class PairPlan:
    """How a micro goal stands to its macro goal.

    phi: correlation over units. dilution: share of a micro lift that reaches the macro goal if
        extra micro conversions are as good as the usual ones (1 on the path).
    speed: units that the macro goal needs, as a multiple of those of the micro goal, if all of the
        expected lift arrives.
    sign_error: chance that the macro goal falls though the micro goal rose as planned, at the end
        of the test. floor: the same with any traffic; no number of units takes it below.
    mean, sd: of pass-throughs over a programme of tests, assumed for these two.
    """

    micro: str
    macro: str
    phi: float
    dilution: float
    speed: float
    sign_error: float
    floor: float
    mean: float
    sd: float


@frozen
class Week:
    """What a goal can tell after so many weeks.

    units: in all variants. detectable: smallest lift found with the planned power, NaN where none
    is. power: at the planned lift. sure: chance that the posterior probability of the variant being
    better reaches 95 %, if the planned lift is true.
    """

    goal: str
    week: int
    units: float
    detectable: float
    power: float
    sure: float


@frozen
class PowerPoint:
    """The probability of a finding at a true lift, with what the allowed weeks bring."""

    goal: str
    lift: float
    power: float


@frozen
class Option:
    """Something that helps where the plan does not work, with its number in the sentence.

    fits: whether it is then done in the weeks allowed.
    """

    name: OptionName
    sentence: str
    figure: float
    fits: bool


@frozen
class Arrivals:
    """The units that enter the test: in the first week, in a usual one, in the weeks allowed.

    sentence: where the numbers come from. caution: what they cannot know, such as who is new; empty
    where they know it.
    """

    first_week: float
    usual_week: float
    allowed: float
    sentence: str
    caution: str


@frozen
class Plan(Rendered):
    """Everything a plan says, in the order in which a page tells it.

    headline: the finding in one sentence. ship: what shipping takes, None where no lift of the
    primary goal is planned. shipping: the same in words, empty where the verdict asks for the
    primary goal alone.
    reachable: whether any goal finds its planned lift in the weeks allowed, None where no lift is
    planned. options: what would work, where none does. monitoring: what looks while it runs cost
    and save; None where the test is read once. programme: what many such tests gain, None without
    traffic or a pair of goals.
    """

    experiment: Experiment
    version: str
    headline: str
    shipping: str
    ship: Shipping | None
    reachable: bool | None
    arrivals: Arrivals
    goals: tuple[GoalPlan, ...]
    pairs: tuple[PairPlan, ...]
    claims: tuple[PlannedStatement, ...]
    weeks: tuple[Week, ...]
    curve: tuple[PowerPoint, ...]
    promises: tuple[Promise, ...]
    waiting: tuple[Wait, ...]
    options: tuple[Option, ...]
    notes: tuple[str, ...]
    monitoring: PlannedMonitoring | None = None
    programme: ProgrammeGain | None = None

    FORMATS: ClassVar[str] = "abmicro.plan_formats"

    @property
    def has_traffic(self) -> bool:
        """Whether it is known how many units come; else nothing is said of weeks."""
        return not isnan(self.arrivals.usual_week)

    def __repr__(self) -> str:
        return f"Plan({self.experiment.name!r}, {self.headline!r})"

    def to_pandas(self, section: Section = "goals") -> DataFrame:
        """One section as a tidy frame, nested figures as columns such as `size_total`.

        Units of a variant stand under its name, as in `size_arms_control`.
        """
        return frame(getattr(self, section), _columns)

    @property
    def plot(self) -> PlanPlots:
        """The charts of the plan: `plan.plot.power()`, `.weeks()`, `.claims()`."""
        return PlanPlots(self)


def _columns(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Fields of a record by name, and in them units by variant instead of a list of them."""
    found = dict(fields)
    if "arms" in found:
        found["arms"] = {variant["variant"]: variant["units"] for variant in found["arms"]}
    return found


@frozen
class PlanPlots:
    """The charts of a plan; each returns a matplotlib Figure, or draws into axes of yours."""

    plan: Plan

    def power(self, *, ax: Axes | None = None) -> Figure:
        """Power by true lift, goal by goal, with what the allowed weeks bring."""
        return drawn("plan", "power", self.plan, ax=ax)

    def weeks(self, *, ax: Axes | None = None) -> Figure:
        """The smallest lift that is found, week by week and goal by goal."""
        return drawn("plan", "weeks", self.plan, ax=ax)

    def claims(self, *, micro: str | None = None, ax: Axes | None = None) -> Figure:
        """Units that each statement about a micro goal (default the first) and macro goal needs."""
        return drawn("plan", "claims", self.plan, ax=ax, micro=micro)
