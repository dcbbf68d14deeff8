"""What an analysis found: frozen, labelled records of plain numbers, with no arrays in them.

Rates, differences and lifts are fractions, never percent. A number that cannot be computed is NaN
and the record's `note` (or `sentence`) says why; infinities are honest ends of an interval.
"""

from abmicro.analysis.results.analysis import Absent, Analysis, Section
from abmicro.analysis.results.bayes import (
    Bayes,
    Curve,
    Equivalence,
    Evidence,
    Posterior,
    PriorSensitivity,
    Standing,
    Stopping,
)
from abmicro.analysis.results.carry_through import (
    CarryPosterior,
    CarryThrough,
    ExpertMeasure,
    LogLifts,
    MeasureKind,
    PassThroughSet,
)
from abmicro.analysis.results.course import Course
from abmicro.analysis.results.estimates import Credible, Drawn, Interval, Pair
from abmicro.analysis.results.funnel import StepResult
from abmicro.analysis.results.goals import (
    TRUSTED_FROM,
    ComparedWithin,
    GoalResult,
    Interaction,
    NonInferiority,
    Unadjusted,
    Uncapped,
    Uncompared,
)
from abmicro.analysis.results.monitoring import (
    AlarmKind,
    DailyRate,
    HarmLine,
    LookCarry,
    LookGoal,
    LookResult,
    MonitoredGoal,
    MonitoredVariant,
    Monitoring,
    MonitoringAlarm,
    MonitoringMode,
    Overrun,
    Replan,
    SampleRatioPath,
    SettledCarry,
    StateName,
    StoppedAt,
)
from abmicro.analysis.results.over_time import Day, Timing, Trend, WeekLift
from abmicro.analysis.results.power import Claim, ClaimName, Detectable
from abmicro.analysis.results.trust import Check, LedgerLine, Mended, Provenance, Status, check_name
from abmicro.analysis.results.verdict import (
    NOTHING_RECOMMENDED,
    DecisionName,
    OpenGoal,
    Recommendation,
    Rival,
    StageName,
    Verdict,
)
from abmicro.analysis.results.volume import Volume
from abmicro.marginals.segment_levels import Level

__all__ = [
    "NOTHING_RECOMMENDED",
    "TRUSTED_FROM",
    "Absent",
    "AlarmKind",
    "Analysis",
    "Bayes",
    "CarryPosterior",
    "CarryThrough",
    "Check",
    "Claim",
    "ClaimName",
    "ComparedWithin",
    "Course",
    "Credible",
    "Curve",
    "DailyRate",
    "Day",
    "DecisionName",
    "Detectable",
    "Drawn",
    "Equivalence",
    "Evidence",
    "ExpertMeasure",
    "GoalResult",
    "HarmLine",
    "Interaction",
    "Interval",
    "LedgerLine",
    "Level",
    "LogLifts",
    "LookCarry",
    "LookGoal",
    "LookResult",
    "MeasureKind",
    "Mended",
    "MonitoredGoal",
    "MonitoredVariant",
    "Monitoring",
    "MonitoringAlarm",
    "MonitoringMode",
    "NonInferiority",
    "OpenGoal",
    "Overrun",
    "Pair",
    "PassThroughSet",
    "Posterior",
    "PriorSensitivity",
    "Provenance",
    "Recommendation",
    "Replan",
    "Rival",
    "SampleRatioPath",
    "Section",
    "SettledCarry",
    "StageName",
    "Standing",
    "StateName",
    "Status",
    "StepResult",
    "StoppedAt",
    "Stopping",
    "Timing",
    "Trend",
    "Unadjusted",
    "Uncapped",
    "Uncompared",
    "Verdict",
    "Volume",
    "WeekLift",
    "check_name",
]
