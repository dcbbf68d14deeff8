"""Facts about stopping by expected loss."""

from __future__ import annotations

import numpy as np
import pytest

from abmicro.stats.bayes.beta_binomial import expected_loss, posterior
from abmicro.stats.bayes.stopping import stop, stopping_rates, stopping_rates_of_means


def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def test_the_arm_of_the_lower_loss_is_the_choice() -> None:
    found = stop([0.001, 0.003, np.nan], [0.002, 0.0001, np.nan], tolerance=0.0005)
    assert found.treated.tolist() == [True, False, False]
    assert found.stop.tolist() == [False, True, False]
    assert found.loss[:2].tolist() == [0.001, 0.0001]


def test_a_loss_on_the_tolerance_goes_on() -> None:
    assert not stop(0.0005, 0.1, tolerance=0.0005).stop


def test_equal_arms_leave_the_control() -> None:
    loss = expected_loss(posterior(10, 100), posterior(10, 100))
    assert not stop(loss, loss, tolerance=1).treated


def test_a_large_effect_is_stopped_for_the_better_arm() -> None:
    found = stopping_rates((0.06, 0.05), (5000, 5000), looks=10, tolerance=1e-4, rng=generator())
    assert found.chose_treated.value > 0.97
    assert found.chose_treated.value + found.chose_control.value == found.stopped.value


def test_without_an_effect_either_arm_is_taken_equally_often() -> None:
    found = stopping_rates((0.05, 0.05), (200, 200), looks=20, tolerance=5e-4, rng=generator())
    gap = found.chose_treated.value - found.chose_control.value
    assert abs(gap) < 8 * found.chose_treated.error


def test_a_tolerance_nobody_reaches_takes_all_looks() -> None:
    found = stopping_rates((0.05, 0.05), (20, 20), looks=7, tolerance=1e-12, rng=generator())
    assert (found.stopped.value, found.looks.value) == (0, 7)
    assert found.stopped.error > 0


def test_a_generous_tolerance_stops_at_the_first_look() -> None:
    found = stopping_rates((0.05, 0.05), (20, 20), looks=7, tolerance=1, rng=generator())
    assert (found.stopped.value, found.looks.value) == (1, 1)


def test_means_of_the_same_precision_stop_as_often_as_rates() -> None:
    looks, units, rate = 40, 1000, 0.05
    error = np.sqrt(2 * rate * (1 - rate) / (looks * units))
    choice = {"looks": looks, "tolerance": 2e-4, "simulations": 20_000}
    of_rates = stopping_rates((rate, rate), (units, units), rng=generator(), **choice)
    of_means = stopping_rates_of_means(0, error, rng=generator(), **choice)
    assert of_means.stopped.value == pytest.approx(of_rates.stopped.value, abs=0.02)
    assert of_means.looks.value == pytest.approx(of_rates.looks.value, rel=0.03)


def test_tolerances_and_rates_broadcast() -> None:
    found = stopping_rates(
        (np.array([[0.05], [0.06]]), 0.05),
        (200, 100),
        looks=5,
        tolerance=[1e-4, 1e-3, 1e-2],
        rng=generator(),
    )
    assert found.stopped.value.shape == (2, 3)
    assert (np.diff(found.stopped.value, axis=1) >= 0).all()


def test_a_thousand_million_units_per_look_are_fine() -> None:
    found = stopping_rates((0.05, 0.05), (10**9, 10**9), looks=3, tolerance=1e-4, rng=generator())
    assert found.stopped.value == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rates": (0, 0.1)}, "treated rate must lie strictly between 0 and 1"),
        ({"units": (10, 0)}, "control units must be at least 1 per look"),
        ({"looks": 0}, "needs one look and 100 simulations at least, got 0 and 2000"),
        ({"simulations": 9}, "needs one look and 100 simulations at least, got 5 and 9"),
        ({"tolerance": -1}, "tolerance must be positive and finite, got -1"),
        ({"tolerance": np.nan}, "tolerance must be positive and finite, got nan"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    arguments = {
        "rates": (0.1, 0.1),
        "units": (10, 10),
        "looks": 5,
        "tolerance": 0.1,
        "simulations": 2000,
        "rng": generator(),
    } | change
    with pytest.raises(ValueError, match=message):
        stopping_rates(arguments.pop("rates"), arguments.pop("units"), **arguments)
