"""Enumerated power: against every table, at the ends, and the sizes from which it stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abmicro.stats.exact import fisher_tests as fisher
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.power import exact
from abmicro.stats.power.designs import pooled
from abmicro.stats.power.enumeration import enumerated_findings
from abmicro.stats.power.exact import exact_findings, exact_units, units_for_rates
from abmicro.stats.power.power import units_for
from abmicro.stats.proportions import other_tests
from abmicro.stats.proportions.miettinen_nurminen import score_test

SIZES = [(1, 1), (3, 7), (20, 20), (40, 11), (25, 60)]
RATES = np.array([[0.02, 0.3, 0.9]]), np.array([[0.05], [0.5], [0.97]])


def p_of_score(treated: Binomial, control: Binomial, **choice: Any) -> Any:
    return score_test(treated, control, **choice).p


def p_of_pearson(treated: Binomial, control: Binomial, **choice: Any) -> Any:
    return other_tests.pooled_test(treated, control, **choice).p


TESTS: dict[str, tuple[Callable[..., Any], Any]] = {
    "score": (p_of_score, exact.score),
    "pearson": (p_of_pearson, exact.pearson),
    "midp": (fisher.fisher_midp, exact.midp),
}


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_the_search_finds_what_the_test_rejects_of_all_tables(
    name: str, sizes: tuple[int, int], alpha: float
) -> None:
    p_value, test = TESTS[name]
    units = {"control_units": sizes[0], "treated_units": sizes[1]}
    every = enumerated_findings(p_value, *RATES, **units, alpha=alpha)
    found = exact_findings(*RATES, *sizes, alpha=alpha, test=test)
    assert found.above == pytest.approx(every.above, rel=1e-9, abs=1e-13)
    assert found.below == pytest.approx(every.below, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("name", TESTS)
def test_one_sided_tests_are_enumerated_too(name: str) -> None:
    p_value, test = TESTS[name]
    units = {"control_units": 30, "treated_units": 45}
    for side, column in (("greater", 0), ("less", 1)):
        every = enumerated_findings(
            lambda treated, control, side=side: p_value(treated, control, alternative=side),
            *RATES,
            **units,
        )
        found = exact_findings(*RATES, 30, 45, alternative=side, test=test)
        assert found[column] == pytest.approx(every[column], rel=1e-9, abs=1e-13)
        assert not np.any(found[1 - column])


def test_one_unit_per_arm_finds_nothing() -> None:
    assert exact_findings(0.01, 0.99, 1).either == 0


def test_a_billion_units_per_arm_are_no_matter_when_goals_are_rare() -> None:
    # Rates of 1e-8 and 3e-8: Poisson counts around 10 and 30, whatever the units.
    huge = exact_findings(1e-8, 3e-8, 10**9)
    large = exact_findings(1e-6, 3e-6, 10**7)
    assert huge.above == pytest.approx(large.above, rel=1e-4)


def test_power_saws() -> None:
    power = exact_findings(0.5, 0.9, np.arange(10, 40)).above
    assert (np.diff(power) < -0.01).any()


@pytest.mark.parametrize(
    ("rates", "ratio"),
    [((0.01, 0.04), 1.0), ((0.2, 0.5), 0.4), ((0.97, 0.9), 1.0), ((0.5, 0.9), 2.0)],
)
def test_from_the_exact_size_on_power_never_falls_below(
    rates: tuple[float, float], ratio: float
) -> None:
    found = exact_units(*rates, ratio)
    sizes = np.arange(found.control - 1, 3 * found.control)
    power = exact_findings(*rates, sizes, np.ceil(sizes * ratio))
    above, below = power
    right = above if rates[1] > rates[0] else below
    assert right[0] < 0.8
    assert (right[1:] >= 0.8).all()


def test_large_sizes_are_searched_in_strides() -> None:
    found = exact_units(1e-5, 4e-5)
    near = exact_findings(1e-5, 4e-5, found.control + np.arange(-1, 200)).above
    assert near[0] < 0.8
    assert (near[1:] >= 0.8).all()


def test_no_number_of_units_shows_what_is_not_there() -> None:
    assert exact_units(0.1, 0.1).control == np.inf
    assert exact_units(0.1, 0.2, alternative="less").control == np.inf


def test_the_one_sided_size_is_smaller() -> None:
    one_sided = exact_units(0.1, 0.4, alternative="greater")
    assert one_sided.control < exact_units(0.1, 0.4).control


def test_fishers_test_may_cease_to_find_with_one_conversion_more() -> None:
    # Why a search for the fewest conversions will not do for it.
    p = fisher.fisher(Binomial(np.arange(44), 43), Binomial(np.arange(10)[:, None], 9))
    found = p <= p.flat[np.argmin(np.abs(p - 0.09099491600525489))]
    ahead = np.arange(44) * 9 > np.arange(10)[:, None] * 43
    ceases = (found & ahead)[:, :-1] & ~found[:, 1:]
    assert ceases.any()


def test_a_likely_table_is_never_left_out() -> None:
    units = {"control_units": 3000, "treated_units": 2000}
    every = enumerated_findings(p_of_score, 0.02, 0.03, **units)
    found = exact_findings(0.02, 0.03, 3000, 2000)
    assert every.above == pytest.approx(found.above, rel=1e-10)
    assert every.below == pytest.approx(found.below, rel=1e-8)


def test_sizes_are_exact_where_few_units_reach_the_goal() -> None:
    found = units_for_rates([0.10, 0.01], [0.12, 0.04])
    assert found.control[0] == units_for(pooled(0.10, 0.12)).control
    assert found.control[1] == exact_units(0.01, 0.04).control


def test_sizes_of_one_pair_of_rates_are_numbers() -> None:
    assert units_for_rates(0.01, 0.04).control == 394
    assert units_for_rates(0.01, 0.01).control == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_findings(0, 0.5, 10), "control must lie strictly between 0 and 1"),
        (lambda: exact_findings(0.1, 0.5, 0), "control_units must be at least 1"),
        (lambda: exact_findings(0.1, 0.5, 10, 2.5), "treated_units must be whole numbers"),
        (lambda: exact_findings(0.1, 0.5, 2**52), "control_units are too many to enumerate"),
        (lambda: exact_findings(0.1, 0.5, 10, alpha=1), "alpha must lie strictly"),
        (
            lambda: exact_findings(0.1, 0.5, 10, alpha=0.5, alternative="less"),
            "alpha must lie strictly between 0 and 0.5",
        ),
        (lambda: exact_findings(0.1, 0.5, 10, alternative="up"), "alternative must be one of"),
        (lambda: exact_units(0.1, 0.2, power=0.01), "power must be above alpha"),
        (lambda: exact_units(0.3, 0.301), "take some 3,299,664 control units, too many"),
        (lambda: units_for_rates(0.1, 1.2), "treated must lie strictly between 0 and 1"),
        (
            lambda: enumerated_findings(
                fisher.fisher, 0.1, 0.2, control_units=10**8, treated_units=10**8
            ),
            "tables likely, over 16,777,216",
        ),
        (
            lambda: enumerated_findings(fisher.fisher, 0.1, 0.2, control_units=0, treated_units=10),
            "control_units must be a whole number from 1 on, got 0",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_hundredth_of_tiny_rates_takes_a_hundred_times_the_units() -> None:
    # The law of few conversions among very many units is Poisson's, which knows only n p.
    found = exact_units([1e-6, 1e-8], [1e-5, 1e-7]).control
    assert found[1] == pytest.approx(100 * found[0], rel=1e-5)
