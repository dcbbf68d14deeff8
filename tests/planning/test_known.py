"""What is known of the goals before the test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from abmicro import JointCounts, collect, datasets
from abmicro.design.planned_claim import JointRates
from abmicro.errors import DefinitionError
from abmicro.marginals.marginals import Marginals
from abmicro.planning.baselines import Known, known, planned_tests
from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.delta_method import clustered_rate

from .conftest import GOALS, past, shop


def with_action(**keys: Any) -> dict[str, Any]:
    return {**GOALS, "signup": {"kind": "action", "baseline": 0.05, **keys}}


def test_on_the_path_the_baselines_tell_the_correlation() -> None:
    found = known(shop(), None).pairs["cart"]
    assert found.phi == pytest.approx(np.sqrt(0.88 / 0.12 * 0.03 / 0.97), rel=1e-12)
    assert found.dilution == 1


def test_the_phi_of_an_action_comes_back() -> None:
    found = known(shop(goals=with_action(phi=0.1)), None).pairs["signup"]
    assert found.phi == pytest.approx(0.1, rel=1e-12)
    assert found.both < found.micro


def test_an_action_without_phi_stands_beside_nothing() -> None:
    assert "signup" not in known(shop(goals=with_action()), None).pairs


def test_a_phi_that_no_joint_has_is_refused_with_the_largest() -> None:
    with pytest.raises(DefinitionError, match=r"0.9 cannot be at rates of 0.05 and 0.03") as caught:
        known(shop(goals=with_action(phi=0.9)), None)
    assert "at most 0.767" in caught.value.problems[0].hint


def test_dilution_and_phi_tell_the_same_of_the_units_needed() -> None:
    # Carry-through note, 1f: the odds ratio over dilution squared is 1 / phi squared.
    rates = JointRates(0.2, 0.05, 0.02)
    odds = rates.micro * (1 - rates.macro) / (rates.macro * (1 - rates.micro))
    assert odds / rates.dilution**2 == pytest.approx(1 / rates.phi**2, rel=1e-12)


def test_without_any_baseline_the_plan_says_which_to_give() -> None:
    with pytest.raises(DefinitionError, match=r"goals\.cart\.baseline: is missing"):
        known(shop(goals={"cart": "milestone", "order": "macro"}), None)


def test_the_past_of_the_control_goes_before_the_definition(returning: JointCounts) -> None:
    found = known(shop(), Marginals.of(shop(), returning))
    assert found.means["cart"] == pytest.approx(14 * 120 / 9450)
    assert "9,450 visitors of control" in found.sentence


def test_a_past_without_control_tells_by_all_units() -> None:
    arms = ("control", "sticky")
    counts = JointCounts.of_path(arms, ("cart", "order"), [[0, 0, 0], [1000, 100, 20]])
    found = known(shop(), Marginals.of(shop(), counts))
    assert found.means["cart"] == 0.1
    assert "of all variants" in found.sentence


def test_goals_that_nobody_or_everybody_reached_are_not_known() -> None:
    found = known(shop(), Marginals.of(shop(), past([(100, 100, 0)])))
    assert found.missing == {
        "cart": "everybody of the past reached it",
        "order": "nobody of the past reached it",
    }
    assert not found.means
    assert not found.pairs


def test_a_mean_of_the_definition_comes_with_its_spread() -> None:
    spend = {"kind": "macro", "value": "price", "baseline": 3.2, "sd": 14}
    found = known(shop(goals={**GOALS, "spend": spend}), None)
    assert (found.means["spend"], found.sds) == (3.2, {"spend": 14})
    assert "spend" not in found.pairs


def test_a_rate_per_session_varies_between_units_as_clustering_says() -> None:
    rng = np.random.default_rng(20261122)
    sessions = 1 + rng.poisson(2, 4000)
    bounces = rng.binomial(sessions, rng.beta(2, 5, 4000))
    bounce = {"kind": "action", "column": "bounces", "per": "sessions"}
    experiment = shop(
        data={"shape": "units", "columns": {"variant": "variant"}},
        goals={"bounce": bounce, "bought": "macro"},
    )
    columns = {"bounces": bounces, "sessions": sessions, "bought": bounces > 1}
    arms = np.tile(["control", "sticky"], 2000)
    counts = collect(experiment, data=pd.DataFrame({"variant": arms, **columns}))
    found = known(experiment, Marginals.of(experiment, counts))
    expected = clustered_rate(PairMoments.of(bounces[::2], sessions[::2]))
    assert found.means["bounce"] == pytest.approx(float(expected.rate), rel=1e-12)
    error = found.sds["bounce"] / np.sqrt(2000)
    assert error == pytest.approx(float(expected.error), rel=1e-3), "n for n - 1 apart"


def test_values_come_with_mean_and_spread() -> None:
    experiment, counts = datasets.load("hillstrom")
    found = known(experiment, Marginals.of(experiment, counts))
    # MineThatData challenge, arm without e-mail: 21,306 customers spent 0.6528 on average.
    assert found.means["spend"] == pytest.approx(0.6528, abs=5e-5)
    assert found.sds["spend"] > 10


def test_the_past_of_counts_says_what_a_value_from_before_saves() -> None:
    """Spending that a value from before explains by half takes half the units."""
    rng = np.random.default_rng(28)
    before = rng.lognormal(0, 0.5, 8000)
    noise = rng.lognormal(0, 0.5, 8000)
    columns = {"spend": before + noise, "before": before, "bought": rng.random(8000) < 0.5}
    frame = pd.DataFrame({"variant": np.tile(["control", "sticky"], 4000), **columns})

    def planned(**keys: object) -> tuple[Known, float]:
        spend = {"kind": "macro", "value": "spend", "mde": 0.01, **keys}
        experiment = shop(
            data={"shape": "units", "columns": {"variant": "variant"}},
            goals={"bought": "milestone", "spend": spend},
        )
        found = known(experiment, Marginals.of(experiment, collect(experiment, data=frame)))
        test = next(one for one in planned_tests(experiment, found) if one.goal.name == "spend")
        return found, test.units(0.01)

    (plain, all_of_it), (less, half) = planned(), planned(before={"column": "before"})
    control = frame[frame.variant == "control"]
    share = float(np.corrcoef(control.spend, control.before)[0, 1] ** 2)
    assert (plain.saved, less.saved) == ({}, {"spend": pytest.approx(share)})
    assert half == pytest.approx(all_of_it * (1 - share), rel=1e-3)
    assert "before takes" in less.sentence
    assert "off the variance of spend" in less.sentence
