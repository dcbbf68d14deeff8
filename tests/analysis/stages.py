"""Single stages of `analyze`, for laws that speak of one of them and are tried many times."""

from __future__ import annotations

from abmicro import Experiment, JointCounts
from abmicro.analysis.bayes.view import bayes
from abmicro.analysis.carry_through.ruler import carry_through
from abmicro.analysis.goals.goal_results import goal_results
from abmicro.analysis.results import Absent, Bayes, CarryThrough, GoalResult
from abmicro.marginals.funnel_counts import path
from abmicro.marginals.goal_totals import tally
from abmicro.marginals.strata import strata


def goals(experiment: Experiment, counts: JointCounts) -> tuple[GoalResult, ...]:
    """The rows of all goals."""
    return goal_results(experiment, tally(experiment, counts))


def view(experiment: Experiment, counts: JointCounts, rows: tuple[GoalResult, ...]) -> Bayes:
    """The Bayesian view beside these rows, of a test without days."""
    return bayes(experiment, tally(experiment, counts), rows, None)


def carry(experiment: Experiment, counts: JointCounts) -> tuple[CarryThrough, ...]:
    """The carry-through of every pair where no check withholds it."""
    funnel = path(experiment, counts)
    known = None if isinstance(funnel, Absent) else funnel
    return carry_through(experiment, counts, known, strata(counts, experiment.ramp), ())
