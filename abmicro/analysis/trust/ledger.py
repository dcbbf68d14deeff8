"""What became of the data, step by step: the answer to "why do the counts differ"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.results import LedgerLine

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names
    from abmicro.marginals.ledger import Ledger


def ledger_lines(ledger: Ledger, names: Names) -> tuple[LedgerLine, ...]:
    """Every entry of the ledger with its meaning in words; the units judged come last."""
    return tuple(
        LedgerLine(entry.step, entry.count, entry.of, entry.variant, names.in_words(entry.meaning))
        for entry in ledger.entries
    )
