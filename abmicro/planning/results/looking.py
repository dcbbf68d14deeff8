"""What a plan says of looks while the test runs: when findings come, and what looks cost."""

from __future__ import annotations

from abmicro.frozen import frozen


@frozen
class DoneBy:
    """The chance that a finding is made by the end of a week of the test, if what is planned is so.

    week: counted from 1; the windows of the units that count have closed.
    """

    week: int
    chance: float


@frozen
class WatchedFinding:
    """One finding that may be made at every look: a goal that moved, or a statement on a pair.

    goal: the micro goal of a statement. macro, claim, pass_through: of a statement, as
        `PlannedStatement` has them; None, None and NaN for a goal by itself.
    read_once: units in all variants if the test were read once. maximum: with looks, if it runs to
        its end. mean_null, mean_true: on average, where nothing moves and where what is planned is
        so; NaN without an end.
    days_null, days_true: to the end of the test on average, windows included; NaN without an end.
    first_day, first_on: days from the start, and the day, on which it can first be made: a look
        whose bound can be reached, and conversions enough; NaN and empty where that is not known.
    weeks: chances to be made by the end of each week from the first look on.
    """

    goal: str
    macro: str | None
    claim: str | None
    pass_through: float
    read_once: float
    maximum: float
    mean_null: float
    mean_true: float
    days_null: float
    days_true: float
    first_day: float
    first_on: str
    weeks: tuple[DoneBy, ...]


@frozen
class PlannedMonitoring:
    """The looks of a test and what they make of its findings.

    mode: `group_sequential` or `anytime`. looks: how many, None without an end. entry_days, wait:
    days in which units enter, and days until their windows have closed. first_on, last_on: the days
    on which the first and the last look can be read, empty without a start or end.
    sentence: what looks cost and save, by the first finding. caution: why they save little, or
    empty.
    """

    mode: str
    looks: int | None
    entry_days: int
    wait: int
    first_on: str
    last_on: str
    findings: tuple[WatchedFinding, ...]
    sentence: str
    caution: str
