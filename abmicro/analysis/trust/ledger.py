"""What became of the data, step by step: the answer to "why do the counts differ"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.results import LedgerLine
from abmicro.counts import STEPS

if TYPE_CHECKING:
    from abmicro.counts import JointCounts

MEANING = STEPS | {
    "rows_read": "rows the data hold",
    "crossed_kept": "units seen in two variants, kept under the first",
    "no_session": "rows of these units that count per session and carry no session id",
    "analysed": "units judged",
}


def ledger_lines(counts: JointCounts) -> tuple[LedgerLine, ...]:
    """Every entry of the ledger with its meaning in words; the units judged come last."""
    return tuple(
        LedgerLine(entry.step, entry.count, entry.of, entry.variant, MEANING[entry.step])
        for entry in counts.ledger
    )
