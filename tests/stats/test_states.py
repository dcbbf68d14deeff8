"""How goals stand: what a state asks of test and interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.miettinen_nurminen import lift, ratio_score_test
from abmicro.stats.verdict import (
    BETTER,
    OPEN,
    WORSE,
    best_end,
    early_guard_state,
    early_state,
    gain_lost,
    goal_state,
    guard_state,
    lies_inside,
)

from ..laws.arms import arms

CLEAR, UNCLEAR = 0.01, 0.2


@pytest.mark.parametrize("sign", [1, -1])
def test_a_state_is_in_the_good_direction_of_the_goal(sign: int) -> None:
    found = goal_state([CLEAR, CLEAR, UNCLEAR], np.array([1.0, -1.0, 1.0]) * sign, sign, alpha=0.05)
    assert found.tolist() == [BETTER, WORSE, OPEN]


def test_few_large_amounts_bear_no_gain_and_harm_stands() -> None:
    found = goal_state(CLEAR, [1.0, -1.0], 1, alpha=0.05, steady=False)
    assert found.tolist() == [OPEN, WORSE]
    held = guard_state(CLEAR, 0.1, margin=0.05, alpha=0.05, steady=False)
    assert held == OPEN


def test_what_is_not_known_is_open() -> None:
    assert goal_state(np.nan, np.nan, 1, alpha=0.05) == OPEN
    assert guard_state(np.nan, np.nan, margin=0.05, alpha=0.05) == OPEN
    assert early_state(np.nan, np.nan, 1, alpha=0.001) == OPEN
    assert not gain_lost("not_carried", 0.01, 1, worthwhile=np.nan)


def test_before_the_end_nothing_is_better() -> None:
    assert early_state([1e-9, 1e-9], [1.0, -1.0], 1, alpha=0.001).tolist() == [OPEN, WORSE]
    assert early_guard_state([1e-9, 1 - 1e-9], alpha=0.001).tolist() == [OPEN, WORSE]


def test_a_gain_is_lost_where_the_best_that_fits_is_not_worth_having() -> None:
    labels = np.array(["not_carried", "not_carried", "inconclusive", "loss_not_carried"])
    most = np.array([0.01, 0.06, 0.01, 0.01])
    assert gain_lost(labels, most, 1, worthwhile=0.05).tolist() == [True, False, False, False]
    assert gain_lost(labels[3], most[3], -1, worthwhile=0.05)


def test_without_a_bound_nothing_lies_inside() -> None:
    assert not lies_inside(-0.01, 0.01, None)
    assert lies_inside(-0.01, 0.01, 0.02)
    assert not lies_inside(-0.02, 0.01, 0.02)


@given(arms(), arms(), st.sampled_from([0.02, 0.1]))
def test_no_guardrail_is_both_held_and_beyond_its_margin(
    treated: Binomial, control: Binomial, margin: float
) -> None:
    p = ratio_score_test(treated, control, null=1 - margin, alternative="greater").p
    found = lift(treated, control, level=0.9)
    state = guard_state(p, best_end(found.low, found.high, 1), margin=margin, alpha=0.05)
    assert not (state == WORSE and p < 0.05)
