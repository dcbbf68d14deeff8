"""What became of the data on the way into the joint table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from abmicro.counts import AccountLine, JointCounts, LedgerEntry


@frozen
class Ledger:
    """The account of the data, and the rows behind it.

    entries: step by step, the units analysed last. account: rows and units by what became of them;
    the lines after the first add up to it. rows_read: all rows, whatever became of them.
    rows_left: rows that left at each step where any did.
    """

    entries: tuple[LedgerEntry, ...]
    account: tuple[AccountLine, ...]
    rows_read: int
    rows_left: Mapping[str, int]

    def units(self, step: str) -> int:
        """Units booked under a step, over all variants."""
        return sum(
            entry.count for entry in self.entries if entry.step == step and entry.of == "units"
        )


def ledger(counts: JointCounts) -> Ledger:
    """The ledger of a joint table."""
    rows: dict[str, int] = {}
    for left in counts.left_out:
        rows[left.step] = rows.get(left.step, 0) + left.rows
    return Ledger(counts.ledger, counts.account, counts.rows_read, rows)
