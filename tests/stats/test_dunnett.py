"""Facts about the law of the largest of several scores against one control."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical, dunnett_step_down


def test_one_arm_is_tested_as_if_alone() -> None:
    assert dunnett([1.7], [300], 5000) == pytest.approx(2 * ndtr(-1.7), rel=1e-14)
    assert dunnett_critical([300], 5000) == pytest.approx(-ndtri(0.025), rel=1e-14)


def test_with_a_huge_control_the_arms_are_independent() -> None:
    """Then the chance that none passes is the product: Sidak's adjustment."""
    sidak = 1 - (1 - 2 * ndtr(-2.5)) ** 4
    assert dunnett([2.5] * 4, [10] * 4, 10**12)[0] == pytest.approx(sidak, rel=1e-9)


def test_with_a_tiny_control_all_arms_tell_the_same() -> None:
    found = dunnett([2.5] * 4, [10**6] * 4, 100)[0]
    assert 2 * ndtr(-2.5) < found < 1.05 * 2 * ndtr(-2.5)


def test_p_keeps_its_digits_far_out() -> None:
    """Where two arms hardly ever pass together p is the sum of both."""
    found = dunnett([20.0, 20.0], [1000, 1000], 1000)[0]
    assert found == pytest.approx(4 * ndtr(-20.0), rel=1e-12)


def test_two_arms_of_equal_size_have_a_closed_one_sided_form() -> None:
    """P(both <= 0) = 1/4 + arcsin(1/2) / (2 pi) = 1/3 for correlation 1/2 (Sheppard 1899)."""
    found = dunnett([0.0, 0.0], [50, 50], 50, alternative="greater")
    assert found == pytest.approx([2 / 3] * 2, rel=1e-14)


def test_less_is_greater_of_the_mirror_image() -> None:
    z, n, control = np.array([-2.1, 0.4, 1.3]), [100, 200, 300], 150
    less = dunnett(z, n, control, alternative="less")
    assert np.array_equal(less, dunnett(-z, n, control, alternative="greater"))


def test_step_down_frees_the_second_arm_from_the_first() -> None:
    stepped = dunnett_step_down([3.0, 2.0], [1000, 1000], 1000)
    together = dunnett([3.0, 2.0], [1000, 1000], 1000)
    assert stepped[0] == together[0]
    assert stepped[1] == pytest.approx(2 * ndtr(-2.0), rel=1e-14)


def test_an_arm_without_units_does_not_count() -> None:
    with_gap = dunnett([1.8, np.nan, 1.1], [1000, 0, 1000], 1000)
    assert np.isnan(with_gap[1])
    without = dunnett([1.8, 1.1], [1000, 1000], 1000)
    assert with_gap[[0, 2]] == pytest.approx(without, rel=1e-14)
    assert dunnett_critical([1000, 0], 1000) == dunnett_critical([1000], 1000)


def test_a_control_without_units_gives_nothing() -> None:
    assert np.isnan(dunnett([1.0, 2.0], [100, 100], 0)).all()
    assert np.isnan(dunnett_critical([100, 100], 0))


def test_the_level_may_differ_between_families() -> None:
    both = dunnett_critical([[500, 500], [900, 100]], [[500], [500]], alpha=[0.05, 0.01])
    assert both[0] == dunnett_critical([500, 500], 500, alpha=0.05)
    assert both[1] == dunnett_critical([900, 100], 500, alpha=0.01)


@pytest.mark.parametrize("alpha", [1e-300, 1e-12, 0.5, 0.999999])
@pytest.mark.parametrize("side", ["two-sided", "greater"])
@pytest.mark.parametrize(
    ("units", "control"), [([500, 1500, 10], 700), ([100_000] * 5, 100), ([1000] * 20, 1000)]
)
def test_the_critical_value_has_the_asked_chance_at_any_level(
    units: list[int], control: int, side: str, alpha: float
) -> None:
    c = dunnett_critical(units, control, alpha=alpha, alternative=side)
    p = dunnett(np.full(len(units), c), units, control, alternative=side)
    assert p == pytest.approx(np.full(len(units), alpha), rel=1e-9, abs=0)


def test_a_level_next_to_one_is_not_answered_by_a_guess() -> None:
    assert np.isnan(dunnett_critical([1000] * 20, 1000, alpha=1 - 1e-15))


def test_an_unknown_alternative_is_refused() -> None:
    with pytest.raises(ValueError, match="alternative must be one of two-sided, greater, less"):
        dunnett([1.0], [10], 10, alternative="both")  # type: ignore[arg-type]


def test_negative_units_are_refused() -> None:
    with pytest.raises(ValueError, match="units must be finite, not negative, got -1"):
        dunnett([1.0, 1.0], [10, -1], 10)
