"""Keys of a goal with an amount: its cap, its value from before, and what an empty one means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from abmicro.errors import Problem
from abmicro.experiment.field_types import Duration, Text, as_duration, duration_text
from abmicro.experiment.strict_model import StrictModel, fault, shown

if TYPE_CHECKING:
    from abmicro.experiment.goals.goal import Goal

_SHARE = re.compile(r"([0-9]{1,2})(?:\.([0-9]{1,2}))?%")
_CAP_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "string", "pattern": r"^[0-9]{1,2}(\.[0-9]{1,2})?%$"},
    ]
}
_BEFORE_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": "^0*[1-9][0-9]{0,8}[wdhms]$"},
        {
            "type": "object",
            "properties": {"column": {"type": "string", "pattern": r"\S"}},
            "required": ["column"],
            "additionalProperties": False,
        },
    ]
}


def basis_points(share: str) -> int:
    """How many of ten thousand a share in per cent is, with at most two decimals; 0 for no share.

    >>> basis_points("99%"), basis_points("99.5%"), basis_points("all")
    (9900, 9950, 0)
    """
    match = _SHARE.fullmatch(share)
    return int(match[1] + (match[2] or "").ljust(2, "0")) if match else 0


def as_cap(value: Any) -> Any:
    """A cap: an amount above zero, or the share of the positive amounts that it leaves as they are.

    >>> as_cap(500), as_cap("99%")
    (500.0, '99%')
    """
    hint = 'write an amount, e.g. 500, or a share of the positive amounts, e.g. "99%"'
    if isinstance(value, str) and basis_points(value):
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value < float("inf"):
        raise fault(Problem("", f"{shown(value)} is no cap", "E067", hint))
    return float(value)


Cap = Annotated[float | str, BeforeValidator(as_cap), WithJsonSchema(_CAP_SCHEMA)]


class PastValue(StrictModel):
    """What was known of a unit before its exposure: a covariate that no variant can move.

    window: the same measure in so long a time before the exposure, e.g. "28d" (events).
    column: a column that holds it; an empty one counts as 0 (units).

    >>> PastValue(window="28d").told, PastValue(column="spent_before").told
    ('the 28d before', 'spent_before')
    """

    toml_table: ClassVar[str] = "goals"

    window: Duration | None = None
    column: Text | None = None

    @property
    def told(self) -> str:
        """What it is, in words."""
        return self.column or f"the {duration_text(self.window or timedelta(days=1))} before"

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.window is None) == (self.column is None):
            hint = 'write "28d" for events, or { column = "its column" } for units'
            raise fault(Problem("", "does not say in one way where it is", "E068", hint))
        return self


def _as_table(before: Any) -> Any:
    """A duration as the table it stands for."""
    return {"window": as_duration(before)} if isinstance(before, (str, timedelta)) else before


def _as_written(before: PastValue | None) -> Any:
    """A value from before as the file writes it."""
    if before is None or before.window is None:
        return None if before is None else {"column": before.column}
    return duration_text(before.window)


Before = Annotated[
    PastValue,
    BeforeValidator(_as_table),
    PlainSerializer(_as_written),
    WithJsonSchema(_BEFORE_SCHEMA),
]


class AmountLabels:
    """What the joint table calls the parts of a goal with amounts."""

    name: str

    @property
    def uncapped(self) -> str:
        """The amounts without the cap."""
        return f"{self.name}__uncapped"

    @property
    def past(self) -> str:
        """The value from before."""
        return f"{self.name}__before"


def amount_rules(goal: Goal) -> Iterator[Problem]:
    """A cap, an empty amount and a value from before belong to what a unit adds up or reaches."""
    if goal.cap is not None and (not goal.is_value or goal.is_ratio):
        what = "only an amount per unit is capped"
        yield Problem("cap", what, "E066", _instead(goal, "cap"))
    if goal.missing is not None and goal.value is None and goal.per is None:
        what = "only a goal with a value has empty amounts"
        yield Problem("missing", what, "E066", _instead(goal, "missing"))
    if goal.before is not None and (goal.is_ratio or goal.is_derived):
        said = f"is counted per {goal.per}" if goal.is_ratio else "is made of other goals"
        what = f"the goal {said}, and a value from before is one of a unit"
        yield Problem("before", what, "E066", "drop it")


def _instead(goal: Goal, key: str) -> str:
    return f"drop {key}" if goal.value else f"drop {key}, or name the column of amounts in value"
