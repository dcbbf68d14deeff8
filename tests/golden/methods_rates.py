"""Glue of `methods` for one rate and for two rates, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from abmicro.stats import one_rate
from abmicro.stats.binomial import Binomial

Inputs = dict[str, Any]


def arm(case: Inputs) -> Binomial:
    return Binomial(case["x"], case["n"])


def rate(method: Callable[..., Any], case: Inputs) -> object:
    return method(arm(case), level=case["conf_level"])[1:]


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
    "test_one/score_z": score_z,
}
