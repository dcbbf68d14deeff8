"""The report as one HTML file: no script, no request, both colour schemes, fit for print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from abmicro import formatting
from abmicro.analysis.results import Analysis, CarryThrough, ExpertMeasure, GoalResult, StepResult
from abmicro.report import document
from abmicro.report.charts import (
    captions,
    goals_and_funnel,
    mediation as expert_chart,
    posterior as posterior_chart,
)
from abmicro.report.render import gallery
from abmicro.report.render.html_page import Chart, drawn, filled, framed
from abmicro.report.sections import (
    bayes,
    goals as tables,
    mediation,
    methods,
    over_time,
    power,
    segments,
)
from abmicro.report.words import (
    DECISIONS,
    GLOSSARY,
    GUARDS,
    LABELS,
    STATUSES,
    WAITING,
    check_words,
    label_words,
)

LARGE = 12  # arms times goals beyond which print leaves tables of charts to the screen

WORDS: dict[str, object] = {
    "bayes": bayes,
    "expert": mediation,
    "outline": document,
    "over_time": over_time,
    "segments": segments,
    "sight": power,
    "tables": tables,
    "DECISIONS": DECISIONS,
    "GUARDS": GUARDS,
    "LABELS": LABELS,
    "label_words": label_words,
    "STATUSES": STATUSES,
    "WAITING": WAITING,
    "check_words": check_words,
}


@dataclass(frozen=True, slots=True)
class Arm:
    """Everything the page tells about one treated arm; a chart is None where it is not shown."""

    name: str
    panel: document.Panel
    carry: tuple[CarryThrough, ...]
    first: CarryThrough | None
    steps: tuple[StepResult, ...]
    goals: tuple[GoalResult, ...]
    ruler: Chart | None
    plane: Chart | None
    waterfall: Chart | None
    forest: Chart | None
    posterior: Chart | None
    segments: Chart | None


def render(analysis: Analysis, *, summary: bool = False) -> str:
    """The report as one HTML document; the same analysis gives the same bytes.

    summary: only headline, trust and the carry-through of the primary goal, on one printed page for
    one or two arms.
    Every name from definition or data is escaped. The page holds no script and asks for nothing.
    """
    analysis = _first_pairs(analysis) if summary else analysis
    arms = tuple(_arm(analysis, at, summary) for at in range(len(analysis.verdicts)))
    names = {
        "analysis": analysis,
        "experiment": analysis.experiment,
        "provenance": analysis.provenance,
        "arms": arms,
        "summary": summary,
        "distrust": any(check.distrusts for check in analysis.checks),
        "funnel": None if summary or not analysis.funnel else _funnel(analysis),
        "methods": tuple(methods.used(analysis)),
        "glossary": GLOSSARY,
        "days": () if summary else tuple(gallery.over_days(analysis)),
        "detectable": None if summary else gallery.detectable(analysis),
        "large": len(arms) * len(analysis.experiment.goals) > LARGE,
        "flat": power.is_flat(analysis),
        "smallest": power.smallest(analysis),
        "panel": () if summary else tuple(_expert(analysis)),
    }
    return filled("report.html", WORDS | names)


def _first_pairs(analysis: Analysis) -> Analysis:
    """On one page the carry-through of the first micro goal of an arm stands for the others."""
    carried = analysis.carry_through
    micros = [one.micro for one in carried]
    primary = analysis.experiment.primary.name
    kept = primary if primary in micros else next(iter(micros), "")
    return replace(analysis, carry_through=tuple(one for one in carried if one.micro == kept))


def _arm(analysis: Analysis, at: int, summary: bool) -> Arm:
    verdict = analysis.verdicts[at]
    name = verdict.variant
    carry = tables.of_variant(analysis.carry_through, name)
    steps = tables.of_variant(analysis.funnel, name)
    first = next((one for one in carry if one.micro == analysis.experiment.primary.name), None)
    first = first or (carry[0] if carry else None)
    return Arm(
        name=name,
        panel=document.panel(analysis, verdict),
        carry=carry,
        first=first,
        steps=steps,
        goals=tables.whole(analysis, name),
        ruler=_ruler(analysis, name, f"ruler-{at}") if carry else None,
        plane=_plane(analysis, first, f"plane-{at}") if first and not summary else None,
        waterfall=_waterfall(analysis, name, f"steps-{at}") if steps and not summary else None,
        forest=None if summary else _forest(analysis, name, f"goals-{at}"),
        posterior=None if summary else _posterior(analysis, name, f"posterior-{at}"),
        segments=None if summary else gallery.by_segment(analysis, name, f"segments-{at}"),
    )


def _ruler(analysis: Analysis, arm: str, name: str) -> Chart:
    return Chart(
        name,
        drawn(goals_and_funnel.ruler(analysis, variant=arm), name),
        f"Pass-through ruler of {arm}",
        "The line is the set of pass-throughs that the data do not rule out, the dot the estimate. "
        "An arrow head says that the set goes on; a dotted line that nothing is ruled out.",
        captions.ruler(analysis, arm),
        table=tables.carry(analysis, arm),
    )


def _plane(analysis: Analysis, one: CarryThrough, name: str) -> Chart:
    return Chart(
        name,
        drawn(
            goals_and_funnel.plane(analysis, variant=one.variant, micro=one.micro, macro=one.macro),
            name,
        ),
        f"{one.micro} against {one.macro}",
        "Inside the ellipse lie the pairs of lifts that the data do not rule out. Between the two "
        "lines the asked share or more of the micro gain arrives.",
        captions.plane(one),
        broad=False,
    )


def _funnel(analysis: Analysis) -> Chart:
    return Chart(
        "funnel",
        drawn(goals_and_funnel.funnel(analysis), "funnel"),
        "The funnel by variant",
        "Bars: share of exposed units that reached the step. Dots: lift against control with its "
        f"{formatting.level(analysis.funnel[0].cumulative.level)} interval. Both count "
        "every exposed "
        "unit, so they compare the arms as randomised.",
        captions.funnel(analysis),
    )


def _waterfall(analysis: Analysis, arm: str, name: str) -> Chart:
    return Chart(
        name,
        drawn(goals_and_funnel.waterfall(analysis, variant=arm), name),
        f"Extra macro conversions of {arm}, by step",
        document.LOCATION,
        captions.waterfall(analysis, arm),
        table=tables.funnel(analysis, arm),
    )


def _forest(analysis: Analysis, arm: str, name: str) -> Chart:
    return Chart(
        name,
        drawn(goals_and_funnel.forest(analysis, variant=arm), name),
        f"Lift of every goal of {arm}",
        "The dot is the estimate, the line its interval at the level at which the goal was tested; "
        "a line that crosses 0 leaves the direction open.",
        captions.forest(analysis, arm),
    )


def _posterior(analysis: Analysis, arm: str, name: str) -> Chart | None:
    if not bayes.drawn(analysis, arm):
        return None
    return Chart(
        name,
        drawn(posterior_chart.posterior(analysis, variant=arm), name),
        f"Lift of {arm} after the data, and before",
        "Hill: density of the lift given prior and data; broken line: the prior alone, on the same "
        "scale. The dot is the median, the line through it the credible interval; a grey band is "
        "the region of practical equivalence.",
        bayes.caption(analysis, arm),
    )


def _expert(analysis: Analysis) -> Iterator[tuple[mediation.Pair, Chart | None]]:
    """Every pair of the expert panel; the first of an arm with its curve drawn."""
    drawn: set[str] = set()
    for at, pair in enumerate(mediation.pairs(analysis)):
        measure = next((one for one in pair.curves if pair.variant not in drawn), None)
        drawn.add(pair.variant)
        yield pair, None if measure is None else _hidden_intent(pair, measure, f"expert-{at}")


def _hidden_intent(pair: mediation.Pair, measure: ExpertMeasure, name: str) -> Chart:
    return Chart(
        name,
        drawn(expert_chart.hidden_intent(measure), name),
        f"Hidden intent, {pair.name}",
        "How much would go through the micro goal if an intent that no count shows moved both "
        "goals. The dot is the plain sum, which assumes none.",
        expert_chart.caption(measure),
        table=mediation.curves(pair),
        broad=False,
    )


def render_summary(analysis: Analysis) -> str:
    """The report on one printed page: headline, trust and carry-through."""
    return render(analysis, summary=True)


def render_fragment(analysis: Analysis) -> str:
    """The summary in a frame of its own, for a notebook."""
    return framed(analysis.experiment.name, render_summary(analysis))
