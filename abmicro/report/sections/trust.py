"""Can the data be trusted? Every check in one row, the lifts without a fault, the row ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Analysis, Check, check_name
from abmicro.report.blocks import Block, Fold, Heading, Item, Note, Section, TrustRow, item
from abmicro.report.sections import goals, over_time
from abmicro.report.words import check_words
from abmicro.report.words.answer import day_of

if TYPE_CHECKING:
    from abmicro.experiment.naming.names import Names

MENDED = "Lifts without the fault"
ONE_LOOK = "No end was planned, so this counts as the one final look."
ORDER = ("fail", "warn", "pass", "skipped")


def row(analysis: Analysis) -> TrustRow:
    """All checks: those that failed or warn first, and open where there are such."""
    checks = sorted(analysis.checks, key=lambda one: ORDER.index(one.status))
    failed, names = [one for one in checks if one.distrusts], analysis.experiment.names
    warned = [one for one in checks if one.status == "warn"]
    passed = [one for one in checks if one.status == "pass"]
    rest = [
        _of(len(warned), "needs a look", "need a look"),
        _of(len([one for one in checks if one.waits]), "waits for more data", "wait for more data"),
        _of(len([one for one in checks if one.status == "skipped"]), "not possible"),
    ]
    head = _of(len(passed), "check passed", "checks passed") or "No check passed"
    if failed:
        head = _of(len(failed), "check failed", "checks failed")
        rest[:0] = [_of(len(passed), "passed")]
    return TrustRow(
        tone="bad" if failed else "warn" if warned else "good",
        head=head,
        rest=", ".join(filter(None, rest)),
        loud=tuple(checked(one, names) for one in (*_told_above(failed), *warned)),
        quiet=tuple(checked(one, names) for one in checks if one not in (*failed, *warned)),
        when=when(analysis),
    )


def _told_above(failed: list[Check]) -> tuple[Check, ...]:
    """Checks that failed; what to do about the first stands in the line on top."""
    return (*(replace(one, fix="") for one in failed[:1]), *failed[1:])


def _of(number: int, one: str, many: str = "") -> str:
    """So many of something; empty where there are none."""
    return f"{formatting.count(number)} {one if number == 1 or not many else many}" * bool(number)


def when(analysis: Analysis) -> str:
    """How far the test is and when to look again."""
    course, looks = analysis.course, analysis.monitoring
    results = next((one.results_on for one in analysis.verdicts if one.results_on), "")
    stages = {one.stage for one in analysis.verdicts}
    if looks is not None and looks.look:
        planned = f" of {looks.looks_planned}" if looks.looks_planned else ""
        told = f"Look {looks.look}{planned} done."
        return told if stages == {"end"} else f"{told} Next: {day_of(analysis, results)}."
    if stages != {"end"}:
        when = day_of(analysis, results)
        return f"Results on {when}." if when else ""
    if course.days is not None and course.day is not None:
        return f"Day {course.day} of {course.days}. Planned end reached."
    return ONE_LOOK


def section(analysis: Analysis, *, is_short: bool = False) -> Section:
    """The lifts without a fault that a check found and, unless it is short, the row ledger."""
    blocks = tuple(_blocks(analysis, is_short=is_short))
    return Section("trust", "Your data", blocks, "Your data")


def is_told(analysis: Analysis) -> bool:
    """Whether there is more to say of the data than the row of checks says."""
    return bool(analysis.mended or analysis.ledger)


def has_failed(analysis: Analysis) -> bool:
    """Whether a check forbids to act on the results."""
    return any(check.distrusts for check in analysis.checks)


def _blocks(analysis: Analysis, *, is_short: bool) -> Iterator[Block]:
    if analysis.mended:
        yield Heading(MENDED)
        told = tuple(map(Note, over_time.mended_in_words(analysis)))
        yield replace(over_time.mended(analysis), label=MENDED, told=told)
        yield Note(over_time.MENDED)
    if analysis.ledger and not is_short:
        table = replace(goals.ledger(analysis), label="Row ledger")
        yield Fold("What became of the rows", (table,), medium="page")


def checked(check: Check, names: Names) -> Item:
    """One check: how it went, its sentence, what to do."""
    return item(check_words(check), check.sentence, check_name(check.name, names), check.fix)
