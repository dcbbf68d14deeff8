"""Facts about adjusted p-values and the level each hypothesis was tested at."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.multiplicity import stepwise
from abmicro.stats.multiplicity.stepwise import (
    CORRECTIONS,
    benjamini_hochberg,
    hochberg,
    holm,
    hommel,
)

# Benjamini and Hochberg (1995), section 4: fifteen comparisons of a heart-attack trial.
TRIAL = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]
CORRECTED = [name for name in CORRECTIONS if name != "none"]


def test_benjamini_and_hochberg_reject_four_of_fifteen_and_holm_three() -> None:
    assert (benjamini_hochberg(TRIAL) < 0.05).sum() == 4
    assert (holm(TRIAL) < 0.05).sum() == 3


def test_hochberg_rejects_all_where_the_largest_p_is_below_alpha() -> None:
    assert (hochberg([0.04, 0.045, 0.049]) < 0.05).all()
    assert not (holm([0.04, 0.045, 0.049]) < 0.05).any()


@pytest.mark.parametrize("name", CORRECTED)
def test_a_hypothesis_without_p_does_not_count(name: str) -> None:
    with_gap = stepwise.adjusted([0.03, np.nan, 0.01], correction=name)
    assert np.isnan(with_gap[1])
    assert list(with_gap[[0, 2]]) == list(stepwise.adjusted([0.03, 0.01], correction=name))


@pytest.mark.parametrize("name", CORRECTIONS)
def test_equal_p_values_are_adjusted_equally(name: str) -> None:
    adjusted = stepwise.adjusted([0.02, 0.01, 0.02, 0.02], correction=name)
    assert adjusted[0] == adjusted[2] == adjusted[3]


@pytest.mark.parametrize("name", CORRECTIONS)
def test_one_hypothesis_needs_no_correction(name: str) -> None:
    assert stepwise.adjusted([0.03], correction=name) == [0.03]
    assert stepwise.tested_at([0.03], alpha=0.05, correction=name) == [0.05]


def test_families_lie_along_the_last_axis() -> None:
    rows = np.array([[0.01, 0.02], [0.04, 0.03]])
    assert np.array_equal(holm(rows), [holm(rows[0]), holm(rows[1])])


def test_an_empty_family_has_no_adjusted_p() -> None:
    assert holm([]).shape == (0,)


def test_a_family_without_any_p_stays_without() -> None:
    assert np.isnan(holm([np.nan, np.nan])).all()
    assert list(stepwise.tested_at([np.nan], alpha=0.05, correction="holm")) == [0.05]


def test_rejected_hypotheses_are_tested_at_the_last_threshold_passed() -> None:
    tested = stepwise.tested_at([0.001, 0.3, 0.012], alpha=0.05, correction="holm")
    assert tested == pytest.approx([0.05 / 2, 0.05, 0.05 / 2])


def test_benjamini_hochberg_tests_the_rejected_at_their_share_of_alpha() -> None:
    """Benjamini and Yekutieli (2005): intervals at 1 - R alpha / m keep the false coverage rate."""
    tested = stepwise.tested_at(TRIAL, alpha=0.05, correction="bh")
    assert tested[:4] == pytest.approx(4 * 0.05 / 15)
    assert tested[4:] == pytest.approx(5 * 0.05 / 15)


def test_hommel_tests_all_at_alpha_over_the_largest_set_that_simes_keeps() -> None:
    """Here that is the set of the largest p alone."""
    tested = stepwise.tested_at([0.01, 0.02, 0.022, 0.09], alpha=0.05, correction="hommel")
    assert tested == pytest.approx([0.05] * 4)


def test_hommel_takes_families_of_different_size_at_once() -> None:
    both = hommel([[0.01, 0.022, 0.02, 0.09], [0.02, np.nan, 0.01, 0.03]])
    assert list(both[1, [0, 2, 3]]) == list(hommel([0.02, 0.01, 0.03]))


def test_each_family_may_have_its_own_alpha() -> None:
    both = stepwise.tested_at([[0.02, 0.2]] * 2, alpha=[[0.05], [0.01]], correction="holm")
    assert both == pytest.approx(np.array([[0.025, 0.05], [0.005, 0.005]]))


def test_an_unknown_correction_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'sidak' is not one of none, bonferroni, holm"):
        stepwise.tested_at([0.1], alpha=0.05, correction="sidak")


@pytest.mark.parametrize("p", [-0.01, 1.01])
def test_a_p_outside_its_range_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\], got"):
        holm([0.5, p])
