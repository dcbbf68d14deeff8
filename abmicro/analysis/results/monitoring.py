"""What looks say while a test runs: the path of its looks, claims that stand, alarms."""

from __future__ import annotations

from datetime import date
from math import nan
from typing import TYPE_CHECKING, Literal

from abmicro.analysis.results.estimates import Interval, Pair
from abmicro.analysis.results.verdict import DecisionName
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from pandas import DataFrame

_OF_LOOKS = ("goals", "carry")
MonitoringMode = Literal["fixed", "group_sequential", "anytime"]
StateName = Literal[
    "fix_data", "stop_harm", "finished", "ready", "little_hope", "running", "waiting"
]
AlarmKind = Literal["data", "sample_ratio", "harm", "harm_so_far", "guardrail", "dip", "gap"]


@frozen
class LookGoal:
    """One goal of one treated variant at one look.

    z: its score, from the two-sided p-value and the sign of the difference. lift: interval at the
    level of the look. crossed: whether the goal is clear at this look, as its interval says.
    """

    goal: str
    variant: str
    z: float
    lift: Interval
    crossed: Literal["up", "down"] | None


@frozen
class LookCarry:
    """The carry-through label of one look, its set, and the label that stands after it."""

    variant: str
    micro: str
    macro: str
    label: str
    low: float
    high: float
    settled: str


@frozen
class LookResult:
    """One look: its last day of data, the last day of entry that is mature, what it may claim.

    information: of all treated variants, the least n0 n1 / (n0 + n1). clock: the share of the test
    behind it. critical: how far a score must lie, infinite where it is too early.
    level: of its intervals, NaN where it is too early.
    """

    look: int
    day: date
    entry_day: date
    units: Pair
    information: float
    clock: float
    critical: float
    level: float
    alpha_spent: float
    goals: tuple[LookGoal, ...] = ()
    carry: tuple[LookCarry, ...] = ()


@frozen
class StoppedAt:
    """The effect at the look that stopped a test, freed of the luck of that day.

    day: of the look. p_value: by the stage-wise order. lift: median-unbiased, with its interval.
    """

    day: date
    p_value: float
    lift: Interval


@frozen
class Overrun:
    """Units of all variants that matured after the look that ended entry, and the lift with them.

    day: of that look. lift: at the last look.
    """

    day: date
    units: int
    lift: Interval


@frozen
class MonitoredGoal:
    """One goal over all looks so far.

    sequential_p_value: the smallest alpha at which some look would have crossed; adjusted over the
    variants. crossed_at: the day of the first look that crossed. conditional_power: the chance to
    cross at a look to come if the planned lift is true; NaN without one. predictive_power: over
    lifts as far as the data tell them. stop: at the look that crossed, where it is the last or
    entry ended at it. overrun: what came in after such a stop.
    """

    goal: str
    variant: str
    sequential_p_value: float
    adjusted_p_value: float
    crossed_at: date | None
    conditional_power: float = nan
    predictive_power: float = nan
    stop: StoppedAt | None = None
    overrun: Overrun | None = None


@frozen
class SettledCarry:
    """The label that stands, of all looks so far together, and the day since which it does."""

    variant: str
    micro: str
    macro: str
    label: str
    settled: str
    since: date | None
    low: float
    high: float


@frozen
class MonitoringAlarm:
    """Something that somebody should look at now.

    severity: `stop` where it decides, `warn` where it does not. figure against threshold: in the
    unit of the kind (a score, a log e-value, a count); NaN where there is none.
    """

    kind: AlarmKind
    severity: Literal["stop", "warn"]
    sentence: str
    fix: str
    variant: str = ""
    goal: str = ""
    day: date | None = None
    figure: float = nan
    threshold: float = nan


@frozen
class MonitoredVariant:
    """Where one treated variant stands."""

    variant: str
    state: StateName
    decision: DecisionName


@frozen
class SampleRatioPath:
    """The log e-value of the shares at the end of each day, and where it alarms."""

    log_e: float
    threshold: float
    days: tuple[date, ...] = ()
    path: tuple[float, ...] = ()


@frozen
class HarmLine:
    """The score of a goal of mature units by day, and how far on the bad side it means harm.

    days: the last days of data. bound: NaN on days that tell nothing.
    """

    goal: str
    variant: str
    days: tuple[date, ...]
    z: tuple[float, ...]
    bound: tuple[float, ...]


@frozen
class DailyRate:
    """The share of the units of each mature day of entry that reached a goal, in one variant."""

    goal: str
    variant: str
    days: tuple[date, ...]
    rates: tuple[float, ...]


@frozen
class Replan:
    """A change of the plan while the test ran: the first look after it, and why."""

    date: date
    reason: str


@frozen
class Monitoring:
    """A running test as its looks see it.

    text: everything in one line. alpha: of all looks together; look_alpha: of the rows of the last.
    look: its number, 0 before the first. looks_planned: None without an end.
    next_look: the last day of data of the next one.
    days_left: until the last day of data that the test needs; None without an end.
    recorded: whether the looks were written down as they were made; without that nobody can tell
        whether the plan was changed. replans: changes that were made with a reason.
    harm, daily: what alarms of harm and of dips are raised from.
    """

    text: str
    mode: MonitoringMode
    spending: str
    alpha: float
    look_alpha: float
    look: int
    looks_planned: int | None
    next_look: date | None
    days_left: int | None
    state: StateName
    advice: str
    variants: tuple[MonitoredVariant, ...]
    path: tuple[LookResult, ...]
    goals: tuple[MonitoredGoal, ...]
    carry: tuple[SettledCarry, ...]
    alarms: tuple[MonitoringAlarm, ...]
    sample_ratio: SampleRatioPath | None
    recorded: bool = False
    replans: tuple[Replan, ...] = ()
    harm: tuple[HarmLine, ...] = ()
    daily: tuple[DailyRate, ...] = ()

    def __str__(self) -> str:
        """How the test stands, and what to do."""
        return f"{self.text}\n{self.advice}"

    def to_pandas(self) -> DataFrame:
        """Every goal of every treated variant at every look, nested figures as `lift_low`."""
        from dataclasses import asdict

        from pandas import json_normalize

        rows = []
        for look in self.path:
            about = {name: one for name, one in asdict(look).items() if name not in _OF_LOOKS}
            rows += [{**about, **asdict(one)} for one in look.goals]
        return json_normalize(rows, sep="_")
