"""Glue of `methods` for the rules of verdicts, sorted by name; PENDING are not yet followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats.carry_through.label import LABELS
from abmicro.stats.carry_through.pass_through import value_strata
from abmicro.stats.carry_through.stratified_rates import Split
from abmicro.stats.means.amounts_per_unit import (
    Amounts,
    amount_difference,
    amount_lift,
    amount_noninferiority,
    amounts,
)
from abmicro.stats.means.welch import Moments
from abmicro.stats.verdict import BETTER, NO_MACRO, OPEN, WORSE, Gates, decide

Inputs = dict[str, Any]

STATES = {"up": BETTER, "open": OPEN, "down": WORSE, "none": NO_MACRO}
GUARDS = {"held": BETTER, "open": OPEN, "harmed": WORSE}


def arms(case: Inputs) -> Amounts:
    control, treated = (
        Moments(case["n"][at], case["total"][at], case["squares"][at]) for at in (0, 1)
    )
    return amounts(treated, control)


def difference(case: Inputs) -> object:
    found = amount_difference(arms(case), level=case["level"])
    return {"estimate": found.estimate, "low": found.low, "high": found.high, "p": found.p}


def lift(case: Inputs) -> object:
    return amount_lift(arms(case), level=case["level"])._asdict()


def noninferiority(case: Inputs) -> object:
    return amount_noninferiority(arms(case), null=case["null"], alternative=case["alternative"])


def split(arm: dict[str, Any]) -> Split:
    with_micro = Moments([arm["micro"]], *([value] for value in arm["with"]))
    rest = Moments([arm["units"] - arm["micro"]], *([value] for value in arm["without"]))
    return with_micro, rest


def ruler(case: Inputs) -> object:
    arms = split(case["control"]), split(case["treated"])
    found = value_strata(*[*arms][::-1], level=case["level"], threshold=case["threshold"])
    both = found.extra_macro.estimate / 1000, found.expected_extra_macro.estimate / 1000
    ratio = found.ratio
    return {
        "observed": both[0],
        "expected": both[1],
        "pass_through": ratio.estimate,
        "low": ratio.low,
        "high": ratio.high,
        "label": LABELS.index(str(found.label)),
    }


def decision(case: Inputs) -> object:
    gates = Gates(
        trusted=case["trust"],
        ended=case["ended"],
        primary=STATES[case["primary"]],
        inside=case["primary_inside_mde"],
        macro=STATES[case["macro"]],
        others=OPEN,
        guardrails=GUARDS[case["guardrails"]],
        lost=case["label"] == "not_carried" and case["macro_below_worthwhile"],
        fading=False,
        required=case["require"] == "macro_up",
    )
    return str(decide(gates).decision)


VERDICT: dict[str, Callable[[Inputs], object]] = {
    "verdict/amount_difference": difference,
    "verdict/amount_lift": lift,
    "verdict/amount_noninferiority": noninferiority,
    "verdict/decision": decision,
    "verdict/ruler_amounts": ruler,
}
PENDING = (
    "verdict/rate_scores",
    "verdict/ruler_amounts_past",
    "verdict/sessions",
    "verdict/shipping_power",
)
