"""What `unsettled` leaves open, and the ways out of it, each with its number."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan, nan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import OpenGoal, Pair
from abmicro.analysis.verdict import wording
from abmicro.phrases import losses
from abmicro.stats.foundations.effect import critical
from abmicro.stats.verdict import expected_losses

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult
    from abmicro.analysis.verdict.case import Case
    from abmicro.analysis.verdict.needs import Needed

PER = 1000


def open_goal(case: Case, row: GoalResult) -> tuple[OpenGoal, tuple[str, ...]]:
    """What is open of a goal in numbers, and the ways out in words."""
    needed = case.resources.needed(row, _worthwhile(case, row))
    of_variant, of_control = _losses(row)
    month = case.experiment.decision.per_month
    found = OpenGoal(
        goal=row.goal,
        lift=row.lift,
        planned=needed.lift,
        units_needed=needed.units,
        bolder=nan if row.is_unsteady else needed.bolder,
        loss_of_variant=PER * of_variant,
        loss_of_control=PER * of_control,
        monthly_loss=None if month is None else Pair(month * of_control, month * of_variant),
        days_needed=needed.days,
    )
    return found, tuple(_ways_out(case, row, found, needed))


def _worthwhile(case: Case, row: GoalResult) -> float | None:
    """The lift that is looked for; None for a guardrail, which is judged by its margin."""
    if row == case.macro:
        return None if isnan(case.worthwhile) else case.worthwhile
    return case.experiment.goal(row.goal).mde


def _losses(row: GoalResult) -> tuple[float, float]:
    """Expected loss per unit of variant and control; NaN where few amounts or no units decide.

    Of a rate that of the posterior, which the Bayesian view shows too; else, as of an amount, that
    of a normal law with the noise of the interval.
    """
    if row.is_unsteady or isnan(row.difference.estimate):
        return nan, nan
    if not row.is_value and not isnan(row.expected_loss):
        return row.expected_loss, row.loss_of_control
    found = row.difference
    error = (found.high - found.low) / 2 / float(critical(found.level))
    lost = expected_losses(row.sign * found.estimate, error)
    return float(lost.treated), float(lost.control)


def _ways_out(case: Case, row: GoalResult, found: OpenGoal, needed: Needed) -> Iterator[str]:
    names = case.names
    if not isnan(found.loss_of_variant):
        shipped, kept = losses(row, found.loss_of_variant, found.loss_of_control, names)
        yield wording.ACCEPT.format(
            per=formatting.count(PER),
            units=names.units,
            of_variant=shipped,
            control=names.variant(case.experiment.control.name),
            of_control=kept,
        )
    yield wording.RUN_ON.format(sentence=needed.sentence)
    if not isnan(found.bolder):
        yield wording.bolder(found, names)
    if row == case.macro and (nearer := _nearer(case)) is not None:
        yield wording.NEARER.format(
            goal=names.goal(nearer.goal),
            macro=names.goal(row.goal),
            range=wording.open_range(nearer, names),
        )


def _nearer(case: Case) -> GoalResult | None:
    """The last milestone before the macro goal, where it lies behind the primary goal."""
    milestones = case.experiment.funnel.steps[:-1]
    if not milestones or milestones[-1] == case.primary.goal:
        return None
    return next((row for row in case.goals if row.goal == milestones[-1]), None)
