"""Golden methods of beta posteriors: rates, pairs and several arms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats.bayes import (
    best_arm as probability_best,
    beta_binomial,
    hdi as density_interval,
    rope,
)
from abmicro.stats.bayes.beta_binomial import Beta

Inputs = dict[str, Any]


def laws(case: Inputs) -> tuple[Beta, Beta]:
    return Beta(case["alpha_b"], case["beta_b"]), Beta(case["alpha_a"], case["beta_a"])


def law(case: Inputs) -> Beta:
    return Beta(case["alpha"], case["beta"])


def difference_quantiles(case: Inputs) -> object:
    median, low, high = beta_binomial.difference_interval(*laws(case), level=0.95)
    return low, median, high


def equal_tailed_interval(case: Inputs) -> object:
    found = density_interval.rate_interval(law(case), level=case["mass"])
    return found.low, found.high


def expected_loss(case: Inputs) -> object:
    treated, control = laws(case)
    return {
        "loss_if_choose_a": beta_binomial.expected_loss(control, treated),
        "loss_if_choose_b": beta_binomial.expected_loss(treated, control),
    }


def hdi(case: Inputs) -> object:
    found = density_interval.rate_density_interval(law(case), level=case["mass"])
    return found.low, found.high


def lift_quantiles(case: Inputs) -> object:
    median, low, high = beta_binomial.lift_interval(*laws(case), level=0.95)
    return low, median, high


def prob_difference_exceeds(case: Inputs) -> object:
    return {"prob": beta_binomial.difference_above(*laws(case), case["threshold"])}


def rope_probability_difference(case: Inputs) -> object:
    return {"prob": rope.difference_rope(*laws(case), case["low"], case["high"]).within}


BAYES: dict[str, Callable[[Inputs], object]] = {
    "bayes/difference_quantiles": difference_quantiles,
    "bayes/equal_tailed_interval": equal_tailed_interval,
    "bayes/expected_loss": expected_loss,
    "bayes/expected_loss_k": lambda case: {
        "loss": list(probability_best.expected_losses(law(case)))
    },
    "bayes/hdi": hdi,
    "bayes/lift_quantiles": lift_quantiles,
    "bayes/prob_b_beats_a": lambda case: {"prob": beta_binomial.probability_better(*laws(case))},
    "bayes/prob_best": lambda case: {
        "prob_best": list(probability_best.probability_best(law(case)))
    },
    "bayes/prob_difference_exceeds": prob_difference_exceeds,
    "bayes/rope_probability_difference": rope_probability_difference,
}
