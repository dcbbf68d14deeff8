"""What is planned before the start: the traffic, how long it may take, what is believed already."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from abmicro.errors import Problem
from abmicro.experiment.field_types import Fraction, Number, Positive
from abmicro.experiment.strict_model import StrictModel, fault, shown

MOST_WEEKS = 260
DAYS_OF_A_MONTH = 365.25 / 12
_DAYS = {"day": 1.0, "week": 7.0, "month": DAYS_OF_A_MONTH, "year": 365.25}
_RATE = re.compile(r"([0-9][0-9_,']*(?:\.[0-9]+)?)(?:\s*(?:/|per|a)\s*(day|week|month|year))?")
_TRY = 'write "900/day", "6300/week", seven numbers from Monday on, or a .csv file of days'


def as_traffic(value: Any) -> Any:
    """Units per day, seven numbers from Monday on, or the name of a file with counts by day.

    >>> as_traffic("6,300/week"), as_traffic([1, 1, 1, 1, 1, 2, 2]), as_traffic("daily.csv")
    (900.0, (1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0), 'daily.csv')
    """
    if isinstance(value, str):
        if value.lower().endswith(".csv"):
            return value
        if (found := _RATE.fullmatch(value.strip().lower())) is None:
            raise fault(Problem("", f"{shown(value)} is not traffic", "E013", _TRY))
        value = float(re.sub(r"[_,']", "", found[1])) / _DAYS[found[2] or "day"]
    if _is_number(value):
        return _usable((value,))[0]
    if isinstance(value, (list, tuple)) and len(value) == 7 and all(map(_is_number, value)):
        return _usable(value)
    raise fault(Problem("", f"{shown(value)} is not traffic", "E013", _TRY))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _usable(days: tuple[float, ...] | list[float]) -> tuple[float, ...]:
    """Units per day: none of them negative, not all of them zero, none beyond counting."""
    for units in days:
        if not 0 <= units < 1e12:
            what = f"{shown(units)} units a day cannot be"
            raise fault(Problem("", what, "E014", "write how many new units a day brings"))
    if not any(days):
        what = "without traffic no test comes to an end"
        raise fault(Problem("", what, "E014", "write how many new units a day brings"))
    return tuple(map(float, days))


def as_weeks(value: Any) -> Any:
    """A whole number of weeks, at least 1.

    >>> as_weeks(6)
    6
    """
    if not _is_number(value) or value % 1 or not 1 <= value <= MOST_WEEKS:
        what = f"{shown(value)} is not a whole number of weeks from 1 to {MOST_WEEKS}"
        raise fault(Problem("", what, "E014", "most tests run 2 to 6 weeks"))
    return int(value)


def share(value: float) -> float:
    """A validator: a share above 0, at most 1."""
    if not 0 < value <= 1:
        what = f"{shown(value)} is not a share above 0 and at most 1"
        raise fault(Problem("", what, "E014", "write a fraction, e.g. 0.5 for 50 %"))
    return value


_DAY = {"type": "number", "minimum": 0}
_TRAFFIC = WithJsonSchema(
    {
        "oneOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": r"^[0-9][0-9_,'.]*( *(/|per|a) *[a-z]+)?$|\.csv$"},
            {"type": "array", "items": _DAY, "minItems": 7, "maxItems": 7},
        ]
    }
)

Share = Annotated[
    Number,
    AfterValidator(share),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
]
Traffic = Annotated[
    float | tuple[float, ...] | str,
    BeforeValidator(as_traffic),
    PlainSerializer(lambda value: list(value) if isinstance(value, tuple) else value),
    _TRAFFIC,
]
Weeks = Annotated[
    int,
    BeforeValidator(as_weeks),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_WEEKS}),
]


class PlanSettings(StrictModel):
    """What a plan rests on; the level is that of the analysis, `analysis.alpha`.

    traffic: new units a day ("900/day", "6300/week" or a number), seven numbers from Monday on, or
        a .csv file with the columns `day` and `units`; None: from the counts of the past.
    exposure: share of this traffic that enters the test, in (0, 1].
    ramp_up: shares of the exposure on the first days; from then on all of it.
    weeks: longest that the test may run; default the whole weeks from its start to its end, or 6.
    power: wanted probability of a finding.
    true_share: share of tests like this one whose effect is real, for what not to promise; default
        one in ten to one in five.
    spread: standard deviation of true log lifts before the test, centred at zero; default the
        planned lift.

    >>> PlanSettings(traffic="6300/week", weeks=4).traffic
    900.0
    """

    toml_table: ClassVar[str] = "plan"

    traffic: Traffic | None = None
    exposure: Share = 1.0
    ramp_up: tuple[Share, ...] = ()
    weeks: Weeks = 6
    power: Fraction = 0.8
    true_share: Fraction | None = None
    spread: Positive | None = None
