"""Facts about the confidence set of a ratio."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.special import ndtri

from abmicro.stats.foundations.fieller_sets import FiellerSet, Kind, fieller


def holds(found: FiellerSet, ratio: float) -> bool:
    if found.kind == Kind.RAYS:
        return bool(ratio <= found.low or ratio >= found.high)
    return bool(found.low <= ratio <= found.high)


def test_a_clear_denominator_gives_an_interval() -> None:
    """Without noise in the denominator the set is the numerator's interval, divided."""
    found = fieller(3.0, 2.0, 0.25, 0.0, 0.0)
    assert found.kind == Kind.INTERVAL
    assert found.low == pytest.approx((3 - 0.5 * 1.959963984540054) / 2)
    assert found.high == pytest.approx((3 + 0.5 * 1.959963984540054) / 2)


def test_a_vague_denominator_with_a_clear_numerator_gives_rays() -> None:
    found = fieller(5.0, 1.0, 1.0, 1.0, 0.0)
    assert found.kind == Kind.RAYS
    assert found.low < 0 < found.high < found.estimate


def test_two_vague_estimates_give_the_whole_line() -> None:
    found = fieller(0.5, 0.5, 1.0, 1.0, 0.0)
    assert (found.kind, found.low, found.high) == (Kind.LINE, -np.inf, np.inf)


def test_a_denominator_of_zero_has_no_ratio_but_a_set() -> None:
    found = fieller(5.0, 0.0, 1.0, 1.0, 0.0)
    assert np.isnan(found.estimate)
    assert found.kind == Kind.RAYS


def test_an_unknown_estimate_leaves_the_whole_line() -> None:
    found = fieller(np.nan, 1.0, 0.01, 0.01, 0.0)
    assert found.kind == Kind.LINE
    assert np.isnan(found.estimate)


def test_one_noise_shared_by_both_gives_a_point() -> None:
    found = fieller(4.0, 4.0, 0.5, 0.5, 0.5)
    assert (found.low, found.high) == (1, 1)


def test_students_t_widens_the_set() -> None:
    normal, few = fieller(3, 2, 0.1, 0.1, 0), fieller(3, 2, 0.1, 0.1, 0, df=5)
    assert few.low < normal.low
    assert normal.high < few.high


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_roots_keep_their_digits_at_large_scores(scale: float) -> None:
    """With z-scores in the millions the interval is the delta method's, to first order."""
    found = fieller(2.0 * scale, 1.0 * scale, (1e-7 * scale) ** 2, (1e-7 * scale) ** 2, 0.0)
    half = 1.959963984540054e-7 * np.sqrt(1 + 4)
    assert found.high - 2 == pytest.approx(half, rel=1e-6)
    assert 2 - found.low == pytest.approx(half, rel=1e-6)


NUMBERS = st.floats(-5, 5)
SPREAD = st.floats(0.05, 3)


@given(NUMBERS, NUMBERS, SPREAD, SPREAD, st.floats(-0.95, 0.95), st.floats(-20, 20))
def test_the_set_holds_the_ratios_whose_contrast_is_not_significant(
    numerator: float, denominator: float, sn: float, sd: float, correlation: float, ratio: float
) -> None:
    covariance = correlation * sn * sd
    found = fieller(numerator, denominator, sn**2, sd**2, covariance)
    contrast = numerator - ratio * denominator
    noise = sn**2 - 2 * ratio * covariance + ratio**2 * sd**2
    excess = abs(contrast) / np.sqrt(noise) + ndtri(0.025)
    if abs(excess) > 1e-6:
        assert holds(found, ratio) == (excess < 0)
