"""Columns of a table of counts: every value is checked, and named where it cannot be right."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from abmicro.counts.encoded import Encoded
from abmicro.errors import CountsError, Problem, suggest
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Bools

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


@frozen(eq=False)
class RawColumns:
    """Raw rows by column: what stands in each, and what it takes to name a cell in an error.

    size: how many rows. raw: column name to what its rows hold; nothing is None or empty text.
    """

    size: int
    raw: Mapping[str, Encoded[object]]

    @classmethod
    def of_rows(
        cls, names: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> RawColumns:
        """The columns of rows under a header; CountsError for a row of another width."""
        kept = list(rows)
        for number, width in enumerate(map(len, kept), start=1):
            if width != len(header):
                what = f"{width} values under {len(header)} columns"
                raise CountsError(
                    Problem(f"row {number}", what, "E405", "is the file cut? save it again")
                )
        there = {name: [*map(itemgetter(at), kept)] for at, name in enumerate(header)}
        nothing = (None,) * len(kept)
        return cls(len(kept), {name: Encoded.of(there.get(name, nothing)) for name in names})

    def read(
        self, name: str, parse: Callable[[object], T], asked: Bools | None = None
    ) -> Encoded[T]:
        """The parsed values of a column, in the rows asked for; default in all.

        The parser says by ValueError what it asked for. Raises CountsError that names the first
        row which does not fit.
        """
        raw = self.raw[name] if asked is None else self.raw[name].only(asked)
        known = list[T]()
        for place, value in enumerate(raw.values):
            try:
                known.append(parse(None if _is_nothing(value) else value))
            except ValueError as wanted:
                raise self._refusal(name, raw.first_row(place), wanted) from None
        return Encoded(tuple(known), raw.codes)

    def missing(self, name: str) -> Bools:
        """Which rows hold nothing in a column: bool (N,)."""
        return self.raw[name].where(_is_nothing)

    def _refusal(self, name: str, row: int, wanted: ValueError) -> CountsError:
        variant, value = (self.raw[one].cell(row) for one in ("variant", name))
        whose = "" if _is_nothing(variant) else f" (variant {variant})"
        where = f"row {row + 1}{whose}, column {name}"
        shown = "nothing" if _is_nothing(value) else repr(value)
        what, hint = f"{shown} where {wanted} is asked", "mend the cell, or collect again"
        return CountsError(Problem(where, what, "E405", hint))


def _is_nothing(value: object) -> bool:
    return value is None or value == ""


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
