"""What changed since the look before: more people, claims that came, labels that settled."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from abmicro import formatting
from abmicro.analysis.results import Analysis, LookResult
from abmicro.report.words import LABELS


def since_the_last_look(analysis: Analysis) -> str:
    """One sentence or a few; empty where no look came before the last one.

    A look that came too early is known by its day alone.
    """
    monitoring = analysis.monitoring
    if monitoring is None or len(monitoring.path) < 2:
        return ""
    before, now = monitoring.path[-2:]
    more = now.units.control + now.units.treated - before.units.control - before.units.treated
    names = analysis.experiment.names
    day = formatting.day(before.day, now.day)
    told = [f"{formatting.count(more)} more {names.units}"] if isfinite(more) else []
    news = [*_claims(analysis, monitoring.path), *_labels(analysis, before, now)]
    told += news or ["no result changed"]
    return f"Since the look of {day}: {'; '.join(told)}."


def of_the_last_look(analysis: Analysis) -> str:
    """Of which day the figures are, where more people have come since; empty elsewhere."""
    monitoring, names = analysis.monitoring, analysis.experiment.names
    if monitoring is None or not monitoring.path:
        return ""
    look = monitoring.path[-1]
    more = analysis.provenance.units - look.units.control - look.units.treated
    shown = {row.units.control for row in analysis.goals if row.segment is None}
    if not more > 0 or look.units.control not in shown:
        return ""
    day = formatting.day(look.day, look.day)
    verb = "has" if more == 1 else "have"
    return f"The figures are those of {day}; {names.of_units(more)} {verb} been counted since."


def _claims(analysis: Analysis, path: tuple[LookResult, ...]) -> Iterator[str]:
    """Goals that crossed their bound at the last look and at none before."""
    names = analysis.experiment.names
    known = {(one.goal, one.variant) for look in path[:-1] for one in look.goals if one.crossed}
    for one in path[-1].goals:
        if one.crossed and (one.goal, one.variant) not in known:
            way = "rose" if one.crossed == "up" else "fell"
            yield f"{names.goal(one.goal)} {way} clearly with {names.variant(one.variant)}"


def _labels(analysis: Analysis, before: LookResult, now: LookResult) -> Iterator[str]:
    """Pairs of the primary goal whose label that stands is another than before."""
    names, primary = analysis.experiment.names, analysis.experiment.primary.name
    earlier = {(one.variant, one.micro, one.macro): one.settled for one in before.carry}
    for one in now.carry:
        was = earlier.get((one.variant, one.micro, one.macro), one.settled)
        if one.micro == primary and was != one.settled:
            title = LABELS[one.settled].title.lower()
            yield f"from {names.goal(one.micro)} to {names.goal(one.macro)}: {title}"
