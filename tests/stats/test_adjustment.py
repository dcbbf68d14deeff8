"""Facts about means adjusted by a covariate, by strata or by a cap."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abmicro.stats.means.bivariate_moments import PairMoments
from abmicro.stats.means.covariate_adjustment import ancova, cap, cuped, lin, post_stratified_means
from abmicro.stats.means.standardization import g_computation
from abmicro.stats.means.welch import Moments, welch_difference


def made(seed: int, units: int, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """Spend that is zero for three units of four, and spend before, which predicts it."""
    rng = np.random.default_rng(seed)
    before = rng.exponential(20, units) * (rng.random(units) < 0.25)
    return before * 0.8 + effect + rng.normal(0, 5, units), before


ONE, OTHER = made(1, 4000, 0.5), made(2, 5000, 0.0)


def test_cuped_takes_from_the_variance_the_square_of_the_correlation() -> None:
    treated, control = PairMoments.of(*ONE), PairMoments.of(*OTHER)
    adjusted = cuped(treated, control)
    both = treated + control
    explained = both.covariance**2 / (both.y.variance * both.x.variance)
    left = adjusted.control.variance / control.y.variance
    assert left == pytest.approx(1 - explained, rel=0.02)
    assert explained > 0.5


@pytest.mark.parametrize("method", ["cuped", "ancova", "lin"])
def test_adjustments_agree_at_large_counts(method: str) -> None:
    treated, control = PairMoments.of(*ONE), PairMoments.of(*OTHER)
    adjusted = cuped(treated, control)
    found = {
        "cuped": welch_difference(adjusted.treated, adjusted.control),
        "ancova": ancova(treated, control),
        "lin": lin(ONE, OTHER),
    }[method]
    assert found.estimate == pytest.approx(0.5, abs=3 * float(found.error))
    assert found.error == pytest.approx(5 * np.sqrt(1 / 4000 + 1 / 5000), rel=0.03)


def test_a_covariate_that_does_not_vary_changes_nothing() -> None:
    treated, control = PairMoments.of([1, 2, 4], [0, 0, 0]), PairMoments.of([2, 0, 1], [0, 0, 0])
    adjusted = cuped(treated, control)
    assert adjusted.slope == 0
    assert welch_difference(adjusted.treated, adjusted.control).p == pytest.approx(
        float(welch_difference(treated.y, control.y).p)
    )


def test_a_covariate_that_tells_all_leaves_no_noise() -> None:
    pair = PairMoments.of([1, 2, 4], [1, 2, 4])
    adjusted = cuped(pair, pair)
    assert adjusted.treated.variance == pytest.approx(0, abs=1e-12)


def test_history_narrows_the_effect_on_spend_of_hillstrom_only_a_little(shared_data: Path) -> None:
    with gzip.open(shared_data / "hillstrom" / "hillstrom.csv.gz", "rt") as file:
        rows = [
            (r["segment"], float(r["spend"]), float(r["history"])) for r in csv.DictReader(file)
        ]
    treated, control = (
        PairMoments.of(*np.array([row[1:] for row in rows if row[0] == arm]).T)
        for arm in ("Mens E-Mail", "No E-Mail")
    )
    plain, adjusted = welch_difference(treated.y, control.y), cuped(treated, control)
    found = welch_difference(adjusted.treated, adjusted.control)
    assert 0.99 < float(found.error / plain.error) < 1
    assert found.low > 0


def test_one_unit_that_decides_a_slope_leaves_no_error() -> None:
    found = lin(([0, 0, 3, 1], [0, 0, 9, 0]), ([0, 1, 2, 1], [1, 2, 3, 2]))
    assert np.isfinite(found.estimate)
    assert np.isnan(found.error)


def test_means_by_strata_add_up_by_hand() -> None:
    treated, control = Moments([3, 2], [9, 2], [29, 4]), Moments([3, 2], [6, 1], [14, 1])
    found = post_stratified_means(treated, control)
    assert found.estimate == pytest.approx(0.6 * (3 - 2) + 0.4 * (1 - 0.5))
    variance = 0.36 * (1 / 3 + 1 / 3) + 0.16 * (2 / 2 + 0.5 / 2)
    assert found.error == pytest.approx(np.sqrt(variance))


def test_a_stratum_that_an_arm_lacks_leaves_no_mean() -> None:
    found = post_stratified_means(
        Moments([3, 2], [9, 2], [29, 4]), Moments([3, 0], [6, 0], [14, 0])
    )
    assert np.isnan([found.estimate, found.error, found.p]).all()


# --- caps -----------------------------------------------------------------------------------------


def test_zeros_do_not_lower_the_cap() -> None:
    spend = np.concatenate([np.zeros(990), np.arange(1, 11)])
    assert cap(spend, quantile=0.9).cap == 9


def test_arms_share_one_cap_that_does_not_ask_which_is_treated() -> None:
    assert cap([0, 9, 2], [1, 5], quantile=0.5).cap == cap([1, 5], [0, 9, 2], quantile=0.5).cap


def test_refunds_stay_as_they_are() -> None:
    assert cap([-50, 1, 2], quantile=0.5).arms[0].tolist() == [-50, 1, 1]


@pytest.mark.parametrize(
    ("arms", "message"),
    [(([0, 0], [0]), "no positive value"), (([1, np.nan],), "arms must not be NaN")],
)
def test_values_that_have_no_cap_are_refused(arms: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cap(*arms, quantile=0.9)


# --- g-computation --------------------------------------------------------------------------------


def test_a_balanced_covariate_hardly_moves_the_difference_of_rates() -> None:
    treated = np.tile([1, 0, 1, 1], 50), np.tile([0, 0, 1, 1], 50)
    control = np.tile([1, 0, 0, 1], 50), np.tile([0, 0, 1, 1], 50)
    assert g_computation(treated, control).estimate == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        (([1, 1, 1], [0, 1, 2]), ([0, 0, 0], [0, 1, 2])),
        (([0, 1, 1], [0, 5, 6]), ([0, 0, 1], [1, 2, 7])),
        (([0, 1, 1], [2, 2, 2]), ([0, 0, 1], [2, 2, 2])),
    ],
    ids=["the variant tells all", "the covariate tells all", "the covariate tells nothing"],
)
def test_a_model_without_a_fit_has_no_answer(treated: Any, control: Any) -> None:
    found = g_computation(treated, control)
    assert np.isnan([found.estimate, found.low, found.high, found.p]).all()


def test_a_cell_without_a_fit_does_not_spoil_the_batch() -> None:
    treated = [[1, 0, 1, 1], [1, 1, 1, 1]], [0, 1, 2, 2]
    control = [[0, 0, 1, 0], [0, 0, 0, 0]], [0, 1, 2, 1]
    found = g_computation(treated, control)
    alone = g_computation((treated[0][0], treated[1]), (control[0][0], control[1]))
    assert found.estimate[0] == pytest.approx(float(alone.estimate))
    assert np.isnan(found.estimate[1])


def test_an_outcome_other_than_0_and_1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"treated y must be 0 or 1, got 2\.0"):
        g_computation(([2, 1], [0, 1]), ([0, 1], [0, 1]))


def test_too_few_units_for_a_line_are_refused() -> None:
    with pytest.raises(ValueError, match="control needs at least three units"):
        lin(([1, 2, 3], [0, 1, 2]), ([1, 2], [0, 1]))
