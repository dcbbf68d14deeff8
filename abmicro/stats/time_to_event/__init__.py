"""When conversions come: incidence by lag, maturity, acceleration and effects that fade.

Which share of units converts within a time, also while many are still being watched
    incidence, incidence_lift, maturity, time_gained, difference_of_times, Incidence, TimeGained
Does the variant bring more conversions, or the same ones sooner?
    acceleration, lag_quantile, Acceleration
Does an effect fade or grow with the week in which units entered?
    trend, Slope
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "kaplan_meier": """
        Incidence incidence incidence_lift maturity TimeGained time_gained
        difference_of_times
    """,
    "lag_shift": "Acceleration acceleration lag_quantile",
    "slope": "Slope trend",
}

if TYPE_CHECKING:
    from abmicro.stats.time_to_event.kaplan_meier import (
        Incidence as Incidence,
        TimeGained as TimeGained,
        difference_of_times as difference_of_times,
        incidence as incidence,
        incidence_lift as incidence_lift,
        maturity as maturity,
        time_gained as time_gained,
    )
    from abmicro.stats.time_to_event.lag_shift import (
        Acceleration as Acceleration,
        acceleration as acceleration,
        lag_quantile as lag_quantile,
    )
    from abmicro.stats.time_to_event.slope import (
        Slope as Slope,
        trend as trend,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
