"""What became of the data, step by step: the answer to "why do the counts differ"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.analysis.results import LedgerLine

if TYPE_CHECKING:
    from abmicro.counts import JointCounts

MEANING = {
    "rows_read": "rows the source holds",
    "no_unit": "without a unit id, for instance because consent was denied; cannot be counted",
    "no_time": "without a time; cannot be placed before or after the exposure",
    "no_exposure": "seen in the data but never exposed to the test",
    "outside": "first exposed before the start or after the end of the test",
    "crossed": "seen in two arms",
    "immature": "still converting: the conversion window had not closed when the data end",
    "analysed": "judged",
}


def ledger_lines(counts: JointCounts) -> tuple[LedgerLine, ...]:
    """Every entry of the ledger with its meaning in words; the units judged come last."""
    analysed = counts.units.sum(axis=(1, 2, 3))
    entries = [
        LedgerLine(entry.step, entry.count, entry.of, entry.variant, MEANING.get(entry.step, ""))
        for entry in counts.ledger
        if entry.step != "analysed"
    ]
    judged = [
        LedgerLine("analysed", int(units), "units", variant, MEANING["analysed"])
        for units, variant in zip(analysed, counts.variants, strict=True)
    ]
    return (*entries, *judged)
