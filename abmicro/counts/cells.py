"""The row form of a joint table: what its columns are called and what a row may hold.

One row is one cell. The SELECT that `abmicro query` prints returns these columns, a saved table
holds them, and `analyze --counts` reads them back:

    status              `analysed`, or the step of the account at which the units left (optional)
    variant             the arm
    segment__NAME       one per trait
    period              entry day: an ISO date, or days since 1970-01-01 (optional)
    goal__NAME          one per goal: 1 if the units of the cell reached it, else 0
    units, rows         how many units the cell holds, how many rows of data tell of them
    sum__NAME           one per value goal: its total over the units of the cell
    product__A__B       totals of products, B not before A in the order of the sums
    apart__NAME, apart_square__NAME   totals of goals whose joint with the others is not known; they
                        stand on rows without goals and units
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from abmicro.errors import CountsError, Problem, suggest

ANALYSED = "analysed"
CROSSED = "(crossed)"
"""Label of the pattern column "seen in two arms, kept under the first" (crossed = "first")."""

STEPS = {
    "no_unit": "rows without a unit id",
    "no_time": "rows or units without a time",
    "no_exposure": "units that were never exposed",
    "no_variant": "units whose exposure names no variant",
    "unknown_variant": "units of a variant the experiment does not know",
    "no_value": "units without a value where one is needed",
    "outside": "units exposed outside the dates of the experiment",
    "crossed": "units seen in two variants",
    "immature": "units whose conversion window is still open",
}
"""The steps at which a row or a unit can leave, in the order in which they are asked."""

NO_LEVEL = "(none)"
EPOCH = date(1970, 1, 1)
LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Columns:
    """The labels a row form carries; `names` are its column names in order.

    >>> Columns(("device",), ("cart",), ("revenue",), ()).names[2:5]
    ('segment__device', 'period', 'goal__cart')
    """

    segments: tuple[str, ...]
    goals: tuple[str, ...]
    measures: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in the order in which rows are written."""
        return (
            "status",
            "variant",
            *(f"segment__{name}" for name in self.segments),
            "period",
            *(f"goal__{name}" for name in self.goals),
            "units",
            "rows",
            *self.value_names,
            *(f"{kind}__{name}" for name in self.apart for kind in ("apart", "apart_square")),
        )

    @property
    def value_names(self) -> tuple[str, ...]:
        """Columns of sums, then of the upper triangle of products."""
        return (
            *(f"sum__{name}" for name in self.measures),
            *(f"product__{a}__{b}" for a, b in self.products),
        )

    @property
    def products(self) -> tuple[tuple[str, str], ...]:
        """Pairs of measures, row by row of the upper triangle."""
        return tuple((a, b) for at, a in enumerate(self.measures) for b in self.measures[at:])

    @classmethod
    def read(cls, header: Sequence[str]) -> Columns:
        """The labels of a header; CountsError where a column is missing, strange or there twice."""

        def labels(kind: str) -> tuple[str, ...]:
            start = f"{kind}__"
            return tuple(name[len(start) :] for name in header if name.startswith(start))

        found = cls(labels("segment"), labels("goal"), labels("sum"), labels("apart"))
        optional = {"status", "period", "rows"}
        problems = [
            Problem(name, "column is missing", "E404", _near(name, header))
            for name in found.names
            if name not in header and name not in optional
        ]
        problems += [
            Problem(name, "is no column of a joint table", "E404", suggest(name, found.names))
            for name in dict.fromkeys(header)
            if name not in found.names
        ]
        problems += [
            Problem(name, "column is there twice", "E404")
            for name in found.names
            if header.count(name) > 1
        ]
        if problems:
            raise CountsError(*problems)
        return found


def _near(name: str, header: Sequence[str]) -> str:
    return f"found: {', '.join(header[:12])}" if name in ("variant", "units") else ""


class Cell(NamedTuple):
    """One row, checked. pattern is None on a row that holds goals apart only."""

    status: str
    variant: str | None
    segment: tuple[str, ...]
    period: date | None
    pattern: tuple[bool, ...] | None
    units: int
    rows: int
    values: tuple[float, ...]
    apart: tuple[float, ...]


def read_cells(
    columns: Columns, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Iterator[Cell]:
    """Check rows one by one; CountsError names row, column and value of what cannot be right."""
    names = columns.names
    place = [header.index(name) if name in header else None for name in names]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            what = f"{len(row)} values under {len(header)} columns"
            raise CountsError(Problem(f"row {number}", what, "E405"))
        yield _cell(columns, _Row(number, dict(zip(names, _placed(row, place), strict=True))))


def _placed(row: Sequence[object], place: Sequence[int | None]) -> Iterator[object]:
    for at in place:
        value = None if at is None else row[at]
        yield None if value == "" else value


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Row:
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
            problem = Problem(where, f"{shown} where {wanted} is asked", "E405")
            raise CountsError(problem) from None


def _cell(columns: Columns, row: _Row) -> Cell:
    status = row.read("status", _status)
    bits = [row.raw[f"goal__{name}"] for name in columns.goals]
    apart = [f"{kind}__{name}" for name in columns.apart for kind in ("apart", "apart_square")]
    left = status != ANALYSED
    only_apart = not left and bool(apart) and row.raw["units"] is None
    units = 0 if only_apart else row.read("units", _whole)
    return Cell(
        status=status,
        variant=row.read("variant", _text if left else _some_text),
        segment=tuple(row.read(f"segment__{name}", _level) for name in columns.segments),
        period=row.read("period", _day),
        pattern=None
        if left or (only_apart and all(bit is None for bit in bits))
        else tuple(row.read(f"goal__{name}", truth) for name in columns.goals),
        units=units,
        rows=units if row.raw["rows"] is None else row.read("rows", _whole),
        values=tuple(row.read(name, _number) for name in columns.value_names),
        apart=tuple(row.read(name, _number) for name in apart),
    )


def truth(value: object) -> bool:
    """True or False of 1/0, true/false or their texts; ValueError for anything else.

    >>> truth("true"), truth(0), truth(1.0)
    (True, False, True)
    """
    if isinstance(value, str):
        known = {"1": True, "true": True, "0": False, "false": False}.get(value.lower())
    else:
        known = bool(value) if value in (0, 1) else None
    if known is None:
        raise ValueError("0 or 1")
    return known


def _status(value: object) -> str:
    status = ANALYSED if value is None else str(value)
    if status != ANALYSED and status not in STEPS:
        raise ValueError(f"one of {ANALYSED}, {', '.join(STEPS)}")
    return status


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _some_text(value: object) -> str:
    if value is None:
        raise ValueError("a variant")
    return str(value)


def _level(value: object) -> str:
    return NO_LEVEL if value is None else str(value)


def _whole(value: object) -> int:
    """A count: 12, 12.0 or "12"; never rounded."""
    wanted = f"a whole number from 0 to {LARGEST:,}"
    try:
        number = int(value) if isinstance(value, str) else value  # "1.5" and "" are no counts
        whole = int(number)  # type: ignore[call-overload]
    except (ValueError, TypeError, OverflowError):
        raise ValueError(wanted) from None
    if whole != number or isinstance(value, bool) or not 0 <= whole <= LARGEST:
        raise ValueError(wanted)
    return int(whole)


def _number(value: object) -> float:
    """A total; nothing counts as 0, since a row need not carry every total."""
    try:
        number = 0.0 if value is None else float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def _day(value: object) -> date | None:
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
