"""What a report tells and in which order, before a renderer dresses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from abmicro import formatting
from abmicro.analysis.results import Analysis
from abmicro.report.blocks import Document, Section
from abmicro.report.health import in_doubt
from abmicro.report.monitoring import section as looks
from abmicro.report.sections import (
    bayes,
    carry_through,
    first_screen,
    funnel,
    goals,
    mediation,
    methods,
    over_time,
    power,
    reproduce,
    segments,
    trust,
    with_history,
)

LARGE = 12  # variants times goals beyond which print leaves tables of charts to the screen


def of(analysis: Analysis, *, is_short: bool = False) -> Document:
    """The document of an analysis.

    is_short: the first screen, guardrails and what must be known of the finding, on one printed
    page for one or two variants.
    """
    sections = _short(analysis) if is_short else _whole(analysis)
    provenance = analysis.provenance
    return Document(
        title=analysis.experiment.name,
        subtitle=analysis.experiment.hypothesis or "",
        facts=" · ".join(facts(analysis)),
        sections=tuple(sections),
        footer=f"abmicro {provenance.abmicro} · definition {provenance.definition_sha256[:12]}",
        skip="Skip to the verdict",
        kind=_kind(analysis, is_short=is_short),
        has_failed=trust.has_failed(analysis),
        is_short=is_short,
        source=analysis,
    )


def _whole(analysis: Analysis) -> Iterator[Section]:
    flat = power.is_flat(analysis)
    yield first_screen.section(analysis)
    if flat:
        yield power.section(analysis)
    yield carry_through.section(analysis)
    yield from _told(analysis, with_history, funnel)
    yield goals.section(analysis)
    yield from _told(analysis, segments)
    if analysis.monitoring is not None:
        yield looks.section(analysis)
    yield from _told(analysis, over_time, *[power] * (not flat), bayes)
    yield methods.decided(analysis)
    yield from _told(analysis, trust)
    if analysis.traffic is not None:
        yield in_doubt.section(analysis, analysis.traffic)
    if analysis.expert:
        yield mediation.section(analysis)
    yield methods.section(analysis)
    yield reproduce.section(analysis)
    yield reproduce.next_steps()


class _Chapter(Protocol):
    """A module of a section that not every analysis has."""

    def is_told(self, analysis: Analysis, /) -> bool:
        """Whether this one has it."""

    def section(self, analysis: Analysis, /) -> Section:
        """It."""


def _told(analysis: Analysis, *chapters: _Chapter) -> Iterator[Section]:
    return (one.section(analysis) for one in chapters if one.is_told(analysis))


def _short(analysis: Analysis) -> Iterator[Section]:
    yield first_screen.section(analysis)
    if power.is_flat(analysis):
        yield power.section(analysis, is_short=True)
    if goals.is_guarded(analysis):
        yield goals.guardrail_section(analysis)
    if analysis.mended:
        yield trust.section(analysis, is_short=True)
    yield from carry_through.caveat_section(analysis)


def facts(analysis: Analysis) -> Iterator[str]:
    """How many were judged, on which days, in how many variants."""
    experiment, course = analysis.experiment, analysis.course
    running = any(one.stage != "end" for one in analysis.verdicts)
    units = experiment.names.of_units(analysis.provenance.units)
    yield f"{units} so far" if running else units
    if course.first_day is None:
        yield "no dates in the data"
    else:
        first, last = course.first_day, course.last_entry or course.last_day or course.first_day
        since = "" if first == last else f"{formatting.day(first, last)} to "
        if first < last and (first.year, first.month) == (last.year, last.month):
            since = f"{first.day} to "
        days = f"{since}{formatting.day(last, last)} {last.year}"
        data = course.last_day
        later = data is not None and data > last
        yield f"{days}, data to {formatting.day(data, last)}" if data and later else days
    yield f"{len(experiment.variants)} variants"


def _kind(analysis: Analysis, *, is_short: bool) -> str:
    if is_short:
        return "summary flat" if power.is_flat(analysis) else "summary"
    large = len(analysis.verdicts) * len(analysis.experiment.goals) > LARGE
    return "large" if large else "full"
