"""Glue of `methods` for the rules of verdicts, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abmicro.stats.carry_through.amount_ruler import AmountPast
from abmicro.stats.carry_through.label import LABELS
from abmicro.stats.carry_through.pass_through import PassThrough, value_strata
from abmicro.stats.carry_through.stratified_rates import Split
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.means.amounts_per_unit import (
    Amounts,
    amount_difference,
    amount_lift,
    amount_noninferiority,
    amounts,
    effective_size,
)
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.past_values import prediction
from abmicro.stats.means.rates_per_session import session_rates
from abmicro.stats.means.welch import Moments
from abmicro.stats.power.designs import farrington_manning_ratio, pooled
from abmicro.stats.power.joint import joint_power, path_correlation
from abmicro.stats.power.power import power_of
from abmicro.stats.proportions import rate_scores
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


def sessions(case: Inputs) -> object:
    treated, control = (users(case[name]) for name in ("treated", "control"))
    found = session_rates(treated, control)
    test, interval = amount_difference(found), amount_lift(found, level=case["level"])
    (one, other), size = found.welch, np.minimum(*map(effective_size, (treated.x, control.x)))
    return {
        "estimate": test.estimate,
        "low": test.low,
        "high": test.high,
        "p": test.p,
        "df": (one.squared_error + other.squared_error) ** 2 / (one.doubt + other.doubt),
        "lift_low": interval.low,
        "lift_high": interval.high,
        "effective_users": size,
    }


def users(arm: list[float]) -> PairMoments:
    n, y, x, yy, xx, yx = arm
    return PairMoments(Moments(n, y, yy), Moments(n, x, xx), yx)


def split(arm: dict[str, Any]) -> Split:
    with_micro = Moments([arm["micro"]], *([value] for value in arm["with"]))
    rest = Moments([arm["units"] - arm["micro"]], *([value] for value in arm["without"]))
    return with_micro, rest


def ruler(case: Inputs) -> object:
    arms = split(case["control"]), split(case["treated"])
    return read(value_strata(*arms[::-1], level=case["level"], threshold=case["threshold"]))


def ruler_with_past(case: Inputs) -> object:
    arms, before = (
        [of(case[name]) for name in ("treated", "control")] for of in (split, split_past)
    )
    whole = [one + other for one, other in before]
    fields = [
        np.stack([getattr(getattr(arm, part), name) for arm in whole])
        for part in ("y", "x")
        for name in ("units", "total", "squares")
    ]
    together = PairMoments(
        Moments(*fields[:3]), Moments(*fields[3:]), np.stack([arm.products for arm in whole])
    )
    past = AmountPast(*before, prediction(together))
    found = value_strata(*arms, past=past, level=case["level"], threshold=case["threshold"])
    return read(found) | {"slope": past.by.slope}


def split_past(arm: dict[str, Any]) -> tuple[PairMoments, PairMoments]:
    moments = split(arm)
    return tuple(
        PairMoments(amount, Moments(amount.units, [total], [squares]), [products])
        for amount, (total, squares, products) in zip(
            moments, (arm["past_with"], arm["past_without"]), strict=True
        )
    )


def read(found: PassThrough) -> dict[str, object]:
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


def shipping(case: Inputs) -> object:
    share, guards = case["treated_share"], np.reshape(case["guardrails"], (-1, 2)).T
    ratio, units = share / (1 - share), case["units"] * (1 - share)
    rates = np.array([case["micro"], case["macro"]])
    moved = rates * (1 + np.array([case["micro_lift"], case["macro_lift"]]))
    held = farrington_manning_ratio(guards[0], guards[0], ratio, null=1 - guards[1])
    powers = [
        *power_of(pooled(rates, moved, ratio), units, alpha=case["alpha"] / case["arms"]),
        *power_of(held, units, alpha=case["alpha"], alternative="greater"),
    ]
    together = np.eye(len(powers))
    together[2:, :2], together[:2, 2:] = case["guardrail_phi"], np.c_[case["guardrail_phi"]]
    path = path_correlation(*zip(rates, moved, strict=True), ratio)
    together[[0, 1], [1, 0]] = path
    return joint_power(powers, together)


def scores(case: Inputs) -> object:
    control, treated = (Binomial(case["x"][at], case["n"][at]) for at in (0, 1))
    found = rate_scores(treated, control)
    return {
        "score": found.score,
        "skew_corrected": found.corrected,
        "z": found.weaker,
        "p": found.p,
    }


VERDICT: dict[str, Callable[[Inputs], object]] = {
    "verdict/amount_difference": difference,
    "verdict/amount_lift": lift,
    "verdict/amount_noninferiority": noninferiority,
    "verdict/decision": decision,
    "verdict/rate_scores": scores,
    "verdict/ruler_amounts": ruler,
    "verdict/ruler_amounts_past": ruler_with_past,
    "verdict/sessions": sessions,
    "verdict/shipping_power": shipping,
}
