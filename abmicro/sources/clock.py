"""Time in SQL: moments, windows and local days, for timestamps and for numbers alike.

Engines agree on comparison, on adding whole seconds and on modulo; only these are used. Time zones
are worked out here, from the zone database, and enter the statement as literals.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment, TimeUnit
from abmicro.sources.sql import first_true, literal, name

TICKS = {TimeUnit.SECONDS: 1, TimeUnit.MILLISECONDS: 10**3, TimeUnit.MICROSECONDS: 10**6}
"""How many units of a numeric clock make a second."""

EARLIEST, LATEST = date(2000, 1, 1), date(2040, 1, 1)
DAY = 86_400


def as_time(unit: TimeUnit, column: str) -> str:
    """The time column as something that can be compared; timestamps are read as UTC."""
    return f"CAST({name(column)} AS TIMESTAMP)" if unit is TimeUnit.TIMESTAMP else name(column)


def moment(unit: TimeUnit, at: datetime) -> str:
    """A literal of a moment.

    >>> moment(TimeUnit.MILLISECONDS, datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC))
    '2000'
    """
    if unit is TimeUnit.TIMESTAMP:
        return f"CAST('{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}' AS TIMESTAMP)"
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return str(since * TICKS[unit] // timedelta(seconds=1))


def later(unit: TimeUnit, what: str, by: timedelta) -> str:
    """A time some whole seconds later."""
    seconds = int(by.total_seconds())
    if unit is TimeUnit.TIMESTAMP:
        return f"{what} + INTERVAL '{seconds}' SECOND"
    return f"{what} + {seconds * TICKS[unit]}"


def local_day(experiment: Experiment, unit: TimeUnit, what: str) -> str:
    """The day of a time in the experiment's zone: a date, or days since 1970 for numbers."""
    steps = list(_offsets(experiment))
    shifted = first_true(
        [(f"{what} >= {moment(unit, since)}", later(unit, what, offset))
         for since, offset in reversed(steps[1:])],
        later(unit, what, steps[0][1]) if steps[0][1] else what,
    )  # fmt: skip
    if unit is TimeUnit.TIMESTAMP:
        return f"CAST({shifted} AS DATE)"
    day = DAY * TICKS[unit]
    return f"CAST((({shifted}) - ({shifted}) % {day}) / {day} AS BIGINT)"


def midnight(experiment: Experiment, day: date) -> datetime:
    """The moment at which a day begins in the experiment's zone."""
    return datetime.combine(day, time(), ZoneInfo(experiment.timezone))


def outside_days(experiment: Experiment, day: str, before: str | None) -> Iterator[str]:
    """Conditions under which a day is not one of the experiment's."""
    if experiment.start is not None:
        yield f"{day} < CAST({literal(str(experiment.start))} AS DATE)"
    for bound in (experiment.end and str(experiment.end), before):
        if bound:
            yield f"{day} >= CAST({literal(bound)} AS DATE)"


def as_moment(experiment: Experiment, as_of: date | str) -> datetime:
    """The moment up to which data count: the start of a day, or a time, in the experiment's zone.

    as_of: a date, a datetime or ISO text. Raises SourceError for text that is neither.
    """
    zone = ZoneInfo(experiment.timezone)
    if isinstance(as_of, str):
        try:
            as_of = datetime.fromisoformat(as_of)
        except ValueError:
            hint = "write year-month-day, e.g. 2026-10-20"
            problem = Problem("as_of", f"{as_of!r} is not a day", "E310", hint)
            raise SourceError(problem) from None
    if not isinstance(as_of, datetime):
        return midnight(experiment, as_of)
    return as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)


def _offsets(experiment: Experiment) -> Iterator[tuple[datetime, timedelta]]:
    """Since when the zone has been how far ahead of UTC, over the days that can occur."""
    zone = ZoneInfo(experiment.timezone)
    first = datetime.combine(experiment.start or EARLIEST, time(), UTC) - timedelta(days=2)
    last = datetime.combine(experiment.end or LATEST, time(), UTC) + timedelta(days=2)

    def offset(at: datetime) -> timedelta:
        return at.astimezone(zone).utcoffset() or timedelta()

    known = offset(first)
    yield first, known
    while first < last:
        following = first + timedelta(days=1)
        if offset(following) != known:
            low, high = first, following
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == known else (low, middle)
            known = offset(following)
            yield high.replace(microsecond=0), known
        first = following
