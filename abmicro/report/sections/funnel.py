"""Where it went: the funnel of all variants, and the step at which the extra macro arose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from abmicro import formatting
from abmicro.analysis.results import Analysis
from abmicro.report.blocks import Block, Chart, Heading, Note, Section
from abmicro.report.sections import goals
from abmicro.report.sections.absent import missing, remarks
from abmicro.report.sections.carry_through import listed

STEPS = ("Step", "Control", "Variant", "Lift per unit", "Per 1,000 units")
LOCATION = (
    "Per 1,000 units says at which step the extra macro conversions arise. Who reaches a step "
    "differs between the variants, so this is a location, not a cause."
)


def section(analysis: Analysis) -> Section:
    """The funnel, or why there is none."""
    return Section("funnel", "Where it went", tuple(_blocks(analysis)), "Funnel", is_result=True)


def _blocks(analysis: Analysis) -> Iterator[Block]:
    if not analysis.funnel:
        yield from map(Note, missing(analysis, "funnel", "carry_through"))
        return
    yield _funnel(analysis)
    for at, verdict in enumerate(analysis.verdicts):
        if steps := goals.of_variant(analysis.funnel, verdict.variant):
            yield Heading(verdict.variant)
            yield _waterfall(analysis, verdict.variant, f"steps-{at}")
            yield from remarks(steps)
    yield Note(LOCATION)


def _funnel(analysis: Analysis) -> Chart:
    level = formatting.level(analysis.funnel[0].cumulative.level)
    return Chart(
        "funnel",
        "funnel",
        (),
        "The funnel by variant",
        "Bars: share of exposed units that reached the step. Dots: lift against control with its "
        f"{level} interval. Both count every exposed unit, so they compare the arms as randomised.",
        listed(
            f"{step.step}, {step.variant}: {formatting.rate(goals.per_unit(step).treated)} against "
            f"{formatting.rate(goals.per_unit(step).control)}, "
            f"lift {formatting.lift(step.cumulative)}"
            for step in analysis.funnel
        ),
        is_told=True,
    )


def _waterfall(analysis: Analysis, variant: str, name: str) -> Chart:
    return Chart(
        name,
        "waterfall",
        (("variant", variant),),
        f"Extra macro conversions of {variant}, by step",
        "",
        listed(
            f"{step.step} {formatting.change(step.per_1000)}"
            for step in goals.of_variant(analysis.funnel, variant)
        ),
        table=replace(goals.funnel(analysis, variant), brief=STEPS),
    )
