"""How to make a report again, and where to look next. No unit ids anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro import formatting
from abmicro.analysis.results import Analysis
from abmicro.experiment.naming.nouns import sentence_case
from abmicro.report.blocks import Code, Item, Section, Term, Terms


def section(analysis: Analysis) -> Section:
    """The command, and what the numbers came from."""
    command = (
        f"pip install abmicro=={analysis.provenance.abmicro}",
        "abmicro report FILE -o report.html",
    )
    blocks = (Code(command), Terms(tuple(_origin(analysis))))
    return Section("reproduce", "Reproduce", blocks, "Reproduce")


def _origin(analysis: Analysis) -> Iterator[Term]:
    known = analysis.provenance
    read = "" if known.rows_read is None else formatting.count(known.rows_read)
    rows = {
        "Definition, SHA-256": known.definition_sha256,
        "Query, SHA-256": known.query_sha256,
        "Engine": known.engine,
        "Python, numpy, scipy": ", ".join((known.python, known.numpy, known.scipy)),
        "Rows read": read,
        "Read as": "; ".join(known.notes),
        f"{sentence_case(analysis.experiment.names.units)} analysed": formatting.count(known.units),
        "Started": known.started,
    }
    yield from (Term(name, value) for name, value in rows.items() if value)


def next_steps() -> Section:
    """Where to look next, for those who read text."""
    blocks = (
        Item("Pictures", "off", "abmicro report FILE -o report.html"),
        Item("Counts", "off", "abmicro explain FILE says what became of every row"),
    )
    return Section("next", "Where to look next", blocks, medium="text")
