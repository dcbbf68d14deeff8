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

__version__ = "0.2.0"

_HOMES = {
    "AbmicroError": "abmicro.errors",
    "Analysis": "abmicro.analysis.results",
    "AnalysisSettings": "abmicro.experiment.model",
    "Assignment": "abmicro.experiment.model",
    "CountsError": "abmicro.errors",
    "Data": "abmicro.experiment.model",
    "DataColumns": "abmicro.experiment.model",
    "Database": "abmicro.sources.engines.databases",
    "DecisionSettings": "abmicro.experiment.model",
    "DefinitionError": "abmicro.errors",
    "Experiment": "abmicro.experiment.model",
    "Exposure": "abmicro.experiment.model",
    "Field": "abmicro.experiment.model",
    "Funnel": "abmicro.experiment.model",
    "Goal": "abmicro.experiment.model",
    "GoalChoice": "abmicro.goal_choice.results",
    "Health": "abmicro.traffic.results",
    "Histograms": "abmicro.counts",
    "History": "abmicro.history",
    "Identity": "abmicro.experiment.model",
    "JointCounts": "abmicro.counts",
    "OutputError": "abmicro.errors",
    "Phase": "abmicro.experiment.model",
    "Plan": "abmicro.planning.results",
    "PlanSettings": "abmicro.experiment.model",
    "Portfolio": "abmicro.portfolio.results",
    "Prior": "abmicro.experiment.model",
    "Segment": "abmicro.experiment.model",
    "Simulation": "abmicro.simulation.results",
    "SourceError": "abmicro.errors",
    "Monitoring": "abmicro.analysis.results",
    "MonitoringSettings": "abmicro.experiment.model",
    "Variant": "abmicro.experiment.model",
    "analyze": "abmicro.analysis.analyze",
    "choose_goals": "abmicro.goal_choice.choose_goals",
    "collect": "abmicro.sources.collect",
    "collect_histograms": "abmicro.sources.collect_histograms",
    "dumps": "abmicro.experiment.file.toml",
    "health": "abmicro.traffic.health",
    "load": "abmicro.experiment.file.toml",
    "loads": "abmicro.experiment.file.toml",
    "monitor": "abmicro.analysis.monitoring.running",
    "plan": "abmicro.planning.plan",
    "query": "abmicro.sources.query",
    "quick": "abmicro.comparison.quick",
    "simulate": "abmicro.simulation.simulate",
    "review_history": "abmicro.portfolio.review_history",
}

_RENAMED = {
    "Columns": "DataColumns",
    "Decision": "DecisionSettings",
    "Options": "AnalysisSettings",
    "PlanOptions": "PlanSettings",
}
"""Names of before to those of today; they go with the release after this one."""

__all__ = [
    "AbmicroError",
    "Analysis",
    "AnalysisSettings",
    "Assignment",
    "CountsError",
    "Data",
    "DataColumns",
    "Database",
    "DecisionSettings",
    "DefinitionError",
    "Experiment",
    "Exposure",
    "Field",
    "Funnel",
    "Goal",
    "GoalChoice",
    "Health",
    "Histograms",
    "History",
    "Identity",
    "JointCounts",
    "Monitoring",
    "MonitoringSettings",
    "OutputError",
    "Phase",
    "Plan",
    "PlanSettings",
    "Portfolio",
    "Prior",
    "Segment",
    "Simulation",
    "SourceError",
    "Variant",
    "analyze",
    "choose_goals",
    "collect",
    "collect_histograms",
    "dumps",
    "health",
    "load",
    "loads",
    "monitor",
    "plan",
    "query",
    "quick",
    "review_history",
    "simulate",
]

if TYPE_CHECKING:
    from abmicro.analysis.analyze import analyze
    from abmicro.analysis.monitoring.running import monitor
    from abmicro.analysis.results import Analysis, Monitoring
    from abmicro.comparison.quick import quick
    from abmicro.counts import Histograms, JointCounts
    from abmicro.errors import AbmicroError, CountsError, DefinitionError, OutputError, SourceError
    from abmicro.experiment.file.toml import dumps, load, loads
    from abmicro.experiment.model import (
        AnalysisSettings,
        Assignment,
        Data,
        DataColumns,
        DecisionSettings,
        Experiment,
        Exposure,
        Field,
        Funnel,
        Goal,
        Identity,
        MonitoringSettings,
        Phase,
        PlanSettings,
        Prior,
        Segment,
        Variant,
    )
    from abmicro.goal_choice.choose_goals import choose_goals
    from abmicro.goal_choice.results import GoalChoice
    from abmicro.history import History
    from abmicro.planning.plan import plan
    from abmicro.planning.results import Plan
    from abmicro.portfolio.results import Portfolio
    from abmicro.portfolio.review_history import review_history
    from abmicro.simulation.results import Simulation
    from abmicro.simulation.simulate import simulate
    from abmicro.sources.collect import collect
    from abmicro.sources.collect_histograms import collect_histograms
    from abmicro.sources.engines.databases import Database
    from abmicro.sources.query import query
    from abmicro.traffic.health import health
    from abmicro.traffic.results import Health


def __getattr__(name: str) -> object:
    """Load a public name from its home (PEP 562)."""
    if name in _RENAMED:
        return _renamed(name)
    if name not in _HOMES:
        raise AttributeError(f"module 'abmicro' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def _renamed(name: str) -> object:
    from warnings import warn

    today = _RENAMED[name]
    what = f"abmicro.{name} is now abmicro.{today}; the old name goes with the next release"
    warn(what, DeprecationWarning, stacklevel=3)
    return __getattr__(today)


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *_HOMES})
