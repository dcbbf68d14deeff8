"""Facts about the deviance of a count, against fifty-digit logarithms."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import factorial

import numpy as np
import pytest

from abmicro.stats.foundations.goodness_of_fit import deviance, log_poisson

PAIRS = [
    (10**9, 10**9 - 1.0),
    (100, 90.0),
    (100, 60.0),
    (5, 50.0),
    (1, 1.2),
    (1, 1.25),
    (170, 99.5),
]


@pytest.mark.parametrize(("count", "mean"), PAIRS)
def test_a_deviance_keeps_all_its_digits(count: int, mean: float) -> None:
    with localcontext() as context:
        context.prec = 50
        exact = count * (count / Decimal(mean)).ln() + Decimal(mean) - count
    got = deviance(np.array(float(count)), np.array(mean), np.array(count - mean))
    assert float(got) == pytest.approx(float(exact), rel=5e-16)


@pytest.mark.parametrize(("count", "mean"), [(1, 30.0), (15, 14.0), (20, 25.0), (170, 100.0)])
def test_a_poisson_probability_keeps_its_digits(count: int, mean: float) -> None:
    with localcontext() as context:
        context.prec = 50
        exact = count * Decimal(mean).ln() - Decimal(mean) - Decimal(factorial(count)).ln()
    got = log_poisson(np.array(float(count)), np.array(mean))
    assert float(got) == pytest.approx(float(exact), abs=1e-14)


def test_a_count_of_zero_deviates_by_its_mean() -> None:
    zero, mean = np.array(0.0), np.array(3.0)
    assert float(deviance(zero, mean, -mean)) == 3
    assert float(log_poisson(zero, mean)) == -3
