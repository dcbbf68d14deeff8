"""Does a test of the planned size keep what the plan says? Simulated, with the actual tests."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from abmicro import Experiment, Plan, plan
from abmicro.design.families import planned_alpha
from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.proportions.miettinen_nurminen import ratio_score_test, score_test

pytestmark = pytest.mark.slow

REPLICATES = 40_000
POWER = 0.8
NOISE = 3.5 * sqrt(POWER * (1 - POWER) / REPLICATES)
FORMULA = 0.01  # what a formula may be off; below 20 expected in an arm power is enumerated


def planned(variants: Any, **goals: Any) -> Plan:
    return plan(Experiment(name="x", variants=variants, goals=goals, plan={"traffic": 1000}))


def arms(found: Plan, at: int = 0) -> list[int]:
    size = found.goals[at].size
    assert size is not None
    return [int(arm.units) for arm in size.arms]


@pytest.mark.parametrize(
    ("variants", "baseline", "mde", "direction"),
    [
        (["a", "b"], 0.12, 0.1, "up"),
        ({"a": 0.9, "b": 0.1}, 0.05, 0.2, "up"),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, 0.03, 0.15, "up"),
        (["a", "b", "c"], 0.2, 0.1, "down"),
        (["a", "b"], 0.003, 0.8, "up"),
        (["a", "b"], 0.001, 3 / 4, "down"),
        (["a", "b"], 0.9, 0.05, "up"),
    ],
)
def test_the_default_test_finds_the_planned_lift_as_often_as_planned(
    variants: Any, baseline: float, mde: float, direction: str
) -> None:
    goal = {"kind": "macro", "baseline": baseline, "mde": mde, "direction": direction}
    found = planned(variants, x=goal)
    control, *treated = arms(found)
    rng = np.random.default_rng(20261122)
    rate = baseline * (1 + (mde if direction == "up" else -mde))
    base = Binomial(rng.binomial(control, baseline, REPLICATES), control)
    smallest = min(treated)
    test = score_test(Binomial(rng.binomial(smallest, rate, REPLICATES), smallest), base)
    alpha = planned_alpha(found.experiment, found.experiment.primary)
    power = float(np.mean((test.p < alpha) & ((test.z > 0) == (direction == "up"))))
    assert power == pytest.approx(POWER, abs=NOISE + FORMULA)


def test_a_guardrail_that_does_no_harm_is_held_as_often_as_planned() -> None:
    guard = {"kind": "action", "role": "guardrail", "margin": 0.05, "baseline": 0.1}
    found = planned(["a", "b"], x={"kind": "macro"}, guard=guard)
    control, treated = arms(found, at=1)
    rng = np.random.default_rng(7)
    base = Binomial(rng.binomial(control, 0.1, REPLICATES), control)
    other = Binomial(rng.binomial(treated, 0.1, REPLICATES), treated)
    p = ratio_score_test(other, base, null=0.95, alternative="greater").p
    assert np.mean(p < 0.05) == pytest.approx(POWER, abs=NOISE + FORMULA)


@pytest.mark.parametrize("index", [1, 2, 3, 4])
def test_the_ruler_finds_each_statement_as_often_as_planned(index: int) -> None:
    found = planned(
        ["a", "b"],
        cart={"kind": "milestone", "baseline": 0.12, "mde": 0.1},
        order={"kind": "macro", "baseline": 0.03},
    )
    claim = found.claims[index]
    units = int(claim.size.arms[0].units)
    rng = np.random.default_rng(index)
    micros, macros = (0.12, 0.12 * 1.1), (0.03, 0.03 * (1 + claim.macro_lift))
    counts = []
    for micro, macro in zip(micros, macros, strict=True):
        carts = rng.binomial(units, micro, REPLICATES)
        orders = rng.binomial(carts, macro / micro)
        counts.append(np.stack([np.full(REPLICATES, units), carts, orders], axis=-1))
    result = path(*map(NestedCounts, counts[::-1]))
    finds = {
        "macro_up": result.macro.low > 0,
        "at_least": result.ratio.low > 0.5,
        "less_than_full": (result.ratio.high < 1) & (result.micro.low > 0),
    }[claim.claim]
    # The plan reckons with the control's rates in both arms; treated ones that rise are less noisy.
    assert POWER - NOISE - FORMULA < np.mean(finds) < POWER + 0.04
