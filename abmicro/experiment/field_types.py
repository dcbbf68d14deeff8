"""The kinds of single values a definition holds: names, texts, numbers, durations, days."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from abmicro.errors import Problem
from abmicro.experiment.bounds import LONGEST_NAME
from abmicro.experiment.strict_model import fault, shown
from abmicro.plain_text import STEERING

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_DURATION = re.compile(r"([0-9]{1,9})([wdhms])")
_LONGEST = timedelta(days=3650)


def ordered_step(step: str) -> str:
    """Label of the pattern column "this step was reached after the one before" (strict funnels).

    >>> ordered_step("purchase")
    'purchase in order'
    """
    return f"{step}{_RESERVED_ENDING}"


_RESERVED_ENDING = " in order"


def duration_text(duration: timedelta) -> str:
    """A duration in the largest unit from days down that divides it; the file's own notation.

    >>> duration_text(timedelta(days=14)), duration_text(timedelta(minutes=90))
    ('14d', '90m')
    """
    unit = next(unit for unit in "dhms" if not duration % _UNITS[unit])
    return f"{duration // _UNITS[unit]}{unit}"


def as_duration(value: Any) -> Any:
    """A duration from its text ("7d", "24h", "30m", "90s", "2w") or from a timedelta.

    Positive, in whole seconds, at most ten years.

    >>> as_duration("2w")
    datetime.timedelta(days=14)
    """
    hint = 'write a whole number and w, d, h, m or s, e.g. "7d" or "24h"'
    duration = value
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        unit = _UNITS[match[2]]
        duration = min(int(match[1]), 2 * _LONGEST // unit) * unit
    if not isinstance(duration, timedelta):
        raise fault(Problem("", f"{shown(value)} is not a duration", "E015", hint))
    if duration <= timedelta(0) or duration > _LONGEST or duration.microseconds:
        what = f"{shown(value)} is not a positive duration of whole seconds up to ten years"
        raise fault(Problem("", what, "E015", hint))
    return duration


def as_day(value: Any) -> Any:
    """A day from a date or from its ISO text.

    >>> as_day("2026-10-05")
    datetime.date(2026, 10, 5)
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        what = f"{shown(value)} is not a day"
        hint = "write year-month-day without a time, e.g. 2026-10-05"
        raise fault(Problem("", what, "E016", hint)) from None


_WITHIN = "write a number within these bounds, or drop the key"


def between(low: float, high: float) -> Callable[[float], float]:
    """A validator: strictly between two bounds."""

    def check(value: float) -> float:
        if not low < value < high:
            hint = "write a fraction, e.g. 0.05 for 5 %" if high == 1 and value >= 1 else _WITHIN
            what = f"{shown(value)} is not between {low:g} and {high:g}"
            raise fault(Problem("", what, "E014", hint))
        return value

    return check


def above_zero(value: float) -> float:
    """A validator: more than nothing."""
    if not value > 0:
        raise fault(Problem("", f"{shown(value)} is not above 0", "E014", "write a larger number"))
    return value


def said(text: str) -> str:
    """A validator: text that says something and can be printed on one line."""
    if not text.strip():
        raise fault(Problem("", "is empty", "E017", "give it a text or drop the key"))
    if len(text) > LONGEST_NAME:
        what = f"has {len(text):,} letters; at most {LONGEST_NAME} are read"
        raise fault(Problem("", what, "E028", "write it shorter"))
    if wild := STEERING.search(text):
        what = f"holds a character that cannot be printed: {wild[0]!a}"
        raise fault(Problem("", what, "E017", "write it on one line of plain text"))
    return text


def encodable(text: str) -> str:
    """A validator: text of any kind that a UTF-8 file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        what = f"holds a character that no file can hold: {text[error.start]!a}"
        raise fault(Problem("", what, "E017", "drop it")) from None
    return text


def label(text: str) -> str:
    """A validator: a name that can head a column of a report."""
    if said(text) != text.strip():
        what = f"{shown(text)} begins or ends with a space"
        raise fault(Problem("", what, "E017", f"write {text.strip()!r}"))
    if text.endswith(_RESERVED_ENDING):
        what = (
            f"{shown(text)} ends with '{_RESERVED_ENDING}', which abmicro uses for strict funnels"
        )
        raise fault(Problem("", what, "E019", "choose another name"))
    return text


def known_zone(timezone: str) -> str:
    """A validator: a name of the time zone database."""
    if timezone == "UTC":
        return timezone
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):
        hint = 'write a name of the time zone database, e.g. "Europe/Oslo"'
        what = f"{shown(timezone)} is not a time zone"
        raise fault(Problem("", what, "E016", hint)) from None
    return timezone


TEXT_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"\S"}
NAME_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^\S(.*\S)?$"}


def number_schema(low: float, high: float | None = None) -> WithJsonSchema:
    """What a schema says of a number strictly between two bounds."""
    above = {} if high is None else {"exclusiveMaximum": high}
    return WithJsonSchema({"type": "number", "exclusiveMinimum": low, **above})


Prose = Annotated[str, AfterValidator(encodable)]
Text = Annotated[str, AfterValidator(said), WithJsonSchema(TEXT_SCHEMA)]
Name = Annotated[str, AfterValidator(label), WithJsonSchema(NAME_SCHEMA)]
Filled = WithJsonSchema(TEXT_SCHEMA)
"""Marks a text that no schema lets pass empty; what it must be is checked elsewhere."""
TimeZone = Annotated[str, AfterValidator(known_zone), Filled]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Alpha = Annotated[Number, AfterValidator(between(0, 0.5)), number_schema(0, 0.5)]
Fraction = Annotated[Number, AfterValidator(between(0, 1)), number_schema(0, 1)]
Positive = Annotated[Number, AfterValidator(above_zero), number_schema(0)]
Duration = Annotated[
    timedelta,
    BeforeValidator(as_duration),
    PlainSerializer(duration_text),
    WithJsonSchema({"type": "string", "pattern": "^0*[1-9][0-9]{0,8}[wdhms]$"}),
]
Day = Annotated[date, BeforeValidator(as_day), WithJsonSchema({"type": "string", "format": "date"})]
