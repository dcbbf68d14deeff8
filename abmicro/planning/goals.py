"""Every goal by itself: units and weeks for its planned lift, and what each week can find."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.planning.arrivals import WEEK, Inflow, size
from abmicro.planning.results import GoalPlan, PowerPoint, Week
from abmicro.planning.subject import SMALLEST, Subject

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.planning.known import Known

SHOWN_WEEKS = 12
POINTS = 33
SURE = 0.05  # one-sided level at which a flat prior is 95 % sure of the direction
NO_LIFT = "set mde, the smallest relative lift worth finding, to learn how many units it takes"
NO_BASELINE = "nothing is known of its rate; set baseline, or give counts of the past"


def goal_plan(experiment: Experiment, inflow: Inflow, subject: Subject) -> GoalPlan:
    """What the planned lift of a goal takes, and what the allowed weeks can find."""
    goal, allowed = subject.goal, inflow.units(WEEK * experiment.plan.weeks)
    planned = None if isnan(subject.lift) else size(experiment, inflow, subject.units(subject.lift))
    moves = subject.asks == "change" and planned is not None
    return GoalPlan(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        is_value=goal.is_value,
        asks=subject.asks,
        baseline=subject.mean,
        lift=subject.lift,
        planned=subject.mean * (1 + subject.lift) if moves else subject.mean,
        alpha=subject.alpha,
        size=planned,
        fits=planned is not None and planned.weeks <= experiment.plan.weeks,
        power=nan if planned is None else float(subject.powers(allowed, subject.lift)),
        detectable=float(subject.detectable(allowed)[0]),
        note="" if planned is not None else NO_LIFT,
    )


def unknown(goal: Goal, known: Known) -> GoalPlan:
    """A goal of which no baseline is known, and why."""
    return GoalPlan(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        is_value=goal.is_value,
        asks="change" if goal.margin is None else "no_loss",
        baseline=nan,
        lift=nan,
        planned=nan,
        alpha=nan,
        size=None,
        fits=False,
        power=nan,
        detectable=nan,
        note=known.missing.get(goal.name, NO_BASELINE),
    )


def weeks(inflow: Inflow, subject: Subject) -> Iterator[Week]:
    """What a goal can tell after each of the first weeks."""
    counted = range(1, SHOWN_WEEKS + 1)
    units = np.array([inflow.units(WEEK * week) for week in counted])
    nothing = np.full(SHOWN_WEEKS, nan)
    found, powers, sure = subject.detectable(units), nothing, nothing
    if not isnan(subject.lift):
        powers = subject.powers(units, subject.lift)
        sure = subject.at(SURE).powers(units, subject.lift)
    columns = zip(counted, units, found, powers, sure, strict=True)
    for week, *figures in columns:
        yield Week(subject.goal.name, week, *map(float, figures))


def curve(inflow: Inflow, subject: Subject, allowed: int) -> Iterator[PowerPoint]:
    """Power by true lift after the allowed weeks, from none to well beyond what can be found."""
    units = inflow.units(WEEK * allowed)
    near = float(subject.detectable(units)[0])
    ends = [abs(lift) for lift in (near, subject.lift) if not isnan(lift)]
    sign = subject.direction
    most = min(1.6 * max(ends, default=1.0), subject.farthest(sign))
    lifts = sign * np.linspace(SMALLEST, most, POINTS)
    for lift, power in zip(lifts, subject.powers(units, lifts), strict=True):
        yield PowerPoint(subject.goal.name, float(lift), float(power))
