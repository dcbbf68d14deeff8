"""Glue of `methods` for exact tests and intervals, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats.exact import (
    barnard_boschloo,
    conditional_odds_ratio,
    fisher_tests as fisher,
    one_rate as binomial_test,
    score_interval,
)
from abmicro.stats.exact.several_arms import freeman_halton
from abmicro.stats.foundations.binomial import Binomial

Inputs = dict[str, Any]


def p_of(test: Callable[..., object], **choice: str) -> Callable[[Inputs], object]:
    """The p-value of a test of two arms."""

    def glue(case: Inputs) -> object:
        treated = Binomial(case["x_b"], case["n_b"])
        return {"p": test(treated, Binomial(case["x_a"], case["n_a"]), **choice)}

    return glue


def ends_of(interval: Callable[..., Any], shift: float = 0.0) -> Callable[[Inputs], object]:
    """The ends of an interval of two arms, shifted."""

    def glue(case: Inputs) -> object:
        arms = Binomial(case["x_b"], case["n_b"]), Binomial(case["x_a"], case["n_a"])
        return [end + shift for end in interval(*arms, level=case["conf_level"])[1:]]

    return glue


def one_arm(alternative: str) -> Callable[[Inputs], object]:
    """The p-value of the exact test of one arm."""

    def glue(case: Inputs) -> object:
        arm = Binomial(case["x"], case["n"])
        test: Any = binomial_test.binomial_test
        return {"p": test(arm, null=case["p0"], alternative=alternative)}

    return glue


def cmh_exact(case: Inputs) -> object:
    treated, control = (
        Binomial(
            [stratum[f"x_{arm}"] for stratum in case["strata"]],
            [stratum[f"n_{arm}"] for stratum in case["strata"]],
        )
        for arm in ("b", "a")
    )
    found = conditional_odds_ratio.common_odds_ratio(treated, control, level=case["conf_level"])
    return {"p_two_sided": found.p, "or_cmle": found.estimate, "or_ci": [found.low, found.high]}


EXACT: dict[str, Callable[[Inputs], object]] = {
    "ci_two/diff_exact_score_central": ends_of(score_interval.exact_difference),
    "ci_two/or_exact_cornfield": ends_of(conditional_odds_ratio.odds_ratio_exact),
    "ci_two/or_midp_cornfield": ends_of(conditional_odds_ratio.odds_ratio_midp),
    "ci_two/ratio_exact_score_central": ends_of(score_interval.exact_lift, shift=1),
    "exact/barnard_zpooled_greater": p_of(barnard_boschloo.barnard, alternative="greater"),
    "exact/barnard_zpooled_two_sided": p_of(barnard_boschloo.barnard),
    "exact/boschloo_greater": p_of(barnard_boschloo.boschloo, alternative="greater"),
    "exact/boschloo_two_sided": p_of(barnard_boschloo.boschloo_no_likelier),
    "exact/boschloo_two_sided_2min": p_of(barnard_boschloo.boschloo),
    "exact/fisher_greater": p_of(fisher.fisher, alternative="greater"),
    "exact/fisher_less": p_of(fisher.fisher, alternative="less"),
    "exact/fisher_midp_central": p_of(fisher.fisher_midp),
    "exact/fisher_midp_greater": p_of(fisher.fisher_midp, alternative="greater"),
    "exact/fisher_midp_two_sided_half_observed": p_of(fisher.fisher_half_observed),
    "exact/fisher_midp_two_sided_half_ties": p_of(fisher.fisher_half_ties),
    "exact/fisher_two_sided": p_of(fisher.fisher),
    "multi/fisher_freeman_halton": lambda case: {
        "p": freeman_halton(Binomial(case["x"], case["n"]))
    },
    "strat/cmh_exact": cmh_exact,
    "test_one/binomial_exact_greater": one_arm("greater"),
    "test_one/binomial_exact_less": one_arm("less"),
    "test_one/binomial_exact_two_sided": one_arm("two-sided"),
}
