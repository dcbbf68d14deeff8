"""Every sentence of a verdict: what happened to people, then what to do. One thought each.

Statistics have no place here: a reason tells counts, change and range of a goal in its own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.phrases import finding, instead, may_be, numbers, went

if TYPE_CHECKING:
    from abmicro.analysis.results import (
        GoalResult,
        MacroWithHistory,
        NonInferiority,
        OpenGoal,
        Trend,
    )
    from abmicro.experiment.naming.names import Names

FEW = 10  # conversions in a variant, below which the headline says so

EARLY = " That is clear enough to stop before the end."
NO_MACRO = "Nothing is known about what pays: the definition has no macro goal."
RULED_OUT = "A gain of {worth} in {macro} is ruled out: {figures}."
SMALL = "{went} by less than the {mde} you asked for: {figures}."
NO_CHANGE = "No change in {goal} as large as {mde}: {figures}."
ALONE = "{finding}. No clear change in {primary}."
TOO_FEW = "Too few {units} to tell. {range}."
NOT_CLEAR = "No clear change. {range}."
NOT_SETTLED = "Not enough data on {goal} yet. {range}."
BETTER_ALL_THE_SAME = (
    "{finding}. A new test with {goal} as its primary goal would tell whether that lasts."
)
HELD = {
    "held": "{went_or_held}, within the {margin} you allow: {figures}.",
    "harmed": "{went_or_held}, by more than the {margin} you allow: {figures}.",
    "unclear": "{Goal} may have {got_worse} by more than the {margin} you allow: {figures}.",
}
RISK = "A risk: {finding}. That is still within the {margin} you allow{also}."
FADING = (
    "The change in {goal} differs from week to week: {units} of the last {weeks} weeks have "
    "{lift}, and that is what new {units} get."
)
FEW_REACHED = "{count} {goal} in one variant. Below ten, read the counts, not the percentages."

LIKELY = (
    "The chance that {macro} rose is {chance}, by history and this test together, not by this test "
    "alone; {asked} was asked for. It rests on {tests} past tests and on what is thought of "
    "changes before any test."
)

WHAT_CHANGES = {
    "harm": "A changed variant in a new test may do better. More of the same hardly would.",
    "wait": "Before the end only a failed check or clear harm decides.",
    "look": "The next look may settle it.",
    "lost": "This would change if more data left room for a gain of {worth} in {macro}, or with a "
    "variant whose extra {micro} become {macro}.",
    "ship": "This would change if a check failed{guards}.",
    "likely": "This would change if a check failed, other past tests came in{guards}.",
    "guards": " or {goals} got worse by more than you allow",
    "small": "Test something bolder, or ask for less than {mde}.",
    "no_gain": "To find less than {mde}, ask for less and let more {units} in.",
    "fading": "This would change if the last weeks showed the same gain as the first.",
    "alone": "A new test with {goal} as its primary goal would settle it.",
}

ACCEPT = (
    "Ship, and take the risk: per {per} {units} that costs {of_variant} on average, keeping "
    "{control} costs {of_control}."
)
RUN_ON = "Run on: {sentence}"
BOLDER = "Test something bolder: so many {units} can show a change of {lift} in {goal}."
NEARER = "Decide on {goal} next time, a step before {macro}. {range}."


def guardrail(row: GoalResult, names: Names) -> str:
    """How a guardrail stands against its margin; empty for a goal without one."""
    guard = row.noninferiority
    if guard is None:
        return ""
    worse = row.difference.estimate * row.sign < 0
    head = names.head(row.goal)
    return HELD[guard.status].format(
        went_or_held=went(row, names) if worse or guard.status == "harmed" else f"{head} held",
        Goal=head,
        got_worse="fallen" if row.sign > 0 else "risen",
        margin=margin(guard),
        figures=numbers(row, names, guard.lift),
    )


def likely(found: MacroWithHistory, wanted: float, names: Names) -> str:
    """How likely a gain is by past tests and this one, and what else that rests on."""
    return LIKELY.format(
        macro=names.goal(found.macro),
        chance=formatting.probability(found.best.probability_up),
        asked=formatting.level(wanted),
        tests=found.tests,
    )


def risk(row: GoalResult, macro: GoalResult | None, alpha: float, names: Names) -> str:
    """That a guardrail is clearly worse, though not beyond its margin; empty where it is not."""
    guard = row.noninferiority
    if guard is None or guard.status == "harmed" or not row.is_worse(alpha):
        return ""
    also = ""
    if macro is not None and macro is not row and macro.difference.estimate * macro.sign < 0:
        also = f"; {names.goal(macro.goal)} went the same way, though not clearly"
    return RISK.format(finding=finding(row, names), margin=margin(guard), also=also)


def few(row: GoalResult, names: Names) -> str:
    """That a variant has few conversions of a macro goal; empty where both have enough."""
    if row.reached is None:
        return ""
    fewest = min(row.reached.control, row.reached.treated)
    if fewest >= FEW:
        return ""
    return FEW_REACHED.format(count=formatting.count(fewest), goal=names.goal(row.goal))


def moved_little(row: GoalResult, mde: float, names: Names) -> str:
    """That a goal moved, by less than was asked for."""
    return SMALL.format(went=went(row, names), mde=size(mde), figures=numbers(row, names))


def hardly_moved(row: GoalResult, mde: float, names: Names) -> str:
    """That a goal did not change as much as was asked for."""
    return NO_CHANGE.format(goal=names.goal(row.goal), mde=size(mde), figures=numbers(row, names))


def ruled_out(row: GoalResult, worth: float, names: Names) -> str:
    """That a gain worth having is ruled out."""
    return RULED_OUT.format(
        worth=size(worth), macro=names.goal(row.goal), figures=numbers(row, names)
    )


def open_range(row: GoalResult, names: Names) -> str:
    """What a goal may have done, beside its counts."""
    return f"{may_be(row, names)}: {instead(row, names)}"


def fading(trend: Trend, names: Names) -> str:
    """That the lift changes over the weeks, and what the last have."""
    return FADING.format(
        goal=names.goal(trend.goal),
        units=names.units,
        weeks=trend.last_weeks,
        lift=formatting.lift(trend.last_lift),
    )


def bolder(found: OpenGoal, names: Names) -> str:
    """What the units there are could have shown."""
    lift = formatting.asked(float(f"{found.bolder:.2g}"))
    return BOLDER.format(units=names.units, lift=lift, goal=names.goal(found.goal))


def size(value: float) -> str:
    """A lift without its sign, such as one worth finding; a whole one without decimals."""
    return formatting.level(abs(value))


def margin(guard: NonInferiority) -> str:
    """The margin of a guardrail."""
    return size(guard.margin)
