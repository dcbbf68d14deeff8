"""Golden method name -> function of a case's inputs that returns what the case expects.

Thin glue over the public API, sorted by name. Arm A is control, B is treated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats import beta_binomial, proportions
from abmicro.stats.beta_binomial import Beta
from abmicro.stats.binomial import Binomial

from .methods_arms import ARMS
from .methods_exact import EXACT
from .methods_rates import RATES
from .methods_strata import STRATA

Inputs = dict[str, Any]


def arms(case: Inputs) -> tuple[Binomial, Binomial]:
    return Binomial(case["x_b"], case["n_b"]), Binomial(case["x_a"], case["n_a"])


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


def diff_mn(case: Inputs) -> object:
    return proportions.difference(*arms(case), level=case["conf_level"])[1:]


def diff_newcombe(case: Inputs) -> object:
    return proportions.newcombe(*arms(case), level=case["conf_level"])[1:]


def ratio_mn(case: Inputs) -> object:
    _, low, high = proportions.lift(*arms(case), level=case["conf_level"])
    return low + 1, high + 1


def difference_miettinen_nurminen(case: Inputs) -> object:
    null = case["margin_difference"]
    test = proportions.score_test(*arms(case), null=null, alternative="greater")
    return {"z": test.z, "p_greater": test.p}


def ratio_miettinen_nurminen(case: Inputs) -> object:
    null = case["margin_ratio"]
    test = proportions.ratio_score_test(*arms(case), null=null, alternative="greater")
    return {"z": test.z, "p_greater": test.p}


def chi2_n_minus_1(case: Inputs) -> object:
    test = proportions.score_test(*arms(case))
    return {"chi2": test.z**2, "p": test.p}


METHODS: dict[str, Callable[[Inputs], object]] = {
    **ARMS,
    **EXACT,
    **RATES,
    **STRATA,
    "bayes/difference_quantiles": difference_quantiles,
    "bayes/expected_loss": expected_loss,
    "bayes/lift_quantiles": lift_quantiles,
    "bayes/prob_b_beats_a": lambda case: {"prob": beta_binomial.probability_better(*laws(case))},
    "ci_two/diff_mn": diff_mn,
    "ci_two/diff_newcombe": diff_newcombe,
    "ci_two/ratio_mn": ratio_mn,
    "noninferiority/difference_miettinen_nurminen": difference_miettinen_nurminen,
    "noninferiority/ratio_miettinen_nurminen": ratio_miettinen_nurminen,
    "test_two/chi2_n_minus_1": chi2_n_minus_1,
}
