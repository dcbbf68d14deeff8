"""Facts about the split of a funnel: golden group G1 and what a zero or an empty step does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from abmicro.stats.carry_through.funnel_decomposition import decompose
from abmicro.stats.foundations.cells import NestedCounts

CARRY = Path(__file__).parents[1] / "golden" / "carry" / "golden_carry.json"
G1 = json.loads(CARRY.read_text(encoding="utf-8"))["G1_funnel"]
WANT = G1["result"]
GOT = decompose(NestedCounts(G1["inputs"]["variant"]), NestedCounts(G1["inputs"]["control"]))


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (GOT.control_rates, "q0"),
        (GOT.treated_rates, "q1"),
        (GOT.steps.estimate, "lam"),
        (GOT.steps.se, "se"),
        (GOT.steps.low, "lo"),
        (GOT.steps.high, "hi"),
        (GOT.steps.p, "p"),
        (GOT.cumulative.estimate[-1], "total"),
        (GOT.cumulative.se[-1] ** 2, "total_var"),
        (GOT.contributions.estimate, "contrib_per_1000"),
        (GOT.total.estimate, "delta_per_1000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_golden_funnel_is_split_as_metafor_does(got: np.ndarray, want: str) -> None:
    assert got == pytest.approx(WANT[want], rel=1e-8)


def test_lifts_are_the_exponentials_of_log_lifts() -> None:
    assert GOT.steps.lift.low == pytest.approx(np.exp(WANT["lo"]) - 1, rel=1e-9)


def test_the_first_step_is_the_first_cumulative_lift() -> None:
    assert GOT.steps.estimate[0] == GOT.cumulative.estimate[0]


def test_contributions_exclude_zero_where_their_step_does() -> None:
    found = decompose(NestedCounts([10_000, 1100, 500, 260]), NestedCounts([10_000, 900, 500, 250]))
    significant = found.steps.p < 0.05
    excluded = (found.contributions.low > 0) | (found.contributions.high < 0)
    assert list(significant) == list(excluded) == [True, True, False]


def test_a_funnel_of_one_step_is_the_macro_alone() -> None:
    found = decompose(NestedCounts([1000, 120]), NestedCounts([1000, 100]))
    assert found.contributions.estimate == pytest.approx([20])
    assert found.total.estimate == pytest.approx(20)


def test_equal_arms_differ_nowhere() -> None:
    found = decompose(NestedCounts([1000, 100, 10]), NestedCounts([1000, 100, 10]))
    assert list(found.contributions.estimate) == [0, 0]
    assert list(found.steps.p) == [1, 1]


def test_a_zero_adds_a_half_to_every_step_and_one_to_the_units_of_both_arms() -> None:
    found = decompose(NestedCounts([1000, 120, 9]), NestedCounts([1000, 100, 0]))
    want = np.log(9.5 / 120.5) - np.log(0.5 / 100.5)
    assert found.adjusted
    assert found.steps.estimate[1] == pytest.approx(want)
    assert found.total.estimate == pytest.approx(1000 * (9.5 - 0.5) / 1001)


def test_without_zeros_nothing_is_added() -> None:
    assert not GOT.adjusted


def test_a_step_that_nobody_entered_has_no_rate_and_no_lift() -> None:
    found = decompose(NestedCounts([100, 8, 2]), NestedCounts([100, 0, 0]))
    assert np.isfinite(found.steps.estimate[0])
    assert np.isnan([found.control_rates[1], found.steps.estimate[1], found.steps.p[1]]).all()


def test_an_arm_without_units_has_no_lifts() -> None:
    found = decompose(NestedCounts([100, 8, 2]), NestedCounts([0, 0, 0]))
    assert np.isnan(found.steps.estimate).all()
    assert np.isnan(found.total.estimate)


def test_an_arm_of_one_unit_is_an_arm() -> None:
    found = decompose(NestedCounts([[5, 2], [5, 2]]), NestedCounts([[0, 0], [1, 1]]))
    assert list(np.isnan(found.total.estimate)) == [True, False]


def test_a_step_that_everybody_passed_in_both_arms_shows_no_noise() -> None:
    found = decompose(NestedCounts([100, 12, 12]), NestedCounts([100, 10, 10]))
    assert found.steps.estimate[1] == 0
    assert np.isnan([found.steps.se[1], found.steps.low[1], found.steps.p[1]]).all()


def test_arms_and_segments_are_split_at_once() -> None:
    control = np.array([[[1000, 100, 50]], [[2000, 220, 90]]])
    treated = np.array([[[1000, 110, 52], [990, 130, 70]], [[2000, 230, 80], [2010, 190, 91]]])
    together = decompose(NestedCounts(treated), NestedCounts(control))
    alone = decompose(NestedCounts(treated[1, 1]), NestedCounts(control[1, 0]))
    assert together.contributions.estimate.shape == (2, 2, 2)
    assert list(together.contributions.estimate[1, 1]) == list(alone.contributions.estimate)


@pytest.mark.parametrize(
    ("control", "message"),
    [
        ([100, 20, 30], "steps must not grow from one step to the next, got 30"),
        ([100, -1, 0], "steps must be whole numbers from 0"),
        ([100, 10.5, 1], "steps must be whole numbers from 0 .*, got 10.5"),
        ([100], "steps needs units and at least one step"),
        ([100, 10], "treated and control need equally many steps, got 3 and 2 counts"),
    ],
)
def test_what_is_no_funnel_is_refused(control: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decompose(NestedCounts([100, 10, 1]), NestedCounts(control))
