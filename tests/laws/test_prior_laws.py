"""Laws of priors, values, Bayes factors and joint posteriors that hold for all counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.bayes.bayes_factors import fixed_rows, fixed_total
from abmicro.stats.bayes.carry_posterior import joint_posterior, path_posterior
from abmicro.stats.bayes.log_odds_bayes_factor import log_odds_factor
from abmicro.stats.bayes.priors.lift_prior import lift_posterior
from abmicro.stats.bayes.priors.mixture import compare_mixtures, mixture_posterior, robust
from abmicro.stats.bayes.priors.prior import conflict, from_baseline
from abmicro.stats.bayes.value_per_unit import compare_values, normal_values
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.foundations.numerics.beta_distribution import Beta
from abmicro.stats.means.welch import Moments

from ..examples import examples

LEVELS = st.sampled_from([0.5, 0.9, 0.95])


@st.composite
def arms(draw: st.DrawFn, least: int = 0) -> Binomial:
    trials = draw(st.one_of(st.integers(max(least, 1), 50), st.integers(least + 1, 10**6)))
    return Binomial(draw(st.integers(least, trials)), trials)


@st.composite
def spenders(draw: st.DrawFn) -> tuple[int, Moments]:
    """An arm with at least 12 converters whose values have a mean and a standard deviation."""
    arm = draw(arms(12))
    n, mean = float(arm.reached), draw(st.floats(0.1, 1000))
    sd = mean * draw(st.floats(0.01, 3))
    return int(arm.trials), Moments(n, n * mean, n * mean**2 + (n - 1) * sd**2)


@given(st.floats(1e-4, 0.9999), st.floats(0.01, 0.99))
def test_a_baseline_prior_has_its_mean_and_spread(rate: float, part: float) -> None:
    sd = part * np.sqrt(rate * (1 - rate))
    prior = from_baseline(rate, sd)
    units = prior.a + prior.b
    assert prior.mean == pytest.approx(rate, rel=1e-9)
    assert rate * (1 - rate) / (units + 1) == pytest.approx(sd**2, rel=1e-9)


@given(arms(), st.floats(0.01, 100), st.floats(0.01, 100))
def test_exchanging_hits_and_misses_keeps_the_conflict(arm: Binomial, a: float, b: float) -> None:
    there = conflict(Beta(a, b), arm.reached, arm.trials)
    back = conflict(Beta(b, a), arm.trials - arm.reached, arm.trials)
    assert 0 <= there.p <= 1
    assert there.p == pytest.approx(float(back.p), rel=1e-6, abs=1e-12)
    assert there.z == pytest.approx(-float(back.z), rel=1e-6, abs=1e-9)


@given(arms(), arms(), LEVELS)
@examples(30)
def test_a_mixture_reads_its_lift_as_its_chance(
    treated: Binomial, control: Binomial, level: float
) -> None:
    prior = robust(Beta(9, 291))
    posteriors = (mixture_posterior(prior, arm.reached, arm.trials) for arm in (treated, control))
    found = compare_mixtures(*posteriors, level=level)
    if abs(found.chance - (1 + level) / 2) > 1e-7:
        assert (found.lift.low > 0) == (found.chance > (1 + level) / 2)


@given(arms(), arms(), st.floats(0.01, 2), LEVELS)
@examples(40)
def test_a_prior_of_the_lift_reads_its_lift_as_its_chance(
    treated: Binomial, control: Binomial, lift_sd: float, level: float
) -> None:
    found = lift_posterior(treated, control, lift_sd=lift_sd, level=level)
    assert min(found.loss, found.loss_control) >= 0
    if abs(found.chance - (1 + level) / 2) > 1e-6:
        assert (found.lift.low > 0) == (found.chance > (1 + level) / 2)


@given(spenders(), spenders(), LEVELS)
@examples(8)
def test_values_read_their_lift_as_their_chance(
    treated: tuple[int, Moments], control: tuple[int, Moments], level: float
) -> None:
    found = compare_values(normal_values(*treated), normal_values(*control), level=level)
    if abs(found.chance - (1 + level) / 2) > 1e-6:
        assert (found.lift.low > 0) == (found.chance > (1 + level) / 2)


@given(spenders(), spenders())
@examples(6)
def test_swapping_the_arms_swaps_what_is_said_of_values(
    treated: tuple[int, Moments], control: tuple[int, Moments]
) -> None:
    one, other = normal_values(*treated), normal_values(*control)
    there, back = compare_values(one, other), compare_values(other, one)
    assert there.chance + back.chance == pytest.approx(1, abs=1e-7)
    assert np.log1p(there.lift.low) == pytest.approx(-np.log1p(back.lift.high), abs=1e-6)
    assert there.relative_loss == pytest.approx(float(back.relative_loss_control), abs=1e-7)


@given(spenders())
@examples(8)
def test_an_arm_compared_with_itself_is_as_likely_better_as_worse(
    arm: tuple[int, Moments],
) -> None:
    law = normal_values(*arm)
    assert compare_values(law, law).chance == pytest.approx(0.5, abs=1e-8)


@given(arms(), arms(), st.floats(0.05, 5))
@examples(30)
def test_directed_factors_average_to_the_one_for_any_difference(
    treated: Binomial, control: Binomial, ratio_sd: float
) -> None:
    found = log_odds_factor(treated, control, ratio_sd=ratio_sd)
    half = np.logaddexp(found.higher, found.lower) - np.log(2)
    assert found.differ == pytest.approx(float(half), rel=1e-9, abs=1e-9)


@given(arms(), arms(), st.floats(0.05, 5))
@examples(30)
def test_swapping_the_arms_swaps_the_directed_factors(
    treated: Binomial, control: Binomial, ratio_sd: float
) -> None:
    there, back = (
        log_odds_factor(*pair, ratio_sd=ratio_sd)
        for pair in ((treated, control), (control, treated))
    )
    assert there.differ == pytest.approx(float(back.differ), rel=1e-9, abs=1e-7)
    assert there.higher == pytest.approx(float(back.lower), rel=1e-9, abs=1e-7)


@given(arms(), arms(), st.floats(0.6, 50))
def test_the_order_of_rows_and_columns_does_not_matter(
    treated: Binomial, control: Binomial, concentration: float
) -> None:
    table = np.array([[arm.reached, arm.trials - arm.reached] for arm in (treated, control)])
    for factor in (fixed_rows, fixed_total):
        there = factor(table, concentration=concentration)
        turned = factor(table[::-1, ::-1], concentration=concentration)
        assert there == pytest.approx(float(turned), rel=1e-9, abs=1e-7)


cells = st.lists(st.integers(0, 10_000), min_size=4, max_size=4)


@given(cells, cells, st.integers(0, 99))
@examples(40)
def test_joint_events_are_no_likelier_than_what_they_contain(
    control: list[int], treated: list[int], seed: int
) -> None:
    found = joint_posterior(
        JointCells(treated), JointCells(control), rng=np.random.default_rng(seed), draws=200
    )
    assert found.both_up.value <= min(found.micro_up.value, found.macro_up.value)
    assert found.full.value <= found.at_least.value
    median, low, high = (end.value for end in found.ratio)
    assert low <= median <= high


@given(cells, st.integers(0, 99))
@examples(40)
def test_arms_of_equal_counts_are_equally_good(counts: list[int], seed: int) -> None:
    found = joint_posterior(
        JointCells(counts), JointCells(counts), rng=np.random.default_rng(seed), draws=200
    )
    assert found.micro_up.value == pytest.approx(0.5, abs=1e-9)
    assert found.loss.value == pytest.approx(float(found.loss_control.value), rel=1e-6)


@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 100), st.integers(0, 99))
@examples(40)
def test_on_a_path_all_of_a_gain_arrives_less_often_than_part_of_it(
    more: int, micro: int, macro: int, seed: int
) -> None:
    arm = [more + micro + macro, micro + macro, macro]
    found = path_posterior(
        NestedCounts([2 * count for count in arm]),
        NestedCounts(arm),
        rng=np.random.default_rng(seed),
        draws=200,
    )
    assert found.full.value <= found.at_least.value
    assert 0 <= found.both_up.value <= found.micro_up.value
