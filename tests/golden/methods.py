"""Golden method name -> function of a case's inputs that returns what the case expects.

Thin glue over the public API, sorted by name. Arm A is control, B is treated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats import beta_binomial
from abmicro.stats.beta_binomial import Beta

from .methods_arms import ARMS
from .methods_bayes_factors import BAYES_FACTORS
from .methods_exact import EXACT
from .methods_power import POWER
from .methods_rates import RATES
from .methods_strata import STRATA

Inputs = dict[str, Any]


def laws(case: Inputs) -> tuple[Beta, Beta]:
    return Beta(case["alpha_b"], case["beta_b"]), Beta(case["alpha_a"], case["beta_a"])


def difference_quantiles(case: Inputs) -> object:
    median, low, high = beta_binomial.difference_interval(*laws(case), level=0.95)
    return low, median, high


def expected_loss(case: Inputs) -> object:
    treated, control = laws(case)
    return {
        "loss_if_choose_a": beta_binomial.expected_loss(control, treated),
        "loss_if_choose_b": beta_binomial.expected_loss(treated, control),
    }


def lift_quantiles(case: Inputs) -> object:
    median, low, high = beta_binomial.lift_interval(*laws(case), level=0.95)
    return low, median, high


METHODS: dict[str, Callable[[Inputs], object]] = {
    **ARMS,
    **BAYES_FACTORS,
    **EXACT,
    **POWER,
    **RATES,
    **STRATA,
    "bayes/difference_quantiles": difference_quantiles,
    "bayes/expected_loss": expected_loss,
    "bayes/lift_quantiles": lift_quantiles,
    "bayes/prob_b_beats_a": lambda case: {"prob": beta_binomial.probability_better(*laws(case))},
}
