"""What a report tells and in which order, before a renderer dresses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro import formatting
from abmicro.analysis.results import Analysis
from abmicro.report.blocks import Document, Section
from abmicro.report.monitoring import section as looks
from abmicro.report.sections import (
    bayes,
    carry_through,
    funnel,
    goals,
    mediation,
    methods,
    over_time,
    power,
    reproduce,
    segments,
    trust,
    verdict,
    with_history,
)

LARGE = 12  # variants times goals beyond which print leaves tables of charts to the screen


def of(analysis: Analysis, *, is_short: bool = False) -> Document:
    """The document of an analysis.

    is_short: headline, trust and the carry-through of the primary goal, on one printed page for one
    or two variants.
    """
    analysis = _first_pairs(analysis) if is_short else analysis
    sections = _short(analysis) if is_short else _whole(analysis)
    provenance = analysis.provenance
    return Document(
        title=analysis.experiment.name,
        subtitle=analysis.experiment.hypothesis or "",
        facts=" · ".join(_facts(analysis)),
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
    yield verdict.section(analysis)
    yield trust.section(analysis)
    if flat:
        yield power.section(analysis)
    yield carry_through.section(analysis)
    if with_history.is_told(analysis):
        yield with_history.section(analysis)
    yield funnel.section(analysis)
    yield goals.section(analysis)
    if bayes.is_told(analysis):
        yield bayes.section(analysis)
    if analysis.monitoring is not None:
        yield looks.section(analysis)
    if over_time.is_told(analysis):
        yield over_time.section(analysis)
    if segments.is_told(analysis):
        yield segments.section(analysis)
    if power.is_told(analysis) and not flat:
        yield power.section(analysis)
    if analysis.expert:
        yield mediation.section(analysis)
    yield methods.section(analysis)
    yield reproduce.section(analysis)
    yield reproduce.next_steps()


def _short(analysis: Analysis) -> Iterator[Section]:
    yield verdict.section(analysis, is_short=True)
    yield trust.section(analysis, is_short=True)
    if power.is_flat(analysis):
        yield power.section(analysis, is_short=True)
    yield carry_through.section(analysis, is_short=True)


def _first_pairs(analysis: Analysis) -> Analysis:
    """On one page the carry-through of the first micro goal of a variant stands for the others."""
    carried = analysis.carry_through
    micros = [one.micro for one in carried]
    primary = analysis.experiment.primary.name
    kept = primary if primary in micros else next(iter(micros), "")
    return replace(analysis, carry_through=tuple(one for one in carried if one.micro == kept))


def _facts(analysis: Analysis) -> Iterator[str]:
    experiment = analysis.experiment
    if experiment.start:
        yield f"{experiment.start} to {experiment.end}" if experiment.end else f"{experiment.start}"
    goals = len(experiment.goals)
    yield f"{formatting.count(analysis.provenance.units)} units"
    yield f"{len(experiment.variants)} variants"
    yield f"{goals} goal{'' if goals == 1 else 's'}"


def _kind(analysis: Analysis, *, is_short: bool) -> str:
    if is_short:
        return "summary flat" if power.is_flat(analysis) else "summary"
    large = len(analysis.verdicts) * len(analysis.experiment.goals) > LARGE
    return "large" if large else "full"
