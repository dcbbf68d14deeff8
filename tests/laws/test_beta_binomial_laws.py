"""Laws of two posteriors that hold for all counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.bayes.best_arm import expected_losses, probability_best
from abmicro.stats.bayes.beta_binomial import (
    Beta,
    difference_above,
    difference_interval,
    expected_loss,
    lift_above,
    lift_interval,
    posterior,
    probability_better,
)
from abmicro.stats.bayes.comparison import compare
from abmicro.stats.bayes.hdi import (
    rate_density_interval,
    rate_interval,
)
from abmicro.stats.bayes.predictive import probability_of_success
from abmicro.stats.bayes.rope import difference_rope

from ..examples import examples


@st.composite
def arms(draw: st.DrawFn) -> Beta:
    trials = draw(st.one_of(st.integers(0, 50), st.integers(0, 10**6)))
    return posterior(draw(st.integers(0, trials)), trials)


@given(arms(), arms())
def test_one_arm_or_the_other_is_better(one: Beta, other: Beta) -> None:
    both = probability_better(one, other) + probability_better(other, one)
    assert both == pytest.approx(1, abs=1e-9)


@given(arms(), arms())
def test_the_losses_differ_by_the_means(one: Beta, other: Beta) -> None:
    gap = expected_loss(one, other) - expected_loss(other, one)
    assert gap == pytest.approx(other.mean - one.mean, abs=1e-9)


def test_without_data_no_arm_is_ahead() -> None:
    assert probability_better(Beta(1, 1), Beta(1, 1)) == pytest.approx(0.5, abs=1e-12)


@given(arms(), arms())
def test_complements_exchange_the_arms(one: Beta, other: Beta) -> None:
    missed = probability_better(Beta(other.b, other.a), Beta(one.b, one.a))
    assert missed == pytest.approx(probability_better(one, other), rel=1e-8, abs=1e-12)


@given(arms(), arms(), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_interval_lies_above_zero_where_the_chance_to_win_says_so(
    one: Beta, other: Beta, level: float
) -> None:
    chance = probability_better(one, other)
    distance = chance - (1 + level) / 2
    if abs(distance) > 1e-8:
        assert (difference_interval(one, other, level=level).low > 0) == (distance > 0)
        assert (lift_interval(one, other, level=level).low > 0) == (distance > 0)


@given(arms(), arms())
def test_swapping_the_arms_negates_the_difference_and_inverts_the_lift(
    one: Beta, other: Beta
) -> None:
    there, back = difference_interval(one, other), difference_interval(other, one)
    assert there.low == pytest.approx(-back.high, rel=1e-6, abs=1e-9)
    up, down = lift_interval(one, other), lift_interval(other, one)
    assert np.log1p(up.low) == pytest.approx(-np.log1p(down.high), rel=1e-6, abs=1e-9)


@given(arms(), arms(), st.floats(0.5, 0.99), st.floats(0.001, 0.009))
def test_a_higher_level_never_narrows(one: Beta, other: Beta, level: float, more: float) -> None:
    for interval in (difference_interval, lift_interval):
        narrow, wide = interval(one, other, level=level), interval(one, other, level=level + more)
        assert wide.low <= narrow.low <= narrow.high <= wide.high


LEVELS = st.sampled_from([0.5, 0.8, 0.95, 0.99])


@st.composite
def rows(draw: st.DrawFn) -> Beta:
    found = [draw(arms()) for _ in range(draw(st.integers(1, 6)))]
    return Beta([float(arm.a) for arm in found], [float(arm.b) for arm in found])


@examples(30)
@given(rows())
def test_some_arm_is_the_best(several: Beta) -> None:
    chances = probability_best(several)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert (chances >= 0).all()


@examples(30)
@given(rows())
def test_losses_of_several_arms_differ_by_their_means(several: Beta) -> None:
    losses = expected_losses(several)
    assert losses - losses[0] == pytest.approx(several.mean[0] - several.mean, abs=1e-9)
    assert (losses >= 0).all()


@examples(30)
@given(rows())
def test_an_arm_is_best_no_more_often_than_it_beats_any_other(several: Beta) -> None:
    chances = probability_best(several)
    for place in range(1, chances.size):
        other = Beta(several.a[place], several.b[place])
        over = probability_better(Beta(several.a[0], several.b[0]), other)
        assert chances[0] <= over + 1e-9


@examples(30)
@given(arms(), arms(), LEVELS)
def test_comparing_all_at_once_tells_what_the_single_functions_do(
    one: Beta, other: Beta, level: float
) -> None:
    found = compare(one, other, level=level)
    assert found.probability_better == pytest.approx(probability_better(one, other), abs=1e-8)
    assert found.loss == pytest.approx(expected_loss(one, other), abs=1e-9)
    assert found.control_loss == pytest.approx(expected_loss(other, one), abs=1e-9)
    exact = np.log1p(lift_interval(one, other, level=level))
    ends = np.log1p(found.lift)
    assert ends == pytest.approx(exact, abs=1e-7 * float(exact[2] - exact[1]))


@examples(30)
@given(arms(), arms(), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_ends_of_an_interval_leave_out_what_they_should(
    one: Beta, other: Beta, level: float
) -> None:
    """A margin at the end of the interval is exceeded with the probability of its tail."""
    for interval, above in (
        (difference_interval, difference_above),
        (lift_interval, lift_above),
    ):
        found = interval(one, other, level=level)
        assert above(one, other, found.estimate) == pytest.approx(0.5, abs=1e-6)
        assert above(one, other, found.high) == pytest.approx((1 - level) / 2, abs=1e-6)


@examples(30)
@given(arms(), st.sampled_from([0.5, 0.8, 0.95]))
def test_the_highest_density_of_a_rate_is_no_wider(arm: Beta, level: float) -> None:
    shortest, equal = rate_density_interval(arm, level=level), rate_interval(arm, level=level)
    width = equal.high - equal.low
    assert shortest.high - shortest.low <= width * (1 + 1e-9)


@examples(30)
@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([2, 10, 1000]))
def test_more_data_with_the_same_rates_narrow(reached: int, others: int, k: int) -> None:
    few = difference_interval(posterior(reached, 40), posterior(others, 40))
    many = difference_interval(posterior(k * reached, k * 40), posterior(k * others, k * 40))
    assert many.high - many.low < few.high - few.low


@examples(30)
@given(arms(), arms(), st.floats(-0.5, 0.5), st.floats(0, 0.4))
def test_a_wider_region_holds_more(one: Beta, other: Beta, middle: float, half: float) -> None:
    narrow = difference_rope(one, other, middle - half, middle + half)
    wide = difference_rope(one, other, middle - half - 0.01, middle + half + 0.01)
    assert narrow.within <= wide.within + 1e-9


@examples(30)
@given(arms(), arms(), st.integers(0, 10**6), st.sampled_from([0.6, 0.95]))
def test_a_higher_bar_is_passed_less_often(
    one: Beta, other: Beta, left: int, threshold: float
) -> None:
    low = probability_of_success(one, other, left, left, threshold=threshold)
    high = probability_of_success(one, other, left, left, threshold=threshold + 0.03)
    assert 0 <= high <= low + 1e-6 <= 1 + 1e-6


@pytest.mark.parametrize("seed", range(2))
def test_a_large_simulation_agrees(seed: int) -> None:
    """300,000 draws per arm; each mean within five standard errors of its own."""
    rng = np.random.default_rng(seed)
    trials = rng.integers(5, 5000, 3)
    several = posterior(rng.binomial(trials, rng.uniform(0.01, 0.3)), trials)
    draws = rng.beta(several.a, several.b, (300_000, 3))
    best = draws.max(axis=-1)
    close_to(draws.argmax(axis=-1)[:, None] == range(3), probability_best(several))
    close_to(best[:, None] - draws, expected_losses(several))
    treated, control = (Beta(several.a[at], several.b[at]) for at in (1, 0))
    close_to(draws[:, 1] > draws[:, 0] * 1.1, lift_above(treated, control, 0.1))
    lift = lift_interval(treated, control, level=0.9)
    close_to(draws[:, 1] / draws[:, 0] - 1 < lift.low, 0.05)


def close_to(draws: np.ndarray, expected: object) -> None:
    error = draws.std(axis=0) / np.sqrt(len(draws)) + 1e-6
    assert (np.abs(draws.mean(axis=0) - expected) < 5 * error).all()
