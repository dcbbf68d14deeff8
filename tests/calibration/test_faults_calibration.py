"""Do the checks of recording keep still on sound data, and speak on faulty ones?

Carry-through note, section 6: the scenarios that fake a micro gain or hide in time.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from abmicro.stats import multiplicity
from abmicro.stats.binomial import Binomial
from abmicro.stats.faults.capture import capture_corrected
from abmicro.stats.faults.gaps import daily_gaps, longest_silence
from abmicro.stats.faults.lost_tag import looks_lost, one_level
from abmicro.stats.fisher import fisher
from abmicro.stats.log_lift import log_lift
from abmicro.stats.pass_through import label_path
from abmicro.stats.timing.acceleration import acceleration
from abmicro.stats.timing.incidence import incidence, incidence_lift
from abmicro.stats.timing.trend import trend

pytestmark = pytest.mark.slow

Counts = NDArray[np.int64]
REPLICATES = 4_000
ALPHA = 0.01
TOLERANCE = 0.02


def error(share: float) -> float:
    """Three Monte-Carlo standard errors of a share."""
    return 3 * (share * (1 - share) / REPLICATES) ** 0.5


def drawn(rng: np.random.Generator, units: int, *shares: float) -> Counts:
    """Nested counts of a path: units, then those that reached each step of these rates."""
    found = [np.full(REPLICATES, units)]
    before = 1.0
    for share in shares:
        found.append(rng.binomial(found[-1], share / before))
        before = share
    return np.stack(found, axis=-1)


def shares_of(labels: NDArray[np.str_]) -> dict[str, float]:
    names, counts = np.unique(labels, return_counts=True)
    return {str(name): count / labels.size for name, count in zip(names, counts, strict=True)}


# --- sound data ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lift", [1.0, 1.1])
def test_days_of_a_steady_lift_raise_no_alarm(lift: float) -> None:
    rng = np.random.default_rng(11)
    control = Binomial(rng.binomial(2_000, 0.05, (REPLICATES, 28)), 2_000)
    treated = Binomial(rng.binomial(2_000, 0.05 * lift, (REPLICATES, 28)), 2_000)
    alarms = (multiplicity.holm(daily_gaps(treated, control).p) < ALPHA).any(axis=-1).mean()
    assert alarms <= ALPHA + error(ALPHA)


def test_a_score_of_a_day_is_standard_normal() -> None:
    rng = np.random.default_rng(12)
    arms = [Binomial(rng.binomial(1_000, p, (REPLICATES, 14)), 1_000) for p in (0.13, 0.12)]
    z = daily_gaps(*arms).z
    assert abs(z.mean()) < 0.02
    assert z.std() == pytest.approx(1, abs=0.02)


def test_hours_of_two_sound_arms_hold_no_silence() -> None:
    rng = np.random.default_rng(13)
    rates = 0.4 + 0.4 * np.sin(np.arange(336) * 2 * np.pi / 24)
    found = longest_silence(rng.poisson(rates, (REPLICATES, 2, 336)))
    assert (found.p < ALPHA).any(axis=-1).mean() <= 2 * ALPHA + error(2 * ALPHA)


def test_a_carried_loss_is_no_lost_tag() -> None:
    rng = np.random.default_rng(14)
    arms = drawn(rng, 200_000, 0.12, 0.03), drawn(rng, 200_000, 0.108, 0.027)
    assert looks_lost(*arms, level=0.99).mean() <= 0.005 + error(0.005)


def test_levels_of_one_lift_are_not_singled_out() -> None:
    rng = np.random.default_rng(15)
    control = np.stack([drawn(rng, n, 0.12, 0.03) for n in (24_000, 12_000, 4_000)], axis=1)
    treated = np.stack([drawn(rng, n, 0.132, 0.033) for n in (24_000, 12_000, 4_000)], axis=1)
    assert one_level(control, treated).suspected.mean() <= ALPHA


def test_a_steady_lift_has_no_trend() -> None:
    rng = np.random.default_rng(16)
    treated, control = (rng.binomial(5_000, p, (REPLICATES, 4)) for p in (0.132, 0.12))
    lifts = log_lift((treated, 5_000), (control, 5_000), level=0.95)
    p = trend(lifts.estimate, lifts.se**2, np.arange(4)).p
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=error(0.05))


def test_a_corrected_lift_covers_the_truth() -> None:
    """Capture 70% against 100%, no effect: the corrected interval holds 0."""
    rng = np.random.default_rng(17)
    arms = [captured(rng, 40_000, share) for share in (0.7, 1.0)]
    found = capture_corrected(*arms)
    misses = ((found.corrected.low > 0) | (found.corrected.high < 0)).mean()
    assert misses == pytest.approx(0.05, abs=error(0.05) + 0.003)
    assert (found.recorded.low > 0).mean() > 0.99


def captured(rng: np.random.Generator, units: int, capture: float) -> Counts:
    """Units, recorded micro, macro, lacking: 10% micro, 18% of them macro, so much captured."""
    kinds = np.array([0.018 * capture, 0.082 * capture, 0.018 * (1 - capture)])
    cells = rng.multinomial(units, [*kinds, 1 - kinds.sum()], size=REPLICATES)
    micro, macro = cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]
    return np.stack([np.full(REPLICATES, units), micro, macro, cells[:, 2]], axis=-1)


# --- the scenarios of the note -------------------------------------------------------------------


def test_s6_a_capture_gap_on_one_device_is_found() -> None:
    """Without the checks it reads as a micro gain of which part did not arrive."""
    rng = np.random.default_rng(6)
    control, treated = (captured(rng, 24_000, share) for share in (0.7, 1.0))
    p = fisher(*(Binomial(arm[:, 3], arm[:, 2]) for arm in (treated, control)))
    assert (p < 0.001).mean() == 1
    by_device = [
        np.stack([closed(mobile), drawn(rng, 16_000, 0.15, 0.0495)], axis=1)
        for mobile in (control, treated)
    ]
    labels = shares_of(label_path(*(arm.sum(axis=1) for arm in by_device)))
    assert labels["not_carried"] + labels["not_fully_carried"] == pytest.approx(0.94, abs=TOLERANCE)
    assert one_level(*by_device).suspected.mean() > 0.8


def closed(arm: Counts) -> Counts:
    """Units, micro and macro once every macro conversion counts as a micro conversion."""
    return np.stack([arm[:, 0], arm[:, 1] + arm[:, 3], arm[:, 2]], axis=-1)


def test_s7_over_firing_is_found_and_not_carried() -> None:
    rng = np.random.default_rng(7)
    control, treated = (drawn(rng, 200_000, 0.12, 0.03) for _ in range(2))
    alone = rng.binomial(200_000 - treated[:, 1], 0.02)
    fired = treated + np.stack([0 * alone, alone, 0 * alone], axis=-1)
    shares = shares_of(label_path(control, fired))
    assert shares["not_carried"] == pytest.approx(0.96, abs=TOLERANCE)
    p = fisher(Binomial(alone, fired[:, 1]), Binomial(0, control[:, 1]))
    assert (p < ALPHA).mean() == 1
    assert shares_of(label_path(control, treated))["no_micro_signal"] > 0.94


def test_s10_a_novelty_is_found_and_gone_in_the_last_weeks() -> None:
    rng = np.random.default_rng(10)
    lifts = (1.2, 1.1, 1.0, 1.0)
    control = np.stack([drawn(rng, 50_000, 0.12, 0.03) for _ in lifts], axis=1)
    treated = np.stack([drawn(rng, 50_000, 0.12 * up, 0.03 * up) for up in lifts], axis=1)
    micro = log_lift((treated[..., 1], 50_000), (control[..., 1], 50_000), level=0.95)
    assert (np.abs(trend(micro.estimate, micro.se**2, np.arange(4)).z) > 1.96).mean() == 1
    pooled = shares_of(label_path(control.sum(axis=1), treated.sum(axis=1)))
    assert pooled["carried"] == pytest.approx(0.62, abs=TOLERANCE)
    last = shares_of(label_path(control[:, 2:].sum(axis=1), treated[:, 2:].sum(axis=1)))
    assert last["no_micro_signal"] == pytest.approx(0.95, abs=TOLERANCE)


LAGS = np.arange(14 * 24)
COHORTS = 14  # of 28 entry days those whose window of 14 days is still open


def watched(rng: np.random.Generator, mean_days: float, size: int) -> tuple[Counts, Counts, Counts]:
    """S11: 200,000 units over 28 entry days, 3% with an order after an exponential lag.

    Returns conversions seen by hour of lag, units still watched by hour, and the conversions by lag
    of units whose window has closed.
    """
    law = np.exp(-LAGS / (24 * mean_days)) - np.exp(-(LAGS + 1) / (24 * mean_days))
    law = law / law.sum() * 0.03
    per_day = 200_000 // 28
    mature = rng.multinomial(14 * per_day, [*law, 1 - law.sum()], size=size)
    seen, left = mature[:, :-1].copy(), np.zeros((size, len(LAGS)), dtype=np.int64)
    left[:, -1] += mature[:, -1]
    for age in range(COHORTS):
        cells = rng.multinomial(per_day, [*law, 1 - law.sum()], size=size)
        hours = 24 * age
        seen[:, :hours] += cells[:, :hours]
        left[:, max(hours - 1, 0)] += cells[:, hours:].sum(axis=1)
    return seen, left, mature[:, :-1]


def test_s11_an_acceleration_is_found_and_fakes_no_incidence() -> None:
    rng = np.random.default_rng(8)
    size = 400
    control, slow, fast = (watched(rng, days, size) for days in (6, 6, 2))
    assert (acceleration(LAGS, fast[2], control[2]).p < 0.05).mean() > 0.99
    assert (acceleration(LAGS, slow[2], control[2]).p < 0.05).mean() <= 0.05 + 3 * 0.011
    curves = [incidence(*arm[:2]) for arm in (control, slow, fast)]
    for treated in curves[1:]:
        p = incidence_lift(treated, curves[0]).p
        assert (p < 0.05).mean() == pytest.approx(0.05, abs=3 * 0.011)
    naive = log_lift((fast[0].sum(-1), 200_000), (control[0].sum(-1), 200_000), level=0.95)
    assert (naive.low > 0).mean() > 0.8


def test_s16_bots_are_found_and_not_carried() -> None:
    rng = np.random.default_rng(9)
    control = drawn(rng, 200_000, 0.12, 0.03)
    bots = rng.binomial(200_000, 0.015, REPLICATES)
    micro = rng.binomial(200_000 - bots, 0.12)
    people = np.stack([200_000 - bots, micro, rng.binomial(micro, 0.25)], axis=-1)
    treated = people + np.stack([bots, bots, 0 * bots], axis=-1)
    shares = shares_of(label_path(control, treated))
    assert shares["not_carried"] == pytest.approx(0.86, abs=TOLERANCE)
    assert shares["contradicted"] == pytest.approx(0.13, abs=TOLERANCE)
    p = fisher(Binomial(bots, treated[:, 1]), Binomial(0, control[:, 1]))
    assert (p < ALPHA).mean() == 1
    assert shares_of(label_path(control, people))["no_micro_signal"] > 0.94
