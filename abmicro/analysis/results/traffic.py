"""Where units come from, and days against the others of their weekday.

`health` tells it of any traffic, an analysis where a check of its traffic does not pass.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from abmicro.analysis.results.estimates import Interval
from abmicro.frozen import frozen

Word = Literal["engages_no_order", "shallow", "engaged", "few", "usual", "too_few"]
Kind = Literal["", "dip", "peak"]


@frozen
class SourceValue:
    """A value per unit, with its interval."""

    goal: str
    mean: Interval


@frozen
class TrafficSource:
    """A level of a segment, such as a campaign: who comes, who engages, who pays.

    share: of all units. shallow: share of its units with no goal at all. engaged: rate of a micro
    goal; macro: of the macro goal; macro_per_engaged: of engaged units. Rates are drawn toward the
    common one as far as the size of the source asks. word: what stands out; signals: what speaks
    against its visits: `shallow`, `engages_no_order`, `too_fast`. sentence: the same with numbers.
    """

    segment: str
    source: str
    units: int
    share: float
    shallow: float
    engaged: Interval
    macro: Interval
    macro_per_engaged: Interval
    values: tuple[SourceValue, ...]
    word: Word
    signals: tuple[str, ...]
    sentence: str


@frozen
class SourceRate:
    """The rate of a goal among the units of a source, or among those with the step before (`of`).

    rate: drawn toward the common one; NaN where fewer than ten units are behind it.
    flags: the signals of the source, as `TrafficSource` has them.
    """

    segment: str
    source: str
    goal: str
    of: str
    reached: int
    units: int
    rate: Interval
    flags: tuple[str, ...] = ()


@frozen
class DayChart:
    """How the days of a rate were judged: `goal` among all units or among those of step `of`.

    weekly: days are too few for it and joined to weeks. spread: of scores from day to day, at least
    1. limit: of score / spread. false_alarm: chance that any day is flagged though nothing
    happened. smallest: least fall of one day that is seen four times in five; NaN where none is.
    reason: why there is no chart; empty where there is one.
    """

    goal: str
    of: str
    weekly: bool
    spread: float
    limit: float
    false_alarm: float
    smallest: float
    reason: str = ""


@frozen
class HealthDay:
    """A day of entry, or a week from that day on, against the others of its weekday.

    expected: conversions at their rate; score: in standard errors. flagged: beyond the limit.
    low, high: conversions that would not be flagged.
    """

    goal: str
    of: str
    day: date
    reached: int
    units: int
    expected: float
    low: float
    high: float
    score: float
    flagged: Kind


@frozen
class DipPlace:
    """What one source had on the day of a dip."""

    segment: str
    source: str
    reached: int
    expected: float
    fell: bool


@frozen
class Dip:
    """A day on which a rate fell, of all units or of one source.

    segment, source: empty for all units. places: what sources had, where some fell and some not.
    """

    goal: str
    of: str
    day: date
    segment: str
    source: str
    reached: int
    units: int
    expected: float
    score: float
    places: tuple[DipPlace, ...]
    sentence: str


@frozen
class TrafficBehind:
    """Sources and days of a test whose traffic is in doubt, all variants taken together.

    checks: those that did not pass, by name. macro: the goal that pays, None without one. charts:
    how the days of each rate were judged, or why they were not. odd: the days that stand out. dips:
    falls among them, and those of one source.
    """

    checks: tuple[str, ...]
    macro: str | None
    sources: tuple[TrafficSource, ...]
    charts: tuple[DayChart, ...]
    odd: tuple[HealthDay, ...]
    dips: tuple[Dip, ...]
