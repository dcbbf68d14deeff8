"""Every goal by itself: units and weeks for its planned lift, and what each week can find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.design.planned_test import SMALLEST, PlannedTest
from abmicro.planning.results import GoalPlan, PowerPoint, Week

if TYPE_CHECKING:
    from abmicro.experiment.model import Goal
    from abmicro.planning.context import Outlook

SHOWN_WEEKS = 12
POINTS, BEYOND = 33, 1.6  # of a power curve: how many, and how far beyond what is found
SURE = 0.05  # one-sided level at which a flat prior is 95 % sure of the direction
NO_LIFT = "set mde, the smallest change worth finding, to learn how many it takes"
NO_BASELINE = "nothing is known of its rate; set baseline, or give counts of the past"


def goals(outlook: Outlook) -> Iterator[GoalPlan]:
    """Every goal in the order of the definition."""
    tests = {test.goal.name: test for test in outlook.tests}
    for goal in outlook.experiment.compared:
        test = tests.get(goal.name)
        yield _unknown(goal, outlook) if test is None else _known(outlook, test)


def _known(outlook: Outlook, test: PlannedTest) -> GoalPlan:
    """What the planned lift of a goal takes, and what the allowed weeks can find."""
    goal, lift = test.goal, test.effect
    size = None if isnan(lift) else outlook.needed(test)
    moves = test.question == "change" and size is not None
    several = len(test.ratios) > 1
    timed = outlook.inflow.is_known
    return replace(
        _unknown(goal, outlook),
        asks=test.asks,
        baseline=test.mean,
        lift=lift,
        planned=test.mean * (1 + lift) if moves else test.mean,
        alpha=test.alpha,
        size=size,
        fits=size is not None and outlook.fits(size),
        power=nan if size is None or not timed else float(test.power_at(outlook.units, lift)),
        any_arm=test.any_variant(outlook.units, lift) if moves and several and timed else nan,
        detectable=float(test.detectable(outlook.units)[0]) if timed else nan,
        note="" if size is not None else NO_LIFT,
    )


def _unknown(goal: Goal, outlook: Outlook) -> GoalPlan:
    """A goal of which no baseline is known, and why."""
    return GoalPlan(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        is_value=goal.is_value,
        per=goal.per,
        asks="change" if goal.margin is None else "no_loss",
        baseline=nan,
        lift=nan,
        planned=nan,
        alpha=nan,
        size=None,
        fits=False,
        power=nan,
        any_arm=nan,
        detectable=nan,
        note=outlook.past.missing.get(goal.name, NO_BASELINE),
    )


def _sure(test: PlannedTest) -> PlannedTest:
    """The same test asking for so much certainty of the direction, without correction."""
    return test.read_once.with_alpha(SURE * (2 if test.question == "change" else 1))


def weeks(outlook: Outlook) -> Iterator[Week]:
    """What each goal can tell after each of the first weeks."""
    counted = range(1, SHOWN_WEEKS + 1)
    units = np.array([outlook.units_after(week) for week in counted])
    for test in outlook.tests:
        powers = sure = np.full(SHOWN_WEEKS, nan)
        if not isnan(test.effect):
            powers = test.power_at(units, test.effect)
            sure = _sure(test).power_at(units, test.effect)
        columns = zip(counted, units, test.detectable(units), powers, sure, strict=True)
        for week, *figures in columns:
            yield Week(test.goal.name, week, *map(float, figures))


def curves(outlook: Outlook) -> Iterator[PowerPoint]:
    """Power by true lift after the allowed weeks, from none to well beyond what can be found."""
    for test in outlook.tests:
        near = float(test.detectable(outlook.units)[0])
        ends = [abs(lift) for lift in (near, test.effect) if not isnan(lift)]
        sign = test.effect_sign
        most = min(BEYOND * max(ends, default=1.0), test.farthest(sign))
        lifts = sign * np.linspace(SMALLEST, most, POINTS)
        for lift, power in zip(lifts, test.power_at(outlook.units, lifts), strict=True):
            yield PowerPoint(test.goal.name, float(lift), float(power))
