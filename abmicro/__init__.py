"""A/B tests on micro conversions, and whether their gains carry through to the macro goal.

    import abmicro as ab

    experiment = ab.load("experiment.toml")
    counts = ab.collect(experiment)
    analysis = ab.analyze(experiment, counts)
    analysis.save("report.html")

Every public name is loaded when it is first used, so importing abmicro costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "AbmicroError": "abmicro.errors",
    "Analysis": "abmicro.analysis.results",
    "Columns": "abmicro.experiment.model",
    "CountsError": "abmicro.errors",
    "Data": "abmicro.experiment.model",
    "Database": "abmicro.sources.engines.databases",
    "Decision": "abmicro.experiment.model",
    "DefinitionError": "abmicro.errors",
    "Experiment": "abmicro.experiment.model",
    "Exposure": "abmicro.experiment.model",
    "Funnel": "abmicro.experiment.model",
    "Goal": "abmicro.experiment.model",
    "Histograms": "abmicro.counts",
    "JointCounts": "abmicro.counts",
    "Options": "abmicro.experiment.model",
    "Plan": "abmicro.planning.results",
    "PlanOptions": "abmicro.experiment.model",
    "Segment": "abmicro.experiment.model",
    "SourceError": "abmicro.errors",
    "Variant": "abmicro.experiment.model",
    "analyze": "abmicro.analysis.analyze",
    "collect": "abmicro.sources.collect",
    "collect_histograms": "abmicro.sources.collect_histograms",
    "load": "abmicro.experiment.file.toml",
    "loads": "abmicro.experiment.file.toml",
    "plan": "abmicro.planning.plan",
}

__all__ = [
    "AbmicroError",
    "Analysis",
    "Columns",
    "CountsError",
    "Data",
    "Database",
    "Decision",
    "DefinitionError",
    "Experiment",
    "Exposure",
    "Funnel",
    "Goal",
    "Histograms",
    "JointCounts",
    "Options",
    "Plan",
    "PlanOptions",
    "Segment",
    "SourceError",
    "Variant",
    "analyze",
    "collect",
    "collect_histograms",
    "load",
    "loads",
    "plan",
]

if TYPE_CHECKING:
    from abmicro.analysis.analyze import analyze
    from abmicro.analysis.results import Analysis
    from abmicro.counts import Histograms, JointCounts
    from abmicro.errors import AbmicroError, CountsError, DefinitionError, SourceError
    from abmicro.experiment.file.toml import load, loads
    from abmicro.experiment.model import (
        Columns,
        Data,
        Decision,
        Experiment,
        Exposure,
        Funnel,
        Goal,
        Options,
        PlanOptions,
        Segment,
        Variant,
    )
    from abmicro.planning.plan import plan
    from abmicro.planning.results import Plan
    from abmicro.sources.collect import collect
    from abmicro.sources.collect_histograms import collect_histograms
    from abmicro.sources.engines.databases import Database


def __getattr__(name: str) -> object:
    """Load a public name from its home (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'abmicro' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *_HOMES})
