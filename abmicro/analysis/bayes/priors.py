"""From the prior of a definition to laws of rates and lifts, to words, and to a check.

A prior is the same for all variants. Where data contradict it the posterior is a compromise between
two things of which one is wrong; the check says so with its statistic.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.results import Check
from abmicro.experiment.goals.prior import NAMED, Prior
from abmicro.stats.bayes.priors.empirical_bayes import from_past
from abmicro.stats.bayes.priors.prior import conflict, from_baseline, strength
from abmicro.stats.foundations.numerics.beta_distribution import Beta

if TYPE_CHECKING:
    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.goal_totals import GoalTotals

DOUBT = (
    "Chances and losses of this goal mix two things of which one is wrong: mend the prior, or give "
    "it a vague part (vague = 0.2)."
)
OVERRULED = "The vague part of the prior has taken weight from the rest; mend the prior."
CONFLICT_ALPHA = 0.05
"""A control as far from what was believed is seen this seldom where the prior is right."""


def prior_of(goal: Goal, shared: Prior) -> Prior:
    """The prior of a goal: its own, or that of all goals."""
    return shared if goal.prior is None else goal.prior


@lru_cache(maxsize=256)
def rate_law(prior: Prior) -> Beta:
    """The beta law of a rate before the data."""
    if prior.baseline is not None and prior.give_or_take is not None:
        return from_baseline(prior.baseline, prior.give_or_take)
    if prior.past:
        reached, units = zip(*prior.past, strict=True)
        return from_past(reached, units).prior()
    return Beta(prior.a, prior.b)


def in_words(prior: Prior) -> str:
    """The prior as the report prints it.

    >>> in_words(Prior()), in_words(Prior(a=2, b=98, vague=0.1))
    ("Jeffreys' beta (0.5, 0.5)", "beta (2, 98), with 10.0% of the weight on Jeffreys' prior")
    >>> in_words(Prior(baseline=0.03, give_or_take=0.01))
    '3.00% give or take 1.00%: beta (8.7, 281.3), worth 290 units'
    """
    words = _rate_in_words(prior)
    if prior.vague is not None:
        words += f", with {formatting.rate(prior.vague)} of the weight on Jeffreys' prior"
    if prior.lift_sd is not None:
        spread = formatting.parameter(prior.lift_sd)
        return f"log lift normal around 0, standard deviation {spread}; control {words}"
    return words


def prior_checks(experiment: Experiment, totals: GoalTotals) -> Iterator[Check]:
    """One check per goal whose prior tells something: does the control contradict it?"""
    for column, goal in enumerate(totals.rates):
        prior = prior_of(goal, experiment.analysis.prior)
        if strength(rate_law(prior)) > 2:
            reached, units = int(totals.reached[0, 0, column]), int(totals.units[0, 0])
            yield _conflict(goal.name, prior, reached, units)


def _conflict(goal: str, prior: Prior, reached: int, units: int) -> Check:
    found = conflict(rate_law(prior), reached, units)
    p, z = float(found.p), float(found.z)
    contradicts = p < CONFLICT_ALPHA
    mean = formatting.rate(float(rate_law(prior).mean))
    seen = formatting.rate(reached / units) if units else formatting.MISSING
    return Check(
        name=f"prior.{goal}",
        status="warn" if contradicts else "pass",
        figure=p,
        threshold=CONFLICT_ALPHA,
        sentence=f"The prior of {goal} expected {mean} in control; {seen} was seen, "
        f"{formatting.amount(z)} standard deviations off (p {formatting.p_equals(p)}).",
        fix="" if not contradicts else DOUBT if prior.vague is None else OVERRULED,
    )


def _rate_in_words(prior: Prior) -> str:
    law = rate_law(prior)
    a, b = float(law.a), float(law.b)
    beta = f"beta ({formatting.parameter(a)}, {formatting.parameter(b)})"
    names = {tuple(named.values()): name for name, named in NAMED.items()}
    if prior.baseline is not None and prior.give_or_take is not None:
        told = (
            f"{formatting.rate(prior.baseline)} give or take {formatting.rate(prior.give_or_take)}"
        )
    elif prior.past:
        told = f"{len(prior.past)} past tests"
    elif name := names.get((a, b)):
        return f"{_TITLES[name]} {beta}"
    else:
        return beta
    return f"{told}: {beta}, worth {formatting.count(a + b)} units"


_TITLES = {"jeffreys": "Jeffreys'", "uniform": "uniform"}
