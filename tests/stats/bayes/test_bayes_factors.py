"""Facts about Bayes factors; the golden cases are in tests/golden."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, log

import numpy as np
import pytest
from scipy import integrate
from scipy.special import expit

from abmicro.stats.bayes.bayes_factors import (
    fixed_rows,
    fixed_total,
    independent_rates,
)
from abmicro.stats.bayes.log_odds_bayes_factor import log_odds_factor
from abmicro.stats.foundations.binomial import Binomial

TABLES = [[[2, 14], [9, 9]], [[0, 5], [3, 2]], [[12, 30], [25, 20]], [[7, 7], [7, 7]]]


def uniform_shares(counts: list[int]) -> Fraction:
    """Probability of one order of draws, all shares equally likely: Dirichlet(1, ..., 1)."""
    kinds = len(counts)
    product = Fraction(factorial(kinds - 1), factorial(sum(counts) + kinds - 1))
    for count in counts:
        product *= factorial(count)
    return product


@pytest.mark.parametrize("table", TABLES)
def test_fixed_rows_equal_the_exact_ratio_of_evidences(table: list[list[int]]) -> None:
    columns = [a + b for a, b in zip(*table, strict=True)]
    exact = uniform_shares(table[0]) * uniform_shares(table[1]) / uniform_shares(columns)
    assert fixed_rows(table) == pytest.approx(log(exact), rel=1e-12)


@pytest.mark.parametrize("table", TABLES)
def test_a_fixed_total_equals_the_exact_ratio_of_evidences(table: list[list[int]]) -> None:
    columns = [a + b for a, b in zip(*table, strict=True)]
    rows = [sum(row) for row in table]
    exact = uniform_shares([*table[0], *table[1]]) / (
        uniform_shares(columns) * uniform_shares(rows)
    )
    assert fixed_total(table) == pytest.approx(log(exact), rel=1e-12, abs=1e-14)


def test_fixed_rows_of_two_arms_are_uniform_rates() -> None:
    treated, control = Binomial(30, 100), Binomial(20, 100)
    assert fixed_rows([[30, 70], [20, 80]]) == pytest.approx(
        float(independent_rates(treated, control)), rel=1e-12
    )


@pytest.mark.parametrize("factor", [fixed_rows, fixed_total])
def test_no_data_say_nothing(factor: object) -> None:
    assert factor(np.zeros((2, 3))) == pytest.approx(0, abs=1e-12)


def test_rows_and_columns_may_be_exchanged() -> None:
    table = np.array([[2, 14, 3], [9, 9, 1]])
    assert fixed_total(table) == pytest.approx(float(fixed_total(table.T)), rel=1e-12)


def test_more_data_without_difference_support_the_null() -> None:
    units = 10 ** np.arange(2, 10)
    arm = Binomial(units // 10, units)
    for factor in (independent_rates(arm, arm), log_odds_factor(arm, arm).differ):
        assert (np.diff(factor) < 0).all()
        assert factor[-1] < -6


ARMS = [((244, 10_000), (200, 10_000)), ((0, 20), (4, 20)), ((20, 20), (18, 20)), ((3, 9), (5, 7))]


def evidence(treated: tuple[int, int], control: tuple[int, int], sd: float, low: float) -> float:
    """Plain two-dimensional quadrature over a fixed grid, psi above `low`, up to a constant."""
    level = np.linspace(-9, 9, 1201)[:, None]
    ratio = np.linspace(max(low, -8 * sd), 8 * sd, 801)
    shares = expit(level + ratio / 2), expit(level - ratio / 2)
    height = -(level**2) / 2 - (ratio / sd) ** 2 / 2
    for (x, n), share in zip((treated, control), shares, strict=True):
        height = height + x * np.log(share) + (n - x) * np.log1p(-share)
    weights = np.exp(height)
    inner = integrate.simpson(weights, x=ratio, axis=1)
    return float(integrate.simpson(inner, x=level[:, 0]) / (sd * (2 * np.pi) ** 0.5))


@pytest.mark.parametrize(("treated", "control"), ARMS[1:])
@pytest.mark.parametrize("sd", [0.3, 1.0])
def test_log_odds_factors_equal_a_plain_grid(
    treated: tuple[int, int], control: tuple[int, int], sd: float
) -> None:
    found = log_odds_factor(Binomial(*treated), Binomial(*control), ratio_sd=sd)
    level = np.linspace(-9, 9, 1201)
    both = treated[0] + control[0], treated[1] + control[1]
    null = -(level**2) / 2 + both[0] * np.log(expit(level))
    null = np.exp(null + (both[1] - both[0]) * np.log(expit(-level)))
    without = float(integrate.simpson(null, x=level))
    differ, higher = (log(evidence(treated, control, sd, low) / without) for low in (-99, 0))
    assert found.differ == pytest.approx(differ, abs=1e-7)
    assert found.higher == pytest.approx(higher + log(2), abs=1e-6)


def test_a_prior_that_expects_small_lifts_needs_less_to_see_one() -> None:
    treated, control = Binomial(2440, 100_000), Binomial(2250, 100_000)
    found = log_odds_factor(treated, control, ratio_sd=[0.1, 1, 10]).differ
    assert found[0] > found[1] > found[2]


@pytest.mark.parametrize(
    ("treated", "control"),
    [
        ((0, 0), (0, 0)),
        ((0, 10**9), (10**9, 10**9)),
        ((10**8, 10**9), (10**8 + 10**5, 10**9)),
        ((1, 1), (10**9, 10**9)),
    ],
)
@pytest.mark.parametrize("sd", [1e-3, 1, 100])
def test_extreme_arms_are_weighed_without_a_warning(
    treated: tuple[int, int], control: tuple[int, int], sd: float
) -> None:
    found = log_odds_factor(Binomial(*treated), Binomial(*control), ratio_sd=sd)
    assert np.isfinite([found.differ, found.higher, found.lower]).all()


def test_arms_and_priors_broadcast() -> None:
    found = log_odds_factor(
        Binomial([[30], [40]], 1000), Binomial(30, 1000), ratio_sd=[0.1, 0.2, 1]
    )
    assert found.lower.shape == (2, 3)
    alone = log_odds_factor(Binomial(40, 1000), Binomial(30, 1000), ratio_sd=0.2)
    assert found.differ[1, 1] == pytest.approx(float(alone.differ), rel=1e-9)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"ratio_sd": 0}, "ratio_sd must be positive, got 0"),
        ({"level_sd": -1}, "level_sd must be positive, got -1"),
        ({"ratio": np.nan}, "ratio must be finite, got nan"),
        ({"level": np.inf}, "level must be finite, got inf"),
    ],
)
def test_a_prior_that_is_none_is_refused(choice: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        log_odds_factor(Binomial(3, 10), Binomial(4, 10), **choice)


@pytest.mark.parametrize(
    ("table", "concentration", "message"),
    [
        ([1, 2], 1, r"table needs two rows and columns at least, got shape \(2,\)"),
        ([[1, 2]], 1, r"table needs two rows and columns at least, got shape \(1, 2\)"),
        ([[1, -2], [3, 4]], 1, "table must be whole numbers"),
        ([[1, 2], [3, 4]], 0.5, "concentration must be above 0.5 and finite, got 0.5"),
        ([[1, 2], [3, 4]], np.nan, "concentration must be above 0.5 and finite, got nan"),
    ],
)
@pytest.mark.parametrize("factor", [fixed_rows, fixed_total])
def test_a_table_that_is_none_is_refused(
    factor: object, table: object, concentration: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        factor(table, concentration=concentration)
