"""The whole analysis of one experiment."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, ClassVar, Literal

from abmicro.frozen import frozen

if TYPE_CHECKING:
    from pandas import DataFrame

    from abmicro.analysis.plots import Plots
    from abmicro.experiment.model import Experiment
from abmicro.analysis.rendering import FILES, GROUP, Rendered, frame
from abmicro.analysis.results.bayes import Bayes
from abmicro.analysis.results.carry_through import CarryThrough, ExpertMeasure
from abmicro.analysis.results.course import Course
from abmicro.analysis.results.funnel import StepResult
from abmicro.analysis.results.goals import ComparedWithin, GoalResult, Interaction, Uncompared
from abmicro.analysis.results.monitoring import Monitoring
from abmicro.analysis.results.over_time import Day, Timing, Trend, WeekLift
from abmicro.analysis.results.power import Claim, Detectable
from abmicro.analysis.results.traffic import TrafficBehind
from abmicro.analysis.results.trust import Check, LedgerLine, Mended, Provenance
from abmicro.analysis.results.verdict import NOTHING_RECOMMENDED, Recommendation, Verdict
from abmicro.analysis.results.volume import Volume
from abmicro.analysis.results.with_history import MacroWithHistory

Section = Literal[
    "checks",
    "ledger",
    "goals",
    "uncompared",
    "volumes",
    "strata",
    "interactions",
    "funnel",
    "carry_through",
    "verdicts",
    "expert",
    "mended",
    "timing",
    "weeks",
    "trends",
    "days",
    "detectable",
    "claims",
    "posteriors",
    "standings",
    "sensitivity",
    "stopping",
    "evidence",
]


@frozen
class Absent:
    """A panel that cannot be shown, and why."""

    panel: str
    reason: str


@frozen
class Analysis(Rendered):
    """Everything one run found, in the order in which a report tells it.

    verdicts: one per treated variant, first in every rendering.
    recommendation: the one decision over all of them, on top.
    goals: the rows over all units first, then those of segment levels.
    strata: within what each treated variant was compared; none where the variants are pooled.
    uncompared: goals that exist in some variants only, one row per variant that has them.
    with_history: the macro lift with what past tests say, beside the verdict; one per treated
        variant, where a history was given.
    monitoring: what looks said so far, where the definition plans them; then the rows are those of
        the last look, at its level.
    volumes: how much each change amounts to. course: where the test stands in time.
    traffic: sources and odd days, where a check that they may explain did not pass.
    """

    experiment: Experiment
    provenance: Provenance
    checks: tuple[Check, ...]
    ledger: tuple[LedgerLine, ...]
    goals: tuple[GoalResult, ...]
    funnel: tuple[StepResult, ...]
    carry_through: tuple[CarryThrough, ...]
    verdicts: tuple[Verdict, ...]
    interactions: tuple[Interaction, ...] = ()
    absent: tuple[Absent, ...] = ()
    bayes: Bayes = field(default_factory=Bayes)
    expert: tuple[ExpertMeasure, ...] = ()
    mended: tuple[Mended, ...] = ()
    timing: tuple[Timing, ...] = ()
    weeks: tuple[WeekLift, ...] = ()
    trends: tuple[Trend, ...] = ()
    days: tuple[Day, ...] = ()
    detectable: tuple[Detectable, ...] = ()
    claims: tuple[Claim, ...] = ()
    uncompared: tuple[Uncompared, ...] = ()
    strata: tuple[ComparedWithin, ...] = ()
    recommendation: Recommendation = NOTHING_RECOMMENDED
    monitoring: Monitoring | None = None
    with_history: tuple[MacroWithHistory, ...] = ()
    volumes: tuple[Volume, ...] = ()
    course: Course = field(default_factory=Course)
    traffic: TrafficBehind | None = None

    FORMATS: ClassVar[str] = GROUP
    FILES: ClassVar[str] = FILES

    @property
    def alpha(self) -> float:
        """The two-sided level of the rows: that of the analysis, or of the last look."""
        if self.monitoring is not None:
            return self.monitoring.look_alpha
        return self.experiment.analysis.alpha

    @property
    def plot(self) -> Plots:
        """The charts of the analysis: `analysis.plot.forest()`, `.ruler()`, `.segments()`."""
        from abmicro.analysis.plots import Plots

        return Plots(self)

    def to_pandas(self, section: Section = "goals") -> DataFrame:
        """One section as a tidy frame, nested figures as columns such as `lift_low`.

        The last five are those of the Bayesian view.
        """
        return frame(getattr(self if hasattr(self, section) else self.bayes, section))
