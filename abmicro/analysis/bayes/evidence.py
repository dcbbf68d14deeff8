"""What speaks for no difference in the primary goal, and will the planned test end in success?"""

from __future__ import annotations

from collections.abc import Iterator
from math import log1p, nan
from typing import TYPE_CHECKING

import numpy as np

from abmicro.analysis.bayes.priors import prior_of, rate_law
from abmicro.analysis.results import Evidence, Pair
from abmicro.stats.bayes.bayes_factors import independent_rates
from abmicro.stats.bayes.beta_binomial import posterior
from abmicro.stats.bayes.log_odds_bayes_factor import log_odds_factor
from abmicro.stats.bayes.predictive import probability_of_success
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta

if TYPE_CHECKING:
    from abmicro.array_types import Floats, Integers
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.goal_totals import GoalTotals


USUAL = 0.05
"""The lift that is expected where the plan names none."""
ANY_LEVEL = 3.0
"""Standard deviation of the log odds of a rate of which nothing is known: 0.3 % to 99.7 %."""


def evidence(experiment: Experiment, totals: GoalTotals, days: int | None) -> Iterator[Evidence]:
    """Bayes factors and predictive probability of the primary goal, in every variant; rates only.

    days: run so far. Units are taken to come in on as they did.
    """
    if not experiment.primary.is_rate:
        return
    column = [goal.name for goal in totals.rates].index(experiment.primary.name)
    reached, units = totals.reached[:, 0, column], totals.units[:, 0]
    treated, control = Binomial(reached[1:], units[1:]), Binomial(reached[:1], units[:1])
    expected = experiment.primary.mde or USUAL
    close = log_odds_factor(treated, control, ratio_sd=log1p(expected), level_sd=ANY_LEVEL).differ
    unrelated = independent_rates(treated, control)
    left = np.rint(units * _still_to_come(experiment, days))
    success = _success(experiment, reached, units, left)
    for arm, variant in enumerate(experiment.treated):
        yield Evidence(
            goal=experiment.primary.name,
            variant=variant.name,
            expected=expected,
            close=float(close[arm]),
            unrelated=float(unrelated[arm]),
            left=Pair(int(left[0]), int(left[arm + 1])),
            success=success[arm],
        )


def _still_to_come(experiment: Experiment, days: int | None) -> float:
    """Units that the planned days still bring, as a multiple of those there are."""
    if experiment.start is None or experiment.end is None or not days:
        return 0.0
    return max((experiment.end - experiment.start).days - days, 0) / days


def _success(
    experiment: Experiment, reached: Integers, units: Integers, left: Floats
) -> tuple[float, ...]:
    """Chance per variant that its chance to win will exceed 1 - alpha / 2; NaN if unknown."""
    prior = prior_of(experiment.primary, experiment.analysis.prior)
    if not prior.is_beta or not left.any():
        return (nan,) * (len(units) - 1)  # one object, so that equal counts give equal records
    law = rate_law(prior)
    variants = posterior(reached, units, a=law.a, b=law.b)
    if experiment.primary.sign < 0:
        variants = Beta(variants.b, variants.a)
    treated, control = (Beta(variants.a[at], variants.b[at]) for at in (slice(1, None), slice(1)))
    threshold = 1 - experiment.analysis.alpha / 2
    found = probability_of_success(treated, control, left[1:], left[:1], threshold=threshold)
    return tuple(found.tolist())
