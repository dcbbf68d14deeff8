"""Rows of a table of counts: every value is checked, and named where it cannot be right."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from abmicro.errors import CountsError, Problem, suggest

NO_LEVEL = "(none)"
EPOCH = date(1970, 1, 1)
LARGEST = 2**62

T = TypeVar("T")


def labelled(kind: str, header: Sequence[str]) -> tuple[str, ...]:
    """The labels that follow `kind__` in a header.

    >>> labelled("segment", ["variant", "segment__device", "units"])
    ('device',)
    """
    start = f"{kind}__"
    return tuple(name[len(start) :] for name in header if name.startswith(start))


def check_header(
    names: Sequence[str], header: Sequence[str], table: str, optional: Collection[str] = ()
) -> None:
    """Raise CountsError where a column is missing, strange or there twice.

    names: the columns a `table` has, all but the optional ones needed.
    """
    problems = [
        Problem(name, "column is missing", "E404", _near(name, header))
        for name in names
        if name not in header and name not in optional
    ]
    problems += [
        Problem(name, f"is no column of {table}", "E404", suggest(name, tuple(names)))
        for name in dict.fromkeys(header)
        if name not in names
    ]
    problems += [
        Problem(name, "column is there twice", "E404", "keep one of them")
        for name in names
        if header.count(name) > 1
    ]
    if problems:
        raise CountsError(*problems)


def _near(name: str, header: Sequence[str]) -> str:
    return f"found: {', '.join(header[:12])}" if name in ("variant", "units") else ""


@dataclass(frozen=True, slots=True)
class Row:
    """One raw row by column name, with what it takes to name it in an error."""

    number: int
    raw: dict[str, object]

    def read(self, name: str, parse: Callable[[object], T]) -> T:
        """The parsed value of a column; the parser says by ValueError what it asked for."""
        value = self.raw[name]
        try:
            return parse(value)
        except ValueError as wanted:
            variant = self.raw["variant"]
            whose = f" (variant {variant})" if variant is not None else ""
            where = f"row {self.number}{whose}, column {name}"
            shown = "nothing" if value is None else repr(value)
            what, hint = f"{shown} where {wanted} is asked", "mend the cell, or collect again"
            problem = Problem(where, what, "E405", hint)
            raise CountsError(problem) from None


def read_rows(
    names: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Iterator[Row]:
    """Raw rows by column name; empty text and columns that are not there are None."""
    place = [header.index(name) if name in header else None for name in names]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            what = f"{len(row)} values under {len(header)} columns"
            raise CountsError(
                Problem(f"row {number}", what, "E405", "is the file cut? save it again")
            )
        yield Row(number, dict(zip(names, _placed(row, place), strict=True)))


def _placed(row: Sequence[object], place: Sequence[int | None]) -> Iterator[object]:
    for at in place:
        value = None if at is None else row[at]
        yield None if value == "" else value


def as_truth(value: object) -> bool:
    """True or False of 1/0, true/false or their texts; ValueError for anything else.

    >>> as_truth("true"), as_truth(0), as_truth(1.0)
    (True, False, True)
    """
    if isinstance(value, str):
        known = {"1": True, "true": True, "0": False, "false": False}.get(value.lower())
    else:
        known = bool(value) if value in (0, 1) else None
    if known is None:
        raise ValueError("0 or 1")
    return known


def as_text(value: object) -> str | None:
    """Text, or None where there is nothing."""
    return None if value is None else str(value)


def as_variant(value: object) -> str:
    """The name of a variant; ValueError for nothing."""
    return _some(value, "a variant")


def as_goal(value: object) -> str:
    """The name of a goal; ValueError for nothing."""
    return _some(value, "a goal")


def _some(value: object, wanted: str) -> str:
    if value is None:
        raise ValueError(wanted)
    return str(value)


def as_level(value: object) -> str:
    """The level of a segment, `NO_LEVEL` for nothing."""
    return NO_LEVEL if value is None else str(value)


def as_count(value: object) -> int:
    """A count: 12, 12.0 or "12"; never rounded. ValueError for anything else."""
    wanted = f"a whole number from 0 to {LARGEST:,}"
    try:
        number = int(value) if isinstance(value, str) else value  # "1.5" and "" are no counts
        whole = int(number)  # type: ignore[call-overload]
    except (ValueError, TypeError, OverflowError):
        raise ValueError(wanted) from None
    if whole != number or isinstance(value, bool) or not 0 <= whole <= LARGEST:
        raise ValueError(wanted)
    return int(whole)


def as_total(value: object) -> float:
    """A total; nothing counts as 0, since a row need not carry every total."""
    try:
        number = 0.0 if value is None else float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def as_cap(value: object) -> float | None:
    """A cap above zero; None for nothing."""
    if value is None or value != value:  # a column of numbers in a frame has NaN for nothing
        return None
    number = as_total(value)
    if number <= 0:
        raise ValueError("a number above 0")
    return number


def as_day(value: object) -> date | None:
    """The day of a date, a moment, an ISO text or a count of days since 1970-01-01."""
    if value is None or type(value) is date:
        return value
    if isinstance(value, datetime):
        return value.date()
    text = str(value)
    try:
        if text.lstrip("-").isdigit() and len(text) < len("20261005"):
            return EPOCH + timedelta(days=int(text))
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError):
        raise ValueError("a day such as 2026-10-05") from None


def as_moment(value: object) -> datetime | None:
    """The moment of a time, an ISO text or a count of seconds since 1970, in UTC.

    What tells no offset is read as UTC. Parts of a second are cut off, so that all clocks agree.

    >>> as_moment("2026-10-05 02:00:00+02:00"), as_moment("86400")
    (datetime.datetime(2026, 10, 5, 0, 0, tzinfo=datetime.timezone.utc), \
datetime.datetime(1970, 1, 2, 0, 0, tzinfo=datetime.timezone.utc))
    """
    if value is None or value != value:  # a column of numbers in a frame has NaN for nothing
        return None
    try:
        at = _moment(value).replace(microsecond=0)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("a moment such as 2026-10-05 00:00:00") from None


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = str(value).removesuffix(" UTC")
    if text.lstrip("-").removesuffix(".0").isdigit():
        return datetime.combine(EPOCH, time()) + timedelta(seconds=float(text))
    return datetime.fromisoformat(text)
