"""Traffic without a test: how often calm days are ringed and dips seen, equal sources accused.

Nominal figures and those of the literature on charts: see `stats.quality.day_scores`; the shares
below were measured on 2,000 periods and are held here with the Monte-Carlo error of fewer.
"""

from __future__ import annotations

import numpy as np
import pytest

import abmicro as ab
from abmicro.analysis.traffic.sources import SourceTable, signals_of
from abmicro.simulation.reading_modes import reading_modes
from abmicro.simulation.world import world_of_counts
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.quality import odd_days, smallest_dip, source_rates

from ..traffic.shops import days, shop

pytestmark = pytest.mark.slow

PERIODS, TABLES, DAYS, RATE = 200, 60, 28, 0.1
WEEKDAY = np.arange(DAYS) % 7
PATTERN = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.7, 0.8])[WEEKDAY]
DIP = 16


def error(share: float, runs: int = PERIODS) -> float:
    """Four Monte-Carlo standard errors."""
    return 4 * float(np.sqrt(max(share * (1 - share), 1 / runs) / runs))


def period(
    rng: np.random.Generator, daily: float, *, fall: float = 0.0, clumped: float = 0.0
) -> Binomial:
    """Days of a rate with a weekday pattern. clumped: variance beyond the binomial, as a part."""
    units = rng.poisson(daily / RATE, DAYS)
    rate = RATE * PATTERN
    if clumped:
        strength = units / clumped - 1
        rate = rng.beta(rate * strength, (1 - rate) * strength)
    rate = np.where(np.arange(DAYS) == DIP, rate * (1 - fall), rate)
    return Binomial(rng.binomial(units, rate), units)


@pytest.mark.parametrize(("daily", "clumped"), [(60, 0.0), (150, 0.0), (150, 1.0)])
def test_few_calm_periods_have_a_ring(daily: float, clumped: float) -> None:
    rng = np.random.default_rng(1)
    ringed = np.mean(
        [odd_days(period(rng, daily, clumped=clumped), WEEKDAY).odd.any() for _ in range(PERIODS)]
    )
    assert ringed <= (0.06 if clumped else 0.02) + error(0.02)


@pytest.mark.parametrize(("daily", "seen"), [(60, 0.47), (150, 0.85), (600, 1.0)])
def test_a_day_with_half_of_its_conversions_is_seen_so_often(daily: float, seen: float) -> None:
    rng = np.random.default_rng(2)
    found = np.mean(
        [odd_days(period(rng, daily, fall=0.5), WEEKDAY).odd[DIP] for _ in range(PERIODS)]
    )
    assert abs(found - seen) <= 0.05 + error(seen)


@pytest.mark.parametrize("daily", [100, 300])
def test_the_fall_that_is_said_to_be_seen_is_seen_four_times_in_five(daily: int) -> None:
    rng, seen = np.random.default_rng(3), 0
    for _ in range(PERIODS):
        calm = period(rng, daily)
        found = odd_days(calm, WEEKDAY)
        usual = float(found.expected[DIP])
        fall = smallest_dip(usual, RATE, 3, spread=found.spread, limit=found.limit)
        reached = calm.reached.copy()
        reached[DIP] = rng.binomial(reached[DIP], 1 - fall)
        seen += odd_days(Binomial(reached, calm.trials), WEEKDAY).odd[DIP]
    assert abs(seen / PERIODS - 0.8) <= 0.06 + error(0.8)


def table(units: np.ndarray, engaged: np.ndarray, paid: np.ndarray) -> SourceTable:
    none = np.zeros((len(units), 0))
    nothing = np.zeros(len(units))
    return SourceTable(
        "source", tuple(map(str, range(len(units)))), units, engaged, units - engaged, paid, paid,
        none, none, none, none, nothing, nothing,
    )  # fmt: skip


@pytest.mark.parametrize("size", [200, 1_000])
def test_equal_sources_are_not_accused_and_one_at_a_fifth_is(size: int) -> None:
    rng = np.random.default_rng(4)
    units, accused, found = np.full(6, float(size)), 0, 0
    for _ in range(TABLES):
        engaged = rng.binomial(size, 0.3, 6).astype(float)
        paid = rng.binomial(engaged.astype(int), 0.3).astype(float)
        accused += any(signals_of(table(units, engaged, paid))[0])
        engaged[0] = rng.binomial(size, 0.06)
        paid[0] = rng.binomial(int(engaged[0]), 0.3)
        found += "shallow" in signals_of(table(units, engaged, paid))[0][0]
    assert accused == 0
    assert found / TABLES >= 0.97 - error(0.97, TABLES)


def test_ranges_of_sources_hold_their_rates() -> None:
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(25):
        truth, units = rng.beta(20, 180, 12), rng.integers(100, 2_000, 12)
        found = source_rates(Binomial(rng.binomial(units, truth), units))
        inside += ((found.low <= truth) & (truth <= found.high)).tolist()
    assert np.mean(inside) >= 0.95 - error(0.95, len(inside))


def test_planned_looks_keep_alpha_and_peeking_does_not() -> None:
    world = world_of_counts(shop(), days(np.random.default_rng(1)), by_day=True)
    modes = {one.mode: one for one in reading_modes(world, 6_000, 1, told=[].append)}
    for name in ("fixed", "group_sequential"):
        assert modes[name].false_claims.estimate <= 0.05 + error(0.05, 6_000)
    assert modes["peeking"].false_claims.estimate > 0.2
    assert modes["group_sequential"].used < 0.9
    power = [modes[name].found.estimate for name in ("fixed", "group_sequential")]
    assert power[0] - 0.03 < power[1] <= power[0] + 0.01


def test_shuffles_of_a_shop_claim_as_often_as_alpha_says() -> None:
    found = ab.simulate(shop(), days(np.random.default_rng(2), 28), runs=20_000, lifts=[])
    for goal in found.shuffled.goals:
        assert abs(goal.below_alpha.estimate - 0.05) <= 0.002 + error(0.05, 20_000)
        assert goal.claimed.estimate <= 0.05 + 0.002 + error(0.05, 20_000)
