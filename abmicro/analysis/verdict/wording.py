"""Phrases of a verdict about one goal, each with its numbers."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from abmicro import formatting

if TYPE_CHECKING:
    from abmicro.analysis.results import (
        GoalResult,
        MacroWithHistory,
        NonInferiority,
        OpenGoal,
        Trend,
    )

FEW = 10  # conversions in a variant, below which the headline says so


def tested(row: GoalResult) -> str:
    """Lift, interval, level and adjusted p of a goal in one phrase."""
    return (
        f"{_change(row)} at {formatting.level(row.lift.level)} confidence, "
        f"p {formatting.p_equals(row.adjusted_p_value)}"
    )


def _change(row: GoalResult) -> str:
    """The lift, or the difference where there is no lift."""
    return formatting.lift(row.lift) if _has_lift(row) else formatting.change(row.difference)


def between(row: GoalResult) -> str:
    """The interval of a goal in words."""
    found = row.lift if _has_lift(row) else row.difference
    one = formatting.percent if _has_lift(row) else formatting.amount
    ends = (one(end, width=found.high - found.low) for end in (found.low, found.high))
    return f"between {' and '.join(ends)} at {formatting.level(found.level)} confidence"


def moved(row: GoalResult) -> str:
    """Which way the estimate of a goal went."""
    return "rose" if row.difference.estimate > 0 else "fell"


def _has_lift(row: GoalResult) -> bool:
    return not isnan(row.lift.estimate)


def size(value: float) -> str:
    """A lift without its sign, such as one worth finding."""
    return formatting.percent(abs(value)).lstrip("+")


def margin(guard: NonInferiority) -> str:
    """The margin of a guardrail."""
    return size(guard.margin)


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


def likely(found: MacroWithHistory, wanted: float) -> str:
    """How likely a gain is by past tests and this one, and what else that rests on."""
    chance, asked = formatting.probability(found.best.probability_up), formatting.level(wanted)
    return (
        f"The chance that {found.macro} rose is {chance} by history and this test together, not by "
        f"this test alone; {asked} was asked for. It rests on {found.tests} past tests and on what "
        "is thought of changes before any test."
    )


def risk(row: GoalResult, macro: GoalResult | None, alpha: float) -> str:
    """That a guardrail is clearly worse, though not beyond its margin; empty where it is not."""
    guard = row.noninferiority
    if guard is None or guard.status == "harmed" or not row.is_worse(alpha):
        return ""
    also = ""
    if macro is not None and macro is not row and macro.difference.estimate * macro.sign < 0:
        also = f"; {macro.goal} {moved(macro)} as well, though not clearly ({_change(macro)})"
    return (
        f"A risk: {row.goal} is clearly worse ({tested(row)}), though not beyond its margin of "
        f"{margin(guard)}{also}."
    )


def few(row: GoalResult) -> str:
    """That a variant has few conversions of a macro goal; empty where both have enough."""
    if row.reached is None:
        return ""
    fewest = min(row.reached.control, row.reached.treated)
    if fewest >= FEW:
        return ""
    return (
        f"{row.goal}: an arm has fewer than {FEW} ({formatting.count(fewest)}), so little can be "
        "said of it."
    )


def bolder(found: OpenGoal, power: float) -> str:
    """What the units there are could have shown."""
    lift = formatting.percent(found.bolder, width=abs(found.bolder) / 5)
    return (
        f"A bolder variant: so many units show {lift} in {found.goal} with "
        f"{formatting.level(power)} power."
    )


def fading(trend: Trend) -> str:
    """That the lift changes over the weeks, and what the last have."""
    return (
        f"The lift of {trend.goal} changes from week to week of entry; units of the last "
        f"{trend.last_weeks} weeks have {formatting.lift(trend.last_lift)}, and that is what new "
        "units get."
    )
