"""Do the checks of recording keep still on sound data?

That they speak on faulty data is read from the scenarios.
"""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.log_ratio import log_lift
from abmicro.stats.multiplicity import stepwise
from abmicro.stats.quality.capture_rate import CaptureCounts, capture_corrected
from abmicro.stats.quality.lost_tag import looks_lost, one_level
from abmicro.stats.quality.outages import daily_gaps, longest_silence
from abmicro.stats.time_to_event.slope import trend

from .carry_worlds import captured, closed, drawn
from .noise import error

pytestmark = pytest.mark.slow

REPLICATES = 4_000
ALPHA = 0.01


@pytest.mark.parametrize("lift", [1.0, 1.1])
def test_days_of_a_steady_lift_raise_no_alarm(lift: float) -> None:
    rng = np.random.default_rng(11)
    control = Binomial(rng.binomial(2_000, 0.05, (REPLICATES, 28)), 2_000)
    treated = Binomial(rng.binomial(2_000, 0.05 * lift, (REPLICATES, 28)), 2_000)
    alarms = (stepwise.holm(daily_gaps(treated, control).p) < ALPHA).any(axis=-1).mean()
    assert alarms <= ALPHA + error(ALPHA, REPLICATES)


@pytest.mark.parametrize("share", [0.9, 0.1, 0.95])
def test_uneven_arms_with_one_conversion_a_day_raise_no_alarm(share: float) -> None:
    arms = uneven(np.random.default_rng(12), share, daily=1 / min(share, 1 - share))
    for by_day in (False, True):
        p = stepwise.holm(daily_gaps(*arms, by_day=by_day).p)
        assert (p < ALPHA).any(axis=-1).mean() <= ALPHA + error(ALPHA, REPLICATES)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_silent_day_of_thirty_conversions_is_found(share: float) -> None:
    treated, control = uneven(np.random.default_rng(17), share, daily=30 / (1 - share))
    kept = np.arange(28) != 9
    silent = Binomial(control.reached * kept, control.trials)
    p = stepwise.holm(daily_gaps(treated, silent).p)
    assert (p[:, 9] < ALPHA).mean() > 0.99


def uneven(rng: np.random.Generator, share: float, daily: float) -> tuple[Binomial, Binomial]:
    """28 days of 20,000 units, a share of them treated, and so many conversions a day."""
    units = np.array([20_000 * share, 20_000 * (1 - share)]).round()
    reached = [rng.binomial(int(n), daily / 20_000, (REPLICATES, 28)) for n in units]
    return Binomial(reached[0], units[0]), Binomial(reached[1], units[1])


def test_hours_of_two_sound_arms_hold_no_silence() -> None:
    rng = np.random.default_rng(13)
    rates = 0.4 + 0.4 * np.sin(np.arange(336) * 2 * np.pi / 24)
    found = longest_silence(rng.poisson(rates, (REPLICATES, 2, 336)))
    assert (found.p < ALPHA).any(axis=-1).mean() <= 2 * ALPHA + error(2 * ALPHA, REPLICATES)


def test_a_carried_loss_is_no_lost_tag() -> None:
    rng = np.random.default_rng(14)
    arms = (
        drawn(rng, REPLICATES, 200_000, 0.12, 0.03),
        drawn(rng, REPLICATES, 200_000, 0.108, 0.027),
    )
    assert looks_lost(*map(NestedCounts, arms[::-1]), level=0.99).mean() <= 0.005 + error(
        0.005, REPLICATES
    )


def test_levels_of_one_lift_are_not_singled_out() -> None:
    rng = np.random.default_rng(15)
    control = np.stack(
        [drawn(rng, REPLICATES, n, 0.12, 0.03) for n in (24_000, 12_000, 4_000)], axis=1
    )
    treated = np.stack(
        [drawn(rng, REPLICATES, n, 0.132, 0.033) for n in (24_000, 12_000, 4_000)], axis=1
    )
    assert one_level(NestedCounts(treated), NestedCounts(control)).suspected.mean() <= ALPHA


def test_a_steady_lift_has_no_trend() -> None:
    rng = np.random.default_rng(16)
    treated, control = (rng.binomial(5_000, p, (REPLICATES, 4)) for p in (0.132, 0.12))
    lifts = log_lift((treated, 5_000), (control, 5_000), level=0.95)
    p = trend(lifts.estimate, lifts.se**2, np.arange(4)).p
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=error(0.05, REPLICATES))


def test_a_corrected_lift_covers_the_truth() -> None:
    """Capture 70% against 100%, no effect: the corrected interval holds 0."""
    rng = np.random.default_rng(17)
    arms = [captured(rng, REPLICATES, 40_000, share) for share in (0.7, 1.0)]
    found = capture_corrected(*map(CaptureCounts, arms[::-1]))
    misses = ((found.corrected.low > 0) | (found.corrected.high < 0)).mean()
    assert misses == pytest.approx(0.05, abs=error(0.05, REPLICATES) + 0.003)
    assert (found.recorded.low > 0).mean() > 0.99


def test_a_gap_on_one_device_sets_it_apart() -> None:
    """S6: the control's mobile tag captures 70 %; nothing else differs."""
    rng = np.random.default_rng(6)
    mobile = [closed(captured(rng, REPLICATES, 24_000, share)) for share in (0.7, 1.0)]
    desktop = [drawn(rng, REPLICATES, 16_000, 0.15, 0.0495) for _ in mobile]
    control, treated = (np.stack(arm, axis=1) for arm in zip(mobile, desktop, strict=True))
    found = one_level(NestedCounts(treated), NestedCounts(control))
    assert found.suspected.mean() > 0.8
    assert not found.level[found.suspected].any()
