"""Do whole verdicts keep their word? By number of arms and by truth, by the stages of `analyze`."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from .noise import most
from .verdict_rates import (
    ARMS,
    ARMS_TRUTHS,
    PUBLISHED,
    SIZES,
    ArmsTruth,
    Truth,
    decided,
    of_arms,
    shares,
)

pytestmark = pytest.mark.slow

TESTS = 4_000


@pytest.mark.parametrize("arms", ARMS)
@pytest.mark.parametrize("truth", [ARMS_TRUTHS[at] for at in (0, 2, 4, 8)], ids=str)
def test_arms_together_err_as_seldom_as_promised(arms: int, truth: ArmsTruth) -> None:
    found = of_arms(arms, truth, TESTS, np.random.default_rng(15 + arms))
    assert found.up < most(0.025, TESTS)
    assert found.shipped < most(0.025, TESTS)
    assert found.label < most(0.05, TESTS)


@pytest.mark.parametrize("truth", PUBLISHED, ids=str)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_decisions_come_as_often_as_the_note_says(truth: Truth, at: int) -> None:
    found = shares(decided(truth, SIZES[at], TESTS, np.random.default_rng(40 + at)))
    for name, published in PUBLISHED[truth].items():
        expected = published[at] / 100
        noise = 4 * sqrt(max(expected * (1 - expected), 0.005) / TESTS)
        assert found[name] == pytest.approx(expected, abs=noise + 0.005), name


def test_decisions_err_as_seldom_as_promised() -> None:
    """The bounds at the end of section 4 of the verdict note, each at its worst truth."""
    rng = np.random.default_rng(44)
    shipped = shares(decided(Truth(0.2, 0), 150_000, TESTS, rng))["ship"]
    assert shipped < most(0.025, TESTS)
    on_margin = shares(decided(Truth(0.2, 0.2, -1), 150_000, TESTS, rng))["ship"]
    assert 0.03 < on_margin < most(0.05, TESTS)
    lost = decided(Truth(0.2, 0.05), 150_000, TESTS, rng)
    assert (lost.reason == "gain_lost").mean() < most(0.025, TESTS)
    worth_finding = shares(decided(Truth(0.1, 0), 56_000, TESTS, rng))
    assert worth_finding["too_small"] + worth_finding["no_detectable_difference"] < most(
        0.025, TESTS
    )
