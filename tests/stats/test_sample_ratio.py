"""Facts about the check of the arms' shares; the golden cases hold the figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erfc

from abmicro.stats.sample_ratio import sample_ratio


def test_shares_need_not_sum_to_one() -> None:
    assert sample_ratio([90, 10], [9, 1]).p == sample_ratio([90, 10], [0.9, 0.1]).p


def test_arms_in_their_shares_have_p_one() -> None:
    found = sample_ratio([850, 150], [85, 15])
    assert (found.statistic, found.p) == (0, 1)


def test_one_unit_in_a_thousand_million_is_seen() -> None:
    found = sample_ratio([500_000_001, 500_000_000], [1, 1])
    assert found.statistic == pytest.approx(1 / 1_000_000_001, rel=1e-12)


def test_a_tiny_p_keeps_its_digits() -> None:
    """With two arms the statistic is a squared normal: p = erfc(sqrt(statistic / 2))."""
    found = sample_ratio([500_580_000, 499_420_000], [1, 1])
    assert 1e-300 < found.p < 1e-290
    assert found.p == pytest.approx(erfc(np.sqrt(found.statistic / 2)), rel=1e-10)


def test_the_degrees_of_freedom_are_the_arms_less_one() -> None:
    assert sample_ratio([10, 11, 12, 9], [1, 1, 1, 1]).df == 3


def test_no_units_at_all_give_no_p() -> None:
    found = sample_ratio([[0, 0], [5, 5]], [1, 1])
    assert np.isnan(found.p[0])
    assert found.p[1] == 1


def test_batches_stand_before_the_arms() -> None:
    units = np.array([[[40, 60], [50, 50]], [[45, 55], [30, 70]]])
    found = sample_ratio(units, [1, 1])
    assert found.p[1, 1] == sample_ratio([30, 70], [1, 1]).p


@pytest.mark.parametrize(
    ("units", "shares", "message"),
    [
        ([10, -1], [1, 1], "units must not be negative or NaN, got -1"),
        ([10, 1.5], [1, 1], "units must be whole numbers, got 1.5"),
        ([10, np.nan], [1, 1], "units must not be negative or NaN, got nan"),
        ([10, 2.0**60], [1, 1], r"units must be at most 2\*\*53"),
        ([10, 10], [1, 0], "shares must be positive and finite, got 0"),
        ([10, 10], [1, np.inf], "shares must be positive and finite, got inf"),
        ([10], [1], "units needs at least two arms"),
    ],
)
def test_what_cannot_be_a_split_is_refused(
    units: list[float], shares: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        sample_ratio(units, shares)
