"""Past arms once the noise is taken off, and what they show before."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats import programme

RNG = np.random.default_rng(7)
NOISE = np.tile([0.002, 0.002, 0.008], (12, 1))


@pytest.fixture(scope="module")
def learnt() -> programme.Programme:
    lifts = RNG.normal(0.01, [0.06, 0.1], (12, 2))
    return programme.programme(lifts, NOISE / 2, NOISE / 2, np.arange(12))


def test_what_arms_keep_adds_up_to_the_gain_of_all(learnt: programme.Programme) -> None:
    kept = programme.shrunken(learnt)
    assert kept[:, 1].sum() == pytest.approx(programme.gain(learnt, range(12)).kept.mean)
    assert (np.ptp(kept, axis=0) < np.ptp(learnt.lifts, axis=0)).all()


def test_without_noise_arms_keep_what_they_showed() -> None:
    lifts = np.array([[0.1, 0.05], [-0.08, -0.02], [0.02, 0.03]])
    exact = np.full((3, 3), [1e-9, 0, 1e-9])
    found = programme.programme(lifts, exact, exact, np.arange(3))
    assert programme.shrunken(found) == pytest.approx(lifts, abs=1e-4)


def test_noise_alone_makes_a_line_of_slope_one_on_a_path() -> None:
    """Nothing works, the macro is most of the micro: raw lifts go together, and nothing is true."""
    noise = np.array([[0.002, 0.002], [0.002, 0.003]])
    lifts = np.random.default_rng(3).multivariate_normal([0, 0], noise, 4_000)
    assert programme.raw_line(lifts).slope == pytest.approx(1, abs=0.05)
    signs = programme.sign_table(lifts, np.tile([0.002, 0.002, 0.003], (4_000, 1)))
    assert signs.low < signs.chance < signs.high
    assert signs.counts[1, 1] > 3_500


def test_a_table_of_no_arm_is_refused_and_a_line_through_one_is_no_number() -> None:
    with pytest.raises(ValueError, match="an arm at least"):
        programme.sign_table(np.zeros((0, 2)), np.zeros((0, 3)))
    assert np.isnan(programme.raw_line([[0.1, 0.2]]).slope)
    assert np.isnan(programme.raw_line([]).slope)
