"""Laws of the checks of the arms' shares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.quality.sample_ratio_mismatch import (
    sample_ratio,
    sample_ratio_exact,
    sample_ratio_g,
)

SPLITS = st.integers(2, 4).flatmap(
    lambda arms: st.tuples(
        st.lists(st.integers(0, 20), min_size=arms, max_size=arms).filter(any),
        st.lists(st.integers(1, 9), min_size=arms, max_size=arms),
        st.permutations(range(arms)),
    )
)
P: list[Callable[..., np.ndarray]] = [
    lambda units, shares: sample_ratio(units, shares).p,
    lambda units, shares: sample_ratio_g(units, shares).p,
    sample_ratio_exact,
]


@pytest.mark.parametrize("p", P, ids=["chi-square", "G", "exact"])
@given(SPLITS)
def test_the_order_of_the_arms_does_not_matter(
    p: Callable[..., np.ndarray], split: tuple[list[int], list[int], list[int]]
) -> None:
    units, shares, places = (np.array(part) for part in split)
    assert p(units[places], shares[places]) == pytest.approx(p(units, shares), rel=1e-9)


@pytest.mark.parametrize("p", P, ids=["chi-square", "G", "exact"])
@given(SPLITS, st.integers(2, 5))
def test_a_batch_is_the_loop_over_its_cells(
    p: Callable[..., np.ndarray], split: tuple[list[int], list[int], list[int]], factor: int
) -> None:
    units, shares, _ = (np.array(part) for part in split)
    cells = np.stack([units, units[::-1], np.minimum(units * factor, 20)])
    assert np.array_equal(p(cells, shares), [p(cell, shares) for cell in cells])


@given(SPLITS)
def test_under_the_design_the_exact_p_is_never_too_small(
    split: tuple[list[int], list[int], list[int]],
) -> None:
    """Over all splits of the total the chance of p <= alpha is at most alpha, here in two arms."""
    total, shares = sum(split[0]) % 30 + 1, np.array(split[1][:2], dtype=float)
    reached = np.arange(total + 1)
    cells = np.stack([reached, total - reached], axis=-1)
    p = sample_ratio_exact(cells, shares)
    probability = _binomial(total, shares[0] / shares.sum())
    for alpha in (0.01, 0.05, 0.2, 0.5):
        assert probability[p <= alpha].sum() <= alpha * (1 + 1e-6)


def _binomial(total: int, share: float) -> np.ndarray:
    """By convolution, independent of the way the package goes."""
    law = np.ones(1)
    for _ in range(total):
        law = np.convolve(law, [1 - share, share])
    return law


@given(SPLITS)
def test_no_deviation_gives_p_one_and_no_effect(
    split: tuple[list[int], list[int], list[int]],
) -> None:
    _, shares, _ = (np.array(part) for part in split)
    found = sample_ratio(shares * 7, shares)
    assert (found.p, found.cohens_w) == (1, 0)
    assert found.deviations == pytest.approx(0)
