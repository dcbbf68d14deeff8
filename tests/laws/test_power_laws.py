"""Laws of power, units, detectable effects and allocations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from abmicro.stats.power.designs import (
    arcsine,
    farrington_manning,
    farrington_manning_ratio,
    log_ratio,
    pooled,
    unpooled,
)
from abmicro.stats.power.detectable_effect import detectable
from abmicro.stats.power.equivalence import power_of_equivalence, units_for_equivalence
from abmicro.stats.power.exact import exact_findings
from abmicro.stats.power.power import findings, power_of, units_for
from abmicro.stats.power.several_arms import dunnett_alpha, power_of_arms

RATES = st.floats(1e-5, 1 - 1e-5)
RATIOS = st.floats(0.05, 20)
POWERS = st.floats(0.3, 0.99)
ALPHAS = st.floats(0.001, 0.2)
UNITS = st.floats(10, 1e9)
FORMULAS = st.sampled_from([pooled, unpooled, arcsine, log_ratio])
SYMMETRIC = st.sampled_from([pooled, unpooled, arcsine])
SIDES = st.sampled_from(["two-sided", "greater", "less"])


def apart(p: float, q: float) -> None:
    assume(abs(q - p) > 1e-3 * min(p, q, 1 - p, 1 - q))


@given(FORMULAS, RATES, RATES, RATIOS, POWERS, ALPHAS)
def test_the_exact_units_have_exactly_the_power(
    formula: Callable[..., Any], p: float, q: float, ratio: float, power: float, alpha: float
) -> None:
    apart(p, q)
    assume(power > alpha)
    design = formula(p, q, ratio)
    found = units_for(design, power=power, alpha=alpha).exact
    assume(found > 0)
    assert power_of(design, found, alpha=alpha) == pytest.approx(power)


@given(FORMULAS, RATES, RATES, RATIOS, UNITS, st.floats(1, 10), SIDES)
def test_more_units_never_find_less_of_what_is_there(
    formula: Callable[..., Any],
    p: float,
    q: float,
    ratio: float,
    units: float,
    by: float,
    side: Any,
) -> None:
    design = formula(p, q, ratio)
    assume(side == "two-sided" or (q > p) == (side == "greater"))
    few, many = (power_of(design, size, alternative=side) for size in (units, units * by))
    assert many >= few - 1e-12


@given(FORMULAS, st.floats(1e-4, 0.45), st.floats(1.01, 1.5), st.floats(1.01, 1.4), POWERS)
def test_a_larger_effect_needs_fewer_units(
    formula: Callable[..., Any], p: float, lift: float, by: float, power: float
) -> None:
    small, large = p * lift, p * (1 + (lift - 1) * by)
    sizes = units_for(formula(p, np.array([small, large])), power=power).exact
    assert sizes[1] < sizes[0]


@given(FORMULAS, RATES, RATES, RATIOS, POWERS, st.floats(1e-4, 0.1), st.floats(1.1, 2))
def test_more_power_and_less_error_need_more_units(
    formula: Callable[..., Any],
    p: float,
    q: float,
    ratio: float,
    power: float,
    alpha: float,
    by: float,
) -> None:
    apart(p, q)
    design = formula(p, q, ratio)
    sizes = units_for(
        design, power=[power, power, (1 + power) / 2], alpha=[alpha * by, alpha, alpha]
    )
    assert sizes.exact[0] <= sizes.exact[1] <= sizes.exact[2]


@given(SYMMETRIC, RATES, RATES, RATIOS)
def test_counting_those_who_do_not_reach_the_goal_changes_nothing(
    formula: Callable[..., Any], p: float, q: float, ratio: float
) -> None:
    apart(p, q)
    plain, mirrored = formula(p, q, ratio), formula(1 - p, 1 - q, ratio)
    assert units_for(plain).exact == pytest.approx(units_for(mirrored).exact, rel=1e-6)


@given(FORMULAS, RATES, RATES, RATIOS)
def test_exchanging_the_arms_needs_the_same_units(
    formula: Callable[..., Any], p: float, q: float, ratio: float
) -> None:
    apart(p, q)
    one, other = units_for(formula(p, q, ratio)).exact, units_for(formula(q, p, 1 / ratio)).exact
    assert one * (1 + ratio) == pytest.approx(other * (1 + 1 / ratio))


@given(RATES, RATES, RATIOS, UNITS)
def test_exchanging_the_arms_exchanges_the_findings(
    p: float, q: float, ratio: float, units: float
) -> None:
    above, below = findings(pooled(p, q, ratio), units)
    exchanged = findings(pooled(q, p, 1 / ratio), units * ratio)
    assert exchanged == pytest.approx((below, above), abs=1e-9)


@given(
    FORMULAS,
    st.floats(1e-4, 0.999),
    st.floats(50, 1e7),
    RATIOS,
    POWERS,
    st.sampled_from(["up", "down"]),
)
def test_the_detectable_effect_is_found_with_the_power(
    formula: Callable[..., Any], p: float, units: float, ratio: float, power: float, direction: Any
) -> None:
    found = detectable(p, units, ratio=ratio, power=power, direction=direction, formula=formula)
    assume(np.isfinite(found.treated))
    assume(1e-9 < found.treated < 1 - 1e-9)
    design = formula(p, found.treated, ratio)
    assert power_of(design, units) == pytest.approx(power, abs=1e-6)


@given(RATES, UNITS, RATIOS, st.sampled_from(["up", "down"]))
def test_at_half_power_the_detectable_effect_is_the_reach_of_the_interval(
    p: float, units: float, ratio: float, direction: Any
) -> None:
    found = detectable(p, units, ratio=ratio, power=0.5, direction=direction, formula=unpooled)
    assume(np.isfinite(found.treated))
    assume(1e-9 < found.treated < 1 - 1e-9)
    reach = 1.959964 * unpooled(p, found.treated, ratio).standard_error(units)
    assert abs(found.difference) == pytest.approx(reach, rel=1e-5)


@given(st.floats(0.01, 0.5), st.floats(0.9, 1.1), RATIOS, st.floats(0.02, 0.3), POWERS)
def test_a_wider_margin_needs_fewer_units(
    p: float, lift: float, ratio: float, margin: float, power: float
) -> None:
    assume(lift > 1 - margin + 0.01)
    design = farrington_manning_ratio(
        p, p * lift, ratio, null=np.array([1 - margin, 1 - 1.3 * margin])
    )
    sizes = units_for(design, power=power, alpha=0.025, alternative="greater").exact
    assert sizes[1] < sizes[0]


@given(st.floats(0.01, 0.9), RATIOS, st.floats(0.002, 0.05), st.floats(-0.9, 0.9), POWERS)
def test_the_units_for_equivalence_have_the_power(
    p: float, ratio: float, margin: float, at: float, power: float
) -> None:
    q = p + at * min(margin, p / 2)
    assume(q - margin > -0.5)
    low, high = (farrington_manning(p, q, ratio, null=side * margin) for side in (-1, 1))
    found = units_for_equivalence(low, high, power=power).exact
    assert power_of_equivalence(low, high, found) == pytest.approx(power)


@given(
    st.floats(0.02, 0.3),
    st.lists(st.tuples(st.floats(0.7, 1.5), st.floats(0.2, 5)), min_size=1, max_size=5),
    st.floats(100, 1e5),
)
def test_any_arm_is_found_at_least_as_often_as_one_and_every_at_most(
    p: float, arms: list[tuple[float, float]], units: float
) -> None:
    lifts, ratio = (np.array(column) for column in zip(*arms, strict=True))
    alpha = dunnett_alpha(ratio)
    design = pooled(p, p * lifts, ratio)
    each, found = power_of(design, units, alpha=alpha), power_of_arms(design, units, alpha=alpha)
    assert found.any >= each.max() - 1e-9
    assert found.any <= each.sum() + 1e-9
    assert found.every <= each.min() + 1e-9


@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.floats(0.001, 0.999),
    st.floats(0.001, 0.999),
    ALPHAS,
)
def test_enumeration_does_not_mind_which_arm_is_called_control(
    nc: int, nt: int, p: float, q: float, alpha: float
) -> None:
    above, below = exact_findings(p, q, nc, nt, alpha=alpha)
    assert exact_findings(q, p, nt, nc, alpha=alpha) == pytest.approx((below, above))


@given(st.integers(20, 2000), st.floats(0.05, 0.5), st.floats(1.0, 1.9))
def test_formula_and_enumeration_differ_by_no_more_than_the_saw(
    units: int, p: float, lift: float
) -> None:
    exact, formula = exact_findings(p, p * lift, units), findings(pooled(p, p * lift), units)
    assert abs(exact.above - formula.above) < 0.6 / np.sqrt(units * p)
