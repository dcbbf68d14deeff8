"""Time in SQL: moments, windows and local days, for timestamps and for numbers alike.

Engines agree on comparison, on adding whole seconds and on modulo; only these are used. Time zones
are worked out here, from the zone database, and enter the statement as literals.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from math import isfinite

from abmicro.errors import Problem, SourceError
from abmicro.experiment.calendar import midnight, zone
from abmicro.experiment.model import Experiment, TimeUnit
from abmicro.sources.sql.fragments import first_true, literal, name, whole

TICKS = {TimeUnit.SECONDS: 1, TimeUnit.MILLISECONDS: 10**3, TimeUnit.MICROSECONDS: 10**6}
"""How many units of a numeric clock make a second."""

EARLIEST, LATEST = date(2000, 1, 1), date(2040, 1, 1)
DAY = 86_400
MARGIN = timedelta(days=400)
"""How far from the days of an experiment its rows can lie."""


def as_time(unit: TimeUnit, column: str) -> str:
    """The time column as something that can be compared; timestamps are read as UTC."""
    return f"CAST({name(column)} AS TIMESTAMP)" if unit is TimeUnit.TIMESTAMP else name(column)


def likely_unit(number: object) -> TimeUnit | None:
    """The unit that puts a number between 2000 and 2100; else a position; None for no number.

    >>> likely_unit("1700000000").value, likely_unit("17").value, likely_unit("nan")
    ('s', 'order', None)
    """
    try:
        largest = float(str(number))
    except ValueError:
        return None
    if not isfinite(largest):
        return None
    for unit, ticks in TICKS.items():
        if 946_684_800 <= largest / ticks < 4_102_444_800:
            return unit
    return TimeUnit.ORDER


def moment(unit: TimeUnit, at: datetime) -> str:
    """A literal of a moment.

    >>> moment(TimeUnit.MILLISECONDS, datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC))
    '2000'
    """
    if unit is TimeUnit.TIMESTAMP:
        return f"CAST('{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}' AS TIMESTAMP)"
    microseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return str(microseconds * TICKS[unit] // 10**6)


def later(unit: TimeUnit, what: str, by: timedelta) -> str:
    """A time some whole seconds later."""
    seconds = int(by.total_seconds())
    if unit is TimeUnit.TIMESTAMP:
        return f"{what} + INTERVAL '{seconds}' SECOND"
    return f"{what} + {seconds * TICKS[unit]}"


def seconds(unit: TimeUnit, what: str) -> str:
    """Whole seconds of a time since 1970.

    >>> seconds(TimeUnit.MILLISECONDS, "t")
    'CAST((t - t % 1000) / 1000 AS BIGINT)'
    """
    if unit is TimeUnit.TIMESTAMP:
        return f"DATE_DIFF('second', CAST('1970-01-01' AS TIMESTAMP), {what})"
    return whole(what, TICKS[unit])


def told_moment(unit: TimeUnit, what: str) -> str:
    """A moment as the row form tells it: a timestamp, or whole seconds since 1970 for numbers."""
    return what if unit is TimeUnit.TIMESTAMP else whole(what, TICKS[unit])


def no_moment(unit: TimeUnit) -> str:
    """Nothing, of the type of `told_moment`."""
    return f"CAST(NULL AS {'TIMESTAMP' if unit is TimeUnit.TIMESTAMP else 'BIGINT'})"


def local_day(experiment: Experiment, unit: TimeUnit, what: str) -> str:
    """The day of a time in the experiment's zone: a date, or days since 1970 for numbers."""
    if unit is TimeUnit.TIMESTAMP:
        return f"CAST({_local(experiment, unit, what)} AS DATE)"
    return day_number(experiment, unit, what)


def day_number(experiment: Experiment, unit: TimeUnit, what: str) -> str:
    """Days from 1970 to the day of a time in the experiment's zone."""
    local = f"({_local(experiment, unit, what)})"
    if unit is TimeUnit.TIMESTAMP:
        return whole(seconds(unit, local), DAY)
    return whole(local, DAY * TICKS[unit])


def _local(experiment: Experiment, unit: TimeUnit, what: str) -> str:
    """What a clock of the experiment's zone shows at a time."""
    first, last = experiment.start or EARLIEST, experiment.end or LATEST
    (_, usual), *changes = _offsets(experiment.timezone, first, last)
    return first_true(
        [
            (f"{what} >= {moment(unit, since)}", later(unit, what, offset))
            for since, offset in reversed(changes)
        ],
        later(unit, what, usual) if usual else what,
    )


def from_local(experiment: Experiment, zone: str, what: str) -> str:
    """UTC of a time that a clock of a zone showed.

    Of an hour that the clock shows twice the first is meant; one that it leaves out is counted on
    from the hour before.
    """
    stamp = TimeUnit.TIMESTAMP
    usual, turns = _turns(experiment, zone)
    cases = [
        (f"{what} >= {moment(stamp, at + max(old, new))}", later(stamp, what, -new))
        for at, old, new in reversed(turns)
    ]
    return first_true(cases, later(stamp, what, -usual) if usual else what)


def odd_hours(experiment: Experiment, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """First and last moment of what a clock of a zone shows twice or not at all, as it shows it."""
    for at, old, new in _turns(experiment, zone)[1]:
        yield at + min(old, new), at + max(old, new)


def _turns(
    experiment: Experiment, zone: str
) -> tuple[timedelta, list[tuple[datetime, timedelta, timedelta]]]:
    """What a zone is ahead of UTC at first; when it changes, from what and to what."""
    first = EARLIEST if experiment.start is None else experiment.start - MARGIN
    last = LATEST if experiment.end is None else experiment.end + MARGIN
    (_, usual), *changes = _offsets(zone, first, last)
    before = [usual, *(offset for _, offset in changes)]
    return usual, [(at, old, new) for (at, new), old in zip(changes, before, strict=False)]


def outside_days(experiment: Experiment, day: str, end: datetime | None) -> Iterator[str]:
    """Conditions under which a day is not one of the experiment's, or not before `end`."""
    if experiment.start is not None:
        yield f"{day} < {_day(experiment.start)}"
    if experiment.end is not None:
        yield f"{day} >= {_day(experiment.end)}"
    if end is not None:
        yield f"{day} >= {_day(end.date())}"


def _day(day: date) -> str:
    return f"CAST({literal(day.isoformat())} AS DATE)"


def has_clock(experiment: Experiment) -> bool:
    """Whether the data say when something happened."""
    data = experiment.require_data()
    clock = data.columns.time or data.columns.period
    return clock is not None and data.time_unit is not TimeUnit.ORDER


def until(experiment: Experiment, as_of: date | str | None) -> datetime | None:
    """The moment before which data count: the start of a day, or a time, in the experiment's zone.

    as_of: a date, a datetime or ISO text; None for no bound.
    Raises SourceError for text that is neither, and for data without a clock.

    >>> from abmicro.experiment.model import DataColumns, Data
    >>> data = Data(shape="counts", columns=DataColumns(period="day"))
    >>> goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    >>> test = Experiment(
    ...     name="x", variants=["A", "B"], goals=goals, data=data, timezone="Europe/Oslo"
    ... )
    >>> until(test, "2026-10-20").isoformat()
    '2026-10-20T00:00:00+02:00'
    """
    if as_of is None:
        return None
    if not has_clock(experiment):
        what = "the data have no clock that could be stopped"
        raise SourceError(Problem("as_of", what, "E310", "drop as_of, or name the column of times"))
    try:
        at = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    except ValueError:
        hint = "write year-month-day, e.g. 2026-10-20"
        raise SourceError(Problem("as_of", f"{as_of!r} is not a day", "E310", hint)) from None
    if not isinstance(at, datetime):
        return midnight(experiment, at)
    local = zone(experiment.timezone)
    return at.astimezone(local) if at.tzinfo else at.replace(tzinfo=local)


def this_moment(now: datetime | None) -> datetime:
    """The moment of the run, in UTC: the one given, else that of the machine's clock."""
    if now is None:
        return datetime.now(UTC)
    return now.astimezone(UTC) if now.tzinfo else now.replace(tzinfo=UTC)


@cache
def _offsets(timezone: str, start: date, end: date) -> tuple[tuple[datetime, timedelta], ...]:
    """Since when the zone has been how far ahead of UTC, over the days that can occur."""
    local, day = zone(timezone), timedelta(days=1)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(local).utcoffset() or timedelta()

    at = datetime.combine(start, time(), UTC) - 2 * day
    if timezone == "UTC":
        return ((at, timedelta()),)
    last = datetime.combine(end, time(), UTC) + 2 * day
    found = [(at, offset(at))]
    while at < last:
        following = at + day
        if offset(following) != found[-1][1]:
            low, high = at, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == found[-1][1] else (low, middle)
            found.append((high.replace(microsecond=0), offset(following)))
        at = following
    return tuple(found)
