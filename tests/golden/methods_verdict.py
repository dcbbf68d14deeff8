"""Glue of `methods` for the rules of verdicts, sorted by name; PENDING are not yet followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from abmicro.stats.amounts import (
    Amounts,
    amount_difference,
    amount_lift,
    amount_noninferiority,
    amounts,
)
from abmicro.stats.means import Moments

Inputs = dict[str, Any]


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


VERDICT: dict[str, Callable[[Inputs], object]] = {
    "verdict/amount_difference": difference,
    "verdict/amount_lift": lift,
    "verdict/amount_noninferiority": noninferiority,
}
PENDING = (
    "verdict/decision",
    "verdict/gap_day",
    "verdict/rate_scores",
    "verdict/ruler_amounts",
    "verdict/ruler_amounts_past",
    "verdict/sessions",
    "verdict/shipping_power",
)
