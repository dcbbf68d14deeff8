"""Facts about chances to be best, regions of equivalence and highest density intervals."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.bayes.best_arm import expected_losses, probability_best
from abmicro.stats.bayes.beta_binomial import (
    Beta,
    difference_above,
    expected_loss,
    lift_above,
    posterior,
    probability_better,
)
from abmicro.stats.bayes.hdi import (
    lift_density_interval,
    rate_density_interval,
    rate_interval,
)
from abmicro.stats.bayes.rope import difference_rope


def test_with_two_arms_best_is_better() -> None:
    arms = Beta([12.5, 20.5], [90.5, 80.5])
    treated, control = Beta(12.5, 90.5), Beta(20.5, 80.5)
    assert probability_best(arms)[0] == pytest.approx(probability_better(treated, control))
    assert expected_losses(arms)[0] == pytest.approx(expected_loss(treated, control), rel=1e-10)


def test_a_single_arm_is_the_best_and_loses_nothing() -> None:
    assert probability_best(Beta([3], [5])) == pytest.approx([1], abs=1e-12)
    assert list(expected_losses(Beta([3], [5]))) == [0]


def test_fifty_equal_arms_share_the_chance() -> None:
    """The expected highest of k uniform rates is k / (k + 1)."""
    arms = Beta(np.ones(50), np.ones(50))
    assert probability_best(arms) == pytest.approx(np.full(50, 1 / 50), rel=1e-9)
    assert expected_losses(arms) == pytest.approx(np.full(50, 50 / 51 - 1 / 2), rel=1e-9)


def test_arms_of_one_trial_and_of_a_thousand_million_stand_together() -> None:
    """Against a rate known to be nearly 0.4, a uniform one wins with probability 0.6."""
    arms = posterior([4 * 10**8, 0], [10**9, 0], a=1, b=1)
    assert probability_best(arms) == pytest.approx([0.4, 0.6], abs=1e-8)


def test_rows_of_arms_are_worked_on_alike() -> None:
    a = np.arange(1, 301.0).reshape(100, 3)
    together = probability_best(Beta(a, 400 - a))
    assert together[57] == pytest.approx(probability_best(Beta(a[57], 400 - a[57])), rel=1e-9)
    assert together.sum(axis=-1) == pytest.approx(np.ones(100), abs=1e-11)


@pytest.mark.parametrize("shape", [(), (3, 0)])
def test_without_an_axis_of_arms_there_is_no_best(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="arms must lie along the last axis"):
        probability_best(Beta(np.ones(shape), 1))


def test_margins_of_two_uniform_rates() -> None:
    """Difference: P(above d) = (1 - d)^2 / 2; ratio: P(above r) = 1 / (2 r) from r = 1 on."""
    same = Beta(1, 1), Beta(1, 1)
    assert difference_above(*same, [0, 0.5, 1, 7]) == pytest.approx([0.5, 0.125, 0, 0], abs=1e-12)
    assert difference_above(*same, [-0.5, -1, -7]) == pytest.approx([0.875, 1, 1])
    assert lift_above(*same, [0, 1, -1, -3]) == pytest.approx([0.5, 0.25, 1, 1])


@pytest.mark.parametrize("margin", [np.nan, np.inf])
def test_a_margin_that_is_no_number_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin must be finite"):
        difference_above(Beta(1, 1), Beta(1, 1), margin)


def test_a_region_of_all_values_holds_everything() -> None:
    found = difference_rope(Beta(3, 4), Beta(5, 6), -1, 1)
    assert (found.below, found.within, found.above) == pytest.approx((0, 1, 0), abs=1e-12)


def test_the_parts_of_a_region_sum_to_one() -> None:
    found = difference_rope(posterior([0, 7], 30), posterior(5, 30), -0.1, [[0.1], [0.3]])
    assert found.below + found.within + found.above == pytest.approx(np.ones((2, 2)))


def test_a_region_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match=r"low must not exceed high, got 0\.1"):
        difference_rope(Beta(1, 1), Beta(1, 1), 0.1, -0.1)


def test_a_symmetric_law_has_one_interval() -> None:
    high, equal = rate_density_interval(Beta(40, 40)), rate_interval(Beta(40, 40))
    assert [*map(float, high)] == pytest.approx([*map(float, equal)])


@pytest.mark.parametrize(
    ("a", "b", "low", "high"), [(1, 3, 0, None), (3, 1, None, 1), (0.7, 0.5, None, 1)]
)
def test_an_interval_ends_where_the_density_rises_to(
    a: float, b: float, low: float | None, high: float | None
) -> None:
    found = rate_density_interval(Beta(a, b), level=0.9)
    assert found.low == low if high is None else found.high == high


def test_the_lift_of_no_conversions_starts_at_minus_one() -> None:
    assert lift_density_interval(posterior(0, 100), posterior(5, 100)).low == -1
