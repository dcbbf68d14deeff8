"""Is the better choice safe by its expected loss, and what does that rule do without any effect?"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.bayes.priors import prior_of, rate_law
from abmicro.analysis.place import drawn_at
from abmicro.analysis.results import Stopping
from abmicro.stats.bayes import stopping as rule
from abmicro.stats.means.welch import Moments, welch_difference

if TYPE_CHECKING:
    from abmicro.analysis.results import GoalResult
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_totals import GoalTotals

SEED = 4  # any number, as long as it stays: equal counts give equal bytes
SIMULATIONS = 2000


def stopping(
    experiment: Experiment, totals: GoalTotals, goals: tuple[GoalResult, ...], days: int
) -> Iterator[Stopping]:
    """The rule for the primary goal of every variant, as if asked on each of these days.

    Nothing without a tolerance, or where a variant has no units or the loss is not known.
    """
    tolerance, primary = experiment.decision.loss_tolerance, experiment.primary.name
    if tolerance is None:
        return
    whole = [row for row in goals if row.goal == primary and row.segment is None]
    for variant, row in enumerate(whole, start=1):
        looks = int(min(days, row.units.control, row.units.treated))
        if isnan(row.expected_loss) or not looks:
            continue
        now = rule.stop(row.expected_loss, row.loss_of_control, tolerance=tolerance)
        null = _without_effect(experiment, totals, row, variant, looks, tolerance)
        yield Stopping(
            goal=row.goal,
            variant=row.variant,
            tolerance=tolerance,
            choice=row.variant if now.treated else experiment.control.name,
            loss=float(now.loss),
            safe=bool(now.stop),
            looks=looks,
            stopped=drawn_at(null.stopped, ()),
            mistaken=drawn_at(null.chose_treated, ()),
        )


def _without_effect(
    experiment: Experiment,
    totals: GoalTotals,
    row: GoalResult,
    variant: int,
    looks: int,
    tolerance: float,
) -> rule.StoppingRates:
    """What the rule does to tests of this size whose variants do not differ."""
    rng = np.random.default_rng(SEED)
    if row.reached is None:
        at = [goal.name for goal in totals.values].index(row.goal)
        figures = (totals.units[:, 0], totals.totals[:, 0, at], totals.squares[:, 0, at])
        variants = (Moments(*(figure[one] for figure in figures)) for one in (variant, 0))
        return rule.stopping_rates_of_means(
            0,
            welch_difference(*variants).error,
            looks=looks,
            tolerance=tolerance,
            rng=rng,
            simulations=SIMULATIONS,
        )
    prior = rate_law(prior_of(experiment.primary, experiment.analysis.prior))
    reached, units = (one.control + one.treated for one in (row.reached, row.units))
    rate = (reached + 0.5) / (units + 1)
    return rule.stopping_rates(
        (rate, rate),
        (row.units.treated // looks, row.units.control // looks),
        looks=looks,
        tolerance=tolerance,
        rng=rng,
        simulations=SIMULATIONS,
        prior=prior,
    )
