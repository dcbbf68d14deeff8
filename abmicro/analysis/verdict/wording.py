"""The reasons of a verdict in words, each with its numbers."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult, NonInferiority, Trend


def tested(row: GoalResult) -> str:
    """Lift, interval, level and adjusted p of a goal in one phrase."""
    shown = formatting.lift(row.lift) if _has_lift(row) else formatting.change(row.difference)
    return (
        f"{shown} at {formatting.level(row.lift.level)} confidence, "
        f"p {formatting.p_equals(row.adjusted_p_value)}"
    )


def _has_lift(row: GoalResult) -> bool:
    return not isnan(row.lift.estimate)


def margin(guard: NonInferiority) -> str:
    """The margin of a guardrail."""
    return formatting.percent(guard.margin).lstrip("+")


def guardrail(row: GoalResult) -> str:
    """How a guardrail stands against its margin; empty for a goal without one."""
    guard = row.noninferiority
    if guard is None:
        return ""
    words = {
        "held": "held within its margin",
        "harmed": "is beyond its margin",
        "unclear": "is not shown to be within its margin",
    }[guard.status]
    return (
        f"Guardrail {row.goal} {words} of {margin(guard)}: "
        f"{formatting.lift(guard.lift)} at {formatting.level(guard.lift.level)} confidence."
    )


def fading(trend: Trend) -> str:
    """That the lift changes over the weeks, and what the last have."""
    return (
        f"The lift of {trend.goal} changes from week to week of entry; units of the last "
        f"{trend.last_weeks} weeks have {formatting.lift(trend.last_lift)}, and that is "
        "what new units "
        "get."
    )
