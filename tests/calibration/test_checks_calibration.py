"""Do the checks of units and days keep still on sound data, and wake on faulty ones?"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

import abmicro as ab
from abmicro import Experiment, JointCounts
from abmicro.analysis.results import Check

from .check_rates import (
    DAILY,
    GAPS_AT,
    RATIO_AT,
    TREATED,
    allocation,
    gaps,
    ratio,
    ratio_of_several,
)
from .noise import error

RUNS = 4_000
slow = pytest.mark.slow


@slow
@pytest.mark.parametrize("share", TREATED)
@pytest.mark.parametrize("daily", DAILY)
def test_no_gap_is_seen_where_none_is(share: float, daily: int) -> None:
    """The normal law saw one in 7.7 % of clean tests at 90 to 10, in up to 20 % at 95 to 5."""
    assert gaps(share, daily, RUNS) <= GAPS_AT + error(GAPS_AT, RUNS)


@slow
@pytest.mark.parametrize(("share", "found"), [(0.5, 0.99), (0.9, 0.99)])
def test_a_silent_day_of_thirty_conversions_is_seen(share: float, found: float) -> None:
    assert gaps(share, 30, RUNS, kept=0.0) > found
    assert gaps(share, 1, RUNS, kept=0.0) < 0.05  # below ten a day only `silence` can


@slow
@pytest.mark.parametrize("units", [30, 60, 200, 1_000, 20_000])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.05, 0.01])
def test_the_sample_ratio_of_two_arms_alarms_as_seldom_as_it_says(units: int, share: float) -> None:
    assert ratio(units, share)[0] <= RATIO_AT
    assert ratio(units, share, groups=28)[0] <= RATIO_AT


@slow
def test_chi_square_would_not() -> None:
    assert ratio(100, 0.01)[1] > 3 * RATIO_AT
    assert ratio(60, 0.05, groups=28)[1] > 5 * RATIO_AT


@slow
@pytest.mark.parametrize("units", [40, 200, 2_000])
@pytest.mark.parametrize("shares", [(0.98, 0.01, 0.01), (0.9, 0.05, 0.05), (0.4, 0.3, 0.3)])
def test_nor_does_that_of_three_arms(units: int, shares: tuple[float, ...]) -> None:
    runs = 100_000
    assert ratio_of_several(units, shares, runs)[0] <= RATIO_AT + error(RATIO_AT, runs)


@slow
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize(("cells", "size"), [(300, 20), (300, 100), (28, 1_000)])
@pytest.mark.parametrize("share", [0.01, 0.5])
def test_equal_shares_are_seldom_doubted(cells: int, size: int, share: float, uneven: bool) -> None:
    """Raw, 1.2 % of tests with 300 cells of 20 units at 99 to 1; what is merged keeps near .1 %."""
    runs = 20_000
    bound = 2 * RATIO_AT if cells * size * share < 1_000 else RATIO_AT
    assert allocation(cells, size, share, runs, uneven=uneven) <= bound + error(bound, runs)


ARMS = ("control", "treated")
HEADER = ("variant", "period", "goal__cart", "goal__order", "units")


def drawn(seed: int) -> tuple[list[tuple[object, ...]], np.ndarray, np.ndarray]:
    """Fourteen days of a small test: its rows, carts (2, 14) and units (2, 14)."""
    rng = np.random.default_rng(seed)
    total = rng.poisson(rng.integers(20, 400), 14) + 1
    treated = rng.binomial(total, 0.1)
    units = np.stack([total - treated, treated])
    carts = rng.binomial(units, rng.uniform(0.02, 0.3))
    rows = [
        (arm, date(2026, 10, 5) + timedelta(days=day), cart, 0, int(count))
        for at, arm in enumerate(ARMS)
        for day in range(14)
        for cart, count in ((1, carts[at, day]), (0, units[at, day] - carts[at, day]))
    ]
    return rows, carts, units


@pytest.mark.parametrize("seed", range(12))
def test_these_are_the_figures_of_an_analysis(seed: int) -> None:
    from abmicro.stats.foundations.binomial import Binomial
    from abmicro.stats.multiplicity import stepwise
    from abmicro.stats.quality.outages import daily_gaps
    from abmicro.stats.quality.sample_ratio_mismatch import sample_ratio_over_phases

    rows, carts, units = drawn(seed)
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    experiment = Experiment(name="m", variants={"control": 0.9, "treated": 0.1}, goals=goals)
    found = ab.analyze(experiment, JointCounts.from_rows(HEADER, rows, variants=ARMS))

    def named(name: str) -> Check:
        return next(check for check in found.checks if check.name.startswith(name))

    whole = sample_ratio_over_phases([units.sum(axis=1)], [9, 1])
    assert named("sample_ratio").figure == pytest.approx(float(whole))
    daily = sample_ratio_over_phases(units.T[:, None], [9, 1])
    smallest = float(np.nanmin(stepwise.holm(daily)))
    assert named("sample_ratio.entry day").figure == pytest.approx(smallest)
    day = daily_gaps(Binomial(carts[1], units[1]), Binomial(carts[0], units[0]))
    known = np.nan_to_num(stepwise.holm(day.p), nan=1.0)
    gap = named("gaps")
    if gap.status == "pass":
        assert gap.figure == pytest.approx(float(known.min()))
