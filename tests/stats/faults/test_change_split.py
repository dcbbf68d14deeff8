"""A change parted into mix and rate, and a source set against others: laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.quality import chance_below, split_change

Counts = list[tuple[int, int]]


def counts(size: int) -> st.SearchStrategy[Counts]:
    one = st.integers(0, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    whole = st.lists(one, min_size=size, max_size=size)
    return whole.filter(lambda several: any(n for _, n in several))


def arm(several: Counts) -> Binomial:
    return Binomial([x for x, _ in several], [n for _, n in several])


both_times = st.integers(1, 6).flatmap(lambda size: st.tuples(counts(size), counts(size)))


@given(both_times)
def test_the_parts_add_up_and_change_their_sign_with_the_times(
    times: tuple[Counts, Counts],
) -> None:
    before, after = map(arm, times)
    found, back = split_change(before, after), split_change(after, before)
    assert found.mix + found.rate == pytest.approx(found.total, abs=1e-12)
    assert found.mix_of.sum() == pytest.approx(found.mix, abs=1e-12)
    assert found.rate_of.sum() == pytest.approx(found.rate, abs=1e-12)
    assert back.mix == pytest.approx(-found.mix, abs=1e-12)
    assert back.errors == pytest.approx(found.errors, abs=1e-12)


@given(counts(4), st.integers(2, 9))
def test_the_same_people_in_other_numbers_change_nothing(several: Counts, times: int) -> None:
    before = arm(several)
    found = split_change(before, Binomial(before.reached * times, before.trials * times))
    assert (found.mix, found.rate) == pytest.approx((0, 0), abs=1e-12)


def test_a_source_that_comes_new_is_a_change_of_the_mix_alone() -> None:
    found = split_change(Binomial([100, 0], [1_000, 0]), Binomial([100, 300], [1_000, 1_000]))
    assert found.rate == 0
    assert found.mix == pytest.approx(0.1)


def test_errors_are_the_spread_of_repeated_months() -> None:
    rng = np.random.default_rng(1)
    shares, rates = np.array([0.5, 0.3, 0.2]), np.array([[0.1, 0.2, 0.05], [0.12, 0.18, 0.05]])

    def month(at: int) -> Binomial:
        units = rng.multinomial(5_000, shares if at else shares[::-1])
        return Binomial(rng.binomial(units, rates[at]), units)

    found = [split_change(month(0), month(1)) for _ in range(400)]
    spread = np.std([(one.total, one.mix, one.rate) for one in found], axis=0)
    said = np.mean([one.errors for one in found], axis=0)
    assert said == pytest.approx(spread, rel=0.15)


@given(counts(1), counts(1), st.floats(0.1, 2.0))
def test_a_chance_rises_with_the_bound_and_both_sides_add_up(
    one: Counts, other: Counts, times: float
) -> None:
    below = chance_below(arm(one), arm(other), times=[times, 2 * times])
    assert (np.diff(below) >= -1e-9).all()
    sides = chance_below(arm(one), arm(other)) + chance_below(arm(other), arm(one))
    assert sides == pytest.approx(1, abs=2e-3)


def test_a_chance_is_that_of_draws_from_both_posteriors() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = rng.beta(12.5, 88.5, 200_000), rng.beta(50.5, 150.5, 200_000)
    found = float(chance_below(Binomial(12, 100), Binomial(50, 200), times=0.5))
    assert found == pytest.approx((ours < 0.5 * theirs).mean(), abs=0.005)
