"""One goal as a test sees it."""

from __future__ import annotations

from datetime import timedelta
from math import isnan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro import datasets
from abmicro.design.families import planned_alpha
from abmicro.design.planned_test import PlannedTest, detectable_lifts, planned_test
from abmicro.errors import DefinitionError
from abmicro.marginals.marginals import Marginals
from abmicro.planning.baselines import known, planned_tests
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.power.exact import exact_findings
from abmicro.stats.power.several_arms import dunnett_alpha
from abmicro.stats.proportions.miettinen_nurminen import score_test

from ..examples import examples
from .conftest import GOALS, START, past, shop

NONE = {"analysis": {"correction": "none"}}


def subject(name: str = "cart", **keys: Any) -> PlannedTest:
    experiment = shop(**keys)
    return next(
        one for one in planned_tests(experiment, known(experiment, None)) if one.goal.name == name
    )


def one_goal(**keys: Any) -> PlannedTest:
    return subject("x", goals={**GOALS, "x": {"kind": "action", **keys}}, **NONE)


@examples(25)
@given(st.floats(0.001, 0.9), st.floats(0.02, 0.99), st.booleans())
def test_the_units_that_a_lift_needs_find_just_that_lift(
    rate: float, part: float, falls: bool
) -> None:
    room = 1.0 if falls else min(1 / rate - 1, 1.5)
    goal = one_goal(baseline=rate, direction="down" if falls else "up")
    lift = goal.sign * part * room * 0.99
    units = goal.units(lift)
    assert float(goal.power_at(units, lift)) >= 0.8 - 1e-3
    found = float(goal.detectable(units)[0])
    assert abs(found) <= abs(lift) * 1.02
    assert np.sign(found) == goal.sign


def test_what_is_detectable_is_what_stats_say() -> None:
    expected = detectable(0.12, 5000).lift
    assert subject().detectable(10_000)[0] == pytest.approx(float(expected), rel=1e-9)


def test_tests_sought_together_find_what_each_finds_alone() -> None:
    goals: dict[str, Any] = {
        **GOALS,
        "falls": {"kind": "action", "direction": "down", "baseline": 0.3},
        "rare": {"kind": "action", "baseline": 0.001},
        "always": {"kind": "action", "baseline": 0.999},
        "guard": {"kind": "action", "role": "guardrail", "margin": 0.1, "baseline": 0.1},
        "spent": {"kind": "macro", "value": "eur", "baseline": 3.0, "sd": 15.0},
    }
    experiment = shop(goals=goals)
    tests = [*planned_tests(experiment, known(experiment, None))]
    assert {one.goal.name for one in tests} >= {"falls", "rare", "always", "guard", "spent"}
    for units in (100, 9_000, 4_000_000):
        alone = [float(one.detectable(units)[0]) for one in tests]
        together = detectable_lifts(tests, np.full(len(tests), units))
        assert together == pytest.approx(alone, rel=1e-9, nan_ok=True)


def test_a_guardrail_takes_the_units_of_the_score_test_of_its_margin() -> None:
    goals = {**GOALS, "x": {"kind": "action", "role": "guardrail", "margin": 0.1, "baseline": 0.1}}
    guard = subject("x", goals=goals, analysis={"alpha": 0.025})
    # Farrington and Manning (1990); 12,737 per arm, as stats.power.designs has it.
    assert guard.units(guard.effect) == 2 * 12_737


def test_the_smallest_margin_that_is_held_needs_the_units_there_are() -> None:
    guard = one_goal(baseline=0.1, role="guardrail", margin=0.05)
    margin = float(guard.detectable(40_000)[0])
    assert guard.units(margin) == pytest.approx(40_000, abs=2)


def test_a_guardrail_that_may_rise_asks_about_rises() -> None:
    guard = one_goal(baseline=0.1, role="guardrail", margin=0.05, direction="down")
    assert guard.effect == 0.05
    assert guard.detectable(40_000)[0] > 0


def test_the_smallest_arm_is_planned_for() -> None:
    even = subject(variants={"control": 0.5, "sticky": 0.5})
    uneven = subject(variants={"control": 0.5, "a": 0.4, "b": 0.1}, analysis={"correction": "none"})
    assert uneven.ratio == pytest.approx(0.2)
    assert uneven.units(0.1) > even.units(0.1)


def test_at_least_one_of_several_arms_is_found_as_often_as_in_a_simulation() -> None:
    goal = subject(variants={"a": 0.4, "b": 0.4, "c": 0.2})
    rng = np.random.default_rng(20261122)
    units = np.array([4_000, 4_000, 2_000])
    reached = rng.binomial(units, [0.12, 0.144, 0.144], (20_000, 3)).T
    control, *treated = map(Binomial, reached, units)
    tests = [score_test(arm, control) for arm in treated]
    found = [(test.p <= goal.alpha) & (test.z > 0) for test in tests]
    assert goal.any_variant(10_000, 0.2) == pytest.approx(np.any(found, axis=0).mean(), abs=0.012)
    assert goal.any_variant(10_000, 0.2) > goal.power_at(10_000, 0.2) + 0.1


@pytest.mark.parametrize(
    ("correction", "expected"),
    [("none", 0.05), ("holm", 0.025), ("bonferroni", 0.025), ("dunnett", None)],
)
def test_several_arms_share_alpha(correction: str, expected: float | None) -> None:
    experiment = shop(variants=["a", "b", "c"], analysis={"correction": correction})
    expected = float(dunnett_alpha([1.0, 1.0])) if expected is None else expected
    assert planned_alpha(experiment, experiment.primary) == pytest.approx(expected)


def test_one_family_shares_alpha_over_its_goals() -> None:
    goals = {**GOALS, "signup": {"kind": "action"}}
    apart, together = (shop(goals=goals, analysis={"family": family}) for family in ("role", "all"))
    assert [planned_alpha(apart, goal) for goal in apart.goals] == [0.05, 0.05, 0.05]
    # The macro goal decides and stands outside the families.
    assert [planned_alpha(together, goal) for goal in together.goals] == [0.025, 0.05, 0.025]


def test_macro_goals_that_decide_share_alpha_over_arms_in_one_step() -> None:
    goals = {**GOALS, "lead": {"kind": "macro"}, "kept": {"kind": "macro", "margin": 0.05}}
    goals["kept"]["role"] = "guardrail"
    for correction in ("none", "holm", "bh"):
        test = shop(goals=goals, variants=["a", "b", "c"], analysis={"correction": correction})
        macros = {goal.name: planned_alpha(test, goal) for goal in test.macros}
        # The end of the funnel can ship; the others can only do harm, beside it.
        assert macros == pytest.approx({"order": 0.025, "lead": 0.05 / 6, "kept": 0.05 / 6})


def test_a_change_of_a_mean_is_planned_from_its_spread() -> None:
    experiment, counts = datasets.load("hillstrom")
    values = {"kind": "macro", "value": "spend", "mde": 0.2}
    experiment = shop(
        variants=[arm.name for arm in experiment.variants],
        goals={"visit": "milestone", "conversion": "macro", "spend": values},
    )
    spend = planned_tests(experiment, known(experiment, Marginals.of(experiment, counts)))[-1]
    units = spend.units(0.2)
    assert float(spend.power_at(units, 0.2)) == pytest.approx(0.8, abs=1e-3)
    assert spend.detectable(units)[0] == pytest.approx(0.2, rel=1e-3)


@pytest.mark.parametrize(("mean", "sd"), [(1e300, 1e300), (1e-300, 1e-300), (3.0, 2e6)])
def test_a_mean_is_planned_in_whatever_unit(mean: float, sd: float) -> None:
    goal = one_goal(value="price", baseline=mean, sd=sd, mde=0.1)
    assert goal.units(0.1) == one_goal(value="price", baseline=1, sd=sd / mean).units(0.1)
    assert float(goal.power_at(goal.units(0.1), 0.1)) == pytest.approx(0.8, abs=1e-3)


def test_no_units_find_nothing() -> None:
    assert float(subject().power_at(0, 0.1)) == 0
    assert isnan(subject().detectable(0)[0])


def test_no_lift_takes_infinitely_many_units() -> None:
    assert subject().units(0.0) == float("inf")


def test_where_few_convert_power_is_that_of_the_enumerated_test() -> None:
    rare = one_goal(baseline=0.004, mde=0.9)
    expected = float(exact_findings(0.004, 0.0076, 2000).above)
    assert float(rare.power_at(4000, 0.9)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("mode", ["group_sequential", "anytime"])
@pytest.mark.parametrize("keys", [{"mde": 0.1}, {"margin": 0.1, "role": "guardrail"}])
def test_units_with_looks_find_what_they_are_for(mode: str, keys: dict[str, Any]) -> None:
    goals = {"cart": {"kind": "milestone", "baseline": 0.12, "mde": 0.1}}
    goals["page"] = {"kind": "action", "baseline": 0.3, **keys}
    watched = {"end": START + timedelta(days=28), "monitoring": {"mode": mode}}
    experiment = shop(goals=goals, start=START, **watched)
    test = planned_test(experiment, experiment.goal("page"), 0.3, None)
    units, once = test.units(), test.read_once.units()
    assert 1.03 < units / once < 2.2
    assert float(test.power_at(units)) == pytest.approx(0.8, abs=1e-3)
    assert test.detectable(units)[0] == pytest.approx(test.effect, rel=1e-3)


def test_a_lift_beyond_the_rate_of_the_past_is_refused() -> None:
    counts = past([(1000, 950, 30)])
    experiment = shop(goals={"cart": {"kind": "milestone", "mde": 0.1}, "order": "macro"})
    with pytest.raises(DefinitionError, match=r"takes the rate of 95\.0% to 100% or beyond"):
        planned_tests(experiment, known(experiment, Marginals.of(experiment, counts)))
