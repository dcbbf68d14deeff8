"""What a plan says: frozen, labelled records of plain numbers, with no arrays in them."""

from abmicro.planning.results.looking import (
    DoneBy,
    PlannedMonitoring,
    WatchedFinding,
)
from abmicro.planning.results.plan import (
    Arrivals,
    ClaimName,
    GoalPlan,
    Option,
    OptionName,
    PairPlan,
    Plan,
    PlannedStatement,
    PlanPlots,
    PowerPoint,
    Section,
    Shipping,
    ShippingGate,
    Week,
)
from abmicro.planning.results.size import (
    ArmUnits,
    Size,
)
from abmicro.planning.results.worth import (
    Promise,
    Risk,
    Wait,
)

__all__ = [
    "ArmUnits",
    "Arrivals",
    "ClaimName",
    "DoneBy",
    "GoalPlan",
    "Option",
    "OptionName",
    "PairPlan",
    "Plan",
    "PlanPlots",
    "PlannedMonitoring",
    "PlannedStatement",
    "PowerPoint",
    "Promise",
    "Risk",
    "Section",
    "Shipping",
    "ShippingGate",
    "Size",
    "Wait",
    "WatchedFinding",
    "Week",
]
