"""The funnel split within strata: that of `decompose` where there is one, no season where many."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.carry_through.funnel_decomposition import Decomposition, decompose
from abmicro.stats.carry_through.stratified_funnel import decompose_strata
from abmicro.stats.foundations.cells import NestedCounts

CONTROL = [[54_000, 5_400, 2_700, 1_080], [30_000, 4_800, 3_000, 1_440]]
TREATED = [[6_000, 600, 300, 120], [30_000, 4_800, 3_000, 1_440]]


def figures(found: Decomposition) -> list[list[float]]:
    logs = (found.steps, found.cumulative)
    each = [part for log in logs for part in (log.estimate, log.se, log.low, log.high, log.p)]
    parts = (found.control_rates, found.treated_rates, *each, *found.contributions, *found.total)
    return [np.ravel(part).tolist() for part in parts]


@pytest.mark.parametrize(
    ("control", "treated"),
    [
        ([24_310, 2_917, 1_458, 729], [24_187, 3_217, 1_544, 756]),  # G1
        ([100, 10, 0, 0], [100, 12, 3, 0]),
        ([100, 0, 0], [100, 12, 3]),
        ([5, 5, 5], [5, 5, 5]),
        ([10**9, 10**8, 10**7], [10**9, 10**8, 10**7 + 5]),
    ],
)
def test_one_stratum_is_the_funnel_itself(control: list[int], treated: list[int]) -> None:
    found, expected = (
        decompose_strata(NestedCounts([treated]), NestedCounts([control])),
        decompose(NestedCounts(treated), NestedCounts(control)),
    )
    for mine, other in zip(figures(found), figures(expected), strict=True):
        assert mine == pytest.approx(other, rel=1e-7, abs=1e-12, nan_ok=True)
    assert bool(found.adjusted) == bool(expected.adjusted)


def test_a_season_during_a_ramp_shows_at_no_step() -> None:
    found = decompose_strata(NestedCounts(TREATED), NestedCounts(CONTROL))
    assert found.steps.estimate == pytest.approx([0, 0, 0], abs=1e-12)
    assert found.control_rates.tolist() == pytest.approx([0.13, 0.075 / 0.13, 0.034 / 0.075])
    assert (
        decompose(
            NestedCounts(np.sum(TREATED, 0)), NestedCounts(np.sum(CONTROL, 0))
        ).steps.estimate[0]
        > 0.2
    )


def test_steps_and_contributions_add_up() -> None:
    treated = [[6_000, 640, 310, 140], [30_000, 5_000, 3_300, 1_500]]
    found = decompose_strata(NestedCounts(treated), NestedCounts(CONTROL))
    assert found.steps.estimate.sum() == pytest.approx(found.cumulative.estimate[-1])
    rates = found.treated_rates.prod() - found.control_rates.prod()
    assert found.contributions.estimate.sum() == pytest.approx(1000 * rates)
    assert found.total.estimate == pytest.approx(1000 * rates)


def test_a_stratum_of_one_arm_compares_nothing() -> None:
    more = decompose_strata(
        NestedCounts([*TREATED, [0, 0, 0, 0]]), NestedCounts([*CONTROL, [900, 90, 9, 9]])
    )
    assert (
        more.steps.se.tolist()
        == decompose_strata(NestedCounts(TREATED), NestedCounts(CONTROL)).steps.se.tolist()
    )


def test_without_a_common_stratum_nothing_is_known() -> None:
    found = decompose_strata(
        NestedCounts([[0, 0, 0], [100, 10, 1]]), NestedCounts([[100, 10, 1], [0, 0, 0]])
    )
    assert np.isnan(found.steps.estimate).all()
    assert np.isnan(found.contributions.low).all()


def test_counts_without_strata_are_refused() -> None:
    with pytest.raises(ValueError, match="treated needs strata along its last axis but one"):
        decompose_strata(NestedCounts([100, 12, 2]), NestedCounts([100, 10, 1]))
