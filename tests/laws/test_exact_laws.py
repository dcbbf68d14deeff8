"""Laws that exact tests and intervals keep for any counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from abmicro.stats.exact.automatic import compare
from abmicro.stats.exact.barnard_boschloo import barnard, boschloo, boschloo_no_likelier
from abmicro.stats.exact.conditional_odds_ratio import (
    common_odds_ratio,
    odds_ratio_exact,
    odds_ratio_midp,
)
from abmicro.stats.exact.fisher_tests import (
    fisher,
    fisher_half_observed,
    fisher_half_ties,
    fisher_midp,
)
from abmicro.stats.exact.score_interval import exact_difference, exact_lift
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions.miettinen_nurminen import difference, lift, score_test

from ..examples import examples
from .arms import arms

TESTS: list[Any] = [fisher, fisher_midp, barnard, boschloo]
TWO_SIDED: list[Any] = [*TESTS, fisher_half_observed, fisher_half_ties, boschloo_no_likelier]
LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.9999])
FEW = st.integers(1, 40)
MANY = st.one_of(FEW, st.integers(1, 3_000))
ANY = st.one_of(FEW, st.integers(1, 10_000), st.integers(1, 10**9))


def complement(arm: Binomial) -> Binomial:
    return Binomial(arm.trials - arm.reached, arm.trials)


def close(value: Any, rel: float = 1e-8) -> Any:
    return pytest.approx(value, rel=rel, abs=1e-12, nan_ok=True)


# --- symmetry -------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", TWO_SIDED)
@given(one=arms(FEW), other=arms(FEW))
def test_swapping_arms_keeps_the_two_sided_p(test: Any, one: Binomial, other: Binomial) -> None:
    assert test(one, other) == close(test(other, one))


@pytest.mark.parametrize("test", TESTS)
@given(one=arms(FEW), other=arms(FEW))
def test_swapping_arms_exchanges_greater_and_less(
    test: Any, one: Binomial, other: Binomial
) -> None:
    greater, less = test(one, other, alternative="greater"), test(other, one, alternative="less")
    assert greater == close(less)


@pytest.mark.parametrize("test", TWO_SIDED)
@given(treated=arms(FEW), control=arms(FEW))
def test_the_complement_of_the_goal_keeps_the_two_sided_p(
    test: Any, treated: Binomial, control: Binomial
) -> None:
    assert test(treated, control) == close(test(complement(treated), complement(control)))


@pytest.mark.parametrize("interval", [odds_ratio_exact, odds_ratio_midp])
@given(one=arms(ANY), other=arms(FEW), level=LEVELS)
def test_swapping_arms_inverts_the_odds_ratio(
    interval: Any, one: Binomial, other: Binomial, level: float
) -> None:
    there, back = interval(one, other, level=level), interval(other, one, level=level)
    if np.isinf(back.high):
        assert there.low == 0
    else:
        assert there.low * back.high == close(1)


@examples(40)
@given(treated=arms(MANY), control=arms(MANY))
def test_swapping_arms_turns_the_comparison_round(treated: Binomial, control: Binomial) -> None:
    there, back = compare(treated, control), compare(control, treated)
    assert there.p == close(back.p, rel=1e-6)
    assert there.difference.low == close(-back.difference.high, rel=1e-6)


# --- test and interval ----------------------------------------------------------------------------


@examples(40)
@given(treated=arms(MANY), control=arms(MANY), level=LEVELS)
@example(Binomial(8, 1000), Binomial(0, 1000), 0.95)
@example(Binomial(10**9 - 9, 10**9), Binomial(10**9, 10**9), 0.95)
@example(Binomial(7, 10**4), Binomial(400, 10**7), 0.99)
@example(Binomial(6, 7), Binomial(2, 7), 0.95)
def test_the_intervals_shown_leave_out_zero_exactly_where_the_test_rejects(
    treated: Binomial, control: Binomial, level: float
) -> None:
    found = compare(treated, control, level=level)
    rejects = bool(found.p < 1 - level)
    for effect in (found.difference, found.lift):
        assert (effect.low > 0 or effect.high < 0) == rejects


@examples(40)
@given(treated=arms(MANY), control=arms(MANY), level=LEVELS)
def test_the_intervals_shown_hold_their_estimate(
    treated: Binomial, control: Binomial, level: float
) -> None:
    found = compare(treated, control, level=level)
    for effect in (found.difference, found.lift):
        assert np.isnan(effect.estimate) or effect.low <= effect.estimate <= effect.high


@given(treated=arms(ANY), control=arms(ANY))
def test_where_every_cell_expects_five_the_comparison_is_the_score_test(
    treated: Binomial, control: Binomial
) -> None:
    found = compare(treated, control)
    if not found.exact:
        assert found.p == score_test(treated, control).p
        assert tuple(found.difference) == close(tuple(difference(treated, control)))
        assert tuple(found.lift) == close(tuple(lift(treated, control)))


@given(treated=arms(ANY), control=arms(FEW), level=LEVELS)
def test_the_midp_odds_ratio_leaves_out_one_exactly_where_its_test_rejects(
    treated: Binomial, control: Binomial, level: float
) -> None:
    p = fisher_midp(treated, control)
    _, low, high = odds_ratio_midp(treated, control, level=level)
    if abs(p - (1 - level)) > 1e-9:
        assert (low > 1 or high < 1) == (p < 1 - level)


@given(treated=arms(ANY), control=arms(FEW), level=LEVELS)
def test_the_exact_odds_ratio_leaves_out_one_where_a_one_sided_fisher_rejects(
    treated: Binomial, control: Binomial, level: float
) -> None:
    _, low, high = odds_ratio_exact(treated, control, level=level)
    for alternative, beyond in (("greater", low > 1), ("less", high < 1)):
        p = fisher(treated, control, alternative=alternative)  # type: ignore[arg-type]
        if abs(p - (1 - level) / 2) > 1e-9:
            assert beyond == (p < (1 - level) / 2)


# --- order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("alternative", ["greater", "less"])
@given(treated=arms(FEW), control=arms(FEW))
def test_boschloo_is_at_most_fisher_and_midp_below_it(
    alternative: Any, treated: Binomial, control: Binomial
) -> None:
    p = fisher(treated, control, alternative=alternative)
    assert boschloo(treated, control, alternative=alternative) <= p * (1 + 1e-6)
    assert fisher_midp(treated, control, alternative=alternative) <= p


@given(treated=arms(FEW), control=arms(FEW))
def test_the_probabilities_of_both_sides_overlap_in_the_observed_table(
    treated: Binomial, control: Binomial
) -> None:
    sides = [fisher_midp(treated, control, alternative=a) for a in ("greater", "less")]  # type: ignore[arg-type]
    assert sum(sides) == close(1)


@pytest.mark.parametrize("interval", [odds_ratio_exact, odds_ratio_midp])
@given(treated=arms(ANY), control=arms(FEW))
def test_a_wider_level_contains_a_narrower_one(
    interval: Any, treated: Binomial, control: Binomial
) -> None:
    _, low, high = interval(treated, control, level=[0.8, 0.95, 0.999])
    assert np.all(np.diff(low) <= 1e-9 * low[:-1])
    assert np.all(high[1:] >= high[:-1] * (1 - 1e-9))


@examples(5)
@given(treated=arms(st.integers(1, 9)), control=arms(st.integers(1, 9)))
def test_the_exact_score_interval_holds_its_estimate(treated: Binomial, control: Binomial) -> None:
    for effect in (exact_difference(treated, control), exact_lift(treated, control)):
        assert np.isnan(effect.estimate) or effect.low <= effect.estimate + 1e-9
        assert np.isnan(effect.estimate) or effect.estimate <= effect.high + 1e-9


# --- strata and batches ---------------------------------------------------------------------------


@given(treated=arms(FEW), control=arms(FEW), level=LEVELS)
def test_one_stratum_has_the_odds_ratio_of_its_table(
    treated: Binomial, control: Binomial, level: float
) -> None:
    pooled = common_odds_ratio(treated, control, level=level)
    _, low, high = odds_ratio_exact(treated, control, level=level)
    assert (pooled.low, pooled.high) == (close(low), close(high))
    assert pooled.p == close(fisher(treated, control))


@given(order=st.permutations(range(3)))
def test_the_order_of_strata_is_irrelevant(order: list[int]) -> None:
    counts = np.array([(5, 16, 4, 79), (2, 16, 3, 87), (4, 18, 10, 90)])
    results = []
    for xt, nt, xc, nc in (counts.T, counts[order].T):
        found = common_odds_ratio(Binomial(xt, nt), Binomial(xc, nc))
        results.append((found.p, found.estimate, found.low, found.high))
    assert results[0] == close(results[1])


@examples(12)
@given(cells=st.lists(st.tuples(arms(MANY), arms(MANY)), min_size=1, max_size=4))
def test_a_batch_gives_each_cell_what_it_gets_alone(
    cells: list[tuple[Binomial, Binomial]],
) -> None:
    sides = zip(*cells, strict=True)
    treated, control = (
        Binomial([arm.reached for arm in side], [arm.trials for arm in side]) for side in sides
    )
    for method in (fisher, fisher_midp, compare):
        together = method(treated, control)
        alone = [method(one, other) for one, other in cells]
        if method is compare:
            together, alone = together.p, [each.p for each in alone]  # type: ignore[attr-defined]
        assert list(together) == [close(p, rel=1e-11) for p in alone]
