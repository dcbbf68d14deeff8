"""Can the data be trusted? Every check, the lifts without a fault, what became of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro.analysis.results import Analysis, Check, check_name
from abmicro.report.blocks import Alarm, Block, Fold, Heading, Item, Note, Section, item
from abmicro.report.sections import goals, over_time
from abmicro.report.words import STATUSES, check_words

ALARM = Alarm(
    "A check failed.",
    "The results below are shown for orientation only; do not act on them.",
)
MENDED = "Lifts without the fault"


def section(analysis: Analysis, *, is_short: bool = False) -> Section:
    """Checks and what follows from them. is_short: of checks that passed the names only."""
    blocks = tuple(_blocks(analysis, is_short=is_short))
    return Section("trust", "Can you trust it?", blocks, "Trust")


def has_failed(analysis: Analysis) -> bool:
    """Whether a check forbids to act on the results."""
    return any(check.distrusts for check in analysis.checks)


def _blocks(analysis: Analysis, *, is_short: bool) -> Iterator[Block]:
    if has_failed(analysis):
        yield ALARM
    passed = [one for one in analysis.checks if is_short and one.status == "pass"]
    yield from (checked(one) for one in analysis.checks if one not in passed)
    if passed:
        yield item(STATUSES["pass"], ", ".join(check_name(one.name) for one in passed))
    if analysis.mended:
        yield Heading(MENDED)
        told = tuple(map(Note, over_time.mended_in_words(analysis)))
        yield replace(over_time.mended(analysis), label=MENDED, told=told)
        yield Note(over_time.MENDED)
    if analysis.ledger and not is_short:
        table = replace(goals.ledger(analysis), label="Row ledger")
        yield Fold("What became of the rows", (table,), medium="page")


def checked(check: Check) -> Item:
    """One check: how it went, its sentence, what to do."""
    return item(check_words(check), check.sentence, check_name(check.name), check.fix)
