"""Bayesian methods: priors, and what follows from them for rates, values and pairs of goals.

Bayes factors of "the rates differ" against "they are the same", in closed form
    independent_rates, fixed_rows, fixed_total
Several arms: each one's chance to have the highest rate, and what choosing it loses
    probability_best, expected_losses, standings
Beta posteriors of two rates: chance to win, expected loss, credible intervals; no draws
    posterior, probability_better, expected_loss, difference_interval, lift_interval,
    difference_above, lift_above
Posterior of two goals together: do both rise, and does the macro follow the micro?
    joint_posterior, path_posterior, JointPosterior
What two posteriors say of two rates, all of it in one pass over one set of nodes
    compare, Comparison
Posteriors of the steps of a funnel: independent betas, so that lifts add up in closed form
    step_posterior, StepPosterior
Credible intervals of one rate, highest density intervals of one rate and of a lift
    rate_interval, rate_density_interval, lift_density_interval
Bayes factor of two rates on the log-odds scale, whose prior can expect small lifts
    log_odds_factor, LogOddsFactor
Predictive probability: how likely the planned test ends in success, given the data now
    probability_of_success
A beta prior learnt from past experiments: how rates differed between them, beyond chance
    from_past, Past
The macro lift of one test, steadied by what earlier tests say about how lifts are passed on
    with_history, WithHistory, VAGUE
Posterior of a lift under a prior of the lift itself: a normal law of its logarithm
    lift_posterior, lift_prior_above, LiftPosterior
A prior that doubts itself: an informative beta law mixed with a vague one
    robust, mixture_posterior, compare_mixtures, Mixture, MixtureComparison
Beta priors of a rate: by name, from a baseline and its certainty; how well data agree with one
    from_baseline, strength, conflict, Conflict, JEFFREYS, UNIFORM
Region of practical equivalence: how much of a posterior lies below, within and above it
    difference_rope, Rope
Stopping a test once the choice is safe enough, and what that does not promise
    stop, stopping_rates, stopping_rates_of_means, Stop, StoppingRates
Value per unit, such as revenue per visitor: how many pay, times what those who pay spend
    normal_values, mean_interval, compare_values, NormalInverseGamma, ValueLaw, ValueComparison,
    REFERENCE
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "bayes_factors": "independent_rates fixed_rows fixed_total",
    "best_arm": "probability_best expected_losses standings",
    "beta_binomial": """
        posterior probability_better expected_loss difference_interval lift_interval
        difference_above lift_above
    """,
    "carry_posterior": "JointPosterior joint_posterior path_posterior",
    "comparison": "Comparison compare",
    "funnel_posterior": "StepPosterior step_posterior",
    "hdi": "rate_interval rate_density_interval lift_density_interval",
    "log_odds_bayes_factor": "LogOddsFactor log_odds_factor",
    "predictive": "probability_of_success",
    "priors.empirical_bayes": "Past from_past",
    "priors.history": "WithHistory with_history VAGUE",
    "priors.lift_prior": "LiftPosterior lift_posterior lift_prior_above",
    "priors.mixture": "Mixture MixtureComparison robust mixture_posterior compare_mixtures",
    "priors.prior": "Conflict from_baseline strength conflict JEFFREYS UNIFORM",
    "rope": "Rope difference_rope",
    "stopping": "Stop StoppingRates stop stopping_rates stopping_rates_of_means",
    "value_per_unit": """
        NormalInverseGamma ValueLaw ValueComparison normal_values mean_interval
        compare_values REFERENCE
    """,
}

if TYPE_CHECKING:
    from abmicro.stats.bayes.bayes_factors import (
        fixed_rows as fixed_rows,
        fixed_total as fixed_total,
        independent_rates as independent_rates,
    )
    from abmicro.stats.bayes.best_arm import (
        expected_losses as expected_losses,
        probability_best as probability_best,
        standings as standings,
    )
    from abmicro.stats.bayes.beta_binomial import (
        difference_above as difference_above,
        difference_interval as difference_interval,
        expected_loss as expected_loss,
        lift_above as lift_above,
        lift_interval as lift_interval,
        posterior as posterior,
        probability_better as probability_better,
    )
    from abmicro.stats.bayes.carry_posterior import (
        JointPosterior as JointPosterior,
        joint_posterior as joint_posterior,
        path_posterior as path_posterior,
    )
    from abmicro.stats.bayes.comparison import (
        Comparison as Comparison,
        compare as compare,
    )
    from abmicro.stats.bayes.funnel_posterior import (
        StepPosterior as StepPosterior,
        step_posterior as step_posterior,
    )
    from abmicro.stats.bayes.hdi import (
        lift_density_interval as lift_density_interval,
        rate_density_interval as rate_density_interval,
        rate_interval as rate_interval,
    )
    from abmicro.stats.bayes.log_odds_bayes_factor import (
        LogOddsFactor as LogOddsFactor,
        log_odds_factor as log_odds_factor,
    )
    from abmicro.stats.bayes.predictive import (
        probability_of_success as probability_of_success,
    )
    from abmicro.stats.bayes.priors.empirical_bayes import (
        Past as Past,
        from_past as from_past,
    )
    from abmicro.stats.bayes.priors.history import (
        VAGUE as VAGUE,
        WithHistory as WithHistory,
        with_history as with_history,
    )
    from abmicro.stats.bayes.priors.lift_prior import (
        LiftPosterior as LiftPosterior,
        lift_posterior as lift_posterior,
        lift_prior_above as lift_prior_above,
    )
    from abmicro.stats.bayes.priors.mixture import (
        Mixture as Mixture,
        MixtureComparison as MixtureComparison,
        compare_mixtures as compare_mixtures,
        mixture_posterior as mixture_posterior,
        robust as robust,
    )
    from abmicro.stats.bayes.priors.prior import (
        JEFFREYS as JEFFREYS,
        UNIFORM as UNIFORM,
        Conflict as Conflict,
        conflict as conflict,
        from_baseline as from_baseline,
        strength as strength,
    )
    from abmicro.stats.bayes.rope import (
        Rope as Rope,
        difference_rope as difference_rope,
    )
    from abmicro.stats.bayes.stopping import (
        Stop as Stop,
        StoppingRates as StoppingRates,
        stop as stop,
        stopping_rates as stopping_rates,
        stopping_rates_of_means as stopping_rates_of_means,
    )
    from abmicro.stats.bayes.value_per_unit import (
        REFERENCE as REFERENCE,
        NormalInverseGamma as NormalInverseGamma,
        ValueComparison as ValueComparison,
        ValueLaw as ValueLaw,
        compare_values as compare_values,
        mean_interval as mean_interval,
        normal_values as normal_values,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
