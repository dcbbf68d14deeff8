"""Facts about the mirror image that a faulty tag leaves."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.log_ratio import log_ratio
from abmicro.stats.quality.lost_tag import looks_lost, one_level, step_lifts

CONTROL = [200_000, 24_000, 6_000]


def test_macro_is_the_sum_of_micro_and_quality() -> None:
    micro, quality, macro = step_lifts(
        NestedCounts([6_000, 800, 130]), NestedCounts([5_000, 700, 90])
    )
    assert float(micro[0] + quality[0]) == pytest.approx(float(macro[0]))
    assert float(np.hypot(micro[1], quality[1])) == pytest.approx(float(macro[1]))


def test_a_step_lift_is_the_log_of_a_ratio_of_rates() -> None:
    micro, _, _ = step_lifts(NestedCounts([6_000, 800, 130]), NestedCounts([5_000, 700, 90]))
    assert float(micro[0]) == pytest.approx(float(log_ratio((800, 6_000), (700, 5_000))[0]))


@pytest.mark.parametrize(
    ("treated", "lost"),
    [
        ([200_000, 21_600, 6_010], True),
        ([200_000, 21_600, 5_400], False),  # a loss that carried
        ([200_000, 26_400, 6_000], False),  # a gain of no value: what `not_carried` is for
        ([200_000, 23_950, 6_000], False),
        ([200_000, 21_600, 6_400], False),  # the macro rose
    ],
)
def test_a_lost_tag_is_a_loss_that_quality_undoes(treated: list[int], lost: bool) -> None:
    assert bool(looks_lost(NestedCounts(treated), NestedCounts(CONTROL))) is lost


def test_a_loss_of_unknown_fate_is_not_suspected() -> None:
    # Udacity's screener: enrolments fell, payments cannot be told.
    assert not looks_lost(
        NestedCounts([17_260, 3_423, 1_945]), NestedCounts([17_293, 3_785, 2_033]), level=0.99
    )


def test_a_tag_fault_on_one_device_is_found_there() -> None:
    # Carry-through note, S6: the control's mobile tag captures 70%.
    control = [[24_000, 1_680, 302], [16_000, 2_400, 792]]
    treated = [[24_000, 2_400, 432], [16_000, 2_410, 790]]
    treated[0][2] = 305
    found = one_level(NestedCounts(treated), NestedCounts(control))
    assert bool(found.suspected)
    assert int(found.level) == 0


def test_a_real_effect_on_one_device_is_not_suspected() -> None:
    control = [[24_000, 2_400, 432], [16_000, 2_400, 792]]
    treated = [[24_000, 3_400, 612], [16_000, 2_410, 790]]
    found = one_level(NestedCounts(treated), NestedCounts(control))
    assert found.micro.p < 0.01
    assert not found.suspected


def test_one_level_alone_tells_nothing() -> None:
    found = one_level(
        NestedCounts([[24_000, 3_400, 432], [0, 0, 0]]),
        NestedCounts([[24_000, 2_400, 432], [0, 0, 0]]),
    )
    assert np.isnan(found.quality.p)
    assert not found.suspected


def test_empty_levels_and_no_conversions_raise_no_warning() -> None:
    found = one_level(
        NestedCounts([[10, 0, 0], [9, 1, 0], [5, 5, 5]]),
        NestedCounts([[10, 0, 0], [0, 0, 0], [5, 5, 5]]),
    )
    assert not found.suspected


def test_batches_of_arms_and_goals_are_done_at_once() -> None:
    arms = np.broadcast_to(np.array([[1_000, 100, 20], [900, 80, 15]]), (3, 4, 2, 3))
    assert one_level(NestedCounts(arms), NestedCounts(arms[0])).suspected.shape == (3, 4)
