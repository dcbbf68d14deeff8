"""Which goals cannot be watched, each with its reason, and what to mind of those that can."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from abmicro import formatting
from abmicro.analysis.trust.instrumentation.capture_rate import LACKING
from abmicro.analysis.trust.instrumentation.firing import MUCH
from abmicro.experiment.model import GoalRole

if TYPE_CHECKING:
    from abmicro.experiment.model import Goal
    from abmicro.experiment.naming.names import Names
    from abmicro.goal_choice.log import GoalLog

LEAST_CONVERSIONS = 50  # in a variant of a test; below, a log lift is hardly normal
RAREST, MOST_COMMON = 0.0005, 0.95
LATE = 0.2  # share of conversions that have not come when a test's weeks are over
TWINS = 0.9  # correlation over units above which two goals are one
_CHEAP = re.compile(r"(page|screen)?(view|scroll|click|play|hover)(s|ed|ing)?")
_WORDS = re.compile(r"[A-Z]?[a-z]+")


def reasons(
    log: GoalLog, names: Names, units_per_arm: float, retired: Mapping[str, str]
) -> tuple[str, ...]:
    """Why each goal cannot be chosen, before anything is said of its quality; empty if it can.

    retired: names of goals with the reason for which they are no longer watched.
    """
    return tuple(
        _intent(goal, retired) or _fault(log, names, at) or _size(rate, rate * units_per_arm)
        for at, (goal, rate) in enumerate(zip(log.goals, log.rates.tolist(), strict=True))
    )


def _intent(goal: Goal, retired: Mapping[str, str]) -> str:
    if goal.role is GoalRole.GUARDRAIL:
        return "It is a guardrail: it stays, whatever is chosen."
    return f"Retired: {retired[goal.name]}." if goal.name in retired else ""


def _fault(log: GoalLog, names: Names, at: int) -> str:
    """What its tag does wrong. The macro goal stays: the others are held against it."""
    if at == log.macro:
        return ""
    lacks, twice = float(log.lacking[at]), float(log.twice[at])
    if lacks > LACKING:
        return (
            f"Only {formatting.rate(1 - lacks)} of {names.goal(log.goals[log.macro].name)} have it "
            "on record: its tag loses events, or it is no step on the way."
        )
    if twice > MUCH:
        who = f"{names.units} with {names.goal(log.goals[at].name)}"
        return (
            f"{formatting.rate(twice)} of {who} fired one twice within two seconds: mend its tag "
            "first, or set dedupe."
        )
    return ""


def _size(rate: float, expected: float) -> str:
    if rate > MOST_COMMON:
        return f"{formatting.rate(rate)} reach it anyway, so no change can show."
    if rate < RAREST:
        return f"Hardly anybody reaches it: {formatting.rate(rate)}."
    if expected < LEAST_CONVERSIONS:
        return (
            f"{formatting.count(expected)} in a variant of one test are too few; "
            f"{LEAST_CONVERSIONS} are the least."
        )
    return ""


def flags(log: GoalLog, names: Names, at: int) -> Iterator[str]:
    """What to mind of a goal that may be chosen."""
    goal = log.goals[at]
    by_name = at != log.macro and is_cheap(goal.event or goal.name)
    if by_name if goal.gameable is None else goal.gameable:
        yield "cheap: a variant can raise it without intent"
    if (late := float(log.late[at])) > LATE:
        share = formatting.rate(late)
        yield f"late: {share} of its conversions come after the planned weeks of a test"
    together = log.phi()[at]
    for other in np.flatnonzero(together > TWINS).tolist():
        if other != at:
            phi = formatting.decimal(float(together[other]))
            twin = names.goal(log.goals[other].name)
            yield f"twin of {twin} (correlation {phi}): one of them will do"


def is_cheap(event: str) -> bool:
    """Whether an event is one that happens without a wish behind it.

    >>> is_cheap("PageView"), is_cheap("video_play"), is_cheap("review_written")
    (True, True, False)
    """
    return any(_CHEAP.fullmatch(word.lower()) for word in _WORDS.findall(event))
