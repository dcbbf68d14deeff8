"""What a test could see: detectable lifts, and what plan and claims still need."""

from __future__ import annotations

from math import isnan

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from abmicro import Analysis, Experiment, JointCounts, analyze, collect
from abmicro.analysis.results import Detectable
from abmicro.formatting import about
from abmicro.stats.power.designs import farrington_manning_ratio, pooled
from abmicro.stats.power.power import power_of

COUNTS = [[24_310, 2917, 729], [24_187, 3217, 756]]
CART, ORDER = (
    {"name": "cart", "kind": "milestone", "mde": 0.05},
    {"name": "order", "kind": "macro", "mde": 0.03},
)


def of(*goals: dict[str, object], counts: list[list[int]] = COUNTS) -> Analysis:
    experiment = Experiment(name="t", variants=("A", "B"), goals=goals)
    names = [str(goal["name"]) for goal in goals]
    return analyze(experiment, JointCounts.of_path(("A", "B"), names, counts))


def seen(analysis: Analysis, goal: str) -> Detectable:
    return next(one for one in analysis.detectable if one.goal == goal)


def test_the_detectable_lift_is_found_with_the_wanted_probability() -> None:
    found, (row, *_) = seen(of(CART, ORDER), "cart"), of(CART, ORDER).goals
    treated = row.rate.control * (1 + found.lift)
    design = pooled(row.rate.control, treated, row.units.treated / row.units.control)
    assert power_of(design, row.units.control) == pytest.approx(0.8, abs=1e-6)
    assert found.lift > 0


def test_units_for_the_planned_lift_are_those_that_the_verdict_names() -> None:
    analysis = of({**CART, "mde": 0.01}, ORDER, counts=[[2000, 240, 60], [2000, 240, 60]])
    found, verdict = seen(analysis, "cart"), analysis.verdicts[0]
    assert verdict.open is not None
    assert verdict.open.units_needed == found.needed
    assert f"takes {about(found.needed - found.units)} more visitors" in verdict.would_change


def test_with_the_units_it_needs_a_test_has_the_power_it_wants() -> None:
    found = seen(of({**CART, "mde": 0.0731}, ORDER), "cart")
    assert (found.power >= 0.8) == (found.needed <= found.units)


def test_a_goal_of_which_less_is_better_is_asked_for_a_fall() -> None:
    falls = seen(of({**CART, "direction": "down"}, ORDER), "cart")
    assert falls.lift < 0
    assert falls.planned == -0.05


def test_a_guardrail_is_asked_which_loss_it_can_rule_out() -> None:
    guard = {"name": "order", "kind": "macro", "role": "guardrail", "margin": 0.02}
    analysis = of(CART, guard)
    found = seen(analysis, "order")
    row = next(row for row in analysis.goals if row.goal == "order")
    p, ratio = row.rate.control, row.units.treated / row.units.control
    design = farrington_manning_ratio(p, p, ratio, null=1 + found.lift)
    assert found.asks == "no_loss"
    assert (found.planned, found.lift < 0) == (-0.02, True)
    power = power_of(design, row.units.control, alpha=0.05, alternative="greater")
    assert power == pytest.approx(0.8, abs=1e-6)


def test_without_a_plan_only_the_detectable_lift_is_told() -> None:
    found = seen(of({"name": "cart", "kind": "milestone"}, ORDER), "cart")
    assert isnan(found.planned)
    assert isnan(found.power)
    assert isnan(found.needed)
    assert found.lift > 0


@pytest.mark.parametrize("reached", [0, 4, 997, 1000])
def test_too_few_conversions_say_nothing_and_say_so(reached: int) -> None:
    found = seen(of(CART, counts=[[1000, reached], [1000, 500]]), "cart")
    assert isnan(found.lift)
    assert "fewer than 5 of a variant" in found.note


def test_an_arm_without_units_says_so() -> None:
    found = seen(of(CART, counts=[[1000, 100], [0, 0]]), "cart")
    assert found.note == "one of the variants is empty"


def test_a_planned_lift_beyond_every_rate_has_no_power() -> None:
    found = seen(of({**CART, "mde": 0.9}, counts=[[1000, 600], [1000, 610]]), "cart")
    assert isnan(found.power)
    assert isnan(found.needed)


def test_a_claim_that_the_macro_moved_needs_what_the_ruler_says() -> None:
    analysis = of(CART, ORDER)
    (claim,) = (one for one in analysis.claims if one.claim == "macro_up")
    (pair,) = analysis.carry_through
    assert (claim.power, claim.needed) == pytest.approx((pair.planned_power, pair.units_needed))


def test_the_claims_of_a_path_are_those_of_the_plan() -> None:
    claims = [(one.claim, one.pass_through) for one in of(CART, ORDER).claims]
    assert claims == [("macro_up", 1.0), ("at_least", 1.0), ("less_than_full", 0.0)]


def test_beside_the_path_only_whether_the_macro_moved_is_planned() -> None:
    video = {"name": "cart", "kind": "action", "mde": 0.05}
    experiment = Experiment(name="t", variants=("A", "B"), goals=(video, ORDER))
    analysis = analyze(experiment, JointCounts.of_path(("A", "B"), ("cart", "order"), COUNTS))
    assert [one.claim for one in analysis.claims] == ["macro_up"]


def test_claims_need_a_planned_micro_lift() -> None:
    assert of({"name": "cart", "kind": "milestone"}, ORDER).claims == ()


def test_after_a_loss_the_claims_are_about_a_loss() -> None:
    analysis = of(CART, ORDER, counts=[[24_310, 3217, 756], [24_187, 2817, 700]])
    assert {one.planned for one in analysis.claims} == {-0.05}


def paid(amounts: list[float]) -> Detectable:
    """What is detectable of amounts of which each arm has the same."""
    goals = ({"name": "cart", "kind": "milestone"}, VALUE)
    data = {"shape": "units", "columns": {"variant": "variant"}}
    experiment = Experiment(name="t", variants=("A", "B"), goals=goals, data=data)
    frame = pd.DataFrame(
        {
            "variant": ["A"] * len(amounts) + ["B"] * len(amounts),
            "cart": 1,
            "revenue": [*amounts, *amounts],
        }
    )
    return seen(analyze(experiment, collect(experiment, frame)), "revenue")


VALUE = {"name": "revenue", "kind": "macro", "value": "revenue", "mde": 0.05}


def test_a_value_is_detected_by_the_noise_of_the_control() -> None:
    found = paid([1.0, 2.0, 3.0, 4.0] * 250)
    noise = np.std([1.0, 2.0, 3.0, 4.0]) / 2.5
    reach = ndtri(0.8) - ndtri(found.alpha / 2)
    spread = np.sqrt((1 + (1 + found.lift) ** 2) / 1000)  # that of the treated arm grows
    assert found.lift == pytest.approx(reach * noise * spread, rel=1e-6)
    assert found.needed == pytest.approx(2 * (reach * noise / 0.05) ** 2 * (1 + 1.05**2), abs=2)


def test_a_value_without_spread_says_so() -> None:
    found = paid([2.0] * 100)
    assert isnan(found.lift)
    assert "do not vary" in found.note
