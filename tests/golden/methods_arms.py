"""Golden methods of families: several arms, several hypotheses, and the split of the units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.multiplicity import (
    graphical_procedures as gatekeeping,
    several_arms,
    stepwise,
)
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical
from abmicro.stats.multiplicity.graphical_procedures import Graph
from abmicro.stats.quality.sample_ratio_mismatch import (
    sample_ratio,
    sample_ratio_exact,
    sample_ratio_g,
)

Inputs = dict[str, Any]
SIDES = {1: "greater", 2: "two-sided"}


def adjusted(correction: str) -> Callable[[Inputs], object]:
    return lambda case: list(stepwise.adjusted(case["p"], correction=correction))


def rejections(correction: str) -> Callable[[Inputs], object]:
    def count(case: Inputs) -> object:
        p = stepwise.adjusted(case["p"], correction=correction)
        return {"rejections": (p <= case["alpha"]).sum()}

    return count


def critical_value(case: Inputs) -> object:
    sides = SIDES[case["sides"]]
    control = case["n_control"]
    found = dunnett_critical(case["n_arms"], control, alpha=case["alpha"], alternative=sides)
    return {"critical_z": found}


def g_omnibus(case: Inputs) -> object:
    found = several_arms.omnibus_g(Binomial(case["x"], case["n"]))
    return {"g": found.statistic, "df": found.df, "p": found.p}


def graphical(case: Inputs) -> object:
    return list(gatekeeping.graphical(case["p"], Graph(case["weights"], case["transitions"])))


def omnibus(case: Inputs) -> object:
    found = several_arms.omnibus(Binomial(case["x"], case["n"]))
    return {"chi2": found.statistic, "df": found.df, "p": found.p}


def pairwise_holm(case: Inputs) -> object:
    """With two arms the omnibus chi-square is the squared pooled z."""
    x, n = (
        np.stack([np.full(len(case[key]) - 1, case[key][0]), case[key][1:]], axis=-1)
        for key in ("x", "n")
    )
    p = several_arms.omnibus(Binomial(x, n)).p
    return {"p_raw": list(p), "p_holm": list(stepwise.holm(p))}


def single_step(case: Inputs) -> object:
    sides = SIDES[case["sides"]]
    p = dunnett(case["z"], case["n_arms"], case["n_control"], alternative=sides)
    return {"p_adj": list(p)}


def srm_chi2(case: Inputs) -> object:
    found = sample_ratio(case["counts"], case["weights"])
    return {"chi2": found.statistic, "df": found.df, "p": found.p}


def srm_exact(case: Inputs) -> object:
    return {"p": sample_ratio_exact(case["counts"], case["weights"])}


def srm_g(case: Inputs) -> object:
    found = sample_ratio_g(case["counts"], case["weights"])
    return {"g": found.statistic, "df": found.df, "p": found.p}


def trend(case: Inputs) -> object:
    found = several_arms.trend(Binomial(case["x"], case["n"]))
    return {"chi2": found.z**2, "p": found.p}


ARMS: dict[str, Callable[[Inputs], object]] = {
    "adjust/bh": adjusted("bh"),
    "adjust/bh_rejections": rejections("bh"),
    "adjust/bonferroni": adjusted("bonferroni"),
    "adjust/bonferroni_rejections": rejections("bonferroni"),
    "adjust/by": adjusted("by"),
    "adjust/graphical": graphical,
    "adjust/hochberg": adjusted("hochberg"),
    "adjust/holm": adjusted("holm"),
    "adjust/hommel": adjusted("hommel"),
    "multi/chi2_omnibus": omnibus,
    "multi/cochran_armitage_trend": trend,
    "multi/dunnett_critical_value": critical_value,
    "multi/dunnett_single_step_p": single_step,
    "multi/g_omnibus": g_omnibus,
    "multi/pairwise_vs_control_z_holm": pairwise_holm,
    "srm/binomial_exact": srm_exact,
    "srm/chi2": srm_chi2,
    "srm/g_test": srm_g,
}
