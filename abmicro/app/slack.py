"""An analysis as a few lines of plain text, to paste into a message or a slide."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from abmicro import formatting
from abmicro.analysis.results import Analysis, GoalResult
from abmicro.report.words import DECISIONS, one_line, typeset


def text(analysis: Analysis) -> str:
    """The decision for each variant, its goals in counts, and where the gain went."""
    return typeset("\n".join(one_line(line) for line in _lines(analysis)))


def _lines(analysis: Analysis) -> Iterator[str]:
    control = analysis.experiment.control.name
    for verdict in analysis.verdicts:
        decision = DECISIONS[verdict.decision].title.lower()
        yield f"{verdict.variant} against {control}: {decision}."
        for row in analysis.goals:
            if row.variant == verdict.variant and row.segment is None:
                yield _goal(row)
        for one in analysis.carry_through:
            if one.variant == verdict.variant and one.micro == analysis.experiment.primary.name:
                yield one.sentence


def _goal(row: GoalResult) -> str:
    lift = row.lift
    change = ""
    if all(map(isfinite, (lift.estimate, lift.low, lift.high))):
        change = formatting.lift(lift).replace("[", "(").replace("]", ")").replace(", ", " to ")
    if row.reached is None or row.units is None:
        before, after = formatting.rate(row.rate.control), formatting.rate(row.rate.treated)
        return f"{row.goal}: {before} -> {after}, {change}".rstrip(", ")
    reached, units = row.reached, row.units
    return (
        f"{row.goal}: {reached.control:,.0f} of {units.control:,.0f} -> "
        f"{reached.treated:,.0f} of {units.treated:,.0f}, {change}".rstrip(", ")
    )
