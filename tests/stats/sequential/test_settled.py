"""Labels that stand: sharpened by later looks, never taken back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import sequential

LOOKS = 6
ends = st.lists(st.floats(0.05, 3), min_size=LOOKS, max_size=LOOKS).map(np.array)


@given(st.floats(-0.5, 2), ends, ends)
def test_sets_that_hold_the_truth_settle_on_it(kappa, below, above):
    found = sequential.settle(
        ["inconclusive"] * LOOKS, kappa - below, kappa + above, np.ones(LOOKS)
    )
    assert (found.low <= kappa).all()
    assert (found.high >= kappa).all()
    assert "unstable" not in found.label


@given(ends, ends)
def test_a_claim_is_sharpened_and_not_taken_back(below, above):
    found = sequential.settle(["inconclusive"] * LOOKS, 0.6 - below, 0.6 + above, np.ones(LOOKS))
    claims = np.isin(found.label, ["carried", "carried_size_open", "partly_carried"])
    assert (np.diff(claims.astype(int)) >= 0).all()


def test_sets_without_a_common_part_are_unstable():
    found = sequential.settle(["carried", "not_carried"], [0.6, -1], [2, 0.4], [1, 1])
    assert found.label.tolist() == ["carried", "unstable"]


def test_a_micro_goal_found_up_and_down_is_unstable():
    found = sequential.settle(["inconclusive"] * 2, [-1, -1], [2, 2], [1, -1])
    assert found.label.tolist() == ["inconclusive", "unstable"]


def test_a_falling_micro_goal_settles_on_losses():
    found = sequential.settle(["loss_carried"], [0.6], [2], [-1])
    assert found.label.tolist() == ["loss_carried"]


def test_before_any_set_the_label_is_that_of_the_look():
    labels = ["too_early", "no_micro_signal", "carried"]
    found = sequential.settle(labels, [np.nan, np.nan, 0.7], [np.nan, np.nan, 2], [0, 0, 1])
    assert found.label.tolist() == labels
    assert found.since.tolist() == [0, 1, 2]


def test_macro_up_waits_for_the_macro_goals_own_row():
    given = ["carried"] * 3, [0.6, 0.6, 0.6], [2, 2, 2], [1, 1, 1]
    found = sequential.settle(*given, macro=[0, 0, 1])
    assert found.label.tolist() == ["inconclusive", "inconclusive", "carried"]
    falls = sequential.settle(["contradicted"] * 2, [-2, -2], [-0.1, -0.1], [1, 1], macro=[0, -1])
    assert falls.label.tolist() == ["not_carried", "contradicted"]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_many_tests_settle_as_each_alone(shape):
    labels = np.full((*shape, 2), "inconclusive", dtype=object)
    low, high, sign = (np.broadcast_to(end, (*shape, 2)) for end in ([0.1, -1], [2, 2], [1, 1]))
    found = sequential.settle(labels, low, high, sign)
    assert found.label.shape == (*shape, 2)
    assert (found.label == "carried_size_open").all()
