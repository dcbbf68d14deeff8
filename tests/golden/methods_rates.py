"""Glue of `methods` for one rate and for two rates, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from abmicro.stats import (
    equivalence,
    odds_ratio,
    one_rate,
    proportions,
    scas,
    two_rate_tests,
    two_rates,
)
from abmicro.stats.binomial import Binomial

Inputs = dict[str, Any]


def arm(case: Inputs) -> Binomial:
    return Binomial(case["x"], case["n"])


def arms(case: Inputs) -> tuple[Binomial, Binomial]:
    return Binomial(case["x_b"], case["n_b"]), Binomial(case["x_a"], case["n_a"])


def rate(method: Callable[..., Any], case: Inputs) -> object:
    return method(arm(case), level=case["conf_level"])[1:]


def interval(method: Callable[..., Any], case: Inputs) -> object:
    return method(*arms(case), level=case["conf_level"])[1:]


def ratio(method: Callable[..., Any], case: Inputs) -> object:
    _, low, high = method(*arms(case), level=case["conf_level"])
    return low + 1, high + 1


def z_test(method: Callable[..., Any], case: Inputs) -> object:
    sides = {"p_two_sided": "two-sided", "p_greater": "greater", "p_less": "less"}
    tests = {name: method(*arms(case), alternative=side) for name, side in sides.items()}
    return {"z": tests["p_two_sided"].z, **{name: test.p for name, test in tests.items()}}


def squared(method: Callable[..., Any], name: str, case: Inputs) -> object:
    test = method(*arms(case))
    return {name: test.z**2, "p": test.p}


def above(method: Callable[..., Any], margin: str, case: Inputs) -> object:
    test = method(*arms(case), null=case[margin], alternative="greater")
    return {"z": test.z, "p_greater": test.p}


def two_one_sided(test: Callable[..., Any], case: Inputs) -> object:
    found = equivalence.equivalence(
        *arms(case), low=case["margin_low"], high=case["margin_high"], test=test
    )
    return {"p_lower": found.above.p, "p_upper": found.below.p, "p": found.p}


def score_z(case: Inputs) -> object:
    test = one_rate.rate_score_test(arm(case), null=case["p0"])
    return {"z": test.z, "p_two_sided": test.p}


RATES: dict[str, Callable[[Inputs], object]] = {
    "ci_one/agresti_coull": partial(rate, one_rate.agresti_coull),
    "ci_one/clopper_pearson": partial(rate, one_rate.clopper_pearson),
    "ci_one/jeffreys": partial(rate, one_rate.jeffreys),
    "ci_one/midp": partial(rate, one_rate.midp),
    "ci_one/wald": partial(rate, one_rate.wald),
    "ci_one/wilson": partial(rate, one_rate.wilson),
    "ci_one/wilson_cc": partial(rate, one_rate.wilson_corrected),
    "ci_two/diff_agresti_caffo": partial(interval, two_rates.agresti_caffo),
    "ci_two/diff_mee": partial(interval, two_rates.mee),
    "ci_two/diff_mn": partial(interval, proportions.difference),
    "ci_two/diff_newcombe": partial(interval, proportions.newcombe),
    "ci_two/diff_pooled_se": partial(interval, two_rates.pooled_difference),
    "ci_two/diff_scas": partial(interval, scas.skewed_difference),
    "ci_two/diff_wald": partial(interval, two_rates.wald_difference),
    "ci_two/or_gart": partial(interval, odds_ratio.gart),
    "ci_two/or_mn": partial(interval, odds_ratio.odds_ratio),
    "ci_two/or_mover_r": partial(interval, odds_ratio.mover_odds_ratio),
    "ci_two/or_score": partial(interval, odds_ratio.uninflated_odds_ratio),
    "ci_two/or_woolf": partial(interval, odds_ratio.woolf),
    "ci_two/ratio_adjlog": partial(ratio, two_rates.adjusted_log),
    "ci_two/ratio_katz": partial(ratio, two_rates.katz),
    "ci_two/ratio_koopman": partial(ratio, two_rates.koopman),
    "ci_two/ratio_mn": partial(ratio, proportions.lift),
    "ci_two/ratio_mover_r": partial(ratio, two_rates.mover_lift),
    "ci_two/ratio_scas": partial(ratio, scas.skewed_lift),
    "equivalence/tost_farrington_manning": partial(
        two_one_sided, two_rate_tests.farrington_manning
    ),
    "equivalence/tost_wald": partial(two_one_sided, two_rate_tests.unpooled_test),
    "noninferiority/difference_farrington_manning": partial(
        above, two_rate_tests.farrington_manning, "margin_difference"
    ),
    "noninferiority/difference_miettinen_nurminen": partial(
        above, proportions.score_test, "margin_difference"
    ),
    "noninferiority/difference_wald": partial(
        above, two_rate_tests.unpooled_test, "margin_difference"
    ),
    "noninferiority/ratio_farrington_manning": partial(
        above, two_rate_tests.ratio_farrington_manning, "margin_ratio"
    ),
    "noninferiority/ratio_miettinen_nurminen": partial(
        above, proportions.ratio_score_test, "margin_ratio"
    ),
    "test_one/score_z": score_z,
    "test_two/chi2_n_minus_1": partial(squared, proportions.score_test, "chi2"),
    "test_two/chi2_yates": partial(squared, two_rate_tests.yates_test, "chi2"),
    "test_two/g_test": partial(squared, two_rate_tests.g_test, "g"),
    "test_two/z_pooled": partial(z_test, two_rate_tests.pooled_test),
    "test_two/z_unpooled": partial(z_test, two_rate_tests.unpooled_test),
}
