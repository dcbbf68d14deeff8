"""Glue of `methods` for strata, clustered units and adjusted means, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats import adjustment, clustered
from abmicro.stats.g_computation import g_computation as g_computed
from abmicro.stats.means import MeanDifference, welch_difference
from abmicro.stats.pair_moments import PairMoments

Inputs = dict[str, Any]


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


def cuped(case: Inputs) -> object:
    treated, control, slope = adjustment.cuped(*pairs(case))
    return {"theta": slope, **with_error(welch_difference(treated, control))}


def naive_session_level_z(case: Inputs) -> object:
    test = clustered.naive_score_test(*users(case))
    return {"z": test.z, "p_two_sided": test.p}


def rao_scott_chisq(case: Inputs) -> object:
    found = clustered.rao_scott(*users(case))
    return {"statistic": found.chi_square, "df": 1, "p": found.p}


def rao_scott_f(case: Inputs) -> object:
    found = clustered.rao_scott(*users(case))
    return {"statistic": found.f, "ndf": 1, "ddf": found.df, "p": found.p_f}


def ratio_metric_delta(case: Inputs) -> object:
    treated, control = (clustered.clustered_rate(arm) for arm in users(case))
    found = clustered.clustered_difference(*users(case))
    return {
        "rate_a": control.rate,
        "se_a": control.error,
        "rate_b": treated.rate,
        "se_b": treated.error,
        "difference": found.estimate,
        "se_difference": found.error,
    }


def ratio_metric_z(case: Inputs) -> object:
    treated, control = (clustered.clustered_rate(arm) for arm in users(case))
    found = clustered.clustered_difference(*users(case))
    return {
        "z": found.estimate / found.error,
        "p_two_sided": found.p,
        "design_effect_a": control.design_effect,
        "design_effect_b": treated.design_effect,
    }


STRATA: dict[str, Callable[[Inputs], object]] = {
    "adjust/ancova": lambda case: with_error(adjustment.ancova(*pairs(case))),
    "adjust/cuped": cuped,
    "adjust/g_computation_logistic": lambda case: with_error(g_computed(*values(case))),
    "adjust/lin_interacted_hc2": lambda case: with_error(adjustment.lin(*values(case))),
    "cluster/naive_session_level_z": naive_session_level_z,
    "cluster/rao_scott_chisq": rao_scott_chisq,
    "cluster/rao_scott_f": rao_scott_f,
    "cluster/ratio_metric_delta": ratio_metric_delta,
    "cluster/ratio_metric_z": ratio_metric_z,
}
