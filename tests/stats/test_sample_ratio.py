"""Facts about the check of the arms' shares; the golden cases hold the figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erfc

from abmicro.stats.multiplicity import stepwise
from abmicro.stats.quality.sample_ratio_mismatch import (
    sample_ratio,
    sample_ratio_exact,
    sample_ratio_g,
    sample_ratio_of_groups,
    sample_ratio_over_phases,
)


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


def test_the_size_of_the_mismatch_does_not_grow_with_the_traffic() -> None:
    small, large = sample_ratio([[110, 90], [1_100_000, 900_000]], [1, 1]).cohens_w
    assert small == large == pytest.approx(0.1)


def test_deviations_are_relative_to_the_designed_units() -> None:
    assert sample_ratio([95, 5], [90, 10]).deviations == pytest.approx([95 / 90 - 1, -0.5])


def test_three_units_in_three_arms_are_split_exactly() -> None:
    """Of 27 ways 6 give each arm one, 18 give two to one, 3 give all to one."""
    found = sample_ratio_exact([[1, 1, 1], [2, 1, 0], [0, 0, 3]], [1, 1, 1])
    assert found == pytest.approx([1, 21 / 27, 3 / 27])


def test_uneven_shares_order_the_splits_by_likelihood() -> None:
    """Two units at shares 3 : 1 fall as 9, 6 and 1 sixteenths."""
    found = sample_ratio_exact([[2, 0], [1, 1], [0, 2]], [3, 1])
    assert found == pytest.approx([1, 7 / 16, 1 / 16])


def test_the_exact_p_of_a_tiny_tail_keeps_its_digits() -> None:
    assert sample_ratio_exact([1000, 0], [1, 1]) == pytest.approx(2.0**-999, rel=1e-11)


@pytest.mark.parametrize(
    ("units", "shares", "p"),
    [
        ([500_040_000, 499_960_000], [1, 1], 0.01141306487454039),
        ([500_580_000, 499_420_000], [1, 1], 1.394026789892713e-294),
        ([990_010_000, 9_990_000], [99, 1], 0.001480256839072836),
        ([10_020_000, 989_980_000], [1, 99], 2.093072701601118e-10),
    ],
)
def test_the_exact_p_of_two_arms_takes_a_thousand_million_units(
    units: list[int], shares: list[int], p: float
) -> None:
    """Expected: both tails summed term by term from their ends, with 40 digits."""
    assert sample_ratio_exact(units, shares) == pytest.approx(p, rel=1e-10)


def test_exact_cells_of_different_totals_come_in_one_batch() -> None:
    found = sample_ratio_exact([[[5, 12], [0, 0]], [[10, 0], [5, 12]]], [1, 1])
    assert found[0, 0] == found[1, 1] == sample_ratio_exact([5, 12], [1, 1])
    assert np.isnan(found[0, 1])


def test_an_exact_test_of_too_many_splits_names_the_other_test() -> None:
    with pytest.raises(ValueError, match=r"2098176 of 2047 units over 3 arms; use the chi-square"):
        sample_ratio_exact([2000, 40, 7], [1, 1, 1])


def test_all_three_tests_agree_where_counts_are_large() -> None:
    split, shares = [250_400, 249_600], [1, 1]
    p = sample_ratio(split, shares).p
    assert sample_ratio_g(split, shares).p == pytest.approx(p, rel=1e-4)
    assert sample_ratio_exact(split, shares) == pytest.approx(p, rel=5e-3)


def test_of_many_days_the_uneven_one_is_found() -> None:
    days = np.full((14, 2), 5_000)
    days[9] = [5_300, 4_700]
    p = sample_ratio_of_groups(days, [1, 1])
    assert p[9] == pytest.approx(14 * sample_ratio_exact([5_300, 4_700], [1, 1]))
    assert (np.delete(p, 9) == 1).all()


def test_two_arms_are_tested_exactly_and_empty_groups_not_at_all() -> None:
    p = sample_ratio_of_groups([[10, 0], [0, 0], [600, 500]], [1, 1], correction="none")
    assert p[0] == sample_ratio_exact([10, 0], [1, 1])
    assert np.isnan(p[1])
    assert p[2] == sample_ratio_exact([600, 500], [1, 1])


def test_three_arms_are_tested_exactly_where_one_expects_few() -> None:
    few, thin, many = [20, 8, 9], [590, 5, 5], [700, 640, 660]
    shares = np.array([[1, 1, 1], [98, 1, 1], [1, 1, 1]])
    p = sample_ratio_of_groups([few, thin, many], shares, correction="none")
    assert p[0] == sample_ratio_exact(few, [1, 1, 1])
    assert p[1] == 1
    assert p[2] == sample_ratio(many, [1, 1, 1]).p
    third = sample_ratio_of_groups([[560, 38, 2]], [98, 1, 1], correction="none")[0]
    assert third == pytest.approx(3 * sample_ratio_exact([562, 38], [99, 1]))


def test_every_batch_of_groups_is_a_family_of_its_own() -> None:
    units = np.array([[[90, 60], [80, 70]], [[75, 75], [40, 60]]])
    p = sample_ratio_of_groups(units, [1, 1])
    assert np.array_equal(p, stepwise.holm(sample_ratio_exact(units, [1, 1])))


def test_more_arms_than_an_exact_test_can_look_at_are_held_against_the_rest() -> None:
    units = np.array([[9, 3, 3, 3, 3, 3, 3, 3]])
    p = sample_ratio_of_groups(units, np.ones(8))
    assert p[0] == pytest.approx(8 * sample_ratio_exact([9, 21], [1, 7]))
    many = np.array([[190, 160, 160, 160, 160, 160, 160, 160]])
    assert sample_ratio_of_groups(many, np.ones(8))[0] == sample_ratio(many[0], np.ones(8)).p


@pytest.mark.parametrize(
    ("units", "shares", "message"),
    [
        ([10, -1], [1, 1], "units must .*, got -1"),
        ([10, 1.5], [1, 1], "units must .*, got 1.5"),
        ([10, np.nan], [1, 1], "units must .*, got nan"),
        ([10, 2.0**60], [1, 1], r"units must .* 2\*\*53"),
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


def test_an_arm_without_a_share_in_a_phase_drops_out_of_it() -> None:
    """Units of the other arms are judged as if the phase had only these."""
    both = [[520, 480, 0], [1_030, 970, 0]]
    gone = sample_ratio_over_phases(both, [[1, 1, 0], [1, 1, 0]])
    assert gone == pytest.approx(sample_ratio_over_phases([[520, 480], [1_030, 970]], [1, 1]))
    later = sample_ratio_over_phases([[400, 400, 400], [520, 480, 0]], [[1, 1, 1], [1, 1, 0]])
    assert 0.05 < later < 1
    assert sample_ratio_over_phases([[520, 480, 1]], [[1, 1, 0]]) == 0
    assert sample_ratio_over_phases([[3, 14, 0]], [[1, 1, 0]]) == pytest.approx(
        sample_ratio_exact([3, 14], [1, 1])
    )
