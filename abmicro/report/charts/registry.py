"""Every chart of an analysis, each declared once: its name, what one picture is of, what draws it.

Pages, `analysis.plot` and exports find charts here. To add one: a function, and a row below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from matplotlib.figure import Figure

from abmicro.analysis.results import Analysis
from abmicro.frozen import frozen
from abmicro.report.charts import (
    goals_and_funnel,
    looks,
    mediation,
    over_time,
    pass_through,
    posterior,
    power,
    ruler,
    segments,
)

Scope = Literal["all", "goal", "variant"]


@frozen
class Declared:
    """A chart. scope: all variants at once, one followed goal, one variant."""

    name: str
    scope: Scope
    draw: Callable[..., Figure]


CHARTS = (
    Declared("funnel", "all", goals_and_funnel.funnel),
    Declared("exposures", "all", over_time.exposures),
    Declared("cumulative_lift", "goal", over_time.cumulative_lift),
    Declared("lift_path", "goal", looks.lift_path),
    Declared("evidence", "goal", looks.evidence),
    Declared("ruler_path", "variant", looks.ruler_path),
    Declared("shares", "all", looks.shares),
    Declared("daily_rate", "goal", looks.daily_rate),
    Declared("ruler", "variant", ruler.ruler),
    Declared("plane", "variant", pass_through.plane),
    Declared("waterfall", "variant", goals_and_funnel.waterfall),
    Declared("forest", "variant", goals_and_funnel.forest),
    Declared("posterior", "variant", posterior.posterior),
    Declared("segments", "variant", segments.segments),
    Declared("detectable", "variant", power.detectable),
    Declared("hidden_intent", "variant", mediation.hidden_intent),
)
_BY_NAME = {chart.name: chart for chart in CHARTS}


def draw(name: str, analysis: Analysis, **choices: object) -> Figure:
    """The chart of this name; `choices` as its function takes them, such as `variant`."""
    return _BY_NAME[name].draw(analysis, **choices)
