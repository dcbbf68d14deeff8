"""Single stages of `analyze`, for laws that speak of one of them and are tried many times."""

from __future__ import annotations

from abmicro import Experiment, JointCounts
from abmicro.analysis.bayes.view import bayes
from abmicro.analysis.carry_through.ruler import carry_through
from abmicro.analysis.goals.goal_results import goal_results
from abmicro.analysis.power.planned_tests import planned_tests
from abmicro.analysis.results import Bayes, CarryThrough, GoalResult
from abmicro.marginals.marginals import Marginals


def goals(experiment: Experiment, counts: JointCounts) -> tuple[GoalResult, ...]:
    """The rows of all goals."""
    return goal_results(experiment, Marginals.of(experiment, counts).goal_totals)


def view(experiment: Experiment, counts: JointCounts, rows: tuple[GoalResult, ...]) -> Bayes:
    """The Bayesian view beside these rows, of a test without days."""
    return bayes(experiment, Marginals.of(experiment, counts).goal_totals, rows, None)


def carry(experiment: Experiment, counts: JointCounts) -> tuple[CarryThrough, ...]:
    """The carry-through of every pair where no check withholds it."""
    marginals = Marginals.of(experiment, counts)
    totals = marginals.goal_totals
    rows = goal_results(experiment, totals, marginals.goal_totals_of_strata)
    tests = planned_tests(experiment, totals, rows)
    findings, _ = carry_through(experiment, marginals, (), tests)
    return findings
