"""Facts about the predictive probability of success: enumeration, ends and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

from abmicro.stats.bayes import predictive
from abmicro.stats.bayes.beta_binomial import Beta, posterior, probability_better
from abmicro.stats.bayes.predictive import probability_of_success


def enumerated(treated: Beta, control: Beta, m: int, n: int, threshold: float) -> float:
    """Sum over all outcomes to come, each with its posterior."""
    xt, xc = np.arange(m + 1)[:, None], np.arange(n + 1)
    final = Beta(treated.a + xt, treated.b + m - xt), Beta(control.a + xc, control.b + n - xc)
    chance = betabinom.pmf(xt, m, treated.a, treated.b) * betabinom.pmf(xc, n, control.a, control.b)
    return float((chance * (probability_better(*final) > threshold + 1e-12)).sum())


@pytest.mark.parametrize(
    ("treated", "control", "m", "n", "threshold"),
    [
        (Beta(0.5, 0.5), Beta(0.5, 0.5), 20, 20, 0.95),
        (Beta(0.5, 0.5), Beta(0.5, 0.5), 1, 20, 0.95),
        (Beta(12.5, 80.5), Beta(8.5, 90.5), 60, 40, 0.9),
        (Beta(1, 1), Beta(1, 1), 30, 30, 0.5),  # ties are no success
        (Beta(100.5, 1.5), Beta(80, 0.5), 30, 90, 0.975),
        (Beta(0.5, 50.5), Beta(3, 500.5), 100, 60, 0.05),
        (Beta(3, 4), Beta(3, 4), 0, 5, 0.6),
    ],
)
def test_it_is_the_sum_over_all_outcomes(
    treated: Beta, control: Beta, m: int, n: int, threshold: float
) -> None:
    found = probability_of_success(treated, control, m, n, threshold=threshold)
    expected = enumerated(treated, control, m, n, threshold)
    assert found == pytest.approx(expected, abs=1e-11)


def test_without_units_left_the_test_is_decided() -> None:
    treated, control = posterior([60, 40], 1000), posterior(40, 1000)
    assert list(probability_of_success(treated, control, 0, 0)) == [1, 0]


@pytest.mark.filterwarnings("error")
def test_comparisons_that_have_ended_stand_beside_those_that_go_on() -> None:
    treated, control = Beta([122.5, 100.5, 122.5], 9878.5), Beta(100.5, 9900.5)
    left = [0, 0, 9000], [0, 0, 50]
    together = probability_of_success(treated, control, *left, threshold=0.9)
    alone = [
        float(probability_of_success(Beta(a, 9878.5), control, m, n, threshold=0.9))
        for a, m, n in zip(treated.a, *left, strict=True)
    ]
    assert together == pytest.approx(alone, rel=1e-12)
    assert together[:2].tolist() == [1, 0]


def test_many_units_left_tell_which_rate_is_higher() -> None:
    """With the rates as good as known, success is as likely as treated is the better arm."""
    treated, control = Beta(122.5, 9878.5), Beta(100.5, 9900.5)
    found = probability_of_success(treated, control, 10**9, 10**9)
    assert found == pytest.approx(probability_better(treated, control), abs=2e-3)


def test_arms_and_units_broadcast() -> None:
    found = probability_of_success(Beta([1.5, 2], 9), Beta(2, 10), [[10], [1000]], 50)
    alone = probability_of_success(Beta(2, 9), Beta(2, 10), 1000, 50)
    assert found.shape == (2, 2)
    assert found[1, 1] == pytest.approx(alone, abs=1e-9)


def test_units_that_are_not_whole_are_refused() -> None:
    with pytest.raises(ValueError, match="treated_left must be whole numbers"):
        probability_of_success(Beta(1, 1), Beta(1, 1), 1.5, 2)


def test_a_threshold_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold must lie strictly between 0 and 1, got 1"):
        probability_of_success(Beta(1, 1), Beta(1, 1), 1, 2, threshold=1)


@pytest.mark.parametrize("left", [32_766, 32_768, 10**6])
def test_counts_taken_in_cells_go_on_where_single_ones_end(left: int) -> None:
    """With no data yet the arms are equally likely to win; a tie is no success."""
    fresh = Beta(0.5, 0.5), Beta(0.5, 0.5)
    found = probability_of_success(*fresh, left, left, threshold=0.5)
    assert found == pytest.approx(0.5, abs=1e-4)


def test_cells_tell_the_same_as_single_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    laws = Beta(122.5, 9878.5), Beta(100.5, 9900.5)
    single = probability_of_success(*laws, 10**6, 10**6)
    monkeypatch.setattr(predictive, "_EACH", 1)
    assert probability_of_success(*laws, 10**6, 10**6) == pytest.approx(single, abs=1e-5)
