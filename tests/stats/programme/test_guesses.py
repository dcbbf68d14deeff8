"""What past tests say about a new one: limits, laws and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats import programme

from ...examples import examples
from .histories import drawn

NOISE = np.array([0.0059, 0.0059, 0.0259])
NOTHING = programme.programme([], [], [], [])
LEARNT = programme.programme(*drawn(8))
SURE = programme.programme(*drawn(4, np.arange(100), units=1_000_000))

lifts = st.floats(-0.4, 0.4)


@given(micro=lifts, macro=lifts)
@examples(20)
def test_without_noise_the_macro_lift_stands_for_itself(micro: float, macro: float) -> None:
    found = programme.blended(NOTHING, [micro, macro], NOISE * 1e-9)
    assert found.mean == pytest.approx(macro, abs=1e-4)
    assert found.low < macro < found.high


@given(micro=lifts, macro=lifts)
@examples(20)
def test_a_macro_estimate_of_no_use_leaves_what_the_micro_goal_says(
    micro: float, macro: float
) -> None:
    both = programme.blended(LEARNT, [micro, macro], [0.0059, 0, 1e9])
    one = programme.micro_only(LEARNT, micro, 0.0059)
    np.testing.assert_allclose(both, one, rtol=1e-4, atol=1e-6)


@given(micro=lifts, macro=lifts)
@examples(20)
def test_full_trust_is_the_plain_blend_and_none_leaves_the_vague_law(
    micro: float, macro: float
) -> None:
    x = [micro, macro]
    full = programme.robust_blend(LEARNT, x, NOISE, trust=1)
    np.testing.assert_allclose(full.guess, programme.blended(LEARNT, x, NOISE), rtol=1e-9)
    assert full.trust == 1
    none = programme.robust_blend(LEARNT, x, NOISE, trust=1e-12)
    prior, noise = np.array([[0.04, 0.04], [0.04, 0.08]]), NOISE[[[0, 1], [1, 2]]]
    expected = (prior @ np.linalg.solve(prior + noise, x))[1]
    assert none.guess.mean == pytest.approx(expected, abs=1e-4)


def test_a_test_unlike_the_past_moves_the_weight_to_its_own_data() -> None:
    found = programme.robust_blend(SURE, [[0.03, 0.02], [0.5, -0.5]], NOISE / 20)
    assert found.trust[0] > 0.8
    assert found.trust[1] < 0.01
    assert found.guess.mean[1] < programme.blended(SURE, [0.5, -0.5], NOISE / 20).mean


def test_conflict_is_in_standard_deviations_and_nought_where_both_agree() -> None:
    low, high = programme.conflict(LEARNT, [[0.1, -0.4], [0.1, 0.4]], NOISE)
    agreed = -0.4 - low * 0.8 / (high - low)
    assert programme.conflict(LEARNT, [0.1, agreed], NOISE) == pytest.approx(0, abs=1e-9)


def test_conflict_is_standard_normal_where_the_model_holds() -> None:
    rng = np.random.default_rng(6)
    micro = rng.normal(0, 0.05, 400)
    macro = 0.7 * micro + rng.normal(0, 0.03, 400)
    noise = np.array([[NOISE[0], NOISE[1]], [NOISE[1], NOISE[2]]])
    x = np.stack([micro, macro], axis=-1) + rng.multivariate_normal([0, 0], noise, 400)
    z = programme.conflict(SURE, x, NOISE)
    assert abs(z.mean()) < 4 / 20
    assert z.std() == pytest.approx(1, abs=4 / np.sqrt(800))


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_at_the_threshold_a_macro_loss_is_as_rare_as_asked(level: float) -> None:
    least = programme.threshold(SURE, [0.001, 0.004], level=level)
    assert (np.diff(least) > 0).all()
    told = programme.micro_only(SURE, least, [0.001, 0.004])
    np.testing.assert_allclose(told.p_up, (1 + level) / 2, atol=1e-9)


def test_no_micro_lift_will_do_where_the_slope_may_be_negative() -> None:
    assert np.isnan(programme.threshold(NOTHING, 0.0059))


@given(scale=st.floats(0.01, 100))
@examples(20)
def test_two_goals_know_at_least_what_one_knows_and_less_with_noise(scale: float) -> None:
    found = programme.proxy_quality(LEARNT, np.stack([NOISE, NOISE * 2]) * scale)
    assert (found.both >= np.maximum(found.micro, found.macro) - 1e-12).all()
    assert found.both[1] < found.both[0] <= 1
    assert found.macro[1] < found.macro[0]


def test_gains_are_kept_where_noise_is_small_and_shrink_where_it_is_large() -> None:
    kept = programme.gain(SURE, np.arange(10))
    assert kept.kept.mean == pytest.approx(kept.claimed, abs=0.02)
    shrunk = programme.gain(LEARNT, [0, 3])
    assert abs(shrunk.kept.mean) < abs(shrunk.claimed)
    with pytest.raises(ValueError, match="chosen must name an arm at least"):
        programme.gain(LEARNT, [])


def test_signs_agree_where_the_line_is_all_and_half_the_time_where_it_is_nothing() -> None:
    line = programme.ProgrammePrior(slope=1, slope_sd=0.01, around_sd=1e-6)
    none = programme.ProgrammePrior(slope=0, slope_sd=1e-6)
    for prior, share in ((line, 1.0), (none, 0.5)):
        learnt = programme.programme([], [], [], [], prior=prior)
        assert programme.true_sign_agreement(learnt) == pytest.approx(share, abs=1e-3)


@pytest.mark.slow
def test_the_blend_covers_the_truth_where_the_prior_holds() -> None:
    rng, tests = np.random.default_rng(12), 150
    s, t = np.abs(rng.normal(0, [[0.10], [0.05]], (2, tests)))
    slope = rng.normal(0.7, 0.5, tests)
    micro = rng.normal(0, 0.02, tests) + s * rng.normal(size=tests)
    macro = rng.normal(0, 0.01, tests) + slope * micro + t * rng.normal(size=tests)
    noise = np.array([[NOISE[0], NOISE[1]], [NOISE[1], NOISE[2]]])
    x = np.stack([micro, macro], axis=-1) + rng.multivariate_normal([0, 0], noise, tests)
    found = programme.blended(NOTHING, x, NOISE)
    covered = np.mean((found.low < macro) & (macro < found.high))
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / tests))
    up = found.p_up > 0.5
    right = np.where(up, macro > 0, macro < 0)
    claimed = np.where(up, found.p_up, 1 - found.p_up)
    assert right.mean() == pytest.approx(claimed.mean(), abs=4 * 0.5 / np.sqrt(tests))


def test_a_lift_that_is_not_known_gives_no_guess() -> None:
    assert np.isnan(programme.micro_only(LEARNT, np.nan, 0.0059)).all()
    found = programme.robust_blend(LEARNT, [[np.nan, 0.1], [0.1, 0.1]], NOISE)
    assert np.isnan(found.trust).tolist() == [True, False]
    assert np.isnan(np.array(found.guess)).all(axis=0).tolist() == [True, False]
