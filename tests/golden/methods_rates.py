"""Glue of `methods` for one rate and for two rates, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import (
    margin_tests as noninferiority,
    miettinen_nurminen,
    odds_ratios as odds_ratio,
    one_sample,
    other_intervals,
    other_tests,
    scas,
)

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
    found = noninferiority.equivalence(
        *arms(case), low=case["margin_low"], high=case["margin_high"], test=test
    )
    return {"p_lower": found.above.p, "p_upper": found.below.p, "p": found.p}


def score_z(case: Inputs) -> object:
    test = one_sample.rate_score_test(arm(case), null=case["p0"])
    return {"z": test.z, "p_two_sided": test.p}


RATES: dict[str, Callable[[Inputs], object]] = {
    "ci_one/agresti_coull": partial(rate, one_sample.agresti_coull),
    "ci_one/clopper_pearson": partial(rate, one_sample.clopper_pearson),
    "ci_one/jeffreys": partial(rate, one_sample.jeffreys),
    "ci_one/midp": partial(rate, one_sample.midp),
    "ci_one/wald": partial(rate, one_sample.wald),
    "ci_one/wilson": partial(rate, one_sample.wilson),
    "ci_one/wilson_cc": partial(rate, one_sample.wilson_corrected),
    "ci_two/diff_agresti_caffo": partial(interval, other_intervals.agresti_caffo),
    "ci_two/diff_mee": partial(interval, other_intervals.mee),
    "ci_two/diff_mn": partial(interval, miettinen_nurminen.difference),
    "ci_two/diff_newcombe": partial(interval, miettinen_nurminen.newcombe),
    "ci_two/diff_pooled_se": partial(interval, other_intervals.pooled_difference),
    "ci_two/diff_scas": partial(interval, scas.skewed_difference),
    "ci_two/diff_wald": partial(interval, other_intervals.wald_difference),
    "ci_two/or_gart": partial(interval, odds_ratio.gart),
    "ci_two/or_mn": partial(interval, odds_ratio.odds_ratio),
    "ci_two/or_mover_r": partial(interval, odds_ratio.mover_odds_ratio),
    "ci_two/or_score": partial(interval, odds_ratio.uninflated_odds_ratio),
    "ci_two/or_woolf": partial(interval, odds_ratio.woolf),
    "ci_two/ratio_adjlog": partial(ratio, other_intervals.adjusted_log),
    "ci_two/ratio_katz": partial(ratio, other_intervals.katz),
    "ci_two/ratio_koopman": partial(ratio, other_intervals.koopman),
    "ci_two/ratio_mn": partial(ratio, miettinen_nurminen.lift),
    "ci_two/ratio_mover_r": partial(ratio, other_intervals.mover_lift),
    "ci_two/ratio_scas": partial(ratio, scas.skewed_lift),
    "equivalence/tost_farrington_manning": partial(two_one_sided, other_tests.farrington_manning),
    "equivalence/tost_wald": partial(two_one_sided, other_tests.unpooled_test),
    "noninferiority/difference_farrington_manning": partial(
        above, other_tests.farrington_manning, "margin_difference"
    ),
    "noninferiority/difference_miettinen_nurminen": partial(
        above, miettinen_nurminen.score_test, "margin_difference"
    ),
    "noninferiority/difference_wald": partial(
        above, other_tests.unpooled_test, "margin_difference"
    ),
    "noninferiority/ratio_farrington_manning": partial(
        above, other_tests.ratio_farrington_manning, "margin_ratio"
    ),
    "noninferiority/ratio_miettinen_nurminen": partial(
        above, miettinen_nurminen.ratio_score_test, "margin_ratio"
    ),
    "test_one/score_z": score_z,
    "test_two/chi2_n_minus_1": partial(squared, miettinen_nurminen.score_test, "chi2"),
    "test_two/chi2_yates": partial(squared, other_tests.yates_test, "chi2"),
    "test_two/g_test": partial(squared, other_tests.g_test, "g"),
    "test_two/z_pooled": partial(z_test, other_tests.pooled_test),
    "test_two/z_unpooled": partial(z_test, other_tests.unpooled_test),
}
