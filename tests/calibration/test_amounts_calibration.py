"""Amounts with few large orders, in tests without an effect: how often a change is claimed.

A thin grid of the worlds of `amount_worlds`, judged by the functions that `analyze` calls; the
whole of it is in benchmarks/calibration.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abmicro.stats.means.amounts_per_unit import amount_difference, amounts, amounts_within
from abmicro.stats.means.covariate_adjustment import cap
from abmicro.stats.means.past_values import prediction
from abmicro.stats.means.welch import Moments

from .amount_worlds import Carried, RepeatBuyers, World, held, pick, shares, wrong_labels

RUNS = 4000
WITHIN = 3 * (0.025 * 0.975 / RUNS) ** 0.5  # three Monte-Carlo standard errors of a share of 2.5 %


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [1.0, 2.0])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.9])
def test_no_side_is_claimed_oftener_than_promised(sigma: float, share: float) -> None:
    found = shares(World(10_000, share, 0.02, sigma), RUNS)
    assert found.worst < 0.03 + WITHIN  # the worst cell of a wide grid is 3.0 %
    assert found.trusted <= found.up


@pytest.mark.slow
def test_welch_alone_does_not_hold_at_an_uneven_split() -> None:
    found = shares(World(10_000, 0.1, 0.02, 2.0), RUNS)
    assert found.welch > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("more", [1.3, 1 / 1.3])
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_more_buyers_of_smaller_orders_are_hardly_a_change(more: float, share: float) -> None:
    found = shares(World(20_000, share, 0.03, 1.0, more=more), RUNS)
    assert found.worst < 0.045 + WITHIN


@pytest.mark.slow
def test_a_changed_spread_is_claimed_oftener_where_few_amounts_decide() -> None:
    """What no test on sums can attain, and why a caution stands below an effective size of 150."""
    few = shares(World(20_000, 0.1, 0.03, 1.0, wider=0.5), RUNS)
    many = shares(World(200_000, 0.5, 0.03, 0.5, wider=0.5), RUNS // 4)
    assert few.size < 20 < 300 < many.size
    assert few.worst > 0.05 > many.worst
    assert few.trusted < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_a_guardrail_on_its_margin_is_held_in_one_of_twenty(share: float) -> None:
    assert held(World(10_000, share, 0.02, 1.0), RUNS, 0.1) < 0.055 + 2 * WITHIN


@pytest.mark.slow
@pytest.mark.parametrize("kappa", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.9])
def test_labels_of_amounts_are_wrong_in_one_of_twenty(share: float, kappa: float) -> None:
    for micro, by_size in ((0.4, True), (-0.3, False)):
        wrong, moved, _ = wrong_labels(Carried(10_000, share, 1.5, micro, kappa, by_size), RUNS)
        assert wrong < 0.057 + WITHIN  # the worst of the note's grid is 5.8 %
        assert moved < 0.044 + WITHIN


@pytest.mark.slow
@pytest.mark.parametrize("rate", [False, True])
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_less_what_the_past_predicts_no_side_is_claimed_oftener(rate: bool, share: float) -> None:
    arms = RepeatBuyers(2_000, share).arms(RUNS // 2, rate=rate)
    by = prediction(arms)
    less = amounts_within(*(by.off(pick(arms, at)) for at in (0, 1)), np.ones(1))
    plain = amounts_within(*(pick(arms, at).y for at in (0, 1)), np.ones(1))
    test, raw = amount_difference(less), amount_difference(plain)
    for way in (1, -1):
        assert ((test.p < 0.05) & (way * test.estimate > 0)).mean() < 0.032 + 1.5 * WITHIN
    assert np.median(test.error**2 / raw.error**2) < 0.9


def capped(orders: Any, units: int, most: Any) -> Moments:
    held_orders = np.minimum(orders, most)
    return Moments(units, held_orders.sum(-1), (held_orders**2).sum(-1))


@pytest.mark.slow
@pytest.mark.parametrize("quantile", [0.99, 0.9])
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_a_cap_found_in_all_arms_keeps_the_level(quantile: float, share: float) -> None:
    rng, total, runs = np.random.default_rng(18), 10_000, 2_000
    sizes = [round(total * share), total - round(total * share)]
    bought = [rng.binomial(units, 0.03, runs) for units in sizes]
    orders = [rng.lognormal(0, 2, (runs, int(each.max()))) for each in bought]
    for each, n in zip(orders, bought, strict=True):
        each[np.arange(each.shape[1]) >= n[:, None]] = 0
    caps = [cap(one, other, quantile=quantile).cap for one, other in zip(*orders, strict=True)]
    most = np.array(caps)[:, None]
    arms = [capped(each, units, most) for each, units in zip(orders, sizes, strict=True)]
    test = amount_difference(amounts(*arms))
    for way in (1, -1):
        assert ((test.p < 0.05) & (way * test.estimate > 0)).mean() < 0.031 + 1.5 * WITHIN
