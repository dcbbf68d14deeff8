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

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from abmicro.counts.encoded import Encoded
from abmicro.counts.parsing import (
    RawColumns,
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
)
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Bools, Floats, Integers

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


@frozen
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


class CheckedCells(NamedTuple):
    """N rows, checked, as columns and arrays.

    segments: a column per trait. patterns: bool (N, G), without a goal on a row that left and on
    one that holds goals apart only. units, rows: int (N,). values, apart: (N, columns).
    """

    status: Encoded[str]
    variant: Encoded[str | None]
    segments: list[Encoded[str]]
    period: Encoded[date | None]
    patterns: Bools
    units: Integers
    rows: Integers
    values: Floats
    apart: Floats
    caps: list[Encoded[float | None]]
    cut_off: Encoded[datetime | None]


def read_cells(
    columns: Columns, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> CheckedCells:
    """Check rows column by column; CountsError names row, column and value of what is not right."""
    raw = RawColumns.of_rows(columns.names, header, rows)
    status = raw.read("status", _status)
    analysed = status.where(ANALYSED.__eq__)
    raw.read("variant", as_variant, analysed)
    units, patterns = _counted(raw, columns, analysed)
    told = raw.read("rows", as_count, ~raw.missing("rows"))
    apart = [f"{kind}__{name}" for name in columns.apart for kind in ("apart", "apart_square")]
    return CheckedCells(
        status=status,
        variant=raw.read("variant", as_text),
        segments=[raw.read(f"segment__{name}", as_level) for name in columns.segments],
        period=raw.read("period", as_day),
        patterns=patterns,
        units=units,
        rows=np.where(told.codes < 0, units, told.numbers()),
        values=_totals(raw, columns.value_names),
        apart=_totals(raw, apart),
        caps=[raw.read(f"cap__{name}", as_cap) for name in columns.capped],
        cut_off=raw.read("cut_off", as_moment),
    )


def _counted(raw: RawColumns, columns: Columns, analysed: Bools) -> tuple[Integers, Bools]:
    """Units and patterns; rows of goals apart alone need neither."""
    goals = [f"goal__{name}" for name in columns.goals]
    alone = analysed & raw.missing("units") & bool(columns.apart)
    units = raw.read("units", as_count, ~alone)
    bare = alone & np.all([raw.missing(goal) for goal in goals], axis=0)
    bits = [raw.read(goal, as_truth, analysed & ~bare) for goal in goals]
    patterns = np.zeros((raw.size, len(goals)), dtype=bool)
    for at, reached in enumerate(bits):
        patterns[:, at] = reached.numbers(False)
    return units.numbers(), patterns


def _totals(raw: RawColumns, names: Sequence[str]) -> Floats:
    """Several columns of totals side by side: (N, columns)."""
    found = np.zeros((raw.size, len(names)))
    for at, name in enumerate(names):
        found[:, at] = raw.read(name, as_total).numbers()
    return found


def _status(value: object) -> str:
    status = ANALYSED if value is None else str(value)
    if status != ANALYSED and status not in STEPS:
        raise ValueError(f"one of {ANALYSED}, {', '.join(STEPS)}")
    return status
