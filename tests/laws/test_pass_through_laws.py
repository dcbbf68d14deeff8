"""Laws of funnels and of the pass-through: the design note's invariants, for all counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from abmicro.stats.carry_through.count_labels import label_path
from abmicro.stats.carry_through.funnel_decomposition import decompose
from abmicro.stats.carry_through.pass_through import path
from abmicro.stats.foundations.cells import NestedCounts
from abmicro.stats.foundations.fieller_sets import Kind

Counts = list[int]


@st.composite
def funnel(draw: st.DrawFn, steps: int = 2, least: int = 0) -> Counts:
    """Nested counts; arms of similar rates come up often enough for every label."""
    counts = [draw(st.sampled_from([50, 3_000, 100_000, 10**7]))]
    for _ in range(steps):
        share = draw(st.floats(0.02, 0.6))
        counts.append(max(least, int(counts[-1] * share)))
    return counts


@st.composite
def two_arms(draw: st.DrawFn) -> tuple[Counts, Counts]:
    """A control, and an arm whose micro and pass-through rates differ by up to 40 %."""
    units, micro, macro = control = draw(funnel())
    up, through = draw(st.floats(-0.4, 0.4)), draw(st.floats(-0.4, 0.4))
    treated_micro = min(units, int(micro * (1 + up)))
    share = macro / micro if micro else 0.0
    treated_macro = min(treated_micro, int(treated_micro * share * (1 + through)))
    return control, [units, treated_micro, treated_macro]


LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.99])
THRESHOLDS = st.floats(0.1, 0.9)
CLAIMED_UP = {"carried": 2, "carried_size_open": 1, "partly_carried": 1}
CLAIMED_DOWN = {
    "partly_carried": 1,
    "not_fully_carried": 1,
    "not_carried": 2,
    "contradicted": 3,
}


def mirrored(label: str) -> str:
    if label == "no_micro_signal":
        return label
    return label.removeprefix("loss_") if label.startswith("loss_") else f"loss_{label}"


def read_from(low: float, high: float, c: float) -> str:
    """The design note's table, word by word."""
    if low >= c:
        return "carried"
    if low > 0:
        return "carried_size_open" if high >= 1 else "partly_carried"
    if high < 0:
        return "contradicted"
    if high < c:
        return "not_carried"
    return "not_fully_carried" if high < 1 else "inconclusive"


@given(two_arms(), LEVELS, THRESHOLDS)
def test_the_label_is_the_one_read_from_the_fieller_interval(
    arms: tuple[Counts, Counts], level: float, c: float
) -> None:
    found = path(*map(NestedCounts, arms[::-1]), level=level, threshold=c)
    low, high = float(found.ratio.low), float(found.ratio.high)
    ends = (abs(end - mark) for end in (low, high) for mark in (0, c, 1))
    assume(found.ratio.kind != Kind.INTERVAL or min(ends) > 1e-9)
    loss = "loss_" if found.micro.estimate < 0 else ""
    bounded = found.ratio.kind == Kind.INTERVAL
    assert found.label == (loss + read_from(low, high, c) if bounded else "no_micro_signal")


@given(two_arms(), LEVELS, THRESHOLDS)
def test_both_ways_to_a_label_agree(arms: tuple[Counts, Counts], level: float, c: float) -> None:
    options = {"level": level, "threshold": c}
    assert (
        label_path(*map(NestedCounts, arms[::-1]), **options)
        == path(*map(NestedCounts, arms[::-1]), **options).label
    )


@given(two_arms(), LEVELS, THRESHOLDS)
def test_swapping_the_arms_mirrors_the_label(
    arms: tuple[Counts, Counts], level: float, c: float
) -> None:
    control, treated = arms
    there = label_path(NestedCounts(treated), NestedCounts(control), level=level, threshold=c)
    assert label_path(
        NestedCounts(control), NestedCounts(treated), level=level, threshold=c
    ) == mirrored(str(there))


@given(two_arms(), THRESHOLDS, st.floats(0.5, 0.98), st.floats(0.001, 0.019))
def test_a_smaller_alpha_never_claims_more(
    arms: tuple[Counts, Counts], c: float, level: float, more: float
) -> None:
    bold, shy = (
        str(label_path(*map(NestedCounts, arms[::-1]), level=at, threshold=c)).removeprefix("loss_")
        for at in (level, level + more)
    )
    assert shy == "no_micro_signal" or bold != "no_micro_signal"
    assert CLAIMED_UP.get(shy, 0) <= CLAIMED_UP.get(bold, 0)
    assert CLAIMED_DOWN.get(shy, 0) <= CLAIMED_DOWN.get(bold, 0) or bold in {
        "carried",
        "partly_carried",
    }


@given(funnel(least=1), st.integers(2, 9), st.integers(1, 8))
def test_the_pass_through_is_one_where_both_arms_pass_equal_shares_on(
    control: Counts, times: int, other: int
) -> None:
    """Counts of both arms are multiples of one another, so the shares agree exactly."""
    assume(times != other)
    _, micro, macro = control
    units = 9 * control[0]
    found = path(
        NestedCounts([units, micro * other, macro * other]),
        NestedCounts([units, micro * times, macro * times]),
    )
    assert found.ratio.estimate == pytest.approx(1, rel=1e-9)


@given(two_arms())
def test_four_times_the_counts_halve_the_standard_errors(arms: tuple[Counts, Counts]) -> None:
    assume(min(arms[0][2], arms[1][2]) > 0)
    once, four = (
        path(*map(NestedCounts, arms[::-1])),
        path(*map(NestedCounts, [*(4 * np.array(arm) for arm in arms)][::-1])),
    )
    assert four.micro.se == pytest.approx(once.micro.se / 2, rel=1e-12, nan_ok=True)
    assert four.macro.se == pytest.approx(once.macro.se / 2, rel=1e-12, nan_ok=True)


@given(two_arms())
def test_extra_conversions_are_the_difference_of_the_rates(arms: tuple[Counts, Counts]) -> None:
    (n0, m0, y0), (n1, m1, y1) = arms
    assume(min(y0, y1) > 0)
    found = path(*map(NestedCounts, arms[::-1]))
    assert found.extra_micro.estimate == pytest.approx(1000 * (m1 / n1 - m0 / n0), abs=1e-9)
    assert found.extra_macro.estimate == pytest.approx(1000 * (y1 / n1 - y0 / n0), abs=1e-9)


@given(funnel(steps=4, least=1), funnel(steps=4, least=1))
def test_step_lifts_add_up_to_the_macro_lift(control: Counts, treated: Counts) -> None:
    found = decompose(NestedCounts(treated), NestedCounts(control))
    total = found.cumulative.estimate[-1]
    assert found.steps.estimate.sum() == pytest.approx(total, abs=1e-12)
    variance = np.nansum(found.steps.se**2)
    assert variance == pytest.approx(float(found.cumulative.se[-1] ** 2), rel=1e-9)


@given(funnel(steps=4, least=1), funnel(steps=4, least=1))
def test_contributions_add_up_to_the_extra_conversions(control: Counts, treated: Counts) -> None:
    found = decompose(NestedCounts(treated), NestedCounts(control))
    extra = 1000 * (treated[-1] / treated[0] - control[-1] / control[0])
    assert found.contributions.estimate.sum() == pytest.approx(extra, abs=1e-9)
    assert found.total.estimate == pytest.approx(extra, abs=1e-9)


@given(two_arms())
def test_a_funnel_of_two_steps_and_a_path_tell_the_same(arms: tuple[Counts, Counts]) -> None:
    split, through = decompose(*map(NestedCounts, arms[::-1])), path(*map(NestedCounts, arms[::-1]))
    assert float(split.cumulative.estimate[0]) == float(through.micro.estimate)
    assert float(split.cumulative.estimate[1]) == float(through.macro.estimate)
    assert float(split.total.estimate) == float(through.extra_macro.estimate)
