"""Laws of families of arms against one control."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.effect import tail
from abmicro.stats.multiplicity.dunnett_tests import dunnett, dunnett_critical, dunnett_step_down
from abmicro.stats.multiplicity.several_arms import many_to_one
from abmicro.stats.multiplicity.stepwise import bonferroni, holm

Family = tuple[np.ndarray, np.ndarray, int]

SIZES = st.integers(1, 100_000)
FAMILIES = st.lists(st.tuples(st.floats(-6, 6), SIZES), min_size=1, max_size=5).flatmap(
    lambda arms: st.tuples(
        st.just(np.array([z for z, _ in arms])),
        st.just(np.array([units for _, units in arms])),
        st.integers(max(units for _, units in arms) // 100 + 1, 100_000),
    )
)
SIDES = st.sampled_from(["two-sided", "greater", "less"])


@given(FAMILIES, SIDES)
def test_dunnett_lies_between_each_arm_alone_and_bonferroni(family: Family, sides: str) -> None:
    z, units, control = family
    alone = tail(z, sides)
    adjusted = dunnett(z, units, control, alternative=sides)
    assert (adjusted >= alone * (1 - 1e-12)).all()
    assert (adjusted <= bonferroni(alone) * (1 + 1e-12)).all()


@given(FAMILIES, SIDES)
def test_stepping_down_never_raises_p_and_beats_holm(family: Family, sides: str) -> None:
    z, units, control = family
    stepped = dunnett_step_down(z, units, control, alternative=sides)
    assert (stepped <= dunnett(z, units, control, alternative=sides) * (1 + 1e-12)).all()
    assert (stepped <= holm(tail(z, sides)) * (1 + 1e-12)).all()


@given(FAMILIES, SIDES, st.randoms(use_true_random=False))
def test_the_order_of_the_arms_does_not_matter(family: Family, sides: str, random) -> None:  # type: ignore[no-untyped-def]
    z, units, control = family
    places = list(range(z.size))
    random.shuffle(places)
    for adjust in (dunnett, dunnett_step_down):
        moved = adjust(z[places], units[places], control, alternative=sides)
        assert moved == pytest.approx(adjust(z, units, control, alternative=sides)[places])


@given(FAMILIES, SIDES)
def test_a_batch_is_the_loop_over_its_families(family: Family, sides: str) -> None:
    z, units, control = family
    batch = np.stack([z, -z, z / 2])
    for adjust in (dunnett, dunnett_step_down):
        rows = [adjust(row, units, control, alternative=sides) for row in batch]
        got = adjust(batch, units, control, alternative=sides)
        assert got == pytest.approx(np.array(rows), rel=1e-11)


@given(FAMILIES, st.floats(1e-6, 0.5))
def test_p_is_below_alpha_exactly_beyond_the_critical_value(family: Family, alpha: float) -> None:
    _, units, control = family
    c = dunnett_critical(units, control, alpha=alpha)
    below, above = (dunnett(np.full(units.shape, c * by), units, control) for by in (0.999, 1.001))
    assert (above < alpha).all()
    assert (below > alpha).all()


ARMS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(ARMS, min_size=1, max_size=4), ARMS, st.sampled_from([0.8, 0.95, 0.99]))
def test_simultaneous_intervals_exclude_zero_exactly_where_the_family_rejects(
    treated: list[tuple[int, int]], control: tuple[int, int], level: float
) -> None:
    x, n = np.array(treated).T
    found = many_to_one(Binomial(x, n), Binomial(*control), level=level)
    clear = np.abs(found.adjusted - (1 - level)) > 1e-9
    rejected = found.adjusted < 1 - level
    for effect in (found.difference, found.lift):
        excludes = (effect.low > 0) | (effect.high < 0)
        assert np.array_equal(excludes[clear], rejected[clear])


@given(st.lists(ARMS, min_size=2, max_size=4), ARMS)
def test_more_arms_never_narrow_an_interval(
    treated: list[tuple[int, int]], control: tuple[int, int]
) -> None:
    x, n = np.array(treated).T
    every = many_to_one(Binomial(x, n), Binomial(*control)).difference
    fewer = many_to_one(Binomial(x[:-1], n[:-1]), Binomial(*control)).difference
    assert (every.low[:-1] <= fewer.low + 1e-12).all()
    assert (every.high[:-1] >= fewer.high - 1e-12).all()
