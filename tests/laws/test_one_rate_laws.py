"""Laws that intervals of one rate keep for any counts from one unit to a billion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from scipy.special import bdtr, bdtrc

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.one_sample import (
    agresti_coull,
    clopper_pearson,
    jeffreys,
    midp,
    rate_score_test,
    wald,
    wilson,
    wilson_corrected,
)

from .arms import LEVELS, arms, close, complement, scaled

INTERVALS = [agresti_coull, clopper_pearson, jeffreys, midp, wald, wilson, wilson_corrected]
every_interval = pytest.mark.parametrize("method", INTERVALS, ids=lambda method: method.__name__)


@every_interval
@given(arm=arms(), level=LEVELS)
def test_the_complement_of_the_goal_mirrors_a_rate(
    method: Any, arm: Binomial, level: float
) -> None:
    rate, mirrored = method(arm, level=level), method(complement(arm), level=level)
    assert tuple(rate) == close((1 - mirrored.estimate, 1 - mirrored.high, 1 - mirrored.low))


@every_interval
@given(arm=arms(), level=LEVELS)
def test_every_interval_lies_within_zero_and_one_and_holds_its_estimate(
    method: Any, arm: Binomial, level: float
) -> None:
    estimate, low, high = method(arm, level=level)
    assert 0 <= low <= estimate <= high <= 1


@every_interval
@given(arm=arms(), levels=st.tuples(LEVELS, LEVELS).map(sorted))
def test_a_higher_level_contains_the_lower(method: Any, arm: Binomial, levels: list[float]) -> None:
    _, low, high = method(arm, level=levels)
    assert low[1] <= low[0] * (1 + 1e-12)
    assert high[0] <= high[1] * (1 + 1e-12)


@every_interval
@given(arm=arms(st.integers(1, 10**6)), level=LEVELS, k=st.integers(2, 1000))
def test_more_units_at_the_same_rate_never_widen(
    method: Any, arm: Binomial, level: float, k: int
) -> None:
    assume(method is not wald or 0 < arm.reached < arm.trials)
    once, often = method(arm, level=level), method(scaled(arm, k), level=level)
    assert often.high - often.low <= (once.high - once.low) * (1 + 1e-9) + 1e-15


@every_interval
@given(cells=st.lists(st.tuples(arms(), LEVELS), min_size=1, max_size=6))
def test_a_batch_gives_each_cell_what_it_gets_alone(
    method: Any, cells: list[tuple[Binomial, float]]
) -> None:
    many, levels = zip(*cells, strict=True)
    batch = Binomial([arm.reached for arm in many], [arm.trials for arm in many])
    alone = [method(arm, level=level) for arm, level in cells]
    together = method(batch, level=levels)
    np.testing.assert_allclose(together, np.transpose(alone), rtol=1e-13, atol=1e-300)


@given(arm=arms(), level=LEVELS)
def test_intervals_meant_to_be_wider_are(arm: Binomial, level: float) -> None:
    for wider, narrower in (
        (clopper_pearson, midp),
        (agresti_coull, wilson),
        (wilson_corrected, wilson),
    ):
        outer, inner = wider(arm, level=level), narrower(arm, level=level)
        assert outer.low <= inner.low * (1 + 1e-12)
        assert outer.high >= inner.high * (1 - 1e-12)


@given(arm=arms(), level=LEVELS)
def test_at_the_ends_of_wilson_the_score_test_has_p_one_minus_level(
    arm: Binomial, level: float
) -> None:
    for end in wilson(arm, level=level)[1:]:
        if 0 < end < 1 - 1e-9:  # nearer to 1 a float has too few digits of what is left
            assert rate_score_test(arm, null=end).p == close(1 - level, rel=1e-5)


@given(arm=arms(st.integers(1, 10_000)), level=LEVELS)
def test_at_the_ends_of_clopper_pearson_and_midp_the_exact_tails_are_half_of_alpha(
    arm: Binomial, level: float
) -> None:
    x, n = int(arm.reached), int(arm.trials)
    for method, part in ((clopper_pearson, 1), (midp, 0.5)):
        _, low, high = method(arm, level=level)
        if low > 0:
            least = bdtrc(x - 1, n, low) if x > 0 else 1
            more = bdtrc(x, n, low)
            assert part * least + (1 - part) * more == close((1 - level) / 2, rel=1e-8)
        if high < 1:
            most, fewer = bdtr(x, n, high), bdtr(x - 1, n, high) if x > 0 else 0
            assert part * most + (1 - part) * fewer == close((1 - level) / 2, rel=1e-8)
