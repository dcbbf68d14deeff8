"""Facts about the law of event counts, against scipy's likelihood and quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom, poisson

from abmicro.stats.quality.bots import NegativeBinomial, fit_negative_binomial, quantile

histograms = st.lists(st.integers(0, 500), min_size=3, max_size=8).filter(lambda w: sum(w) > 0)


@pytest.mark.parametrize("units", [[70, 38, 17, 10, 9], [900, 50, 20, 10, 20], [5, 0, 0, 0, 1]])
def test_the_size_has_the_largest_likelihood(units: list[int]) -> None:
    law = fit_negative_binomial(range(5), units)
    mean = float(law.mean)

    def loss(log_size: float) -> float:
        size = np.exp(log_size)
        return -float((nbinom.logpmf(range(5), size, size / (size + mean)) * units).sum())

    best = minimize_scalar(loss, bounds=(-8, 8), method="bounded", options={"xatol": 1e-10})
    assert float(np.log(law.size)) == pytest.approx(best.x, abs=1e-4)


def test_the_mean_is_that_of_the_sample() -> None:
    assert float(fit_negative_binomial([0, 1, 9], [5, 3, 2]).mean) == pytest.approx(2.1)


def test_counts_without_extra_spread_are_poisson() -> None:
    assert np.isinf(fit_negative_binomial([0, 1, 2], [10, 20, 10]).size)


def test_without_units_nothing_is_known() -> None:
    law = fit_negative_binomial([0, 1], [0, 0])
    assert np.isnan(law.mean)
    assert np.isnan(quantile(law, 0.999))


@given(st.floats(0.01, 200), st.floats(0.05, 50), st.sampled_from([0.5, 0.9, 0.999]))
def test_the_quantile_is_scipys(mean: float, size: float, share: float) -> None:
    law = NegativeBinomial(np.array(mean), np.array(size))
    got = float(quantile(law, share))
    assert nbinom.cdf(got, size, size / (size + mean)) >= share - 1e-9
    assert got == 0 or nbinom.cdf(got - 1, size, size / (size + mean)) <= share + 1e-9


@given(st.floats(0.0, 200), st.sampled_from([0.5, 0.9, 0.999]))
def test_an_infinite_size_is_poissons_law(mean: float, share: float) -> None:
    law = NegativeBinomial(np.array(mean), np.array(np.inf))
    assert float(quantile(law, share)) == float(poisson.ppf(share, mean) if mean else 0)


@given(histograms)
def test_most_units_lie_within_their_own_quantile(units: list[int]) -> None:
    limit = float(quantile(fit_negative_binomial(range(len(units)), units), 0.999))
    assert limit >= np.average(range(len(units)), weights=units) - 1


def test_a_batch_gives_what_each_alone_gives() -> None:
    units = [[70, 38, 17, 10, 9], [900, 50, 20, 10, 20]]
    both = fit_negative_binomial(range(5), units)
    assert both.size.tolist() == [float(fit_negative_binomial(range(5), one).size) for one in units]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="values must be whole"):
        fit_negative_binomial([-1, 0], [1, 1])
