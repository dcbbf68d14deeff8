"""What past tests say of new ones holds as often as it is said to, by the product's functions."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats import programme
from tests.calibration.programme_worlds import KINDS, LARGE, SMALL, made

pytestmark = pytest.mark.slow

HISTORIES, NEW = 20, 20


def covered(found: programme.LiftGuess, truth: np.ndarray) -> np.ndarray:
    return (found.low <= truth) & (truth <= found.high)


@pytest.mark.parametrize(("tests", "units"), [(0, SMALL), (3, SMALL), (10, SMALL), (30, SMALL)])
def test_the_blended_lift_covers_with_any_number_of_past_tests(tests: int, units: int) -> None:
    """95 % intervals cover .93 to 1; three errors of histories are allowed below."""
    rng = np.random.default_rng([1, tests])
    shares = []
    for _ in range(HISTORIES if tests else 1):
        learnt = made(rng, KINDS["typical, mean +2 %"], tests, units).learn()
        new = made(rng, KINDS["typical, mean +2 %"], NEW if tests else 10 * NEW, units)
        found = programme.blended(learnt, new.lifts, new.noise)
        shares.append(covered(found, new.truth).mean())
    error = np.std(shares) / np.sqrt(len(shares))
    assert np.mean(shares) >= 0.93 - 3 * error


@pytest.mark.parametrize("kind", ["unrelated", "false friend"])
def test_a_wrong_history_does_no_harm_in_a_mixture(kind: str) -> None:
    """Other sites where orders follow baskets; here they do not. Intervals cover .96 and more."""
    rng = np.random.default_rng([2, list(KINDS).index(kind)])
    shares = []
    for _ in range(HISTORIES // 2):
        learnt = made(rng, KINDS["typical"], 30, LARGE).learn()
        new = made(rng, KINDS[kind], 2 * NEW, SMALL)
        found = programme.robust_blend(learnt, new.lifts, new.noise).guess
        shares.append(covered(found, new.truth).mean())
    error = np.std(shares) / np.sqrt(len(shares))
    assert np.mean(shares) >= 0.96 - 3 * error


@pytest.mark.parametrize(("flat", "sd"), [(0.9, 0.10), (0.0, 0.05), (1.0, 0.0)])
def test_no_more_wins_are_flukes_than_the_bound_says(flat: float, sd: float) -> None:
    """Over programmes: nine in ten changes flat; lifts spread; nothing works."""
    rng, (programmes, tests) = np.random.default_rng([3, int(10 * flat)]), (2_000, 40)
    truth = rng.normal(0, sd, (programmes, tests)) * (rng.random((programmes, tests)) >= flat)
    error = np.sqrt(2 / 5_000 * (1 / 0.03 - 1))
    won = rng.normal(truth, error) > 1.96 * error
    wins, flukes = won.sum(), (won & (truth <= 0)).sum()
    bound = float(programme.chance_wins(programmes * tests, wins).share_at_most)
    assert flukes / wins <= bound + 3 * np.sqrt(flukes) / wins


def test_so_many_wins_by_chance_are_as_likely_as_is_said() -> None:
    wins = np.random.default_rng(5).binomial(40, 0.025, 20_000)
    for least in (1, 2, 3):
        said = float(programme.chance_of_wins(40, least))
        assert (wins >= least).mean() == pytest.approx(said, abs=3 * np.sqrt(said / 20_000))


def test_gains_kept_are_neither_claimed_nor_lost() -> None:
    """Shipping winners claims more than is true; what is kept is right on average and covered."""
    rng, kept, claimed, truth, inside = np.random.default_rng(4), [], [], [], []
    for _ in range(HISTORIES):
        past = made(rng, KINDS["typical"], 40, 5_000)
        live = np.flatnonzero(past.lifts[:, 1] > np.sqrt(past.noise[:, 2]))
        found = programme.gain(past.learn(), live)
        kept.append(found.kept.mean)
        claimed.append(found.claimed)
        truth.append(past.truth[live].sum())
        inside.append(covered(found.kept, truth[-1]))
    error = np.std(np.subtract(kept, truth)) / np.sqrt(HISTORIES)
    assert np.mean(kept) == pytest.approx(np.mean(truth), abs=3 * error + 0.02)
    assert np.mean(claimed) > np.mean(truth) + 0.2
    assert np.mean(inside) >= 0.9 - 3 * np.sqrt(0.09 / HISTORIES)
