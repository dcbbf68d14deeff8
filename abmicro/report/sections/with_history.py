"""What past tests add to this one: the macro lift in four rows, and what many tests gain."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from abmicro import formatting
from abmicro.analysis.results import Analysis, Interval, MacroWithHistory
from abmicro.report.blocks import Block, Column, Fold, Heading, Note, Paragraph, Section, Table
from abmicro.report.sections.absent import missing

HEAD = "What do past tests say?"
BESIDE = "Only the first row is this test alone, and the verdict rests on this test alone."
INSIDE = (
    "The verdict rests on the row with both goals and past tests, since the definition asks for it "
    '(require = "likely").'
)
MOST = 50  # tests not used that a page lists
MANY = "What many tests at this traffic gain"


def section(analysis: Analysis) -> Section:
    """The macro lift with past tests, variant by variant."""
    return Section("history", HEAD, tuple(_blocks(analysis)), "Past tests", is_result=True)


def is_told(analysis: Analysis) -> bool:
    """Whether past tests were asked."""
    return bool(analysis.with_history) or any(missing(analysis, "with_history"))


def _blocks(analysis: Analysis) -> Iterator[Block]:
    yield from map(Note, missing(analysis, "with_history"))
    names = analysis.experiment.names
    for one in analysis.with_history:
        yield Heading(names.variant(one.variant))
        yield Paragraph(one.sentence)
        yield rows(analysis, one)
    if analysis.with_history:
        yield Note(INSIDE if analysis.experiment.decision.require == "likely" else BESIDE)
    yield from map(Note, notes(analysis))
    for one in analysis.with_history[:1]:
        yield Fold(MANY, tuple(map(Paragraph, one.gain.sentences)))
        if one.left_out:
            yield Fold("Past tests that are not used", tuple(_left_out(one)), long=True)


def notes(analysis: Analysis) -> tuple[str, ...]:
    """What is to be known of these figures, each once."""
    return tuple(dict.fromkeys(note for one in analysis.with_history for note in one.notes))


def rows(analysis: Analysis, one: MacroWithHistory) -> Table:
    """The macro lift of a variant by each way of looking at it."""
    names = analysis.experiment.names
    micro, macro = names.head(one.micro), names.head(one.macro)
    past = f"{one.tests} past test{'s' * (one.tests != 1)}"
    told = {
        "macro_alone": f"{macro} alone",
        "micro_with_history": f"{micro}, {past}",
        "both_with_history": f"Both, {past}",
        "both_with_defaults": "Both, by assumption",
    }
    columns = (
        *(Column("From", False), Column(f"{macro}, lift")),
        *(Column("Chance of a rise"), Column("Extra per 1,000")),
    )
    cells = tuple(
        (
            told[row.name],
            _ranged(row.lift, formatting.percent),
            formatting.probability(row.probability_up),
            _ranged(row.orders_per_1000, formatting.volume),
        )
        for row in one.rows
    )
    return Table(columns, cells, label=f"{macro} with past tests, {names.variant(one.variant)}")


def _ranged(interval: Interval, show: Callable[..., str]) -> str:
    """An estimate with its range in words."""
    shown = show(interval.estimate, width=interval.high - interval.low)
    return f"{shown} ({formatting.span(interval, show, signed=True)})"


def _left_out(one: MacroWithHistory) -> Iterator[Block]:
    shown, more = one.left_out[:MOST], one.left_out[MOST:]
    heads = Column("Test", False), Column("Why", False)
    yield Table(heads, tuple((test.key, test.why) for test in shown), "Tests not used")
    if more:
        yield Note(f"And {formatting.count(len(more))} more, which the record lists.")
