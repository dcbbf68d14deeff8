"""Charts of time, segments and sight with their words and tables, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterator

from abmicro.analysis.results import Analysis
from abmicro.report.charts import (
    over_time as time_charts,
    power as sight_charts,
    segments as segment_chart,
)
from abmicro.report.render.html_page import Chart, drawn
from abmicro.report.sections import over_time, power, segments


def over_days(analysis: Analysis) -> Iterator[Chart]:
    """Exposures by day, then the lifts of the goals that are followed; nothing without days."""
    if not analysis.days:
        return
    yield Chart(
        "exposures",
        drawn(time_charts.exposures(analysis), "exposures"),
        "Units by entry day",
        over_time.EXPOSURES,
        over_time.range_of_exposures(analysis),
        table=over_time.exposures(analysis),
    )
    for at, goal in enumerate(over_time.followed(analysis)):
        name = f"path-{at}"
        yield Chart(
            name,
            drawn(time_charts.cumulative_lift(analysis, goal=goal), name),
            f"Lift of {goal} as units entered",
            over_time.PATHS if at == 0 else "",
            over_time.end_of_path(analysis, goal),
            table=over_time.path(analysis, goal),
        )


def by_segment(analysis: Analysis, arm: str, name: str) -> Chart | None:
    """The primary goal of one arm in every segment level; None where there is none."""
    goal = analysis.experiment.primary.name
    if not any(segments.lines(analysis, arm, goal)):
        return None
    return Chart(
        name,
        drawn(segment_chart.segments(analysis, variant=arm), name),
        f"Lift of {goal} by segment, {arm}",
        "Beside the name of a segment stands whether its levels differ at all; the dotted line is "
        "the lift over all units.",
        segments.caption(analysis, arm, goal),
    )


def detectable(analysis: Analysis) -> Chart | None:
    """What the smallest arm could see, since others see no less; None where nothing is known."""
    arm = power.smallest(analysis)
    if not arm:
        return None
    others = "; other arms see no less" if len(analysis.verdicts) > 1 else ""
    return Chart(
        "detectable",
        drawn(sight_charts.detectable(analysis, variant=arm), "detectable"),
        f"Smallest lifts that {arm} could show{others}",
        f"{power.reading(analysis)} A circle lies within the planned lift or margin, which the "
        "tick marks; a diamond beyond it. The axis is logarithmic.",
        power.caption(analysis, arm),
    )
