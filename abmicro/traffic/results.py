"""What a look at funnel and traffic found: frozen, labelled records of plain numbers.

Rates are fractions, all variants are one. A number that cannot be computed is NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from abmicro.analysis.rendering import Rendered, frame
from abmicro.analysis.results import (
    Check,
    DayChart,
    Dip,
    HealthDay,
    Interval,
    SourceRate,
    SourceValue,
    TrafficSource,
)
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from datetime import date

    from pandas import DataFrame

    from abmicro.experiment.model import Experiment

Section = Literal["funnel", "traffic", "sources", "charts", "days", "dips", "weeks", "checks"]


@frozen
class HealthStep:
    """One step: units that reached it or a later one, and what was lost since the step before.

    rate: of all units; step_rate: of those of the step before. hours: median from entry to the
    step, hours_to_macro: median from there to the macro goal; NaN without histograms.
    """

    step: str
    reached: int
    rate: float
    step_rate: float
    lost: int
    hours: float
    hours_to_macro: float


@frozen
class WeekRate:
    """A calendar week of one goal; lift: over the week before, NaN for the first."""

    goal: str
    start: date
    days: int
    units: int
    reached: int
    rate: float
    lift: Interval


@frozen
class SourceChange:
    """What one source adds to a change of the rate of all, by its share and by its own rate."""

    segment: str
    source: str
    units_before: int
    units_after: int
    rate_before: float
    rate_after: float
    mix: float
    rate: float


@frozen
class RateChange:
    """The change of a rate between two months; mix and rate add up to the total.

    mix: what other shares of the levels of `segment` make of it; rate: what other rates of the same
    levels do.
    """

    segment: str
    goal: str
    before: str
    after: str
    units_before: int
    units_after: int
    rate_before: float
    rate_after: float
    total: Interval
    mix: Interval
    rate: Interval
    sources: tuple[SourceChange, ...]
    sentence: str


@frozen
class Health(Rendered):
    """Everything one look at funnel and traffic found, in the order in which a page tells it.

    headline: how many things to look at; sentence: which, then: of whom. first_day, last_day: of
    entry, None without a clock. engaging: micro goals that count as engaged; macro: the goal that
    pays. engaged, shallow: share of all units with a micro goal, and with no goal at all. values:
    per unit. false_alarm: chance that any day of one chart is ringed though nothing happened; once
    more for all sources together.
    """

    experiment: Experiment
    version: str
    headline: str
    sentence: str
    then: str
    first_day: date | None
    last_day: date | None
    units: int
    engaging: tuple[str, ...]
    macro: str | None
    engaged: float
    shallow: float
    values: tuple[SourceValue, ...]
    funnel: tuple[HealthStep, ...]
    traffic: tuple[TrafficSource, ...]
    sources: tuple[SourceRate, ...]
    false_alarm: float
    charts: tuple[DayChart, ...]
    days: tuple[HealthDay, ...]
    dips: tuple[Dip, ...]
    weeks: tuple[WeekRate, ...]
    changes: tuple[RateChange, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    FORMATS: ClassVar[str] = "abmicro.health_formats"

    @property
    def signalled(self) -> tuple[TrafficSource, ...]:
        """The sources whose visits somebody should look at."""
        return tuple(one for one in self.traffic if one.signals)

    def fails(self, kind: str) -> bool:
        """Whether a kind of `--fail-on` is found: `dip`, `capture`, `doubles`, `source`, `gap`."""
        if kind == "dip":
            return bool(self.dips)
        if kind == "source":
            return bool(self.signalled)
        names = {"doubles": "double_firing", "gap": "missing_days"}
        begins = names.get(kind, kind)
        found = (one for one in self.checks if one.name.partition(".")[0] == begins)
        return any(one.status in ("warn", "fail") for one in found)

    def __repr__(self) -> str:
        return f"Health({self.experiment.name!r}, {self.headline!r})"

    def to_pandas(self, section: Section = "traffic") -> DataFrame:
        """One section as a tidy frame, nested figures as columns such as `engaged_low`."""
        return frame(getattr(self, section))
