"""What is said of days and weeks."""

from __future__ import annotations

from abmicro.analysis.results.estimates import Interval, Pair
from abmicro.frozen import frozen


@frozen
class WeekLift:
    """The lift of one goal and variant among the units that entered in one week.

    reached: how many of them reached the goal. step_rate: of the macro goals, over those who
    reached the primary goal; else None.
    """

    goal: str
    variant: str
    first_day: str
    units: Pair
    lift: Interval
    reached: Pair | None = None
    step_rate: Pair | None = None


@frozen
class Trend:
    """Whether the lift of one goal and variant changes with the week of entry.

    weekly_change: relative change, from one week to the next, of treated rate over control rate.
    adjusted_p_value: over goals and variants (Holm). last_lift: of the units that entered in the
    last `last_weeks` of all `weeks`; last_label: their carry-through label where the trend is
    clear.
    """

    goal: str
    variant: str
    weeks: int
    weekly_change: Interval
    p_value: float
    adjusted_p_value: float
    last_weeks: int
    last_lift: Interval
    last_label: str


@frozen
class Timing:
    """When units of one variant and of the control reach a goal, in hours since exposure.

    seen: share of the conversions to expect of these units that has been seen. incidence: share of
    units that reach the goal within the window, those still watched included (Kaplan-Meier).
    median_hours, late_hours: by when half and nine tenths of the conversions of units whose window
    has closed came. early: share of them up to the control's median; early_p_value: that it is
    the same in both variants (Fisher), adjusted over goals and variants (Holm). hours_gained: how
    much longer the mean unit of the variant has converted by the end of the window. hours_to_macro:
    median from this goal to the macro goal. incidence_lift and hours_gained pool the variants, so
    they are NaN where the variants' shares changed.
    """

    goal: str
    variant: str
    seen: Pair
    incidence: Pair
    incidence_lift: Interval
    median_hours: Pair
    late_hours: Pair
    early: Pair
    early_p_value: float
    hours_gained: Interval
    hours_to_macro: Pair


@frozen
class Day:
    """Units that entered on one day, and the lift of a goal among all that entered until then.

    The lift has no interval: one drawn at every look would promise what only the last one keeps.
    """

    goal: str
    variant: str
    day: str
    units: Pair
    lift: float
