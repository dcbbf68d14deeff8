"""The row form of a joint table: what its columns are called and what a row may hold.

One row is one cell. The SELECT that `abmicro query` prints returns these columns, a saved table
holds them, and `analyze --counts` reads them back:

    status              `analysed`, or the step of the account at which the units left (optional)
    variant             the variant
    segment__NAME       one per trait
    period              entry day: an ISO date, or days since 1970-01-01 (optional)
    goal__NAME          one per goal: 1 if the units of the cell reached it, else 0
    units, rows         how many units the cell holds, how many rows of data tell of them
    sum__NAME           one per value goal: its total over the units of the cell
    product__A__B       totals of products, B not before A in the order of the sums
    apart__NAME, apart_square__NAME   totals of goals whose joint with the others is not known; they
                        stand on rows without goals and units
    cap__NAME           what an amount above it counts as, found once; the same in every row
    cut_off             up to when the data are complete: a moment, read as UTC unless it tells its
                        offset, or seconds since 1970 (optional; of several the earliest holds)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from abmicro.counts.parsing import (
    Row,
    as_cap,
    as_count,
    as_day,
    as_level,
    as_moment,
    as_text,
    as_total,
    as_truth,
    as_variant,
    check_header,
    labelled,
    read_rows,
)

ANALYSED = "analysed"
IMMATURE = "immature"
EXCLUDED = "excluded"
CROSSED = "(crossed)"
"""Label of the pattern column "seen in two arms, kept under the first" (crossed = "first")."""

NO_SESSION, SESSION_HITS = "(no_session)", "(session_hits)"
"""Measures of a unit: its hits for goals per session that carry no session id, and all of them."""

STEPS = {
    "filtered": "rows that data.where leaves out",
    "no_unit": "rows without a unit id",
    "no_time": "rows or units without a time",
    "future": "rows dated later than the moment of the run, or than the last window of the test",
    "no_exposure": "units that were never exposed",
    "no_variant": "units whose exposure names no variant",
    "unknown_variant": "units of a variant the experiment does not know",
    "no_value": "units without a value where one is needed",
    "empty_value": "units left out since an amount of theirs is empty",
    "outside": "units exposed outside the dates of the experiment",
    "crossed": "units seen in two variants",
    EXCLUDED: "units left out by the rule of exposure.exclude",
    IMMATURE: "units whose conversion window is still open",
}
"""The steps at which a row or a unit can leave, in the order in which they are asked."""

LEDGER_STEPS = STEPS | {
    "rows_read": "rows the data hold",
    "crossed_kept": "units seen in two variants, kept under the first",
    "no_session": "rows of these units that count per session and carry no session id",
    ANALYSED: "units judged",
}
"""Every step of the ledger, in words."""


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
    capped: tuple[str, ...] = ()

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
            *(f"cap__{name}" for name in self.capped),
            "cut_off",
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
        kinds = ("segment", "goal", "sum", "apart", "cap")
        found = cls(*(labelled(kind, header) for kind in kinds))
        check_header(found.names, header, "a joint table", {"status", "period", "rows", "cut_off"})
        return found


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
    caps: tuple[float | None, ...]
    cut_off: datetime | None


def read_cells(
    columns: Columns, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> Iterator[Cell]:
    """Check rows one by one; CountsError names row, column and value of what cannot be right."""
    return map(_RowReader(columns).cell, read_rows(columns.names, header, rows))


class _RowReader:
    """Rows to cells; the names of the columns are put together once."""

    def __init__(self, columns: Columns) -> None:
        kinds = ("apart", "apart_square")
        self.segments = [f"segment__{name}" for name in columns.segments]
        self.goals = [f"goal__{name}" for name in columns.goals]
        self.values = columns.value_names
        self.apart = [f"{kind}__{name}" for name in columns.apart for kind in kinds]
        self.caps = [f"cap__{name}" for name in columns.capped]

    def cell(self, row: Row) -> Cell:
        """The cell of a row, every value checked."""
        status = row.read("status", _status)
        left = status != ANALYSED
        only_apart = not left and bool(self.apart) and row.raw["units"] is None
        units = 0 if only_apart else row.read("units", as_count)
        patternless = only_apart and all(row.raw[goal] is None for goal in self.goals)
        return Cell(
            status=status,
            variant=row.read("variant", as_text if left else as_variant),
            segment=tuple([row.read(name, as_level) for name in self.segments]),
            period=row.read("period", as_day),
            pattern=None
            if left or patternless
            else tuple([row.read(name, as_truth) for name in self.goals]),
            units=units,
            rows=units if row.raw["rows"] is None else row.read("rows", as_count),
            values=tuple([row.read(name, as_total) for name in self.values]),
            apart=tuple([row.read(name, as_total) for name in self.apart]),
            caps=tuple([row.read(name, as_cap) for name in self.caps]),
            cut_off=row.read("cut_off", as_moment),
        )


def _status(value: object) -> str:
    status = ANALYSED if value is None else str(value)
    if status != ANALYSED and status not in STEPS:
        raise ValueError(f"one of {ANALYSED}, {', '.join(STEPS)}")
    return status
