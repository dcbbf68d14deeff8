"""Who came and which days were odd, where a check of the traffic did not pass."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro import formatting
from abmicro.analysis.results import Analysis, TrafficBehind, check_name
from abmicro.phrases import listed
from abmicro.report.blocks import Block, Heading, Item, Note, Paragraph, Section
from abmicro.report.tables.traffic import MOST_SOURCES, WORDS, odd_days, of_rate, sources

ALIKE = "No day stands out against the others of its weekday."
NO_SOURCE = (
    "No source is named: with source, device or campaign under [segments] the fault may show in "
    "one of them."
)


def section(analysis: Analysis, found: TrafficBehind) -> Section:
    """Rates by source and the days that stand out, all variants together."""
    head = f"Which {analysis.experiment.names.units} came, and when"
    return Section("traffic", head, tuple(_blocks(analysis, found)), "Traffic")


def _blocks(analysis: Analysis, found: TrafficBehind) -> Iterator[Block]:
    names = analysis.experiment.names
    told = ", ".join(dict.fromkeys(check_name(one, names) for one in found.checks))
    yield Paragraph(f"To look at, since not every check passed: {told}. All variants together.")
    yield from _sources(analysis, found)
    yield from _days(analysis, found)


def _sources(analysis: Analysis, found: TrafficBehind) -> Iterator[Block]:
    segments = tuple(dict.fromkeys(one.segment for one in found.sources))
    for segment in segments:
        rows = [one for one in found.sources if one.segment == segment]
        yield Heading(f"By {segment}")
        yield sources(analysis.experiment.names, found.macro, rows)
        if len(rows) > MOST_SOURCES:
            yield Note(f"{len(rows) - MOST_SOURCES} more stand in the record (JSON).")
        for one in rows:
            if one.signals:
                yield Item(WORDS[one.word].title, "warn", one.sentence, one.source)
    if not segments:
        yield Note(NO_SOURCE)


def _days(analysis: Analysis, found: TrafficBehind) -> Iterator[Block]:
    names, judged = analysis.experiment.names, [one for one in found.charts if not one.reason]
    for dip in found.dips:
        yield Item("Dip", "warn", dip.sentence, fix="Ask what was released that day.")
    if found.odd:
        yield odd_days(names, found.odd)
    if judged:
        calm = formatting.level(1 - judged[0].false_alarm)
        told = "" if found.odd or found.dips else f"{ALIKE} "
        yield Note(f"{told}In {calm} of calm periods no day of a goal does by chance.")
    for reason in dict.fromkeys(one.reason for one in found.charts if one.reason):
        of = [of_rate(names, one.goal, one.of) for one in found.charts if one.reason == reason]
        yield Note(f"Days not judged for {listed(tuple(of))}: {reason}.")
