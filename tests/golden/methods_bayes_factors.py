"""Glue of `methods` for Bayes factors, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats.bayes.bayes_factors import fixed_rows, independent_rates
from abmicro.stats.bayes.log_odds_bayes_factor import log_odds_factor
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.numerics.beta_distribution import Beta

Inputs = dict[str, Any]


def arms(case: Inputs) -> tuple[Binomial, Binomial]:
    return Binomial(case["x_b"], case["n_b"]), Binomial(case["x_a"], case["n_a"])


def gunel_dickey(case: Inputs) -> object:
    table = [[arm.reached, arm.trials - arm.reached] for arm in arms(case)]
    return {"log_bf10": fixed_rows(table, concentration=case["prior_concentration"])}


def kass_vaidyanathan(case: Inputs) -> object:
    found = log_odds_factor(
        *arms(case),
        ratio=case["mu_psi"],
        ratio_sd=case["sigma_psi"],
        level=case["mu_beta"],
        level_sd=case["sigma_beta"],
    )
    return {
        "log_bf10": found.differ,
        "log_bf_plus0": found.higher,
        "log_bf_minus0": found.lower,
    }


def uniform(case: Inputs) -> object:
    prior = Beta(case["alpha"], case["beta"])
    return {"log_bf10": independent_rates(*arms(case), prior=prior)}


BAYES_FACTORS: dict[str, Callable[[Inputs], object]] = {
    "bayes/bf_gunel_dickey_indep_multinomial": gunel_dickey,
    "bayes/bf_independent_uniform": uniform,
    "bayes/bf_kass_vaidyanathan": kass_vaidyanathan,
}
