"""Laws of a family of correlated scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from abmicro.stats.foundations.effect import tail
from abmicro.stats.multiplicity.correlated_scores import MaxT, max_t
from abmicro.stats.multiplicity.stepwise import bonferroni

from ..examples import examples

FEW = examples(25)


@st.composite
def families(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    size = draw(st.integers(1, 4))
    factors = np.random.default_rng(draw(st.integers(0, 999))).standard_normal((size, 3))
    factors /= np.linalg.norm(factors, axis=1, keepdims=True)
    shared = draw(st.sampled_from([0.0, 0.5, 0.95]))
    matrix = shared * factors @ factors.T + (1 - shared) * np.eye(size)
    z = draw(st.lists(st.floats(-6, 6), min_size=size, max_size=size))
    return np.array(z), matrix


def found(family: tuple[np.ndarray, np.ndarray], level: float = 0.95) -> MaxT:
    return max_t(*family, rng=np.random.default_rng(1), level=level)


@FEW
@given(families())
def test_p_lies_between_each_alone_and_bonferroni(family: tuple[np.ndarray, np.ndarray]) -> None:
    alone = tail(family[0], "two-sided")
    got = found(family)
    assert (got.adjusted <= bonferroni(alone) + 5 * got.error + 1e-12).all()
    assert (got.adjusted >= alone - 5 * got.error - 1e-12).all()
    assert (got.step_down <= got.adjusted + 1e-12).all()


@FEW
@given(families(), st.sampled_from([0.8, 0.95, 0.999]))
def test_p_is_below_alpha_exactly_where_the_score_passes_the_critical_value(
    family: tuple[np.ndarray, np.ndarray], level: float
) -> None:
    got = found(family, level)
    beyond = np.abs(family[0]) - got.critical
    clear = np.abs(beyond) > 1e-7
    assert np.array_equal((got.adjusted < 1 - level)[clear], (beyond > 0)[clear])


@FEW
@given(families())
def test_a_larger_score_never_has_a_larger_p(family: tuple[np.ndarray, np.ndarray]) -> None:
    got = found(family)
    order = np.argsort(-np.abs(family[0]))
    for p in (got.adjusted, got.step_down):
        assert (np.diff(p[order]) >= -1e-12).all()


@FEW
@given(families())
def test_the_order_of_the_hypotheses_does_not_matter(
    family: tuple[np.ndarray, np.ndarray],
) -> None:
    """But for ties, the draws follow the order of the scores and not that of the arguments."""
    z, matrix = family
    assume(np.unique(np.abs(z)).size == z.size)
    places = np.arange(z.size)[::-1]
    moved = found((z[places], matrix[np.ix_(places, places)]))
    assert moved.adjusted == pytest.approx(found((z, matrix)).adjusted[places], rel=1e-9)
