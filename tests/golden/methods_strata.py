"""Glue of `methods` for strata, clustered units and adjusted means, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import critical, tail
from abmicro.stats.means import covariate_adjustment, delta_method
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.standardization import g_computation as g_computed
from abmicro.stats.means.welch import MeanDifference, welch_difference
from abmicro.stats.stratified import difference_score, homogeneity, mantel_haenszel

Inputs = dict[str, Any]


def stratified(case: Inputs) -> tuple[Binomial, Binomial]:
    treated, control = (
        Binomial(
            [stratum[f"x_{arm}"] for stratum in case["strata"]],
            [stratum[f"n_{arm}"] for stratum in case["strata"]],
        )
        for arm in ("b", "a")
    )
    return treated, control


def as_chi2(found: homogeneity.Homogeneity) -> dict[str, object]:
    return {"chi2": found.statistic, "df": found.df, "p": found.p}


def users(case: Inputs) -> tuple[PairMoments, PairMoments]:
    pairs = ((case[arm]["conversions"], case[arm]["sessions"]) for arm in ("b", "a"))
    treated, control = (PairMoments.of(*pair) for pair in pairs)
    return treated, control


def values(case: Inputs) -> tuple[Any, Any]:
    return (case["y_b"], case["x_b"]), (case["y_a"], case["x_a"])


def pairs(case: Inputs) -> tuple[PairMoments, PairMoments]:
    treated, control = (PairMoments.of(*arm) for arm in values(case))
    return treated, control


def with_error(found: MeanDifference) -> object:
    return {"difference": found.estimate, "se": found.error}


def cmh(case: Inputs, correction: float = 0.0) -> object:
    test = mantel_haenszel.cochran_mantel_haenszel(*stratified(case), correction=correction)
    return {"chi2": test.z**2, "p": test.p}


def cuped(case: Inputs) -> object:
    treated, control, slope = covariate_adjustment.cuped(*pairs(case))
    return {"theta": slope, **with_error(welch_difference(treated, control))}


def naive_session_level_z(case: Inputs) -> object:
    test = delta_method.naive_score_test(*users(case))
    return {"z": test.z, "p_two_sided": test.p}


def rao_scott_chisq(case: Inputs) -> object:
    found = delta_method.rao_scott(*users(case))
    return {"statistic": found.chi_square, "df": 1, "p": found.p}


def rao_scott_f(case: Inputs) -> object:
    found = delta_method.rao_scott(*users(case))
    return {"statistic": found.f, "ndf": 1, "ddf": found.df, "p": found.p_f}


def heterogeneity_difference_q(case: Inputs) -> object:
    found = homogeneity.cochran_q(*stratified(case))
    center = mantel_haenszel.inverse_variance_difference(*stratified(case)).estimate
    return {"q": found.statistic, **as_chi2(found), "pooled_inverse_variance": center}


def logistic_arm_effect(case: Inputs) -> object:
    found = homogeneity.common_odds_ratio(*stratified(case), level=0.95)
    log_or, error = np.log(found.estimate), np.log(found.high / found.low) / 2 / critical(0.95)
    z = log_or / error
    return {"log_or": log_or, "se": error, "z": z, "p_two_sided": tail(z, "two-sided")}


def mh_risk_ratio(case: Inputs) -> object:
    found = mantel_haenszel.mantel_haenszel_lift(*stratified(case), level=case["conf_level"])
    return [end + 1 for end in found]


def mn_strat(case: Inputs, weigh: difference_score.Weigh) -> object:
    level = case["conf_level"]
    found = difference_score.stratified_difference(*stratified(case), weigh=weigh, level=level)
    return found[1:]


def post_stratified_difference(case: Inputs) -> object:
    estimate, _, high = mantel_haenszel.post_stratified_difference(*stratified(case))
    return {"difference": estimate, "se": (high - estimate) / critical(0.95)}


def ratio_metric_delta(case: Inputs) -> object:
    treated, control = (delta_method.clustered_rate(arm) for arm in users(case))
    found = delta_method.clustered_difference(*users(case))
    return {
        "rate_a": control.rate,
        "se_a": control.error,
        "rate_b": treated.rate,
        "se_b": treated.error,
        "difference": found.estimate,
        "se_difference": found.error,
    }


def ratio_metric_z(case: Inputs) -> object:
    treated, control = (delta_method.clustered_rate(arm) for arm in users(case))
    found = delta_method.clustered_difference(*users(case))
    return {
        "z": found.estimate / found.error,
        "p_two_sided": found.p,
        "design_effect_a": control.design_effect,
        "design_effect_b": treated.design_effect,
    }


STRATA: dict[str, Callable[[Inputs], object]] = {
    "adjust/ancova": lambda case: with_error(covariate_adjustment.ancova(*pairs(case))),
    "adjust/cuped": cuped,
    "adjust/g_computation_logistic": lambda case: with_error(g_computed(*values(case))),
    "adjust/lin_interacted_hc2": lambda case: with_error(covariate_adjustment.lin(*values(case))),
    "adjust/post_stratified_difference": post_stratified_difference,
    "cluster/naive_session_level_z": naive_session_level_z,
    "cluster/rao_scott_chisq": rao_scott_chisq,
    "cluster/rao_scott_f": rao_scott_f,
    "cluster/ratio_metric_delta": ratio_metric_delta,
    "cluster/ratio_metric_z": ratio_metric_z,
    "strat/breslow_day": lambda case: as_chi2(homogeneity.breslow_day(*stratified(case))),
    "strat/breslow_day_tarone": lambda case: as_chi2(homogeneity.tarone(*stratified(case))),
    "strat/cmh": cmh,
    "strat/cmh_corrected": lambda case: cmh(case, correction=0.5),
    "strat/heterogeneity_difference_q": heterogeneity_difference_q,
    "strat/interaction_lrt": lambda case: as_chi2(homogeneity.interaction_test(*stratified(case))),
    "strat/logistic_arm_effect": logistic_arm_effect,
    "strat/mh_odds_ratio": lambda case: mantel_haenszel.mantel_haenszel_odds_ratio(
        *stratified(case), level=case["conf_level"]
    ),
    "strat/mh_risk_difference_greenland_robins": lambda case: (
        mantel_haenszel.greenland_robins_difference(*stratified(case), level=case["conf_level"])
    ),
    "strat/mh_risk_difference_sato": lambda case: mantel_haenszel.mantel_haenszel_difference(
        *stratified(case), level=case["conf_level"]
    ),
    "strat/mh_risk_ratio": mh_risk_ratio,
    "strat/mn_strat_rd_mh": lambda case: mn_strat(case, difference_score.by_size),
    "strat/mn_strat_rd_mn": lambda case: mn_strat(case, difference_score.by_variance),
}
