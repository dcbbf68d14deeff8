"""The small records a joint table carries beside its arrays."""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from typing import TYPE_CHECKING

from abmicro.counts.row_format import LEDGER_STEPS
from abmicro.frozen import frozen

if TYPE_CHECKING:
    from abmicro.array_types import Floats


@frozen
class LedgerEntry:
    """One line of the account of what became of the data.

    step: a key of `LEDGER_STEPS`.
    count: how many; of: `rows` or `units`; variant: the variant, or None over all variants.
    """

    step: str
    count: int
    of: str
    variant: str | None = None

    @property
    def meaning(self) -> str:
        """The step in words."""
        return LEDGER_STEPS[self.step]


@frozen
class AccountLine:
    """One part of the data by what became of it; all parts add up to the whole.

    step: a key of `LEDGER_STEPS`. rows, units: so many; variant: the variant, or None over all
    variants.
    """

    step: str
    rows: int
    units: int
    variant: str | None = None

    @property
    def meaning(self) -> str:
        """The step in words."""
        return LEDGER_STEPS[self.step]


@frozen
class LeftOut:
    """Units, and the rows that tell of them, that left at one step.

    variant: the recorded variant, or None where it has no meaning at that step.
    segment, period: traits and entry day of units whose window is still open, and of those that a
        rule took out of the table; else () and None.
    """

    step: str
    variant: str | None
    units: int
    rows: int
    segment: tuple[str, ...] = ()
    period: date | None = None


@frozen
class Origin:
    """How the table was made.

    engine: name and version; query_sha256: of the SELECT as it is printed.
    now: the moment of the run, after which no row can lie; None where it did not matter.
    notes: how the data were read where that is not plain, e.g. in which letters.
    """

    engine: str
    query_sha256: str
    now: datetime | None = field(default=None, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


@frozen(eq=False)
class Apart:
    """Goals whose joint with the others is not known (counts shape): sums per cell only.

    names: A goals; sums, squares: (V, S, P, A) totals of the goal and of its square over units.
    A goal that is a rate has sums equal to squares equal to the units that reached it.
    """

    names: tuple[str, ...]
    sums: Floats
    squares: Floats
