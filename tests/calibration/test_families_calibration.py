"""Error rates of families and of resampling, by simulation with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.resampling import bca, permutation_test
from abmicro.stats.multiplicity import graphical_procedures as graphical
from abmicro.stats.multiplicity.several_arms import many_to_one

pytestmark = pytest.mark.slow

RUNS = 20_000


@pytest.mark.parametrize(
    ("rate", "units", "control"),
    [(0.05, [1000, 1000, 1000], 1700), (0.3, [200, 400, 800], 300), (0.01, [5000] * 4, 5000)],
)
def test_arms_against_one_control_err_together_at_alpha(
    rate: float, units: list[int], control: int
) -> None:
    """Measured 0.0487, 0.0467, 0.0465; by Bonferroni, which leaves some unused, 0.0446 to 0.04."""
    rng = np.random.default_rng(20_24)
    treated = Binomial(rng.binomial(units, rate, (RUNS, len(units))), units)
    found = many_to_one(treated, Binomial(rng.binomial(control, rate, (RUNS, 1)), control))
    wrong = (found.adjusted < 0.05).any(axis=-1).mean()
    covered = ((found.difference.low <= 0) & (found.difference.high >= 0)).all(axis=-1).mean()
    assert 0.045 < wrong < 0.055
    assert covered == pytest.approx(1 - wrong, abs=1e-3)


def test_different_arms_are_covered_together() -> None:
    rng = np.random.default_rng(20_24)
    rates, units = np.array([0.05, 0.06, 0.07]), 2000
    treated = Binomial(rng.binomial(units, rates, (RUNS, 3)), units)
    found = many_to_one(treated, Binomial(rng.binomial(units, 0.05, (RUNS, 1)), units))
    truth = rates - 0.05
    covered = (found.difference.low <= truth) & (truth <= found.difference.high)
    assert 0.945 < covered.all(axis=-1).mean() < 0.957


def test_gates_keep_the_chance_of_any_false_finding() -> None:
    """One primary and one secondary goal are true effects; the other two are not."""
    rng = np.random.default_rng(20_24)
    p = rng.random((RUNS, 4))
    p[:, [0, 2]] = p[:, [0, 2]] ** 8
    adjusted = graphical.graphical(p, graphical.gates([2, 2]))
    assert 0.02 < (adjusted[:, [1, 3]] < 0.05).any(axis=-1).mean() < 0.05


def test_the_corrected_bootstrap_covers_a_lift() -> None:
    rng = np.random.default_rng(20_24)
    runs, units, rates = 600, 2000, np.array([[0.05], [0.06]])
    reached = rng.binomial(units, rates[:, 0], (runs, 2))
    counts = np.stack([units - reached, reached], axis=-1)
    effect = bca(counts, lambda c: c[..., 1, 1] / c[..., 0, 1] - 1, rng=rng, draws=2000)
    covered = (effect.low <= 0.2) & (effect.high >= 0.2)
    assert 0.925 < covered.mean() < 0.97


def test_shuffling_errs_at_alpha_over_the_whole_family() -> None:
    rng = np.random.default_rng(20_24)
    runs, cells = 1500, [0.85, 0.08, 0.04, 0.03]
    counts = rng.multinomial(500, cells, (runs, 2))

    def gain(table: np.ndarray) -> np.ndarray:
        first, both = table[..., 1] + table[..., 3], table[..., 2] + table[..., 3]
        goals = np.stack([first, both], axis=-1)
        return np.abs(goals[..., 1, :] - goals[..., 0, :]) / np.sqrt(goals.sum(axis=-2))

    found = permutation_test(counts, gain, rng=rng, draws=399)
    assert 0.03 < (found.adjusted.min(axis=-1) <= 0.05).mean() < 0.065
