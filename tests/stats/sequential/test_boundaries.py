"""Critical values of looks: what they spend, when they are too early, what they leave free."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.special import ndtri

from abmicro.stats import sequential

looks = st.lists(st.floats(0.05, 1), min_size=1, max_size=8).map(lambda steps: np.cumsum(steps))
alphas = st.sampled_from([0.001, 0.01, 0.05, 0.1, 0.2])
kinds = st.sampled_from(["obrien_fleming", "pocock"])


@given(looks, alphas, kinds, st.sampled_from([1, 2]))
def test_all_looks_together_err_with_alpha(h, alpha, spending, sides):
    clock = h / h[-1]
    found = sequential.critical_values(h, clock, alpha=alpha, spending=spending, sides=sides)
    crossed = sequential.crossing(h, found.z, sides=sides)
    total = crossed.above.sum() + (crossed.below.sum() if sides == 2 else 0)
    assert total == pytest.approx(alpha, rel=1e-7)
    assert found.spent[-1] == pytest.approx(alpha, rel=1e-12)
    assert all(a <= b for a, b in pairwise(found.spent))


@given(looks, st.floats(1e-3, 1e6))
def test_only_ratios_of_information_matter(h, unit):
    clock = h / h[-1]
    one, other = (sequential.critical_values(scale * h, clock).z for scale in (1, unit))
    assert one == pytest.approx(other, rel=1e-9)


@given(looks, st.data())
def test_a_look_to_come_moves_no_look_before_it(h, data):
    first = data.draw(st.integers(1, len(h)))
    clock = h / h[-1] * 0.9
    whole = sequential.critical_values(h, clock).z[:first]
    assert sequential.critical_values(h[:first], clock[:first]).z == pytest.approx(whole, rel=1e-9)


def test_one_look_is_a_test_without_looks():
    assert sequential.critical_values([3], [1], alpha=0.05).z == pytest.approx(-ndtri(0.025))


def test_a_look_that_is_too_early_spends_nothing_and_its_alpha_waits():
    found = sequential.critical_values([1, 50, 100], [0.01, 0.5, 1])
    without = sequential.critical_values([50, 100], [0.5, 1])
    assert np.isinf(found.z[0])
    assert np.isnan(found.level[0])
    assert found.spent[0] == 0
    assert found.z[1:] == pytest.approx(without.z, rel=1e-9)


def test_after_the_last_look_nothing_is_left_to_spend():
    assert np.isinf(sequential.critical_values([1, 2, 3], [0.5, 1, 1]).z[2])


def test_many_tests_at_once_are_each_as_alone():
    h = np.array([[1.0, 2, 4], [1, 3, 4], [1, 2, 4]])
    found = sequential.critical_values(h, h / 4)
    assert found.z.shape == (3, 3)
    for row, z in zip(h, found.z, strict=True):
        assert sequential.critical_values(row, row / 4).z == pytest.approx(z)


@pytest.mark.parametrize(
    ("information", "clock", "said"),
    [
        ([1, 1], [0.5, 1], "information must rise"),
        ([0, 1], [0.5, 1], "information must rise"),
        ([1, 2], [1, 0.5], "clock must never fall"),
        ([1, 2], [-0.5, 1], "clock must not be negative"),
    ],
)
def test_looks_out_of_order_are_refused(information, clock, said):
    with pytest.raises(ValueError, match=said):
        sequential.critical_values(information, clock)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, np.nan])
def test_alpha_lies_between_0_and_1(alpha):
    with pytest.raises(ValueError, match="alpha"):
        sequential.critical_values([1], [1], alpha=alpha)


@pytest.mark.parametrize("given", [{"spending": "power"}, {"gamma": 2.0}, {"spending": "guess"}])
def test_a_spending_function_gets_what_it_asks_for(given):
    with pytest.raises(ValueError, match=r"gamma|spending"):
        sequential.critical_values([1], [1], **given)


def test_a_straight_line_is_between_its_neighbours():
    near = [
        sequential.spent_alpha(0.3, alpha=0.05, spending="hwang_shih_decani", gamma=gamma)
        for gamma in (-1e-6, 0.0, 1e-6)
    ]
    assert near == pytest.approx([0.015] * 3, rel=1e-5)


@given(looks, alphas)
def test_the_sequential_p_is_at_most_alpha_exactly_where_alpha_crossed(h, alpha):
    clock = h / h[-1]
    z = np.random.default_rng(len(h)).normal(1.5, 1.5, len(h))
    crossed = np.abs(z) > sequential.critical_values(h, clock, alpha=alpha).z
    p = sequential.sequential_p(z, h, clock)
    assert (p <= alpha).tolist() == np.logical_or.accumulate(crossed).tolist()
    assert all(a >= b for a, b in pairwise(p))


def test_a_look_without_a_score_leaves_p():
    p = sequential.sequential_p([2.5, np.nan, 2.0], [1, 2, 3], [0.33, 0.67, 1])
    assert p[1] == p[0]


def test_half_of_all_results_lie_above_the_one_seen():
    h, z = (
        np.array([1.0, 2, 3, 4]),
        sequential.critical_values([1, 2, 3, 4], [0.25, 0.5, 0.75, 1]).z,
    )
    found = sequential.at_stop(3.1, h, z, 2, estimate=0.062)
    assert found.low < found.estimate < found.high
    assert found.estimate < 0.062  # a stopping look flatters


@pytest.mark.parametrize(("z", "estimate"), [(0, 0), (2.5, -0.1), (np.nan, 0.1)])
def test_a_stop_without_a_direction_has_no_figures(z, estimate):
    assert np.isnan(sequential.at_stop(z, [1], [1.96], 1, estimate=estimate)).all()


def test_at_the_last_look_nothing_can_still_be_found():
    assert sequential.conditional_power(1.0, [1, 2], [2.8, 1.98], 2, drift=3.0) == 0


@given(looks, st.data())
def test_a_changed_plan_keeps_its_past_and_spends_the_rest(h, data):
    """The end is moved after some looks: all looks together still err with alpha."""
    past = data.draw(st.integers(1, len(h)))
    first = sequential.critical_values(h[:past], h[:past] / (h[-1] + 1))
    later = np.concatenate([h, h[-1] + [0.7, 1.9]])
    kept = sequential.Kept(tuple(first.z), tuple(first.spent))
    found = sequential.critical_values(later, later / later[-1], kept=kept)
    assert found.z[:past].tolist() == first.z.tolist()
    crossed = sequential.crossing(later, found.z)
    assert (crossed.above + crossed.below).sum() == pytest.approx(0.05, rel=1e-7)
