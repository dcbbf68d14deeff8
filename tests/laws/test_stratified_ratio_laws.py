"""Laws of a ratio over strata, and of the sample ratio over phases, for any counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.miettinen_nurminen import lift, ratio_score_test
from abmicro.stats.quality.sample_ratio_mismatch import sample_ratio_over_phases
from abmicro.stats.stratified.difference_score import (
    by_share,
    by_size,
    stratified_difference,
    stratified_score_test,
)
from abmicro.stats.stratified.ratio_score import stratified_lift, stratified_ratio_score_test

from ..examples import examples

Arms = tuple[Binomial, Binomial]
LEVELS = st.sampled_from([0.5, 0.9, 0.95, 0.999])
WEIGHTS = pytest.mark.parametrize("weigh", [by_size, by_share])
some = examples(60)

# Differences near 0.0001 and -0.001 are not rejected at level 0.5, and 0 between them is.
APART: Arms = Binomial([0, 0, 0], [1, 1, 1]), Binomial([0, 7, 0], [1, 20, 336])


@st.composite
def tables(draw: st.DrawFn, most: int = 4) -> Arms:
    """Two arms over strata in which both have units, few or many."""
    strata = draw(st.integers(1, most))
    sizes = st.integers(1, 30) | st.integers(1, 10**6)
    trials = draw(st.lists(sizes, min_size=2 * strata, max_size=2 * strata))
    reached = [draw(st.integers(0, n)) for n in trials]
    return Binomial(reached[:strata], trials[:strata]), Binomial(reached[strata:], trials[strata:])


def close(value: Any, rel: float = 1e-7) -> Any:
    return pytest.approx(np.asarray(value, dtype=float), rel=rel, abs=1e-9, nan_ok=True)


@some
@given(arms=tables(most=1), level=LEVELS)
def test_one_stratum_is_the_score_interval_of_the_lift(arms: Arms, level: float) -> None:
    plain = (Binomial(arm.reached[0], arm.trials[0]) for arm in arms)
    assert stratified_lift(*arms, level=level) == close(lift(*plain, level=level))


@some
@given(arms=tables(most=1), null=st.floats(0.01, 100))
def test_one_stratum_is_the_score_test_of_the_ratio(arms: Arms, null: float) -> None:
    plain = (Binomial(arm.reached[0], arm.trials[0]) for arm in arms)
    found = stratified_ratio_score_test(*arms, null=null)
    assert found.z == close(ratio_score_test(*plain, null=null).z)


@WEIGHTS
@some
@given(arms=tables())
def test_the_test_of_ratio_1_is_that_of_difference_0(weigh: Any, arms: Arms) -> None:
    found = stratified_ratio_score_test(*arms, weigh=weigh)
    assert found.z == close(stratified_score_test(*arms, weigh=weigh).z)


@WEIGHTS
@some
@example(arms=APART, level=0.5)
@given(arms=tables(), level=LEVELS)
def test_lift_difference_and_p_leave_out_zero_together(
    weigh: Any, arms: Arms, level: float
) -> None:
    ratio = stratified_lift(*arms, weigh=weigh, level=level)
    gap = stratified_difference(*arms, weigh=weigh, level=level)
    p = float(stratified_ratio_score_test(*arms, weigh=weigh).p)
    assume(abs(p - (1 - level)) > 1e-9)
    assert (not ratio.low <= 0 <= ratio.high) == (p < 1 - level)
    assert (ratio.low > 0, ratio.high < 0) == (gap.low > 0, gap.high < 0)


@WEIGHTS
@some
@given(arms=tables(), level=LEVELS)
def test_an_end_is_the_ratio_that_its_test_just_rejects(
    weigh: Any, arms: Arms, level: float
) -> None:
    found = stratified_lift(*arms, weigh=weigh, level=level)
    for end in (found.low, found.high):
        if -1 + 1e-9 < end < 1e9:
            p = stratified_ratio_score_test(*arms, null=1 + end, weigh=weigh).p
            assert p == close(1 - level, rel=1e-5)


@WEIGHTS
@some
@given(arms=tables())
def test_swapping_arms_inverts_the_ratio(weigh: Any, arms: Arms) -> None:
    there, back = (stratified_lift(*pair, weigh=weigh) for pair in (arms, arms[::-1]))
    assume(there.low > -1 and there.high < 1e9)
    ends = (1 / (1 + back.estimate), 1 / (1 + back.high), 1 / (1 + back.low))
    assert [1 + one for one in there] == close(ends)


@some
@given(
    units=st.lists(st.tuples(*[st.integers(30, 10**5)] * 3), min_size=1, max_size=4),
    weights=st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_phases_of_the_same_shares_are_one_phase(
    units: list[tuple[int, ...]], weights: list[int]
) -> None:
    together = sample_ratio_over_phases([np.sum(units, axis=0)], weights)
    assert sample_ratio_over_phases(units, weights) == close(together)


@some
@given(
    units=st.lists(st.tuples(*[st.integers(0, 10**5)] * 2), min_size=1, max_size=4),
    shares=st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_the_sample_ratio_over_phases_does_not_ask_which_arm_is_first(
    units: list[tuple[int, int]], shares: list[int]
) -> None:
    weights = np.array([(share, 10 - share) for share in shares[: len(units)]])
    back = sample_ratio_over_phases(np.array(units)[:, ::-1], weights[:, ::-1])
    assert sample_ratio_over_phases(units, weights) == close(back)
