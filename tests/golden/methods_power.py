"""Glue of `methods` for power, sizes and what not to promise, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from abmicro.stats.exact.fisher_tests import fisher, fisher_half_observed
from abmicro.stats.power import designs, exact
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.power.enumeration import PValue, enumerated_findings
from abmicro.stats.power.equivalence import power_of_equivalence, units_for_equivalence
from abmicro.stats.power.expected_power import assurance
from abmicro.stats.power.power import Design, Units, findings, power_of, units_for
from abmicro.stats.power.type_m_s import false_positive_risk, winners_curse

Inputs = dict[str, Any]
Formula = Callable[..., Design]
SIDES: dict[int, Any] = {1: "greater", 2: "two-sided"}


def sized(formula: Formula, case: Inputs) -> tuple[Design, Units]:
    design = formula(case["p_a"], case["p_b"], case["ratio_b_over_a"])
    sides = SIDES[case["sides"]]
    return design, units_for(design, power=case["power"], alpha=case["alpha"], alternative=sides)


def named(units: Units) -> object:
    return {"n_a_exact": units.exact, "n_a": units.control, "n_b": units.treated}


def size(formula: Formula) -> Callable[[Inputs], object]:
    return lambda case: named(sized(formula, case)[1])


def corrected_size(case: Inputs) -> object:
    design, units = sized(designs.pooled, case)
    return named(designs.corrected(units, design))


def calculator_size(case: Inputs) -> object:
    """The calculator mirrors a control rate above 1/2 and rounds to the nearest number."""
    treated = case["p_a"] + case["absolute_effect"]
    sides = SIDES[case["sides"]]
    design = designs.control_variance(case["p_a"], treated)
    units = units_for(design, power=case["power"], alpha=case["alpha"], alternative=sides)
    return {"n_per_arm": np.round(units.exact)}


def margin_size(formula: Formula, case: Inputs) -> object:
    design = formula(case["p_a"], case["p_b"], case["ratio_b_over_a"], null=case["margin"])
    alpha = case["alpha_one_sided"]
    return named(units_for(design, power=case["power"], alpha=alpha, alternative="greater"))


def equivalence_size(case: Inputs) -> object:
    low, high = (
        designs.unpooled(case["p_a"], case["p_b"], null=sign * case["margin"]) for sign in (-1, 1)
    )
    alpha = case["alpha_one_sided"]
    units = units_for_equivalence(low, high, power=case["power"], alpha=alpha)
    return {
        "n_per_arm_exact": units.exact,
        "n_per_arm": units.control,
        "power_at_rounded": power_of_equivalence(low, high, units.control, alpha=alpha),
    }


def power(formula: Formula, case: Inputs) -> object:
    design = formula(case["p_a"], case["p_b"], case["n_b"] / case["n_a"])
    sides = SIDES[case["sides"]]
    return {"power": power_of(design, case["n_a"], alpha=case["alpha"], alternative=sides)}


def power_of_either(formula: Formula, case: Inputs) -> object:
    design = formula(case["p_a"], case["p_b"], case["n_b"] / case["n_a"])
    return {"power": findings(design, case["n_a"], alpha=case["alpha"]).either}


def pearson_findings(case: Inputs) -> object:
    arms = (case[key] for key in ("p_a", "p_b", "n_a", "n_b"))
    test = exact.pearson
    return {"power": exact.exact_findings(*arms, alpha=case["alpha"], test=test).either}


def every_table(test: PValue) -> Callable[[Inputs], object]:
    def glue(case: Inputs) -> object:
        units = {"control_units": case["n_a"], "treated_units": case["n_b"]}
        found = enumerated_findings(test, case["p_a"], case["p_b"], **units, alpha=case["alpha"])
        return {"power": found.either}

    return glue


def smallest(case: Inputs) -> object:
    ratio = case["n_b"] / case["n_a"]
    choice = {"power": case["power"], "alpha": case["alpha"]}
    found = detectable(case["p_a"], case["n_a"], ratio=ratio, **choice)
    return {"p_b": found.treated, "absolute": found.difference, "relative": found.lift}


def risk(case: Inputs) -> object:
    share, alpha = case["prior_success_rate"], case["alpha_two_sided"]
    return {"fpr": false_positive_risk(share, power=case["power"], alpha=alpha)}


def curse(case: Inputs) -> object:
    found = winners_curse(case["true_effect"], case["se"], alpha=case["alpha"])
    return {"power": found.power, "type_s": found.sign_error, "type_m": found.exaggeration}


def assured(case: Inputs) -> object:
    belief = case["prior_mean"], case["prior_sd"], case["se"]
    win, loss = assurance(*belief, alpha=case["alpha_two_sided"])
    return {"assurance_win": win, "assurance_loss": loss}


POWER: dict[str, Callable[[Inputs], object]] = {
    "power/assurance_normal": assured,
    "power/equivalence_tost_wald": equivalence_size,
    "power/exact_power_fisher": every_table(fisher),
    "power/exact_power_midp": every_table(fisher_half_observed),
    "power/exact_power_z_pooled": pearson_findings,
    "power/false_positive_risk": risk,
    "power/mde_pooled": smallest,
    "power/noninferiority_farrington_manning": partial(margin_size, designs.farrington_manning),
    "power/noninferiority_wald": partial(margin_size, designs.unpooled),
    "power/power_arcsine_strict": partial(power_of_either, designs.arcsine),
    "power/power_pooled": partial(power, designs.pooled),
    "power/power_pooled_strict": partial(power_of_either, designs.pooled),
    "power/power_unpooled": partial(power, designs.unpooled),
    "power/power_unpooled_strict": partial(power_of_either, designs.unpooled),
    "power/sample_size_arcsine": size(designs.arcsine),
    "power/sample_size_control_variance": calculator_size,
    "power/sample_size_fleiss_cc": corrected_size,
    "power/sample_size_pooled": size(designs.pooled),
    "power/sample_size_unpooled": size(designs.unpooled),
    "power/type_m": curse,
    "power/type_s_type_m": curse,
}
