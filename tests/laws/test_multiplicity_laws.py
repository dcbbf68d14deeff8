"""Laws of corrections that hold for every family of p-values."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given, strategies as st

from abmicro.stats.multiplicity import stepwise
from abmicro.stats.multiplicity.stepwise import (
    CORRECTIONS,
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hochberg,
    holm,
    hommel,
)

# Multiples of alpha / m hit the thresholds exactly, which is where rounding could flip a side.
P = st.one_of(
    st.floats(0, 1),
    st.sampled_from([0.05 * j / m for m in range(1, 9) for j in range(1, m + 1)]),
)
FAMILIES = st.lists(st.one_of(P, st.just(np.nan)), min_size=1, max_size=8)
NAMES = st.sampled_from(list(CORRECTIONS))


@given(
    FAMILIES, st.sampled_from([0.01, 0.05]), st.lists(st.floats(0.01, 1), min_size=8, max_size=8)
)
def test_holms_steps_at_other_parts_keep_p_and_adjusted_p_together(
    family: list[float], alpha: float, drawn: list[float]
) -> None:
    p, parts = np.array(family), np.sort(drawn)[::-1]
    adjusted, tested = stepwise.holm_by_parts(p, parts, alpha=alpha)
    assert np.array_equal(p < tested, adjusted < alpha)
    plain = stepwise.holm_by_parts(p, 1 / np.arange(1, 9), alpha=alpha)
    assert np.array_equal(plain[0], holm(p), equal_nan=True)
    assert np.array_equal(plain[1], stepwise.tested_at(p, alpha=alpha, correction="holm"))


@given(FAMILIES, NAMES, st.sampled_from([0.01, 0.05, 0.1]))
def test_p_is_below_its_own_alpha_exactly_where_the_adjusted_p_is_below_alpha(
    family: list[float], name: str, alpha: float
) -> None:
    p = np.array(family)
    tested = stepwise.tested_at(p, alpha=alpha, correction=name)
    adjusted = stepwise.adjusted(p, correction=name)
    assert np.array_equal(p < tested, adjusted < alpha)


@given(FAMILIES, NAMES)
def test_adjusting_never_lowers_a_p_nor_passes_one(family: list[float], name: str) -> None:
    p = np.array(family)
    known = ~np.isnan(p)
    adjusted = stepwise.adjusted(p, correction=name)[known]
    assert (adjusted >= p[known] * (1 - 1e-15)).all()
    assert (adjusted <= 1).all()


@given(FAMILIES, NAMES)
def test_adjusting_keeps_the_order(family: list[float], name: str) -> None:
    p = np.array(family)
    adjusted = stepwise.adjusted(p, correction=name)
    order = np.argsort(p)[: (~np.isnan(p)).sum()]
    assert (np.diff(adjusted[order]) >= 0).all()


@given(FAMILIES)
def test_each_bound_on_any_false_rejection_is_at_most_the_simpler_one(family: list[float]) -> None:
    p = np.array(family)
    known = ~np.isnan(p)
    finest_first = (f(p)[known] for f in (hommel, hochberg, holm, bonferroni))
    for finer, simpler in pairwise(finest_first):
        assert (finer <= simpler * (1 + 1e-15)).all()


@given(FAMILIES)
def test_a_bound_on_the_share_of_false_rejections_is_below_that_on_any(family: list[float]) -> None:
    p = np.array(family)
    known = ~np.isnan(p)
    assert (benjamini_hochberg(p)[known] <= hommel(p)[known] * (1 + 1e-14)).all()
    assert (benjamini_hochberg(p)[known] <= benjamini_yekutieli(p)[known]).all()


@given(st.lists(P, min_size=1, max_size=5))
def test_hommel_is_the_closed_test_of_simes(family: list[float]) -> None:
    p = np.array(family)
    closed = np.zeros(p.size)
    for members in product([False, True], repeat=p.size):
        if any(members):
            inside = np.sort(p[list(members)])
            simes = (inside.size * inside / np.arange(1, inside.size + 1)).min()
            closed = np.where(members, np.maximum(closed, simes), closed)
    assert np.allclose(hommel(p), closed, rtol=1e-14, atol=0)


@given(FAMILIES, NAMES, st.integers(0, 99))
def test_the_order_of_the_hypotheses_does_not_matter(
    family: list[float], name: str, seed: int
) -> None:
    p = np.array(family)
    places = np.random.default_rng(seed).permutation(p.size)
    shuffled = stepwise.adjusted(p[places], correction=name)
    in_order = stepwise.adjusted(p, correction=name)
    assert np.array_equal(shuffled, in_order[places], equal_nan=True)


@given(FAMILIES, NAMES)
def test_no_hypothesis_is_tested_above_alpha(family: list[float], name: str) -> None:
    tested = stepwise.tested_at(family, alpha=0.05, correction=name)
    assert ((tested > 0) & (tested <= 0.05)).all()
