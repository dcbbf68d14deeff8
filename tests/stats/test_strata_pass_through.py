"""Pass-through within strata and of values: facts, laws, and what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from abmicro.stats.carry_through.pass_through import (
    PassThrough,
    joint,
    joint_strata,
    path,
    path_strata,
    value_strata,
)
from abmicro.stats.foundations.cells import JointCells, NestedCounts
from abmicro.stats.means.welch import Moments
from abmicro.stats.stratified.allocation import same_shares

cell = st.integers(0, 3_000)
cells = st.tuples(cell, cell, cell, cell).map(list)
steps = st.tuples(cell, cell, cell).map(lambda found: sorted(found, reverse=True))
FIGURES = ("micro", "macro", "expected")


def figures(found: PassThrough) -> list[float]:
    logs = [getattr(found, name) for name in FIGURES]
    told = [*(one.estimate for one in logs), *(one.se for one in logs), found.covariance]
    return [float(value) for value in told]


def same(one: PassThrough, other: PassThrough) -> None:
    assert figures(one) == pytest.approx(figures(other), rel=1e-6, abs=1e-9, nan_ok=True)


@given(steps, steps)
def test_one_stratum_is_the_path(control: list[int], treated: list[int]) -> None:
    same(
        path_strata(NestedCounts([treated]), NestedCounts([control])),
        path(NestedCounts(treated), NestedCounts(control)),
    )


@given(cells, cells)
def test_one_stratum_is_the_pair(control: list[int], treated: list[int]) -> None:
    same(
        joint_strata(JointCells([treated]), JointCells([control])),
        joint(JointCells(treated), JointCells(control)),
    )


@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=4))
def test_the_order_of_strata_does_not_matter(
    arms: list[tuple[list[int], list[int]]],
) -> None:
    turned = arms[::-1]
    found, other = (
        joint_strata(JointCells([t for _, t in one]), JointCells([c for c, _ in one]))
        for one in (arms, turned)
    )
    same(found, other)
    assert str(found.label) == str(other.label)


@given(steps, steps)
def test_a_stratum_without_one_arm_changes_nothing(control: list[int], treated: list[int]) -> None:
    alone = path_strata(NestedCounts([treated]), NestedCounts([control]))
    same(
        path_strata(NestedCounts([treated, [0, 0, 0]]), NestedCounts([control, [900, 90, 9]])),
        alone,
    )


@given(st.lists(st.tuples(steps, steps), min_size=1, max_size=3))
def test_swapping_the_arms_mirrors_the_label_within_strata(
    arms: list[tuple[list[int], list[int]]],
) -> None:
    there = str(
        path_strata(NestedCounts([t for _, t in arms]), NestedCounts([c for c, _ in arms])).label
    )
    back = str(
        path_strata(NestedCounts([c for c, _ in arms]), NestedCounts([t for _, t in arms])).label
    )
    if there == "no_micro_signal":
        assert back == there
    else:
        assert {there, back} == {there.removeprefix("loss_"), f"loss_{there.removeprefix('loss_')}"}


def test_equal_splits_in_every_stratum_give_the_pooled_lift() -> None:
    control, treated = [[1_000, 100, 20], [3_000, 900, 90]], [[1_000, 120, 25], [3_000, 930, 99]]
    within = path_strata(NestedCounts(treated), NestedCounts(control))
    pooled = path(NestedCounts(np.sum(treated, axis=0)), NestedCounts(np.sum(control, axis=0)))
    assert float(within.micro.estimate) == pytest.approx(float(pooled.micro.estimate))
    assert within.micro.se < pooled.micro.se  # the season is out of the noise


def test_strata_that_never_meet_tell_nothing() -> None:
    found = path_strata(
        NestedCounts([[0, 0, 0], [900, 80, 8]]), NestedCounts([[900, 90, 9], [0, 0, 0]])
    )
    assert np.isnan(figures(found)).all()
    assert str(found.label) == "no_micro_signal"


def test_zeros_over_all_strata_are_moved_as_without_strata() -> None:
    within = path_strata(
        NestedCounts([[500, 60, 6], [500, 60, 6]]), NestedCounts([[500, 50, 0], [500, 50, 0]])
    )
    assert within.adjusted
    pooled = path(NestedCounts([1_000, 120, 12]), NestedCounts([1_000, 100, 0]))
    assert float(within.macro.estimate) == pytest.approx(float(pooled.macro.estimate))


def test_a_batch_of_strata_is_judged_in_one_call() -> None:
    ramp = [[[54_000, 5_400, 1_080], [30_000, 4_800, 1_440]]]
    treated = [
        [[6_000, 600, 120], [30_000, 4_800, 1_440]],
        [[6_000, 900, 180], [30_000, 7_200, 900]],
    ]
    assert path_strata(NestedCounts(treated), NestedCounts(ramp)).label.tolist() == [
        "no_micro_signal",
        "contradicted",
    ]


def split(values: list[tuple[int, float]]) -> tuple[Moments, Moments]:
    """Moments of one stratum from (micro, value) of every unit."""
    return tuple(
        Moments([len(some)], [sum(some)], [sum(v * v for v in some)])
        for some in ([v for m, v in values if m], [v for m, v in values if not m])
    )


@given(cells, cells)
def test_a_value_of_zero_or_one_has_the_log_lifts_of_a_rate(
    control: list[int], treated: list[int]
) -> None:
    def moments(arm: list[int]) -> tuple[Moments, Moments]:
        both, micro, macro, neither = arm
        return Moments([both + micro], [both], [both]), Moments([macro + neither], [macro], [macro])

    of_rate, of_value = (
        joint(JointCells(treated), JointCells(control)),
        value_strata(moments(treated), moments(control)),
    )
    if not of_rate.adjusted:
        same(of_value, of_rate)


@given(st.floats(0.01, 1000))
def test_the_currency_does_not_matter(rate: float) -> None:
    rng = np.random.default_rng(3)
    arms = [
        [
            (int(m), float(v * m))
            for m, v in zip(rng.random(400) < p, rng.gamma(2, 20, 400), strict=True)
        ]
        for p in (0.2, 0.3)
    ]
    once = value_strata(*[*(split(arm) for arm in arms)][::-1])
    again = value_strata(*[*(split([(m, rate * v) for m, v in arm]) for arm in arms)][::-1])
    same(again, once)
    assert float(again.extra_macro.estimate) == pytest.approx(
        rate * float(once.extra_macro.estimate)
    )


@pytest.mark.slow
def test_the_covariances_of_a_value_are_those_of_a_bootstrap() -> None:
    # 4,000 resamples of units: standard errors are known to 1.1 %, so 5 % is four of them.
    rng = np.random.default_rng(11)

    def arm(n: int, m: float, spend: float) -> np.ndarray:
        micro = rng.random(n) < m
        value = np.where(rng.random(n) < np.where(micro, 0.3, 0.05), rng.gamma(3, spend, n), 0)
        return np.stack([micro, value], axis=-1)

    arms = arm(3_000, 0.3, 10.0), arm(3_000, 0.35, 11.0)

    def judge(weights: list[np.ndarray]) -> PassThrough:
        sides = []
        for one, weight in zip(arms, weights, strict=True):
            parts = []
            for mask in (one[:, 0] == 1, one[:, 0] == 0):
                value, w = one[mask, 1], weight[:, mask]
                sums = w.sum(-1), w @ value, w @ value**2
                parts.append(Moments(*(part[:, None] for part in sums)))
            sides.append(tuple(parts))
        return value_strata(*[*sides][::-1])

    drawn = judge([rng.multinomial(3_000, np.full(3_000, 1 / 3_000), 4_000) for _ in arms])
    found = judge([np.ones((1, 3_000))] * 2)
    for name in FIGURES:
        spread = getattr(drawn, name).estimate.std()
        assert float(getattr(found, name).se[0]) == pytest.approx(spread, rel=0.05)
    together = np.cov(drawn.macro.estimate, drawn.expected.estimate)[0, 1]
    assert float(found.covariance[0]) == pytest.approx(together, rel=0.1)


def test_revenue_that_is_not_above_zero_has_no_lift() -> None:
    refunds = Moments([100], [-50.0], [900.0]), Moments([900], [0.0], [0.0])
    sales = Moments([150], [700.0], [9_000.0]), Moments([850], [0.0], [0.0])
    found = value_strata(sales, refunds)
    assert np.isnan([found.macro_lift.estimate, found.expected_macro_lift.estimate]).all()
    assert str(found.label) == "no_expected_carry"


def test_one_large_order_is_shaky() -> None:
    whale = Moments([500], [10_000.0], [5e7]), Moments([500], [0.0], [0.0])
    many = Moments([500], [10_000.0], [2.5e5]), Moments([500], [0.0], [0.0])
    assert value_strata(many, whale).shaky
    assert not value_strata(many, many).shaky


@pytest.mark.parametrize(
    ("judge", "arm", "words"),
    [
        (
            path_strata,
            NestedCounts([100, 10, 1]),
            "treated needs strata along its last axis but one",
        ),
        (
            joint_strata,
            JointCells([1, 2, 3, 4]),
            "treated needs strata along its last axis but one",
        ),
        (path_strata, NestedCounts([[100, 10]]), "treated needs units, micro, macro"),
    ],
)
def test_what_is_no_strata_is_refused(judge: object, arm: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        judge(arm, arm)


def test_a_ramp_is_seen_and_an_uneven_split_is_not() -> None:
    assert float(same_shares([[54_000, 30_000], [6_000, 30_000]])) < 1e-12
    assert float(same_shares([[90_000, 45_000], [10_000, 5_000]])) == pytest.approx(1)


@pytest.mark.parametrize("units", [[[100], [90]], [[100, 200], [0, 0]], [[0, 0], [0, 0]]])
def test_one_stratum_or_one_arm_cannot_change_its_share(units: list[list[int]]) -> None:
    assert float(same_shares(units)) == 1


def test_shares_that_stay_the_same_are_doubted_as_often_as_stated() -> None:
    rng = np.random.default_rng(5)
    units = rng.binomial(2_000, 0.3, (20_000, 14))
    p = same_shares(np.stack([units, 2_000 - units], axis=-2))
    assert float(np.mean(p < 0.05)) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


def test_neighbouring_strata_are_added_up_until_every_arm_expects_five() -> None:
    """Of 40 strata of 20 units at about 9 to 1 three at a time expect five, the last four more."""
    treated = np.tile([2, 0, 4, 2, 3], 8)
    units = np.stack([20 - treated, treated])
    groups = np.append(np.arange(39) // 3, 12)
    by_hand = np.stack([np.bincount(groups, weights=arm) for arm in units])
    assert np.array_equal(same_shares(units), same_shares(by_hand))


def test_a_few_units_of_a_third_arm_do_not_hide_a_ramp() -> None:
    ramp = [[54_000, 30_000], [6_000, 30_000], [1, 3]]
    assert np.array_equal(same_shares(ramp), same_shares(ramp[:2]))


def test_each_table_of_a_batch_is_merged_on_its_own() -> None:
    rng = np.random.default_rng(11)
    units = rng.poisson([[[20.0], [0.4]], [[9.0], [9.0]], [[3.0], [0.0]]], (3, 2, 60))
    assert np.array_equal(same_shares(units), [same_shares(one) for one in units])
