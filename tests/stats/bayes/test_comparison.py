"""Facts about comparing two posteriors in one pass, and about the quick way and where it ends."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from abmicro.stats.bayes.beta_binomial import (
    Beta,
    difference_interval,
    expected_loss,
    lift_interval,
    posterior,
    probability_better,
)
from abmicro.stats.bayes.comparison import Comparison, compare
from abmicro.stats.bayes.difference_distribution import (
    DIFFERENCE,
    LOG_RATIO,
    above_on,
    interval_on,
)
from abmicro.stats.bayes.numerics import difference_nodes, sinc_nodes


def pairs(seed: int, least: float, count: int = 150) -> tuple[Beta, Beta]:
    """Rich laws of rates from 0.1 % to 90 %, of unlike sizes, nearly equal or far apart."""
    rng = np.random.default_rng(seed)
    rate = np.exp(rng.uniform(np.log(0.001), np.log(0.9), count))
    control = Beta(a := least * np.exp(rng.uniform(0, 9, count)), np.maximum(a / rate - a, least))
    units = (control.a + control.b) * np.exp(rng.uniform(-1.5, 1.5, count))
    apart = rng.normal(0, 1, count) * rng.choice([0.3, 1, 4], count) / np.sqrt(control.a)
    other = np.minimum(control.mean * np.exp(apart), 0.95)
    return Beta(np.maximum(units * other, least), np.maximum(units * (1 - other), least)), control


def rare(seed: int, count: int = 300) -> tuple[Beta, Beta]:
    """Laws after one to thirty conversions of a hundred to a million units."""
    rng = np.random.default_rng(seed)
    units = 10 ** rng.uniform(2, 6, count)
    control, other = (np.exp(rng.uniform(np.log(1.5), np.log(30), count)) for _ in range(2))
    treated = np.where(rng.random(count) < 0.7, control * np.exp(rng.normal(0, 0.3, count)), other)
    a = np.maximum(treated, 1.5)
    return Beta(a, units * rng.uniform(0.8, 1.25, count)), Beta(control, units)


def distance(one: Comparison, other: Comparison, spread: np.ndarray) -> float:
    """The largest error, of probability, of losses in spreads, of ends in widths."""
    ends, others = (np.log1p(np.stack(each.lift)) for each in (one, other))
    return float(
        max(
            np.max(abs(one.probability_better - other.probability_better)),
            np.max(abs(one.loss - other.loss) / spread),
            np.max(abs(one.control_loss - other.control_loss) / spread),
            np.max(abs(ends - others) / (others[2] - others[1])),
        )
    )


def exact(treated: Beta, control: Beta, level: float) -> Comparison:
    lift = interval_on(replace(LOG_RATIO, quick=None), treated, control, level)
    return Comparison(
        probability_better(treated, control),
        expected_loss(treated, control),
        expected_loss(control, treated),
        type(lift)(*(np.expm1(end) for end in lift)),
    )


def spread(*laws: Beta) -> np.ndarray:
    return np.sqrt(sum(law.mean * (1 - law.mean) / (law.a + law.b) for law in laws))


@pytest.mark.parametrize(("level", "least"), [(0.5, 30), (0.8, 30), (0.95, 30), (0.99, 120)])
def test_the_quick_way_is_as_good_as_the_exact_one(level: float, least: float) -> None:
    laws = pairs(int(1000 * level), least)
    assert distance(compare(*laws, level=level), exact(*laws, level), spread(*laws)) < 1e-8


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_quick_difference_is_as_good_as_the_exact_one(level: float) -> None:
    laws = pairs(7, 30)
    quick = difference_interval(*laws, level=level)
    slow = interval_on(replace(DIFFERENCE, quick=None), *laws, level)
    width = slow.high - slow.low
    assert np.max(np.abs(np.stack(quick) - np.stack(slow)) / width) < 1e-8


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_quick_difference_of_rare_conversions_is_as_good_too(level: float) -> None:
    laws = rare(int(100 * level))
    quick = difference_interval(*laws, level=level)
    slow = interval_on(replace(DIFFERENCE, quick=None), *laws, level)
    width = slow.high - slow.low
    assert np.max(np.abs(np.stack(quick) - np.stack(slow)) / width) < 1e-9


def test_most_differences_of_rare_conversions_take_the_quick_way() -> None:
    treated, control = rare(3)
    _, columns = sinc_nodes.ahead_first(treated.a, treated.b, control.a, control.b)
    way = DIFFERENCE.ways(0.95)[1]
    work = partial(difference_nodes.difference, z=sinc_nodes.score(0.95), way=way)
    found = sinc_nodes.in_batches(lambda *laws: work(*laws).T, 3, columns, way, DIFFERENCE.needed)
    assert np.mean(np.isfinite(found).all(axis=0)) > 0.9


@pytest.mark.parametrize("upper", [True, False])
def test_the_quick_chance_of_a_lift_is_as_good_as_the_exact_one(upper: bool) -> None:
    laws = pairs(5, 30)
    ends = interval_on(LOG_RATIO, *laws, 0.95)
    at = np.linspace(2 * ends.low - ends.high, 2 * ends.high - ends.low, 13)
    slow = above_on(replace(LOG_RATIO, chance=None), *laws, at, upper=upper)
    quick = above_on(LOG_RATIO, *laws, at, upper=upper)
    assert np.mean(quick == slow) < 0.5
    assert np.max(np.abs(quick - slow)) < 1e-10
    assert quick == pytest.approx(slow, rel=1e-7, abs=0)  # the longer way errs by 2e-11
    everything = above_on(LOG_RATIO, *laws, np.array([[-np.inf], [np.inf]]), upper=True)
    assert np.allclose(everything.T, [1, 0])


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_quick_way_for_rare_conversions_is_as_good_too(level: float) -> None:
    laws = rare(int(1000 * level))
    assert distance(compare(*laws, level=level), exact(*laws, level), spread(*laws)) < 1e-8


@pytest.mark.parametrize("place", [0, 1], ids=["rich", "rare"])
def test_most_pairs_take_the_quick_way(place: int) -> None:
    """A quick way that gave way everywhere would be as good as the exact one."""
    treated, control = (pairs(3, 30), rare(3))[place]
    way = sinc_nodes.ways(0.95)[place]
    _, columns = sinc_nodes.ahead_first(treated.a, treated.b, control.a, control.b)
    needed = sinc_nodes.nodes_needed(
        sinc_nodes.law_of(*columns[:2]), sinc_nodes.law_of(*columns[2:]), way.drop
    )
    assert np.mean(needed <= way.nodes) > 0.9


def test_one_pair_gets_the_same_as_in_a_batch() -> None:
    treated, control = posterior([245, 180, 5], 10_000), posterior([201, 260, 3], 10_000)
    together = compare(treated, control)
    for place in range(3):
        alone = compare(
            Beta(treated.a[place], treated.b[place]), Beta(control.a[place], control.b[place])
        )
        assert alone.probability_better == pytest.approx(
            together.probability_better[place], rel=1e-9
        )
        assert alone.loss == pytest.approx(together.loss[place], rel=1e-8)
        assert alone.lift.high == pytest.approx(together.lift.high[place], rel=1e-9)


def test_swapping_the_arms_swaps_all() -> None:
    treated, control = posterior(245, 10_000), posterior(201, 10_000)
    there, back = compare(treated, control), compare(control, treated)
    assert there.probability_better == pytest.approx(1 - back.probability_better, abs=1e-12)
    assert (there.loss, there.control_loss) == (back.control_loss, back.loss)
    assert 1 + there.lift.low == pytest.approx(1 / (1 + back.lift.high), rel=1e-12)


def test_poor_laws_are_left_to_the_exact_functions() -> None:
    treated, control = posterior([0, 3], [0, 30]), posterior([0, 9], [0, 30])
    found = compare(treated, control)
    assert found.probability_better == pytest.approx(probability_better(treated, control))
    assert found.loss == pytest.approx(expected_loss(treated, control))
    assert found.lift.low == pytest.approx(lift_interval(treated, control).low)


@pytest.mark.parametrize("reached", [(0, 0), (10**9, 10**9), (0, 10**9), (10**9, 0)])
@pytest.mark.parametrize("level", [0.01, 0.95, 0.99999])
def test_extremes_are_proper(reached: tuple[int, int], level: float) -> None:
    treated, control = (posterior(count, 10**9) for count in reached)
    found = compare(treated, control, level=level)
    assert 0 <= found.probability_better <= 1
    assert found.loss >= 0
    assert found.control_loss >= 0
    assert -1 <= found.lift.low <= found.lift.estimate <= found.lift.high < np.inf


def test_far_apart_arms_leave_no_doubt() -> None:
    found = compare(posterior(90_000, 10**5), posterior(1_000, 10**5))
    assert found.probability_better == 1
    assert found.loss == 0
    assert found.control_loss == pytest.approx(0.89, rel=1e-4)


def test_nothing_is_compared_where_nothing_is_given() -> None:
    assert compare(Beta([], []), Beta(2, 3)).loss.shape == (0,)


@pytest.mark.parametrize("level", [0, 1, np.nan, -0.5])
def test_a_level_outside_its_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        compare(Beta(1, 1), Beta(1, 1), level=level)
