"""What a portfolio says: frozen, labelled records of plain numbers.

Rates and lifts are fractions, never percent; gains of several changes multiply. A number that
cannot be computed is NaN, and a record that the tests are too few for is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from abmicro.analysis.rendering import Rendered, drawn, frame
from abmicro.analysis.results import Interval
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

Way = Literal["up", "unclear", "down"]


@frozen
class VariantLift:
    """The lift of one goal in one treated variant of one test.

    test: its key; day: when it started or was added. counted: whether it is the variant that
    stands for its test: the shipped one, else the first. shipped: None where it is not known.
    kept: the lift once the noise of all tests is taken off; None where they are too few, and for
    variants that are not counted.
    """

    test: str
    name: str
    site: str
    day: date
    variant: str
    goal: str
    kind: str
    lift: Interval
    way: Way
    counted: bool
    kept: Interval | None
    decision: str
    label: str
    shipped: bool | None


@frozen
class GoalRecord:
    """One goal over all tests, one variant of each.

    wins, losses: significantly better and worse. expected_by_chance: wins if nothing worked;
    chance_share_at_most: share of the wins that may be of that kind, on average; NaN without wins.
    chance_of_so_many: how likely so many wins are if nothing worked.
    mean: average true lift of a change; sd: of true log lifts from change to change; positive:
    share of changes that truly gain. They are None and NaN below five tests.
    """

    goal: str
    kind: str
    tests: int
    wins: int
    losses: int
    expected_by_chance: float
    chance_share_at_most: float
    chance_of_so_many: float
    mean: Interval | None
    sd: float
    positive: float
    sentence: str


@frozen
class GainStep:
    """Gains after so many of the chosen changes, by day: as observed, and as they are thought."""

    test: str
    day: date
    claimed: float
    kept: Interval


@frozen
class GainRecord:
    """What the changes that went live gained together in the macro goal.

    changes: how many; assumed: whether, where nobody said what went live, winners were taken.
    claimed: all observed lifts together, kept: what is thought of them by the micro goal, the macro
    goal and all tests; per_1000: macro conversions per 1,000 units instead of a lift.
    """

    macro: str
    micro: str
    changes: int
    assumed: bool
    claimed: float
    kept: Interval
    claimed_per_1000: float
    kept_per_1000: Interval
    steps: tuple[GainStep, ...]
    sentence: str


@frozen
class TypicalRecord:
    """What usually becomes of a micro lift on the path: the change of the step from micro to macro.

    mean: of the relative change of the step rate; sd: of its log from change to change.
    """

    micro: str
    macro: str
    variants: int
    mean: Interval
    sd: float
    sentence: str


@frozen
class SignRecord:
    """Which way micro and macro went over all treated variants.

    table: variants by way of the micro goal (up, unclear, down), then of the macro goal.
    share: of variants whose two lifts have one sign; chance: the share that noise alone would give.
    false_friends: tests and variants of which one goal is clearly up and the other clearly down.
    """

    table: tuple[tuple[int, int, int], ...]
    agree: int
    share: Interval
    chance: float
    false_friends: tuple[str, ...]


@frozen
class PairPoint:
    """One treated variant: both lifts as observed, and once the noise is taken off."""

    test: str
    variant: str
    micro: float
    macro: float
    micro_kept: float
    macro_kept: float


@frozen
class ExpectedMacro:
    """The true macro lift to expect of a change with this true micro lift."""

    micro: float
    macro: Interval


@frozen
class ProxyRecord:
    """Correlation of a guess with the true macro lift, by what the guess has seen."""

    micro: float
    macro: float
    both: float


@frozen
class PairRecord:
    """How the lifts of a micro and of the macro goal go together over changes.

    slope: macro log lift per micro log lift; r2: share of the true macro lifts that true micro
    lifts explain; around_sd: of macro log lifts around the line. threshold: smallest micro lift
    that makes a macro gain as good as certain, NaN where none does. noise: covariance of the log
    lifts of a usual test, micro, both, macro. quality: in tests of the usual size.
    on_path: whether the macro goal is impossible without the micro goal.
    mostly_assumption: fewer than five tests. raw_slope, raw_r2: of a line through the observed
    lifts, which noise makes steep.
    """

    micro: str
    macro: str
    tests: int
    variants: int
    on_path: bool
    mostly_assumption: bool
    slope: Interval
    r2: Interval
    lift_sd: float
    around_sd: float
    threshold: float
    true_sign_agreement: float
    raw_slope: float
    raw_intercept: float
    raw_r2: float
    noise: tuple[float, float, float]
    quality: ProxyRecord
    signs: SignRecord
    points: tuple[PairPoint, ...]
    line: tuple[ExpectedMacro, ...]
    sentence: str


@frozen
class LeftOutRecord:
    """A test of which something is not used, and why."""

    test: str
    why: str


@frozen
class RetiredGoal:
    """A goal that is watched no longer, and why."""

    goal: str
    why: str


@frozen
class Portfolio(Rendered):
    """Everything that the tests of a history say together, in the order in which a page tells it.

    macro: the macro goal of most tests; micro: the goal that most often was primary beside it.
    Either is empty where there is none. nouns: what people read in place of the names of goals;
    units: what those who were assigned are called. units_per_test: of all variants, for which the
    quality of goals is told. lifts: every goal of every treated variant. pairs: with the macro
    goal, the best micro goal first. warnings: what may mislead.
    """

    version: str
    headline: str
    tests: int
    variants: int
    sites: tuple[str, ...]
    macro: str
    micro: str
    nouns: Mapping[str, str]
    units: str
    units_per_test: float
    warnings: tuple[str, ...]
    goals: tuple[GoalRecord, ...]
    gain: GainRecord | None
    typical: TypicalRecord | None
    pairs: tuple[PairRecord, ...]
    retired: tuple[RetiredGoal, ...]
    left_out: tuple[LeftOutRecord, ...]
    lifts: tuple[VariantLift, ...]
    notes: tuple[str, ...]

    FORMATS: ClassVar[str] = "abmicro.portfolio_formats"
    FILES: ClassVar[str] = "abmicro.portfolio_file_formats"

    @property
    def pair(self) -> PairRecord | None:
        """The pair of the macro goal and the goal that most often was primary."""
        return next((one for one in self.pairs if one.micro == self.micro), None)

    def noun(self, goal: str) -> str:
        """A goal as people read it: "orders"."""
        return self.nouns.get(goal, goal)

    def __repr__(self) -> str:
        return f"Portfolio({self.headline!r})"

    def to_pandas(self) -> DataFrame:
        """Every goal of every treated variant as a tidy frame, nested figures as `lift_low`."""
        return frame(self.lifts)

    @property
    def plot(self) -> PortfolioPlots:
        """The charts: `portfolio.plot.forest()`, `.gains()`, `.scatter()`, `.qualities()`."""
        return PortfolioPlots(self)


@frozen
class PortfolioPlots:
    """The charts of a portfolio; each returns a matplotlib Figure, or draws into axes of yours."""

    portfolio: Portfolio

    def forest(self, *, ax: Axes | None = None) -> Figure:
        """Micro and macro lift of every test, and what is thought of them."""
        return drawn("portfolio", "forest", self.portfolio, ax=ax)

    def gains(self, *, ax: Axes | None = None) -> Figure:
        """Gains of what went live: claimed, and kept."""
        return drawn("portfolio", "gains", self.portfolio, ax=ax)

    def scatter(self, *, ax: Axes | None = None) -> Figure:
        """Micro against macro lifts before and after the noise is taken off."""
        return drawn("portfolio", "scatter", self.portfolio, ax=ax)

    def qualities(self, *, ax: Axes | None = None) -> Figure:
        """What each goal tells of the macro goal."""
        return drawn("portfolio", "qualities", self.portfolio, ax=ax)
