"""Facts about the micro lift corrected for capture: golden group G8 and what must hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.exact.fisher_tests import fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.multiplicity.stepwise import holm
from abmicro.stats.quality.capture_rate import CaptureCounts, capture_corrected

CARRY = Path(__file__).parents[2] / "golden" / "carry" / "golden_carry.json"
G8 = json.loads(CARRY.read_text(encoding="utf-8"))["G8_instrument"]
DEVICES = ("mobile", "desktop")
MOBILE = capture_corrected(
    CaptureCounts([30_000, 3_700, 590, 66]), CaptureCounts([30_000, 4_000, 600, 12])
)


def test_the_golden_gap_is_found_on_mobile_only() -> None:
    """R's fisher.test agrees."""
    orders = [[G8["inputs"][device][arm] for device in DEVICES] for arm in ("variant", "control")]
    arms = (Binomial(*np.array(arm)[:, ::-1].T) for arm in orders)
    p = fisher(*arms)
    assert p.tolist() == pytest.approx([G8["tests"][one]["p"] for one in DEVICES], rel=1e-8)
    assert holm(p).tolist() == pytest.approx([G8["tests"][one]["p_holm"] for one in DEVICES])


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (MOBILE.recorded.estimate, G8["mobile_lift_raw"]),
        (MOBILE.corrected.estimate, G8["mobile_lift_corrected"]),
        (MOBILE.corrected.se, G8["se_corrected"]),
        (MOBILE.control, G8["tests"]["mobile"]["capture0"]),
        (MOBILE.treated, G8["tests"]["mobile"]["capture1"]),
    ],
    ids=["raw", "corrected", "se", "control", "treated"],
)
def test_the_golden_correction_is_met(got: np.ndarray, want: float) -> None:
    assert float(got) == pytest.approx(want, rel=1e-8)


def test_a_tag_fault_is_no_loss_once_corrected() -> None:
    assert MOBILE.recorded.p < 0.01
    assert str(MOBILE.label) == "no_micro_signal"


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 5_000))
def test_full_capture_in_both_arms_corrects_nothing(macro: int, more: int, rest: int) -> None:
    units = macro + more + rest
    arms = [[units, macro + more, macro, 0], [2 * units, macro + more, macro, 0]]
    found = capture_corrected(*map(CaptureCounts, arms[::-1]))
    plain = path(*map(NestedCounts, [*([row[0], row[1], row[2]] for row in arms)][::-1]))
    assert found.corrected.estimate == pytest.approx(float(plain.micro.estimate))
    assert found.corrected.se == pytest.approx(float(plain.micro.se), nan_ok=True)
    assert found.covariance == pytest.approx(float(plain.covariance))
    assert found.label == plain.label


def test_equal_losses_in_both_arms_cancel() -> None:
    found = capture_corrected(
        CaptureCounts([30_000, 4_400, 600, 60]), CaptureCounts([30_000, 4_000, 600, 60])
    )
    assert float(found.corrected.estimate) == pytest.approx(float(found.recorded.estimate))
    assert found.corrected.se > found.recorded.se


def test_swapping_the_arms_negates_the_correction() -> None:
    arms = [30_000, 4_000, 600, 12], [30_000, 3_700, 590, 66]
    there, back = (
        capture_corrected(*map(CaptureCounts, arms[::-1])),
        capture_corrected(*map(CaptureCounts, [*arms[::-1]][::-1])),
    )
    assert float(there.corrected.estimate) == -float(back.corrected.estimate)
    assert float(there.corrected.se) == pytest.approx(float(back.corrected.se))


def test_the_variance_is_that_of_a_simulation() -> None:
    """Delta method against 200,000 multinomial draws of (micro x macro) cells."""
    rng = np.random.default_rng(6)
    units, shares = 20_000, [0.02, 0.1, 0.004, 0.876]  # both, micro only, macro only, neither
    draws = rng.multinomial(units, shares, size=(2, 100_000))
    arms = np.stack(
        [
            np.full(draws.shape[:2], units),
            draws[..., 0] + draws[..., 1],
            draws[..., 0] + draws[..., 2],
            draws[..., 2],
        ],
        axis=-1,
    )
    found = capture_corrected(CaptureCounts(arms[1]), CaptureCounts(arms[0]))
    spread = float(found.corrected.estimate.std())
    assert float(np.median(found.corrected.se)) == pytest.approx(spread, rel=0.01)
    joint = float(np.cov(found.corrected.estimate, found.macro.estimate)[0, 1])
    assert float(np.median(found.covariance)) == pytest.approx(joint, abs=3e-5)


@pytest.mark.parametrize("arm", [[0, 0, 0, 0], [100, 0, 0, 0], [100, 5, 3, 3]])
def test_without_a_captured_order_nothing_is_known(arm: list[int]) -> None:
    found = capture_corrected(CaptureCounts(arm), CaptureCounts([1_000, 100, 30, 3]))
    assert np.isnan(found.corrected.estimate)
    assert str(found.label) == "no_micro_signal"


@pytest.mark.parametrize(
    ("arm", "says"),
    [
        ([10, 20, 5, 0], "enough units"),
        ([100, 20, 5, 6], "cannot lack more"),
        ([100, 2, 5, 1], "micro goal for each"),
        ([100, 20, 5], "needs units, micro, macro and lacking"),
        ([100, 20.5, 5, 0], "whole numbers"),
    ],
)
def test_counts_that_contradict_one_another_are_refused(arm: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        capture_corrected(CaptureCounts(arm), CaptureCounts([1_000, 100, 30, 3]))


def test_a_batch_gives_what_each_alone_gives() -> None:
    many = capture_corrected(
        CaptureCounts([30_000, 3_700, 590, 66]), CaptureCounts([[30_000, 4_000, 600, 12]] * 2)
    )
    assert many.label.shape == (2,)
    assert many.corrected.se[1] == MOBILE.corrected.se


def test_a_thousand_million_units_are_fine() -> None:
    found = capture_corrected(
        CaptureCounts([10**9, 10**8, 10**7, 20]), CaptureCounts([10**9, 10**8, 10**7, 10])
    )
    assert np.isfinite(found.corrected.se)
