"""Several tests at once: what is known of normal orthants, bounds, and simulated tests."""

from __future__ import annotations

from math import asin, pi

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from abmicro.stats.foundations.numerics.normal_orthant import all_below
from abmicro.stats.power.designs import amounts, amounts_at_margin, means
from abmicro.stats.power.joint import joint_power, path_correlation

from ..examples import examples


def of_one_factor(loadings: list[float]) -> np.ndarray:
    """Correlations of variables that depend on one common one."""
    found = np.outer(loadings, loadings)
    np.fill_diagonal(found, 1)
    return found


def by_quadrature(thresholds: np.ndarray, loadings: list[float]) -> float:
    """The orthant of one factor, by an integral over it."""
    part = np.array(loadings)

    def inside(x: float) -> float:
        chances = ndtr((thresholds - part * x) / np.sqrt(1 - part**2))
        return float(np.prod(chances) * norm.pdf(x))

    return float(quad(inside, -9, 9, epsabs=1e-12, limit=200)[0])


@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_equally_correlated_variables_are_all_below_zero_once_in_their_number(size: int) -> None:
    equal = (np.ones((size, size)) + np.eye(size)) / 2
    assert all_below(np.zeros(size), equal) == pytest.approx(1 / (size + 1), abs=5e-5)


def test_three_variables_are_below_zero_as_their_angles_say() -> None:
    r = 0.3, -0.2, 0.5
    rho = np.array([[1, r[0], r[1]], [r[0], 1, r[2]], [r[1], r[2], 1]])
    expected = 1 / 8 + sum(map(asin, r)) / (4 * pi)  # Sheppard (1898)
    assert all_below(np.zeros(3), rho) == pytest.approx(expected, abs=1e-5)


@examples(30)
@given(st.lists(st.floats(-0.7, 0.7), min_size=3, max_size=8), st.data())
def test_the_error_is_below_a_hundred_thousandth(
    loadings: list[float], data: st.DataObject
) -> None:
    size = len(loadings)
    powers = data.draw(st.lists(st.floats(0.8, 0.999), min_size=size, max_size=size))
    thresholds = ndtri(np.array(powers))
    found = all_below(thresholds, of_one_factor(loadings))
    assert found == pytest.approx(by_quadrature(thresholds, loadings), abs=1.5e-5)


@examples(30)
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.floats(-0.9, 0.9))
def test_all_findings_are_as_likely_as_bounds_allow(powers: list[float], loading: float) -> None:
    found = float(joint_power(powers, of_one_factor([loading] * len(powers))))
    assert max(1 - sum(1 - one for one in powers), 0) - 2e-5 <= found <= min(powers) + 2e-5


def test_a_certain_test_and_one_that_repeats_another_cost_nothing() -> None:
    same = np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert joint_power([0.8, 0.8, 1.0], same) == pytest.approx(0.8, abs=1e-4)


def test_a_batch_is_reckoned_in_one_call_and_the_same_every_time() -> None:
    powers = np.array([[0.9, 0.8, 0.7], [0.5, 0.6, 0.99]])
    rho = of_one_factor([0.5, 0.4, 0.3])
    found = joint_power(powers, rho)
    assert found.tolist() == [float(joint_power(row, rho)) for row in powers]


def test_what_is_no_correlation_is_refused() -> None:
    for matrix in ([[1.0, 2.0], [2.0, 1.0]], np.eye(3)):
        with pytest.raises(ValueError, match="correlation must be"):
            joint_power([0.8, 0.8], matrix)
    with pytest.raises(ValueError, match="ones on its diagonal"):
        joint_power([0.8, 0.8, 0.8], np.eye(3) * 2)
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        joint_power([1.2], np.eye(1))


def test_the_correlation_on_a_path_is_that_of_simulated_differences() -> None:
    rng = np.random.default_rng(6)
    units, rates = 40_000, ((0.12, 0.03), (0.15, 0.036))
    arms = []
    for (micro, macro), size in zip(rates, (units, units // 4), strict=True):
        carts = rng.binomial(size, micro, 40_000)
        arms.append((carts / size, rng.binomial(carts, macro / micro) / size))
    apart = [treated - control for control, treated in zip(*arms, strict=True)]
    expected = path_correlation((0.12, 0.15), (0.03, 0.036), 0.25)
    assert np.corrcoef(apart)[0, 1] == pytest.approx(float(expected), abs=0.015)


def test_at_an_even_split_both_tests_of_amounts_are_one() -> None:
    found, plain = amounts(0.1, 6.0, by="amounts"), means(0.1, 6.0, 6.6)
    assert (found.null_sd, found.true_sd) == (plain.null_sd, plain.true_sd)
    assert np.all(amounts(0.1, 6.0, 9.0).null_sd > amounts(0.1, 6.0, 9.0).true_sd)


def test_a_lift_by_larger_amounts_spreads_the_most_unless_few_would_have_to_buy() -> None:
    larger, more = (amounts([0.5, -0.2], 6.0, by=by).true_sd for by in ("amounts", "buyers"))
    assert amounts(0.5, 6.0).true_sd == larger[0] > more[0]
    assert amounts(-0.2, 6.0).true_sd == more[1] > larger[1]


def test_a_margin_of_amounts_looks_for_its_own_size() -> None:
    assert amounts_at_margin([-0.1, 0.2], 3.0).distance.tolist() == [0.1, -0.2]
